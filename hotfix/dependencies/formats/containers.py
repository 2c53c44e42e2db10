"""Read Dockerfiles, instruction by instruction, and image references."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotfix.dependencies.package_change import Dependency, Unreadable, folded, shown, without_values
from hotfix.dependencies.shell_commands import installs

_HEREDOC = re.compile(r"(?<!\S)\d{0,3}<<-?([\"']?)([A-Za-z_]\w*)\1(?!\S)")
"""A heredoc is a separate word, unlike `1<<X` in arithmetic."""
_DIRECTIVE = re.compile(r"#\s*(syntax|escape|check)\s*=\s*(\S+)\s*", re.IGNORECASE)
_FROM_OPTION = re.compile(r"--from=(\S+)")
_HARMLESS = frozenset(("LABEL", "EXPOSE", "USER", "WORKDIR", "VOLUME", "STOPSIGNAL", "MAINTAINER"))
"""Instructions that add nothing to the image."""
_COMMANDS = frozenset(("CMD", "ENTRYPOINT", "HEALTHCHECK"))
"""Instructions that run in the container, which are relevant only if they install something."""


def image(reference: str, line: int, group: str = "", detail: str = "") -> Dependency:
    """Parse an image reference such as `registry:5000/name:tag@sha256:...`."""
    rest, _, digest = reference.partition("@")
    slash = rest.rfind("/")
    colon = rest.find(":", slash + 1)
    name, tag = (rest[:colon], rest[colon + 1 :]) if colon >= 0 else (rest, "")
    version = f"{tag}@{digest}" if digest else tag
    return Dependency("docker", name, version, line, group=group, detail=detail)


def dockerfile(text: str) -> Iterator[Dependency]:
    """Read all instructions except those known to add nothing to the image.

    Stages are not images. Instructions without an image reference are compared as written.
    """
    stages: set[str] = set()
    count = 0
    for line, verb, rest in _instructions(text):
        if verb == "FROM":
            reference, options, alias = _from(rest, line)
            if reference.lower() not in stages and reference.lower() != "scratch":
                yield image(reference, line, detail=options)
            stages |= {alias.lower(), str(count)}
            count += 1
        elif verb in ("COPY", "ADD") and (found := _FROM_OPTION.search(rest)):
            if found[1].lower() not in stages:
                yield image(found[1], line, "copied from")
        elif (
            (verb == "COPY" and "<<" not in rest)
            or verb in _HARMLESS
            or (verb in _COMMANDS and not installs(rest))
            or (verb == "ADD" and "://" not in rest and "git@" not in rest)
        ):
            continue
        else:
            words = f"{verb} {folded(rest)}"
            yield Dependency("", shown(without_values(words)), "", line, detail=words)
    if text.strip() and not count:
        raise Unreadable("it has no FROM instruction")


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each instruction, including its heredocs, and the parser directives at the top, with their lines."""
    escape = "\\"
    parts: list[str] = []
    start = 0
    until: list[str] = []
    top = True
    for line, raw in enumerate([*re.split(r"\r\n|\n", text), ""], 1):
        content = raw.strip()
        if until:
            if content == until[0]:
                until.pop(0)
            parts.append(f"\n{content}")
            if until:
                continue
        elif content.startswith("#"):
            directive = _DIRECTIVE.fullmatch(content) if top else None
            if directive and directive[1].lower() == "escape":
                escape = directive[2][:1]
            if directive:
                yield line, "#", content
            continue
        else:
            if content:
                top = False
            elif parts:
                continue  # an empty line does not end an instruction
            start = start if parts else line
            if content.endswith(escape):
                parts.append(content[:-1])
                continue
            parts.append(content)
            if re.match(r"(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s", parts[0] + " ", re.IGNORECASE):
                until = [word for _, word in _HEREDOC.findall(" ".join(parts))]
                if until:
                    continue
        whole, parts = " ".join(parts).strip(), []
        if whole:
            verb, _, rest = whole.partition(" ")
            yield start, verb.upper(), rest.strip()
    if until:
        raise Unreadable(f"`<<{until[0]}` is not closed", start)
    if parts:
        verb, _, rest = " ".join(parts).strip().partition(" ")
        yield start, verb.upper(), rest.strip()


def _from(rest: str, line: int) -> tuple[str, str, str]:
    """Parse the arguments of `FROM` into image, options and alias. Raises Unreadable."""
    words = rest.split()
    options = []
    while words and words[0].startswith("--"):
        options.append(words.pop(0))
    match words:
        case [reference]:
            return reference, " ".join(options), ""
        case [reference, word, alias] if word.upper() == "AS":
            return reference, " ".join(options), alias
    raise Unreadable(f"`FROM {rest[:80]}` is not complete", line)
