"""Small real HTTP servers on loopback in place of Slack, Statuspage and PagerDuty.

They check every request against the form that the vendors document, and can be down, slow, refusing or lose answers.
"""
