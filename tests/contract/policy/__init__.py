"""The policy that applies, and the effects of an invalid one."""
