"""Write every text about an incident's life: status comment, reminders, answers, follow-ups, post-mortem.

What users wrote is escaped where it is shown; times are absolute, in UTC. The same life gives the same text, so that a
comment is edited only when something changed.
"""
