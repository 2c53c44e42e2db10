"""Detect entries of a spec that mention a file only to say that it doesn't change in this hotfix."""

from __future__ import annotations

import re

from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.words import words

_NOT = (
    r"(?:(?:do|does|did|is|are|was|were|must|should|shall|will|would|may|can|need|needs|has|have|to)\s?n[o']?t"
    r"|won'?t|cannot|never|not|without)"
)
_CHANGES = r"(?:touch|chang|edit|modif|alter|mov|renam|affect|updat|includ|part\b|need|necessary|in\sscope)\w*"
_ALONE = (
    r"\b(?:un(?:changed|touched|modified|affected)|no\s+changes?|out\s+of\s+scope|off[\s-]limits|excluded"
    r"|(?:leave|left|keep|kept|stays?|remains?)\s+(?:\w+\s+){0,2}(?:alone|as\s+(?:it\s+)?(?:is|was)|as-is)"
    r"|for\s+(?:reference|context|information)|read[\s-]only)\b"
)
_DENIED = lazy_pattern(
    rf"\b{_NOT}\s+(?:(?:be|to|been|get|yet|any|a)\s+)*{_CHANGES}"
    r"(?:\s+(?:it|this|that|the|file|here|anything|at\s+all|by|in|of|with|for|hotfix|fix|change|pull\s+request))*"
    rf"\s*(?:[.,;:!)(–—-]|$)|{_ALONE}|^\W*(?:no|not|never|none|nothing|skip|skipped|ignored?|n/a)\W*$",
    re.IGNORECASE,
)
"""A remark that a mentioned file doesn't change, as opposed to `do not change the price twice`."""
_DENYING_LEAD = lazy_pattern(
    rf"\b{_NOT}\b[^.\n]{{0,40}}{_CHANGES}|{_ALONE}|\b(?:no|not|never|except|excluding|ignore|follow-?ups?)\b[^.\n]{{0,30}}:\W*\Z"
    r"|\A\W*(?:no|not|never|except|excluding|ignored?)\b",
    re.IGNORECASE,
)
"""A paragraph or heading above a list of files that are mentioned although they don't change."""
_DENYING_WORDS = frozenset(
    words(
        "no not never none nope nothing neither without zero n't can't cannot don't won't isn't aren't doesn't wasn't",
        "unchanged untouched unaffected excluded except skip skipped ignore ignored later follow followup followups",
        "next deferred postponed rejected considered alternative alternatives against hands frozen fyi context",
        "reference related unrelated leave left keep kept stay stays remain remains looked",
    )
)
_EMPTY_WORDS = frozenset(
    words(
        "a an the this that these those them they it its is are was were be been being will would to do done did in",
        "on of by for from and but or then after all also only here there we i our us file files path paths pr pull",
        "request hotfix fix change changes changed changing edit edits edited touch touched modify modified update",
        "updated need needed any at yet now see release version sprint ticket issue separate separately another other",
        "different work part include included decided handled alone before previous previously please cleanup clean",
        "up out off as same following scope read seen dropped",
    )
)
"""Words that don't describe a change to a file."""
_AS_IT_IS = lazy_pattern(r"\b(?:as[\s-](?:it\s)?(?:is|was|before)|same as before|see also)\W*\Z", re.IGNORECASE)
_CROSSED = lazy_pattern(r"[-–—❌✗✘✖🚫⛔\s]+")
"""A table cell that means no, without words."""
_REMARK = 2_000
"""Maximum number of characters of a remark that are searched."""


def is_denying_lead(lead: str) -> bool:
    """Return whether a paragraph, heading or column says that the files below it don't change."""
    lead = lead[-_REMARK:].replace("’", "'")
    return bool(_DENYING_LEAD.search(lead)) or _says_only_no(lead)


def is_denied(remark: str) -> bool:
    """Return whether a remark says that the file doesn't change in this hotfix."""
    remark = remark[:_REMARK].replace("’", "'")
    return bool(_DENIED.search(remark) or _CROSSED.fullmatch(remark)) or _says_only_no(remark)


def _says_only_no(text: str) -> bool:
    """Return whether a text only denies, without describing a change: `will be done in a follow-up`."""
    said = re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.casefold())
    if any(word not in _DENYING_WORDS and word not in _EMPTY_WORDS for word in said):
        return False
    return not _DENYING_WORDS.isdisjoint(said) or bool(said and _AS_IT_IS.search(text))
