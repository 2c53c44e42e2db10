"""Implementation of `hotfix init`: discover how a repository works, ask for the rest, and propose the required files.

`discovery` inspects the repository, `answers` asks the user for the rest, `setup_files` renders `templates`,
`setup_steps` lists what remains to be done, and
`command` shows the files and writes them to the work tree or to a branch with a pull request.
"""
