"""Running a command of the Action: removes secrets from the environment, reads inputs and context, runs and ends the
user's commands, handles cancellation, and reports outputs, summary and exit status.
"""
