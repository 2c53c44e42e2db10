"""`hotfix init`: what a repository needs for hotfixes, found out from what is there, shown, then written or proposed.

`detection` finds out, `answers` asks a person for the rest, `files` makes the texts from `templates`, `command` shows
them and writes them: to the work tree, or on a branch with a pull request (`hotfix.github.write.setup.setup_pull`).
"""
