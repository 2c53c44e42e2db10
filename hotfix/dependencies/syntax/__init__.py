"""Parse JSON, TOML, YAML, XML and INI into a common tree, independent of their meaning.

The tree (`document_tree`) has the line of every key. Each parser takes linear time, is limited in depth, and raises
only `Unreadable` for invalid text.
"""
