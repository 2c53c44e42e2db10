"""Run `hotfix init`: discover how a repository works, ask what is missing, propose the files that hotfixes need.

`discovery` finds out, `answers` asks a person for the rest, `setup_files` makes the texts from `templates`, `command`
shows them and writes them: to the work tree, or on a branch with a pull request.
"""
