"""Talk to GitHub: the only package that does, and the only one that imports PyGithub."""
