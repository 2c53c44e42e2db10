"""Parse structured text without knowing what it means: JSON, TOML, YAML, XML and INI become one kind of tree.

The tree (`document_tree`) knows the line of every key. Each reader takes linear time, is bounded in depth, and raises
`Unreadable`, and nothing else, for any text that isn't what it reads.
"""
