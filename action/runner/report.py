"""Report to the workflow: outputs, a JSON result, a step summary with a timeline, and annotations."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from action.runner import runner_files, user_commands
from action.runner.command_errors import ActionError
from hotfix.render import safe_markdown
from hotfix.render.workflow_commands import command as workflow_command
from hotfix.text import escaping

VERSION = 1
"""Version of the JSON result, increased if a field is removed or changes its meaning; fields may be added any time."""
_LONGEST_SUMMARY = 900_000
_LONGEST_FILE = 1 << 20
"""Maximum size in bytes of a step summary; GitHub drops a longer one completely, including what commands wrote."""


@dataclass(slots=True)
class ReportMoment:
    """An entry of the timeline."""

    at: datetime
    what: str


@dataclass(slots=True)
class RunReport:
    """A report of a command's run; `write` passes it to the runner."""

    command: str
    dry_run: bool = False
    state: str = "success"
    reason: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    facts: list[tuple[str, str]] = field(default_factory=list)
    """Rows of the summary's table: name, value."""
    timeline: list[ReportMoment] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    """Escaped Markdown for the end of the summary."""

    def log(self, what: str) -> None:
        """Add a line to the log and the timeline."""
        self.timeline.append(ReportMoment(datetime.now(UTC), what))
        user_commands.say(one_line(what))

    def would(self, what: str) -> None:
        """Log an action that a dry run skips."""
        self.log(f"Would {what}")

    def fact(self, name: str, value: str) -> None:
        """Set a row of the summary's table."""
        self.facts = [(n, v) for n, v in self.facts if n != name] + [(name, value)]

    def notice(self, message: str) -> None:
        """Add a notice annotation to the run."""
        self._annotate("notice", message)

    def warn(self, message: str) -> None:
        """Add a warning annotation to the run."""
        self._annotate("warning", message)

    def fail(self, error: ActionError) -> None:
        """Add an error annotation to the run, with the responsible input, and make the error the result."""
        self._annotate("error", str(error), f": {error.about}" if error.about else "")
        self.state = error.state
        self.reason = f"{self.reason} {error}".strip()

    def _annotate(self, kind: str, message: str, about: str = "") -> None:
        user_commands.say(workflow_command(kind, message, title=f"hotfix {self.command}{about}"))

    def output(self, name: str, value: object) -> None:
        """Set an output of the step; booleans become `true` and `false`, None becomes empty."""
        if isinstance(value, bool):
            value = str(value).lower()
        self.outputs[name] = "" if value is None else str(value)

    def result(self) -> dict[str, Any]:
        """Return the JSON result, an object with the same shape for every command."""
        return {
            "version": VERSION,
            "command": self.command,
            "dry-run": self.dry_run,
            "state": self.state,
            "reason": self.reason,
            "outputs": dict(self.outputs),
            "timeline": [{"at": m.at.isoformat(timespec="seconds"), "what": m.what} for m in self.timeline],
        }

    def write(self, output: Path | None, summary: Path | None) -> None:
        """Write GITHUB_OUTPUT and GITHUB_STEP_SUMMARY. A failure to write is only a warning.

        The exit status still reports the outcome.
        """
        named = {"state": self.state, "reason": self.reason} | self.outputs
        named["result"] = json.dumps(self.result(), ensure_ascii=False, separators=(",", ":"))
        if output:
            with self._as_far_as_possible("outputs"):
                runner_files.write(output, "".join(_assignment(name, value) for name, value in named.items()))
        if summary:
            with self._as_far_as_possible("summary"):
                runner_files.append(summary, self.markdown(), most=_LONGEST_FILE)

    @contextlib.contextmanager
    def _as_far_as_possible(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.warn(f"The step's {what} could not be written ({error}).")

    def markdown(self) -> str:
        """Return the step summary."""
        words = {"success": "✅", "refused": "⛔", "unknown": "❔"}.get(self.state, "❌")
        dry = " (dry run: nothing was changed)" if self.dry_run else ""
        lines = [f"## {words} hotfix {self.command}: {safe_markdown.text(self.state)}{dry}", ""]
        if self.reason:
            lines += [safe_markdown.text(self.reason), ""]
        if self.facts:
            lines += [
                safe_markdown.table(["", ""], ([safe_markdown.text(n), safe_markdown.text(v)] for n, v in self.facts))
            ]
        if self.timeline:
            moments = ([f"{m.at:%H:%M:%S}", safe_markdown.text(m.what)] for m in self.timeline)
            lines += [safe_markdown.table(["UTC", "what"], moments)]
        text = "\n".join([*lines, *self.details]) + "\n"
        if len(text.encode()) > _LONGEST_SUMMARY:
            text = text.encode()[:_LONGEST_SUMMARY].decode(errors="ignore") + "\n\n(cut: too long for a step summary)\n"
        return text


def _assignment(name: str, value: str) -> str:
    """Format one output. The delimiter is random, so that no value can end it and set another output."""
    end = f"hotfix_{secrets.token_hex(16)}"
    return f"{name}<<{end}\n{value}\n{end}\n"


def one_line(text: str) -> str:
    """Return a text as one log line that is not a workflow command.

    The runner executes `::command::` at the start of a line, and the older `##[command]` anywhere in it.
    """
    line = escaping.one_line(text).replace("##[", "## [")
    return line.replace("::", ": :") if line.startswith("::") else line
