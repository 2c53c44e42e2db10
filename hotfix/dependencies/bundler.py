"""Ruby: Gemfile, gemspecs and Gemfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, Unreadable, folded, joined, without_secrets

# A string that does not end goes to the end of its line: tried again at every quote it would take quadratic time.
_STRING = re.compile(r""""((?:[^"\\\n]|\\.)*+)(?:"|$)|'((?:[^'\\\n]|\\.)*+)(?:'|$)|%q<([^<>\n]*+)>""")
_CODE = re.compile(r"""(?:[^"'#]++|"(?:[^"\\]|\\.)*+(?:"|$)|'(?:[^'\\]|\\.)*+(?:'|$))*+""")
_GEM = re.compile(r"gem[\s(]\s*(?=[\"'%])")
_ADD = re.compile(r"[\w.]+\.add_(runtime_|development_)?dependency\b")
_TAIL = 300
"""Characters at the end of a statement in which its block begins."""
_NESTED = 8
"""Blocks around a gem that are told apart."""
_RUBY = re.compile(r"ruby[\s(]\s*(?=[\"'])")
_DO = re.compile(r"\bdo(?:\s*\|[^|]*\|)?\Z")
_HEADS = re.compile(r"(?:group|platforms?|source|git|github|path)\b")
_OPENS = re.compile(r"(?:if|unless|case|begin|while|until|def|class|module)\b")
_SOURCE = re.compile(r"source[\s(]\s*(?=[\"':])")
_VALUE = r"(\"[^\"\n]*\"|'[^'\n]*'|:\w+|\[[^\]\n]*\]|%[iw]\[[^\]\n]*\]|\w+)"
_OPTIONS = "git|github|gitlab|bitbucket|gist|branch|ref|tag|path|source|glob|platforms?|groups?|submodules"
_OPTION = re.compile(rf"(?:(?<![\w:])({_OPTIONS}):(?!:)|:({_OPTIONS})\s*=>)\s*{_VALUE}")


def gemfile(text: str) -> Iterator[Dependency]:
    """A Gemfile or gemspec is a program: gems that stand in it literally are what is read."""
    blocks: list[str] = []
    for line, statement in _statements(text):
        if re.match(r"end\b", statement):
            del blocks[-1:]
        elif (do := _DO.search(statement[-_TAIL:])) or (_OPENS.match(statement) and not statement.endswith(" end")):
            heads = statement[: len(statement) - len(do[0])] if do and _HEADS.match(statement) else ""
            blocks.append(without_secrets(folded(heads)))
        if match := _GEM.match(statement):
            yield from _gem(statement[match.end() :], line, joined(*blocks[-_NESTED:]))
        elif match := _RUBY.match(statement):
            yield _ruby("ruby", folded(statement[match.end() :].strip("\"'() ")), line, "toolchain")
        elif match := _ADD.match(statement):
            yield from _gem(statement[match.end() :], line, "development" if match[1] == "development_" else "")
        elif match := _SOURCE.match(statement):
            address = without_secrets(folded(statement[match.end() :].split(" do")[0].strip("\"'() ")))
            yield _ruby("source", address, line, "source")
        elif statement.startswith("gemspec"):
            yield _ruby("gemspec", "", line, "")


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Lines, without comments, joined where one ends in a comma or a backslash."""
    parts: list[str] = []
    start = 1
    for line, raw in enumerate([*re.split(r"\r\n|\n", text), ""], 1):
        start = start if parts else line
        code = _CODE.match(raw)
        content = (code[0] if code else raw).strip()
        parts.append(content.removesuffix("\\"))
        if content.endswith((",", "\\", "(")):
            continue
        if whole := " ".join(parts).strip():
            yield start, whole
        parts = []


def _gem(arguments: str, line: int, group: str) -> Iterator[Dependency]:
    options = sorted(
        f"{match[1] or match[2]}: {folded(match[3].replace(chr(39), chr(34)))}" for match in _OPTION.finditer(arguments)
    )
    plain = _OPTION.sub("", arguments)
    plain = re.split(r"\b\w+:(?!:)|:\w+\s*=>", plain, maxsplit=1)[0]
    strings = [a or b or c for a, b, c in _STRING.findall(plain)]
    if strings:
        version = ", ".join(sorted(folded(s) for s in strings[1:]))
        yield _ruby(strings[0], version, line, group, without_secrets(joined(*options)))


_SPEC = re.compile(r"    ([^\s(]+)(?: \(([^)]*)\))?")


def gemfile_lock(text: str) -> Iterator[Dependency]:
    section = revision = ""
    for line, raw in enumerate(re.split(r"\r\n|\n", text), 1):
        content = raw.rstrip()
        if not content:
            continue
        if content[0] in "<=>":
            raise Unreadable("a merge conflict is left", line)
        if content[0] != " ":
            section, revision = content, ""
        elif section in ("GEM", "GIT", "PLUGIN SOURCE"):
            if content.startswith(("  remote: ", "  revision: ")):
                revision = joined(revision, without_secrets(content.strip()))
            elif content.startswith("    ") and content[4] != " " and (spec := _SPEC.fullmatch(content)):
                # What a remote is called is no version of the gems from rubygems.org's many mirrors.
                yield _ruby(spec[1], spec[2] or "", line, "", revision if section == "GIT" else "")
        elif section == "CHECKSUMS":
            gem, _, sum = content.strip().rpartition(" ")
            if "=" in sum:
                name, _, version = gem.partition(" (")
                yield _ruby(name, version.removesuffix(")"), line, "checksum", sum)


def _ruby(name: str, version: str, line: int, group: str, detail: str = "") -> Dependency:
    return Dependency(ecosystem="rubygems", name=name, version=version, line=line, group=group, detail=detail)
