"""Follow an incident from its declaration to the closed post-mortem. Pure: no clock, no network.

`record` holds an immutable snapshot of an incident on GitHub. `incident_life` derives its `Life` from that, the policy
and the current time: stage, clocks, checklist, debts, timeline and next steps. `reconcile` compares the life with what
already exists on GitHub and lists the missing writes. Each stage, clock, checklist line and debt is one small function;
`words` holds all texts.
"""
