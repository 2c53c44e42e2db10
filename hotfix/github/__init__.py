"""A hotfix on GitHub: the only place that talks to GitHub, and the only one that imports PyGithub."""
