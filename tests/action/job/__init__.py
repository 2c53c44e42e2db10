"""The environment of a command: runtime, inputs, report, tokens and act."""
