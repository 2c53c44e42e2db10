"""The sections of a spec, as in the workflow's template."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "Severity": "",
        "Problem": "[One sentence: What's broken]\n",
        "Impact": (
            "- Users affected: [number or percentage]\n"
            "- Revenue impact: [if applicable]\n"
            "- Duration: [how long has this been happening]\n"
        ),
        "Root Cause": "[If known; skip if not immediately obvious]\n",
        "Minimal Fix": "[Smallest possible change to resolve issue]\n",
        "Files to Change": "- [file1.ts] - [specific change]\n- [file2.ts] - [specific change]\n",
        "Verification": "1. [How to verify fix works]\n2. [Test this specific scenario]\n",
        "Rollback Plan": "[How to revert if hotfix makes things worse]\n",
        "Post-Fix Actions": (
            "- [ ] Create follow-up ticket for permanent fix\n"
            "- [ ] Update monitoring/alerts\n"
            "- [ ] Post-mortem scheduled\n"
        ),
    }
)
"""The template's sections in order, each with its placeholder text."""

OPTIONAL = frozenset({"Root Cause"})

FILES = "Files to Change"
