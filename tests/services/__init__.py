"""Small real HTTP servers on loopback that stand in for Slack, Statuspage and PagerDuty.

They validate requests against the vendors' documentation, and can be down or slow, refuse requests or lose responses.
"""
