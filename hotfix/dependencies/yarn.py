"""yarn.lock, of the first yarn (its own format) and of later ones (YAML)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from hotfix.dependencies.model import Dependency, Unreadable, joined, without_secrets
from hotfix.dependencies.yaml_text import read_yaml

_WORD = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|$)|[^\s",:]++(?::[^\s",:]++)*+')
_BERRY = re.compile(r"^__metadata:", re.MULTILINE)


def yarn_lock(text: str) -> Iterator[Dependency]:
    return _berry(text) if _BERRY.search(text) else _classic(text)


def _berry(text: str) -> Iterator[Dependency]:
    for document in read_yaml(text):
        for asked, package in document.tables():
            # A soft link is a workspace of the project itself.
            if asked != "__metadata" and package.text("linkType") != "soft":
                asked_for = [part.strip() for part in asked.split(",")]
                yield _locked(asked_for, package.text("version"), package.text("checksum"), document.where(asked))


def _classic(text: str) -> Iterator[Dependency]:
    """Entries begin at the margin and end in a colon; what was locked stands under them, indented by two."""
    asked: list[str] = []
    fields: dict[str, str] = {}
    start = 0
    for line, raw in enumerate([*text.split("\n"), "#end:"], 1):
        content = raw.rstrip()
        if content.startswith("#end:") or (content and content[0] not in "# "):
            if asked:
                yield _classic_entry(asked, fields, start)
            if not content.startswith("#end:") and not content.endswith(":"):
                raise Unreadable("an entry should end in a colon", line)
            asked, fields, start = [_plain(word, line) for word in _WORD.findall(content)], {}, line
        elif content.startswith("  ") and content[2] not in " #" and not content.endswith(":"):
            words = content.split(None, 1)
            if not asked or len(words) != 2:
                raise Unreadable(f"`{content[:80].strip()}` belongs to no entry", line)
            fields[words[0]] = _plain(words[1], line)


def _plain(word: str, line: int) -> str:
    if not word.startswith('"'):
        return word
    try:
        return str(json.loads(word))
    except ValueError:
        raise Unreadable(f"`{word[:80]}` is not quoted well", line) from None


def _classic_entry(asked: list[str], fields: dict[str, str], line: int) -> Dependency:
    if "version" not in fields:
        raise Unreadable("an entry has no version", line)
    source = fields.get("integrity") or without_secrets(fields.get("resolved", ""))
    return _locked(asked, fields["version"], source, line)


def _locked(asked: Iterable[str], version: str, source: str, line: int) -> Dependency:
    """`@scope/name@range`: the name ends at the second at sign, or the first that is not in front."""
    names = {one[:at] if (at := one.find("@", 1)) > 0 else one for one in asked}
    ranges = sorted(one[one.find("@", 1) + 1 :] for one in asked if one.find("@", 1) > 0)
    return Dependency(
        ecosystem="npm",
        name=", ".join(sorted(names)),
        version=version,
        line=line,
        detail=joined(without_secrets(f"for {', '.join(ranges)}"), source),
    )
