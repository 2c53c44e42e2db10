"""Find the issues and incidents that a text says it fixes, however they are written. Linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hotfix.text.late_pattern import late_pattern

_REF = late_pattern(
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
_BRACKETED = late_pattern(rf"\[(?:{_REF.pattern})\]|\((?:{_REF.pattern})\)")
"""The brackets of a template, left around what was written into it: `Fixes [#7]`."""
_LINK = late_pattern(r"\[([^\[\]\n]{1,200})\]\(([^()\s]{1,500})\)")
KIND = late_pattern(r"(?:(?:the|both)\s+)?(?:(?:issue|incident|bug|ticket)s?\s+)?", re.IGNORECASE)
"""What may stand between the word and the issue: `Fixes issue #7`."""
_KEYWORD = late_pattern(
    r"(?<![\w-])(?:(?:permanent|follow-?up)\s+)?(?:(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?![\w-])(?:\s+for)?|hotfix\s+for)"
    rf"[*_]{{0,2}}(?::[*_]{{0,2}}\s*|\s+){KIND.pattern}",
    re.IGNORECASE,
)
_LABEL = late_pattern(
    r"\s{0,20}(?:[-*+]\s+)?[*_]{0,2}(issue|incident|ticket|jira|bug)[*_]{0,2}\s{0,3}:[*_]{0,2}\s*", re.IGNORECASE
)
_UNDOES = r"re-?vert|undo|undid|back(?:s|ed|ing)?[ -]?out|roll(?:s|ed|ing)?[ -]?back|tak(?:e|es|ing|en)\b.{0,30}\bback"
_QUOTED_TITLE = late_pattern(rf"\b(?:{_UNDOES}|re-?appl)\w*:?\s{{1,3}}[\"“'`].*", re.IGNORECASE)
"""`Revert "hotfix: ... fixes #3"`: the title of another commit."""
_COMMIT = late_pattern(r"\b[0-9a-f]{7,64}\s{1,3}\((?:[^()]|\([^()]{0,200}\)){0,300}\)")
"""`Fixes: 54a4f0239f2e ("...")`, or git's own `54a4f02 (..., 2026-01-31)`: another commit and its title."""
_DENIED = late_pattern(
    r"(?:\b(?:not|never|cannot)|n['’]t)\s+(?!only\b)(?:(?:\w{1,20}ly|yet|even|quite|a|the|to)\s+){0,2}\Z", re.IGNORECASE
)
"""`This does not fully fix #3`."""
_CLAUSE = late_pattern(r"[.,;:!?](?=\s|$)")
_BLAME = late_pattern(
    rf"\b(?:{_UNDOES}|withdr|regress|introduc|caus|broke|blam|due\s+to|because|side[ -]effect|consequence|fallout)\w*\b"
    r"|\b(?:(?:bugs?|flaws?|errors?|mistakes?|problems?|follow-?ups?|came|comes?|instead)\s+(?:in|of|from|with|to|by)"
    r"|after|since|before|unlike|with(?:out|draw)|(?:remov|drop|replac|supersed|tak)\w+)\s+(?:the|our|my|that|this|an?|its)?\s*\Z"
    r"|\b(?:incomplete|wrong|faulty|earlier|previous|original|failed|partial|bad|last|first|old)\s+\Z",
    re.IGNORECASE,
)
"""What a clause says before `the fix for #3` if that fix is reverted or blamed."""
_RELATIVE = late_pattern(
    r"\b(?:that|which|who|when|after|since|before|while|where|because)\s+(?:[\w'-]+\s+){0,3}\Z", re.IGNORECASE
)
"""`the commit that fixed #3`."""
_CONTEXT = 120
"""Characters before a closing word that are read to tell whether a fix is blamed."""
_AND = late_pattern(
    r"\s{0,5}(?:[,/]\s{0,5}(?:(?:and|or|also|plus)\s{1,5})?|\(?(?:and|or|also|plus|as\s{1,5}well\s{1,5}as|&|\+)\s{1,5})"
    rf"{KIND.pattern}|\s{{1,5}}(?=#\d)",
    re.IGNORECASE,
)
_NUMBERED = late_pattern(
    r"https?://(?:www\.|api\.)?([^/]+)/(?:(?:api/v3/)?repos/)?([^/]+/[^/]+)/(?:-/)?(issues|pull|pulls|merge_requests)/(\d+)"
    r"(?:[/?#].*)?\Z",
    re.IGNORECASE,
)
GITHUB = "github.com"
_TRACKED = late_pattern(r"https?://[^/]+/(?:[^/]+/){0,6}([A-Z][A-Z0-9_]{1,19}-\d{1,12})(?:[/?#].*)?\Z")
_NO_TRACKER = late_pattern(r"(?:UTF|UCS|SHA|ISO|RFC|HTTP|TLS|SSL|AES|MD|BASE|CP|PY|IPV|PEP|ECMA|P|V)-\d+\Z")
_PUNCTUATION = ".,;:!?*_'\""
_ADVISORY = late_pattern(r"(?:CVE|GHSA)-", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """One issue that a text says it fixes."""

    issue: str
    """As `normal` gives it."""
    line: int = 0
    weak: bool = False
    """An incident or a vulnerability: counts only if no issue is named with it."""


def normal(ref: str, repo: str = "") -> str | None:
    """Return one name for an issue: `acme/shop#7`, `JIRA-12`, a URL. None if the text is not an issue.

    An address on another host than github.com stays an address; `on_host` names it on its own host. `repo` is
    what `#7` belongs to; without one (a clone without a remote) `#7` stays `#7`.
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
            return None  # the first issue is number 1
        return f"{(owner or repo).casefold()}#{int(number)}"
    if ref.casefold().startswith("gh-"):
        return f"{repo.casefold()}#{int(ref[3:])}"
    return ref.upper() if ref.startswith("CVE") else ref


def on_host(issue: str, host: str) -> str:
    """Return the name of an issue for a repository on this host: an address there becomes `acme/shop#7`.

    An empty host is one that isn't known: then every address may be of it.
    """
    if host == GITHUB or not (numbered := _NUMBERED.match(issue)) or numbered[3] == "merge_requests":
        return issue
    return f"{numbered[2]}#{numbered[4]}" if host.casefold() in ("", numbered[1]) else issue


def shown(issue: str, repo: str = "") -> str:
    """Return a normal name as people write it in `repo`: `#7` for an issue of its own."""
    own = f"{repo.casefold()}#"
    return issue[len(own) - 1 :] if issue.startswith(own) else issue


def listed(text: str, at: int, repo: str = "") -> tuple[list[str], int]:
    """Return the issues at a position, with `,`, `and` or nothing between them, and where they end."""
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
    """Return what numbered lines of prose say they fix: after a closing word (`fixes`, `closes`, `resolved` ...), after
    `fix for`, or after a label (`Issue:`, `Incident:`).

    Other mentions don't count, nor does what a permanent fix will close, nor a fix that is reverted or blamed: `This
    reverts the fix for #3`, `a regression of the fix for #3`, `the change that fixed #3`, `Revert "..."`, nor what is
    denied: `does not fix #3`.
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
            starts = keyword.start() == 0 and text[0].isupper()  # what the line before says doesn't go on here
            if words.startswith(("permanent", "follow")) or (not starts and _is_blamed(words, clause)):
                continue
            found += [Mention(i, number, _is_advisory(i)) for i in listed(text, keyword.end(), repo)[0]]
        before = text[-_CONTEXT:] if text.strip() else ""
    return tuple(found)


def _is_blamed(keyword: str, clause: str) -> bool:
    """Return whether the words before a closing word say that this fix is not made here."""
    is_noun = " for " in keyword
    return bool((_BLAME if is_noun else _RELATIVE).search(clause) or _DENIED.search(clause))


def named(mentions: Iterable[Mention]) -> tuple[str, ...]:
    """Return the issues that a place names, each once: incidents and vulnerabilities only if no issue is named."""
    mentions = tuple(mentions)
    strong = tuple(m for m in mentions if not m.weak)
    return tuple(dict.fromkeys(m.issue for m in strong or mentions))


def numbers(mentions: Iterable[Mention], repo: str, host: str = GITHUB) -> frozenset[int]:
    """Return the numbers of the repository's own issues among these mentions; `host` is the repository's."""
    own = f"{repo.casefold()}#"
    found = (on_host(mention.issue, host) for mention in mentions)
    return frozenset(int(name[len(own) :]) for name in found if name.startswith(own) and name[len(own) :].isdecimal())


def _is_advisory(issue: str) -> bool:
    return bool(_ADVISORY.match(issue))
