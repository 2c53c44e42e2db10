"""The workflow's five scenarios, from the declaration to the closed incident, performed by people, git and the Action.

`world` is shared: a simulated GitHub, the real service and the notification services. `cases` defines the differences,
and `walk` performs the steps and records the checklist lines that each one ticked. `docs/life.md` contains this record;
`python -m tests.scenarios` updates it.
"""
