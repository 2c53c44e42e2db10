"""All communication with GitHub; the only package that imports PyGithub."""
