"""Clients that send messages to other services: Slack, Statuspage, PagerDuty, email and others through Apprise.

`recipients` determines from the settings and the policy which recipients can be reached; `slack`, `statuspage`,
`pagerduty` and `stakeholder_mail` are the clients, and `undelivered` has their error. `app.tasks.notify` sends the
missing messages of a recipient; `hotfix.life.words.announcements` decides their content. Each recipient has its own
job, so that a service that is down delays nothing else.
"""
