"""Send messages to people at other services: Slack, Statuspage, PagerDuty, mail and what else Apprise reaches.

`recipients` decides from settings and policy who can be reached, `delivery` sends what one recipient lacks; `slack`,
`statuspage`, `pagerduty` and `stakeholders` speak to the services. What to say is decided in
`hotfix.life.words.announcements`. Each recipient has a job of its own: a service that is down delays nothing else.
"""
