"""What surrounds a command: the runtime, inputs, the report, tokens, act."""
