"""Python: requirements files, and the requirement strings that other formats hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, Unreadable, folded, hashes, joined, without_secrets

_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*+))\s*(\[[^\]\[]*\])?\s*(.*)", re.DOTALL)
_SPECIFIER = re.compile(r"(?:===|==|~=|!=|<=|>=|<|>)\s*[^\s,;()]+")
_HASH = re.compile(r"(?:^|\s)--hash[= ]\s*(\S+)")
_PER_REQUIREMENT = re.compile(r"(?:^|\s)--(?:global-option|install-option|config-settings?)[= ]")
_EGG = re.compile(r"[#&]egg=([^&\s\[]+)")
_PATH = re.compile(
    r"(?:[.~/\\]|[A-Za-z]:\\|\$\{|[A-Za-z][A-Za-z0-9+.-]*://|git\+)|.*(?:\.whl|\.zip|\.tar\.gz)$|[\w.-]+/"
)
_OPTION = re.compile(r"(--?[A-Za-z][A-Za-z-]*)(?:\s*=\s*|\s+|$)(.*)", re.DOTALL)
_SHORT = {"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links"}
_NO_DEPENDENCY = frozenset({"--require-hashes", "--use-feature", "--prefer-binary", "--no-binary", "--only-binary"})


def canonical(name: str) -> str:
    """PEP 503: `Foo.Bar_baz` and `foo-bar-baz` are one package."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str, line: int, group: str = "") -> Dependency:
    """One PEP 508 requirement, an address, or a path. Raises Unreadable when it is none of them."""
    text, _, marker = text.partition(";") if "://" not in text else _split_marker(text)
    text, detail = text.strip(), folded(marker)
    match = _NAME.fullmatch(text)
    if _PATH.match(text) and not (match and match[3].startswith("@")):
        return _pip(_named_by(text), without_secrets(text), line, group, detail)
    if not match:
        raise Unreadable(f"`{text[:80]}` is no requirement", line)
    name, extras, rest = match[1], match[2] or "", match[3].strip()
    wanted = ",".join(sorted(canonical(extra.strip()) for extra in extras.strip("[]").split(",") if extra.strip()))
    extras = f"[{wanted}]" if wanted else ""
    if rest.startswith("@"):
        return _pip(canonical(name), without_secrets(f"{extras}{folded(rest[1:])}"), line, group, detail)
    specifiers = [s.strip() for s in rest.removeprefix("(").removesuffix(")").split(",") if s.strip()]
    for specifier in specifiers:
        if not _SPECIFIER.fullmatch(specifier):
            raise Unreadable(f"`{text[:80]}` is no requirement", line)
    version = ",".join(sorted(re.sub(r"\s+", "", s) for s in specifiers))
    return _pip(canonical(name), extras + version, line, group, detail)


def _named_by(address: str) -> str:
    """The package an address or path brings, where it says so; else the address itself."""
    if egg := _EGG.search(address):
        return canonical(egg[1])
    file = address.rpartition("/")[2]
    return canonical(file.partition("-")[0]) if file.endswith(".whl") else without_secrets(address)


def _split_marker(text: str) -> tuple[str, str, str]:
    """After an address a marker begins with white space and a semicolon."""
    match = re.search(r"\s;", text)
    return (text[: match.start()], ";", text[match.end() :]) if match else (text, "", "")


def requirements(text: str) -> Iterator[Dependency]:
    for line, content in _logical_lines(text):
        if content.startswith("-"):
            yield from _option(content, line)
        else:
            yield _hashed(content, line)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined where they end in a backslash, without comments and empty ones."""
    parts: list[str] = []
    start = 1
    for number, raw in enumerate([*re.split(r"\r\n|\r|\n", text), ""], 1):
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
    if option := _PER_REQUIREMENT.search(content):
        content = content[: option.start()]
    base = requirement(content.strip(), line, group)
    return Dependency(
        ecosystem=base.ecosystem,
        name=base.name,
        version=base.version,
        line=line,
        group=group,
        detail=joined(base.detail, hashes(found)),
    )


def _option(content: str, line: int) -> Iterator[Dependency]:
    match = _OPTION.fullmatch(content)
    if not match and content[:2] in _SHORT:
        match = _OPTION.fullmatch(f"{content[:2]} {content[2:]}")
    if not match:
        raise Unreadable(f"`{content[:80]}` is no option of pip", line)
    option, value = _SHORT.get(match[1], match[1]), match[2].strip()
    if option == "--editable":
        yield _hashed(value, line, "editable")
    elif option in ("--requirement", "--constraint"):
        yield _pip(f"{option} {value}", "", line, "include", "")
    elif option not in _NO_DEPENDENCY:
        # Where packages come from decides which ones come.
        yield _pip(option, without_secrets(value), line, "index", "")


def _pip(name: str, version: str, line: int, group: str, detail: str) -> Dependency:
    return Dependency(ecosystem="pip", name=name, version=version, line=line, group=group, detail=detail)
