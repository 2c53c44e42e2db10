"""One module per command of the Action, each with a function of the same name that takes the run, and `recover`, the
step that always runs last.
"""
