"""Render a verdict as workflow commands, which GitHub shows on the changed lines and on the workflow run."""

from hotfix.finding import Status
from hotfix.render.check_annotations import Weight, annotations, weight
from hotfix.text.escaping import printable, shortened
from hotfix.verdict import Verdict, VerdictKind

_COMMANDS = {Weight.FAILURE: "error", Weight.WARNING: "warning", Weight.NOTICE: "notice"}


def github_commands(verdict: Verdict) -> list[str]:
    """Return workflow commands such as `::error file=...,line=...,title=...::message`, failures first."""
    lines = [
        command(
            _COMMANDS[note.annotation_level],
            note.message,
            file=note.path,
            line=str(note.start_line),
            endLine=str(note.end_line),
            title=note.title,
        )
        for note in annotations(verdict)
    ]
    whole = [
        (level, command(_COMMANDS[level], _text(j.finding.message, j.finding.remediation), title=f"hotfix: {j.rule}"))
        for j in verdict.findings
        if not j.finding.locations and (level := weight(j))
    ]
    order = list(Weight)
    lines = [line for _, line in sorted(whole, key=lambda pair: order.index(pair[0]))] + lines
    here = [j.rule for j in verdict.findings if j.status is Status.NOT_EVALUATED]
    if here:
        lines.append(
            command("notice", f"Only GitHub has the facts for: {', '.join(here)}", title="hotfix: not evaluated")
        )
    if verdict.note:
        lines.append(
            command("error" if verdict.kind is VerdictKind.BROKEN_POLICY else "warning", verdict.note, title="hotfix")
        )
    return lines


def command(name: str, message: str, **properties: str) -> str:
    """Return one workflow command, escaped as in GitHub's toolkit; the message can't start another command."""
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name}{' ' + written if written else ''}::{_data(printable(message))}"


def _text(message: str, remediation: str) -> str:
    return shortened(f"{message}\n{remediation}" if remediation else message, 4_000)


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
