"""Read Python requirements files, and requirement strings in other formats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hotfix.dependencies.package_change import Dependency, Unreadable, folded, hashes, joined, without_secrets

_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*+))\s*(\[[^\]\[]*\])?\s*(.*)", re.DOTALL)
_SPECIFIER = re.compile(r"(?:===|==|~=|!=|<=|>=|<|>)\s*[^\s,;()]+")
_HASH = re.compile(r"(?:^|\s)--hash[= ]\s*(\S+)")
_PER_REQUIREMENT = re.compile(r"(?:^|\s)--(?:global-option|install-option|config-settings?)[= ].*", re.DOTALL)
_EGG = re.compile(r"[#&]egg=([^&\s\[]+)")
_PATH = re.compile(
    r"(?:[.~/\\]|[A-Za-z]:\\|\$\{|[A-Za-z][A-Za-z0-9+.-]*://|git\+)|.*(?:\.whl|\.zip|\.tar\.gz)$|[\w.-]+/"
)
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+|(?=[./]))(.+)", re.DOTALL)


def canonical(name: str) -> str:
    """Return a package name as normalized by PEP 503: `foo-bar-baz` for `Foo.Bar_baz`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str, line: int, group: str = "") -> Dependency:
    """Parse a PEP 508 requirement, a URL, or a path. Raises Unreadable if it is none of them."""
    text, _, marker = text.partition(";") if "://" not in text else _split_marker(text)
    text, detail = text.strip(), folded(marker)
    match = _NAME.fullmatch(text)
    if _PATH.match(text) and not (match and match[3].startswith("@")):
        return Dependency("pip", _named_by(text), without_secrets(text), line, group=group, detail=detail)
    if not match:
        raise Unreadable(f"`{text[:80]}` is not a requirement", line)
    name, extras, rest = match[1], match[2] or "", match[3].strip()
    wanted = ",".join(sorted(canonical(extra.strip()) for extra in extras.strip("[]").split(",") if extra.strip()))
    version = f"[{wanted}]" if wanted else ""
    if rest.startswith("@"):
        version = without_secrets(f"{version}{folded(rest[1:])}")
    else:
        specifiers = [s.strip() for s in rest.removeprefix("(").removesuffix(")").split(",") if s.strip()]
        if not all(map(_SPECIFIER.fullmatch, specifiers)):
            raise Unreadable(f"`{text[:80]}` is not a requirement", line)
        version += ",".join(sorted(re.sub(r"\s+", "", s) for s in specifiers))
    return Dependency("pip", canonical(name), version, line, group=group, detail=detail)


def _named_by(address: str) -> str:
    """Return the package name in a URL or path, if there is one, otherwise the URL itself."""
    if egg := _EGG.search(address):
        return canonical(egg[1])
    file = address.rpartition("/")[2]
    return canonical(file.partition("-")[0]) if file.endswith(".whl") else without_secrets(address)


def _split_marker(text: str) -> tuple[str, str, str]:
    """Split a requirement from its marker, which follows white space and a semicolon after a URL."""
    match = re.search(r"\s;", text)
    return (text[: match.start()], ";", text[match.end() :]) if match else (text, "", "")


def requirements(text: str) -> Iterator[Dependency]:
    """Read a requirements file. Raises Unreadable."""
    for line, content in _logical_lines(text):
        if editable := _EDITABLE.fullmatch(content):
            yield _hashed(editable[1], line, "editable")
        elif not content.startswith("-"):
            yield _hashed(content, line)
        else:
            # Options for package sources and included files also affect which packages are installed.
            yield Dependency("", without_secrets(folded(content)), "", line)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield non-empty lines as split by pip: joined if they end in a backslash, and without comments."""
    parts: list[str] = []
    start = 1
    for number, raw in enumerate([*text.splitlines(), ""], 1):
        start = start if parts else number
        comment = re.search(r"(?:^|\s)#", raw)
        content = raw[: comment.start()] if comment else raw
        if not comment and content.endswith("\\"):
            parts.append(content[:-1])
            continue
        parts.append(content)
        if whole := " ".join(parts).strip():
            yield start, whole
        parts = []


def _hashed(content: str, line: int, group: str = "") -> Dependency:
    found = _HASH.findall(content)
    content = _HASH.sub(" ", content)
    options = folded(" ".join(match[0] for match in _PER_REQUIREMENT.finditer(content)))
    content = _PER_REQUIREMENT.sub("", content)
    base = requirement(content.strip(), line, group)
    return replace(base, detail=joined(base.detail, options, hashes(found)))
