"""Parsing of text: comments, messages, specs, versions and layout."""
