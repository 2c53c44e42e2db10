"""What is read from text: comments, messages, specs, versions, layout."""
