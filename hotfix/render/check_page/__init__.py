"""Render the summary of the check run on a pull request.

`check_summary` assembles it within GitHub's limit. From top to bottom: one line each for the verdict (GitHub shows the
title above it), the facts and who must act (`opening`); a block per rule that prevents a pass, then overrides and
warnings (`rule_blocks`); the next steps (`afterwards`). No decision depends on these texts.
"""

from hotfix.render.check_page.check_summary import LONGEST, summary, unknown, without_time

__all__ = ["LONGEST", "summary", "unknown", "without_time"]
