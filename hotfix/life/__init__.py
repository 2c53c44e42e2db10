"""Follow an incident from its declaration to the closed post-mortem. Pure: no clock, no network.

`record` holds what GitHub says of an incident; `fold` makes of it, the policy and the time a `Life`: stage, clocks,
checklist, debts, timeline and who must act. `reconcile` compares that with what is on GitHub already and lists the
writes that are missing. Each stage, clock, checklist line and debt is one small function; `words` holds every text.
"""
