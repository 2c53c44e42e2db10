"""Find the issues and incidents that a text says it fixes, in any notation. Linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hotfix.text.lazy_pattern import lazy_pattern

_REF = lazy_pattern(
    r"<https?://[^\s<>]{1,500}>"
    r"|https?://[^\s<>()\[\]\"'`|]{1,500}"
    r"|[A-Za-z0-9][\w.-]{0,100}/[\w.-]{1,100}#\d{1,12}\b"
    r"|[A-Za-z][A-Za-z0-9]{0,15}#\d{1,12}\b"
    r"|#\d{1,12}\b"
    r"|[Gg][Hh]-\d{1,12}\b"
    r"|CVE-\d{4}-\d{4,12}\b"
    r"|GHSA(?:-[0-9a-z]{4}){3}\b"
    r"|[A-Z][A-Z0-9_]{0,19}(?:-\d{1,12}){1,3}\b(?!-)"
    r"|(?:INC|PRB|CHG|RITM|TASK)\d{5,12}\b"
)
_BRACKETED = lazy_pattern(rf"\[(?:{_REF.pattern})\]|\((?:{_REF.pattern})\)")
"""A reference in a template's brackets that were not removed: `Fixes [#7]`."""
_LINK = lazy_pattern(r"\[([^\[\]\n]{1,200})\]\(([^()\s]{1,500})\)")
KIND = lazy_pattern(r"(?:(?:the|both)\s+)?(?:(?:issue|incident|bug|ticket)s?\s+)?", re.IGNORECASE)
"""Optional words between keyword and issue: `Fixes issue #7`."""
_KEYWORD = lazy_pattern(
    r"(?<![\w-])(?:(?:permanent|follow-?up)\s+)?(?:(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?![\w-])(?:\s+for)?|hotfix\s+for)"
    rf"[*_]{{0,2}}(?::[*_]{{0,2}}\s*|\s+){KIND.pattern}",
    re.IGNORECASE,
)
_LABEL = lazy_pattern(
    r"\s{0,20}(?:[-*+]\s+)?[*_]{0,2}(issue|incident|ticket|jira|bug)[*_]{0,2}\s{0,3}:[*_]{0,2}\s*", re.IGNORECASE
)
_UNDOES = r"re-?vert|undo|undid|back(?:s|ed|ing)?[ -]?out|roll(?:s|ed|ing)?[ -]?back|tak(?:e|es|ing|en)\b.{0,30}\bback"
_QUOTED_TITLE = lazy_pattern(rf"\b(?:{_UNDOES}|re-?appl)\w*:?\s{{1,3}}[\"“'`].*", re.IGNORECASE)
"""The quoted title of another commit: `Revert "hotfix: ... fixes #3"`."""
_COMMIT = lazy_pattern(r"\b[0-9a-f]{7,64}\s{1,3}\((?:[^()]|\([^()]{0,200}\)){0,300}\)")
"""Another commit with its title: `Fixes: 54a4f0239f2e ("...")`, or git's own `54a4f02 (..., 2026-01-31)`."""
_DENIED = lazy_pattern(
    r"(?:\b(?:not|never|cannot)|n['’]t)\s+(?!only\b)(?:(?:\w{1,20}ly|yet|even|quite|a|the|to)\s+){0,2}\Z", re.IGNORECASE
)
"""A denial before the keyword: `This does not fully fix #3`."""
_CLAUSE = lazy_pattern(r"[.,;:!?](?=\s|$)")
_BLAME = lazy_pattern(
    rf"\b(?:{_UNDOES}|withdr|regress|introduc|caus|broke|blam|due\s+to|because|side[ -]effect|consequence|fallout)\w*\b"
    r"|\b(?:(?:bugs?|flaws?|errors?|mistakes?|problems?|follow-?ups?|came|comes?|instead)\s+(?:in|of|from|with|to|by)"
    r"|after|since|before|unlike|with(?:out|draw)|(?:remov|drop|replac|supersed|tak)\w+)\s+(?:the|our|my|that|this|an?|its)?\s*\Z"
    r"|\b(?:incomplete|wrong|faulty|earlier|previous|original|failed|partial|bad|last|first|old)\s+\Z",
    re.IGNORECASE,
)
"""Text before `the fix for #3` in a clause that reverts or blames that fix."""
_RELATIVE = lazy_pattern(
    r"\b(?:that|which|who|when|after|since|before|while|where|because)\s+(?:[\w'-]+\s+){0,3}\Z", re.IGNORECASE
)
"""A relative clause: `the commit that fixed #3`."""
_CONTEXT = 120
"""Number of characters before a closing keyword that are searched for a denial or blame."""
_AND = lazy_pattern(
    r"\s{0,5}(?:[,/]\s{0,5}(?:(?:and|or|also|plus)\s{1,5})?|\(?(?:and|or|also|plus|as\s{1,5}well\s{1,5}as|&|\+)\s{1,5})"
    rf"{KIND.pattern}|\s{{1,5}}(?=#\d)",
    re.IGNORECASE,
)
_NUMBERED = lazy_pattern(
    r"https?://(?:www\.|api\.)?([^/]+)/(?:(?:api/v3/)?repos/)?([^/]+/[^/]+)/(?:-/)?(issues|pull|pulls|merge_requests)/(\d+)"
    r"(?:[/?#].*)?\Z",
    re.IGNORECASE,
)
GITHUB = "github.com"
_TRACKED = lazy_pattern(r"https?://[^/]+/(?:[^/]+/){0,6}([A-Z][A-Z0-9_]{1,19}-\d{1,12})(?:[/?#].*)?\Z")
_NO_TRACKER = lazy_pattern(r"(?:UTF|UCS|SHA|ISO|RFC|HTTP|TLS|SSL|AES|MD|BASE|CP|PY|IPV|PEP|ECMA|P|V)-\d+\Z")
_PUNCTUATION = ".,;:!?*_'\""
_ADVISORY = lazy_pattern(r"(?:CVE|GHSA)-", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """An issue that a text says it fixes."""

    issue: str
    """The reference as normalized by `normal`."""
    line: int = 0
    weak: bool = False
    """Whether it is an incident or a vulnerability, which is used only if no issue is named as well."""


def normal(ref: str, repo: str = "") -> str | None:
    """Return the normalized reference to an issue: `acme/shop#7`, `JIRA-12`, a URL. None if the text is not an issue.

    URLs on hosts other than github.com remain URLs; `on_host` shortens them for their own host. `repo` is the
    repository of `#7`; if it is empty (a clone without a remote), `#7` stays `#7`.
    """
    ref = ref.strip().strip("*_").rstrip(_PUNCTUATION)
    if ref.startswith("<http") and ref.endswith(">"):
        ref = ref[1:-1]
    if link := _LINK.fullmatch(ref):
        return normal(link[1], repo) or normal(link[2], repo)
    if not _REF.fullmatch(ref) or _NO_TRACKER.match(ref):
        return None
    if ref.startswith(("http://", "https://")):
        if numbered := _NUMBERED.match(ref):
            host, name, kind = (part.casefold() for part in numbered.group(1, 2, 3))
            if host == GITHUB:
                return f"{name}#{int(numbered[4])}"
            return f"https://{host}/{name}/{'issues' if kind.startswith('pull') else kind}/{int(numbered[4])}"
        if tracked := _TRACKED.match(ref):
            return tracked[1]
        return ref.split("#")[0].rstrip("/") if len(ref.split("/")) > 3 else None
    if "#" in ref:
        owner, number = ref.rsplit("#", 1)
        if not int(number):
            return None  # issue numbers start at 1
        return f"{(owner or repo).casefold()}#{int(number)}"
    if ref.casefold().startswith("gh-"):
        return f"{repo.casefold()}#{int(ref[3:])}"
    return ref.upper() if ref.startswith("CVE") else ref


def on_host(issue: str, host: str) -> str:
    """Return a reference as written on this host, where a URL becomes `acme/shop#7`. An empty host matches any host."""
    if host == GITHUB or not (numbered := _NUMBERED.match(issue)) or numbered[3] == "merge_requests":
        return issue
    return f"{numbered[2]}#{numbered[4]}" if host.casefold() in ("", numbered[1]) else issue


def shown(issue: str, repo: str = "") -> str:
    """Return a normalized reference as written within `repo`: `#7` for one of its own issues."""
    own = f"{repo.casefold()}#"
    return issue[len(own) - 1 :] if issue.startswith(own) else issue


def listed(text: str, at: int, repo: str = "") -> tuple[list[str], int]:
    """Return the issues at a position, separated by `,`, `and` or nothing, and the offset where they end."""
    found: list[str] = []
    while True:
        linked = _LINK.match(text, at)
        match = linked or _REF.match(text, at) or _BRACKETED.match(text, at)
        issue = normal(match[0] if linked else match[0].strip("[()]"), repo) if match else None
        if not match or not issue:
            return found, at
        found.append(issue)
        at = match.start() + len(match[0].rstrip(_PUNCTUATION))
        between = _AND.match(text, at)
        if not between:
            return found, at
        at = between.end()


def fixed(lines: Iterable[tuple[int, str]], repo: str = "") -> tuple[Mention, ...]:
    """Return the issues that numbered lines of prose say they fix: after a closing keyword (`fixes`, `closes`,
    `resolved` ...), after `fix for`, or after a label (`Issue:`, `Incident:`).

    Ignored are other mentions, issues that a permanent fix will close, fixes that are reverted or blamed (`This reverts
    the fix for #3`, `a regression of the fix for #3`, `the change that fixed #3`, `Revert "..."`), and denials (`does
    not fix #3`).
    """
    found = []
    before = ""
    for number, text in lines:
        text = _COMMIT.sub("", _QUOTED_TITLE.sub("", text))
        if label := _LABEL.match(text):
            weak = label[1].casefold() == "incident"
            found += [Mention(i, number, weak or _is_advisory(i)) for i in listed(text, label.end(), repo)[0]]
            before = ""
            continue
        for keyword in _KEYWORD.finditer(text):
            words = keyword[0].casefold()
            start = max(0, keyword.start() - _CONTEXT)
            clause = _CLAUSE.split(f"{before} {text[start : keyword.start()]}")[-1]
            starts = keyword.start() == 0 and text[0].isupper()  # the previous line's clause doesn't continue here
            blame = _BLAME if " for " in words else _RELATIVE  # the words before a noun, or before a verb
            blamed = not starts and (blame.search(clause) or _DENIED.search(clause))
            if blamed or words.startswith(("permanent", "follow")):
                continue
            found += [Mention(i, number, _is_advisory(i)) for i in listed(text, keyword.end(), repo)[0]]
        before = text[-_CONTEXT:] if text.strip() else ""
    return tuple(found)


def named(mentions: Iterable[Mention]) -> tuple[str, ...]:
    """Return the unique issues of the mentions; incidents and vulnerabilities only if there are no others."""
    mentions = tuple(mentions)
    strong = tuple(m for m in mentions if not m.weak)
    return tuple(dict.fromkeys(m.issue for m in strong or mentions))


def numbers(mentions: Iterable[Mention], repo: str, host: str = GITHUB) -> frozenset[int]:
    """Return the numbers of the repository's own issues among the mentions; `host` is the repository's host."""
    own = f"{repo.casefold()}#"
    found = (on_host(mention.issue, host) for mention in mentions)
    return frozenset(int(name[len(own) :]) for name in found if name.startswith(own) and name[len(own) :].isdecimal())


def _is_advisory(issue: str) -> bool:
    return bool(_ADVISORY.match(issue))
