"""Runs a command of the Action: takes the secrets out of the environment, reads inputs and context, runs the user's own
commands and ends them, handles cancellation, and reports outputs, summary and exit status.
"""
