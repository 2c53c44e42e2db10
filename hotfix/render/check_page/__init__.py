"""The check run's summary, as people read it on a pull request: scannable in five seconds.

`check_summary` puts it together and keeps it within GitHub's limit. From top to bottom: one line of verdict (GitHub
shows the title above it), one of facts and one that says who must act (`opening`); a block per rule that prevents a
pass, then overrides and warnings (`rule_blocks`); what happens next (`afterwards`). Nothing is decided by these words.
"""

from hotfix.render.check_page.check_summary import LONGEST, summary, unknown, without_time

__all__ = ["LONGEST", "summary", "unknown", "without_time"]
