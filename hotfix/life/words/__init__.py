"""Texts about an incident: status comment, reminders, command answers, follow-ups, post-mortem and announcements.

User text is escaped where it is inserted; times are absolute, in UTC. The same life always gives the same text, so that
a comment is edited only if something changed.
"""
