"""The documentation site: its generated pages, and the test that mkdocs builds it."""
