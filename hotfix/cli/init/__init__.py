"""Run `hotfix init`: discover how a repository works, ask what is missing, propose the files that hotfixes need.

`detection` finds out, `answers` asks a person for the rest, `files` makes the texts from `templates`, `command` shows
them and writes them: to the work tree, or on a branch with a pull request (`hotfix.github.write.setup.setup_pull`).
"""
