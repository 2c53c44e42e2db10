"""Parse an incident's severity and category from free text."""

from __future__ import annotations

import re
from enum import StrEnum

from hotfix.text.lazy_pattern import lazy_pattern

_CODE = lazy_pattern(r"(?<![A-Za-z0-9])[Pp]([0-9])(?![A-Za-z0-9]|\.[0-9])")
_DENIED = lazy_pattern(
    r"\b(?:not|no|never|below|under|than|almost|nearly|was|maybe|perhaps|possibly)\W{1,3}(?:an?\W)?p[0-9]"
    r"|\bp[0-9]\W{0,3}\?",
    re.IGNORECASE,
)
"""A severity that the text denies or doubts."""


class Severity(StrEnum):
    """The severity of an incident."""

    P0 = "P0"
    """Critical: hotfix immediately."""
    P1 = "P1"
    """High: urgent hotfix."""
    P2 = "P2"
    """Medium or less: it can wait for the next release."""

    @property
    def word(self) -> str:
        """Return the workflow's name for the severity."""
        return {"P0": "critical", "P1": "high", "P2": "medium"}[self.value]

    @property
    def meaning(self) -> str:
        """Return what the workflow counts as this severity, in the words that every question and message uses."""
        return _MEANINGS[self.value]


_MEANINGS = {
    "P0": "system down, data loss or corruption, security breach or vulnerability, payment failures",
    "P1": "a major feature broken for all users, performance degraded by more than 50 %, authentication issues",
    "P2": "a feature broken for some users, a workaround available; it can wait for the next release",
}


_WORDS = {
    "critical": Severity.P0,
    "high": Severity.P1,
    "medium": Severity.P2,
    "low": Severity.P2,
    "minor": Severity.P2,
}


def choices(text: str) -> frozenset[Severity]:
    """Return every severity a text names: `CRITICAL (P0)` names one, the template's `P0/P1` two, `not P0` none.

    A code takes precedence over words; P3 and below are treated as P2.
    """
    if _DENIED.search(text):
        return frozenset()
    if codes := _CODE.findall(text):
        return frozenset((Severity.P0, Severity.P1)[int(c)] if c in "01" else Severity.P2 for c in codes)
    words = text.replace("*", " ").replace("_", " ").split()
    found = _WORDS.get(words[0].strip(".,:;()[]").casefold()) if words else None
    return frozenset({found} if found else ())


def named(text: str) -> str:
    """Return the severities that `choices` finds, as written: `P3` stays P3. Empty if there is none."""
    codes = dict.fromkeys(f"P{code}" for code in _CODE.findall(text))
    return " and ".join(sorted(codes or choices(text)))


def parse(text: str) -> Severity | None:
    """Return the one severity a text names; None if it names none or several."""
    found = choices(text)
    return next(iter(found)) if len(found) == 1 else None


class Category(StrEnum):
    """The kinds of incident that hotfixes are for."""

    SECURITY = "security vulnerability"
    DATA_LOSS = "data loss or corruption"
    DOWN = "critical API or system down"
    PAYMENT = "payment failure"
    AUTH = "authentication or authorisation failure"
    PERFORMANCE = "performance degraded for all users"
    CERTIFICATE = "certificate expiry"


class MinorKind(StrEnum):
    """The kinds of change that can wait for the next release, regardless of severity."""

    FEATURE = "a feature"
    COSMETIC = "a cosmetic issue"
    MINOR_BUG = "a minor bug"
    SLOW = "a non-critical performance issue"
    CHORE = "no failure in production"


_CATEGORIES = tuple(
    (kind, lazy_pattern(pattern))
    for kind, pattern in (
        (MinorKind.SLOW, r"\b(?:non-?critical|minor|small)\b.{0,20}\b(?:performance|slow|latency)"),
        (MinorKind.COSMETIC, r"\b(?:cosmetics?|typos?|styling|visual|polish|layout|spelling)\b"),
        (MinorKind.MINOR_BUG, r"\b(?:minor|trivial|non-?critical|low)\b"),
        (MinorKind.CHORE, r"\b(?:refactor(?:ing)?|clean-?up|chore|docs|documentation)\b"),
        (Category.CERTIFICATE, r"\b(?:certificates?|certs?|tls|ssl)\b"),
        (Category.DATA_LOSS, r"\bdata[ -]?(?:base )?(?:loss|lost|corrupt|integrity)|\bcorrupt(?:ed|ion)?\b"),
        (
            Category.SECURITY,
            r"\b(?:security|vulnerabilit(?:y|ies)|cve|breach|exploit|expos(?:ed|ure)|leaks?|injection|xss|csrf|ssrf|rce|"
            r"d?dos|denial of service|compromised)\b",
        ),
        (Category.PAYMENT, r"\b(?:payments?|billing|checkout|charg(?:es?|ed|ing)|refunds?)\b"),
        (
            Category.AUTH,
            r"\b(?:auth|authn|authz|authenticat\w{1,5}|authori[sz]ation|log-?in|sign-?in|sso|oauth|mfa|2fa)\b",
        ),
        (
            Category.DOWN,
            r"\b(?:down|outage|unavailable|unreachable|availability|crash(?:es|ed|ing)?|broken for all)\b|"
            r"\b5(?:xx|\d\d)s?\b|\b(?:major|critical|core|key)\b.{0,40}\bbroken\b",
        ),
        (Category.PERFORMANCE, r"\b(?:performance|latency|slow|degraded|degradation)\b"),
        (
            MinorKind.FEATURE,
            r"\b(?:features?|enhancements?|improvements?)\b(?!.{0,40}\b(?:broken|fail\w{0,4}|missing|gone)\b)",
        ),
    )
)
"""What a text names, the first that matches."""


def category(text: str) -> Category | MinorKind | None:
    """Return the category that a text names: one that hotfixes are for, one that can wait, or None."""
    words = " ".join(text.casefold().split())[:200]
    return next((kind for kind, pattern in _CATEGORIES if pattern.search(words)), None)


def remark(text: str) -> Category | MinorKind | None:
    """Return the category next to a severity, as in `P1 (payment)`, if the remark is at most two words."""
    words = re.sub(r"[^A-Za-z ]+", " ", _CODE.sub(" ", text)).split()
    rest = [w for w in words if w.casefold() not in _WORDS]
    return category(" ".join(rest)) if 0 < len(rest) <= 2 else None
