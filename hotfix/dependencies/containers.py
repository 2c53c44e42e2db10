"""Images: Dockerfiles and compose files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.model import Dependency, Unreadable
from hotfix.dependencies.properties import resolve
from hotfix.dependencies.tree import Table
from hotfix.dependencies.yaml_text import read_yaml

_ARGUMENT = re.compile(r"\$\{(\w{1,100})(?::?[-+][^{}]{0,200})?\}|\$(\w{1,100})")
_DEFAULT = re.compile(r"\$\{\w{1,100}:?-([^{}$]{0,200})\}")
_HEREDOC = re.compile(r"(?<!\S)\d{0,3}<<-?([\"']?)([A-Za-z_]\w*)\1(?!\S)")
"""A word of its own: `1<<X` in arithmetic is none."""
_DIRECTIVE = re.compile(r"#\s*(syntax|escape)\s*=\s*(\S+)\s*", re.IGNORECASE)
_MOUNT = re.compile(r"--mount=(\S*)")
_OPTION = re.compile(r"--([\w-]+)(?:=(\S*))?")


def image(reference: str, line: int, group: str = "", detail: str = "") -> Dependency:
    """`registry:5000/name:tag@sha256:...` in its parts."""
    rest, _, digest = reference.partition("@")
    slash = rest.rfind("/")
    colon = rest.find(":", slash + 1)
    name, tag = (rest[:colon], rest[colon + 1 :]) if colon >= 0 else (rest, "")
    version = f"{tag}@{digest}" if digest else tag
    return Dependency(ecosystem="docker", name=name, version=version, line=line, group=group, detail=detail)


def dockerfile(text: str) -> Iterator[Dependency]:
    """What stages are built from and what is copied out of other images; earlier stages are no dependencies."""
    arguments: dict[str, str] = {}
    stages: set[str] = set()
    count = 0
    for line, verb, rest in _instructions(text):
        if verb == "#SYNTAX":
            yield image(rest, line, "syntax")
        elif verb == "ARG" and not count:
            for name, _, default in (word.partition("=") for word in rest.split()):
                if default:
                    arguments[name] = default.strip("\"'")
        elif verb == "FROM":
            reference, platform, alias = _from(rest, line)
            reference, platform = _resolved(reference, arguments), _resolved(platform, arguments)
            if reference.lower() not in stages and reference.lower() != "scratch":
                yield image(reference, line, detail=platform and f"platform {platform}")
            count += 1
            stages |= {alias.lower(), str(count - 1)}
        elif verb in ("COPY", "ADD", "RUN"):
            for reference in _sources(verb, rest):
                reference = _resolved(reference, arguments)
                if reference.lower() not in stages:
                    yield image(reference, line, "copied from")
    if text.strip() and not count:
        raise Unreadable("no FROM in it")


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    escape = "\\"
    parts: list[str] = []
    start = 0
    until: list[str] = []
    top = True
    begun = 0
    for line, raw in enumerate([*re.split(r"\r\n|\n", text), ""], 1):
        content = raw.strip()
        if until:
            if content == until[0]:
                until.pop(0)
            continue
        if content.startswith("#"):
            directive = _DIRECTIVE.fullmatch(content) if top else None
            if directive and directive[1].lower() == "escape":
                escape = directive[2][:1]
            elif directive:
                yield line, "#SYNTAX", directive[2]
            continue
        if content:
            top = False
        elif parts:
            continue  # an empty line does not end an instruction
        start = start if parts else line
        if content.endswith(escape):
            parts.append(content[:-1])
            continue
        parts.append(content)
        whole, parts = " ".join(parts).strip(), []
        verb, _, rest = whole.partition(" ")
        verb = verb.upper()
        if verb in ("RUN", "COPY", "ADD"):
            until = [word for _, word in _HEREDOC.findall(rest)]
            begun = line
        if whole:
            yield start, verb, rest.strip()
    if until:
        raise Unreadable(f"`<<{until[0]}` does not end", begun)
    if parts:
        verb, _, rest = " ".join(parts).strip().partition(" ")
        yield start, verb.upper(), rest.strip()


def _from(rest: str, line: int) -> tuple[str, str, str]:
    """Image, platform and alias."""
    words = rest.split()
    platform = ""
    while words and words[0].startswith("--"):
        option = _OPTION.fullmatch(words.pop(0))
        if option and option[1] == "platform":
            platform = option[2] or ""
    match words:
        case [reference]:
            return reference, platform, ""
        case [reference, word, alias] if word.upper() == "AS":
            return reference, platform, alias
    raise Unreadable(f"`FROM {rest[:80]}` is not complete", line)


def _sources(verb: str, rest: str) -> Iterator[str]:
    """Images named by `COPY --from=` and `RUN --mount=from=`."""
    for word in rest.split():
        if not word.startswith("--"):
            return
        if verb != "RUN" and word.startswith("--from="):
            yield word[7:]
        elif mount := _MOUNT.fullmatch(word):
            yield from (part[5:] for part in mount[1].split(",") if part.startswith("from="))


def _resolved(text: str, arguments: dict[str, str]) -> str:
    text = resolve(text.strip("\"'"), arguments, _ARGUMENT, lambda _: None)
    return _DEFAULT.sub(r"\1", text)


def compose(text: str) -> Iterator[Dependency]:
    for document in read_yaml(text):
        services = document.table("services")
        for name, service in services.items():
            if isinstance(service, Table) and (reference := service.text("image")):
                # A service that is built gives its own result that name.
                if "build" not in service:
                    yield image(reference, service.where("image"), name, service.text("platform"))
            elif service is not None and not isinstance(service, Table):
                raise Unreadable(f"service `{name[:80]}` should hold names and values", services.where(name))
