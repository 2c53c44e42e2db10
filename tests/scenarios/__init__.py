"""The workflow's five scenarios from the declaration to the closed incident, as people, git and the Action walk them.

`world` is what they share: a simulated GitHub, the real service, and the services that people are informed by. `cases`
holds what differs, `walk` takes the steps and notes what each of them ticked. What a walk noted is printed in
`docs/life.md`: `python -m tests.scenarios` writes it again.
"""
