"""Run `hotfix status` and `hotfix report`: show incidents and their figures, read only from GitHub."""

from __future__ import annotations

import csv
import io
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix.cli import github_access
from hotfix.cli.clone import opened
from hotfix.cli.console import printing
from hotfix.cli.console.exit_status import PASS, CommandError
from hotfix.cli.console.printing import print_json

if TYPE_CHECKING:
    from hotfix.github.read.caches import Caches
    from hotfix.github.transport.client import Client
    from hotfix.life.figures import Figures
    from hotfix.life.incident_life import Life

_NAMED = re.compile(r"(?:([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)?#)?([1-9][0-9]{0,9})", re.ASCII)
_REPO = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", re.ASCII)
_URL = re.compile(r"https?://[^/\s]+/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)/(?:pull|issues)/([1-9][0-9]{0,9})\S*", re.ASCII)
EVERY = 10.0
"""Polling interval of `--watch` in seconds."""
MOST_LINES = 40
"""Maximum number of lines per incident on a terminal, unless `--verbose` is given."""
FEWEST = 3
"""Minimum number of timeline entries shown."""


def show_status(here: Path, subject: str | None, *, watch: bool, verbose: bool) -> int:
    """Print the status of an incident, of a pull request's incidents, or of all open ones. Posts nothing."""
    repo, number = _subject(here, subject)
    client = github_access.client()
    from hotfix.github.read.caches import Caches

    caches, shown = Caches(), ""
    while True:
        with github_access.explained(f"{repo}#{number}" if number else repo):
            lives = _lives(client, caches, repo, number)
        text = _status_text(lives, repo, number, verbose)
        if text != shown:
            print(text, flush=True)
            shown = text
        if not watch:
            return PASS
        time.sleep(EVERY)


def show_report(here: Path, repo: str | None, *, since: timedelta, format: str) -> int:
    """Print figures of the incidents declared within the last `since`."""
    name = repo or _repo_here(here)
    client = github_access.client()
    from hotfix.github.read.caches import Caches
    from hotfix.github.read.life.life_reading import incidents_since
    from hotfix.life.figures import figures

    caches, now = Caches(), datetime.now(UTC)
    with github_access.explained(name):
        numbers = incidents_since(client, caches, name, now - since)
        lives = [life for number in numbers for life in _lives(client, caches, name, number)]
    found = figures(lives)
    print(_FORMATS[format](found, name), end="")
    return PASS


def _subject(here: Path, subject: str | None) -> tuple[str, int]:
    if subject is None:
        return _repo_here(here), 0
    if found := _URL.fullmatch(subject.strip()):
        return found[1], int(found[2])
    if _REPO.fullmatch(subject.strip()):
        return subject.strip(), 0
    if found := _NAMED.fullmatch(subject.strip()):
        return found[1] or _repo_here(here), int(found[2])
    raise CommandError("name the incident or pull request as OWNER/REPO#NUMBER, #NUMBER or by its URL; or OWNER/REPO.")


def _repo_here(here: Path) -> str:
    name = opened(here).name
    if not name:
        raise CommandError("this clone has no remote on GitHub: name the repository, such as acme/shop#42.")
    return name


def _lives(client: Client, caches: Caches, repo: str, number: int) -> list[Life]:
    from hotfix.github.read.life.life_reading import open_incidents, read_life
    from hotfix.life.incident_life import derive_life

    numbers = [number] if number else list(open_incidents(client, caches, repo))
    lives = []
    for one in numbers:
        now = datetime.now(UTC)
        reading = read_life(client, caches, repo, one, now=now, app=None, slug=None)
        if reading.missing and number:
            raise CommandError(f"{repo} has no issue or pull request #{number}, or does not show it to this token.")
        if reading.record is not None:
            lives.append(derive_life(reading.record, reading.known.policy, now))
        elif number:
            found = (read_life(client, caches, repo, n, now=now, app=None, slug=None) for n in reading.belongs_to)
            lives += [derive_life(each.record, each.known.policy, now) for each in found if each.record is not None]
    return lives


def _status_text(lives: list[Life], repo: str, number: int, verbose: bool) -> str:
    from hotfix.life.words.plain import status_lines

    if not lives:
        return f"{repo}#{number} is not an incident and fixes none." if number else f"No incident is open in {repo}."
    ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
    width = printing.width()

    def shown(life: Life, entries: int | None, brief: bool) -> list[str]:
        return printing.wrapped(status_lines(life, ascii_only=ascii_only, entries=entries, brief=brief), width)

    found = []
    for life in lives:
        lines = shown(life, None, False)
        fewer = range(len(life.timeline), FEWEST - 1, -1) if width and not verbose else ()
        for brief, entries in ((brief, entries) for brief in (False, True) for entries in fewer):
            if len(lines) <= MOST_LINES:
                break
            lines = shown(life, entries, brief)
        found.append("\n".join(lines))
    return "\n\n".join(found)


def _rows(found: Figures, medians: list[tuple[str, str]], sla: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        ("incidents", str(found.incidents)),
        ("hotfixes in production", str(found.hotfixes)),
        *medians,
        *sla,
        ("rollbacks", str(found.rollbacks)),
        ("overrides", str(found.overrides)),
        ("open debts", str(found.open_debts)),
        *((f"hotfixes in {month}", str(count)) for month, count in found.months.items()),
    ]


def _text(found: Figures, repo: str) -> str:
    if not found.incidents:
        return f"No incident of {repo} was declared in that time.\n"
    from hotfix.text import durations

    medians = [
        (f"median time to {name}", durations.text(median) if median is not None else "unknown")
        for name, median in found.medians.items()
    ]
    kept, of = found.within_sla
    rows = _rows(found, medians, [("within SLA", f"{kept} of {of}")])
    return f"{repo}\n" + "".join(f"  {name:28}{value}\n" for name, value in rows)


def _json(found: Figures, repo: str) -> str:
    medians = {n: m.total_seconds() if m is not None else None for n, m in found.medians.items()}
    print_json(
        {
            "repo": repo,
            "incidents": found.incidents,
            "hotfixes": found.hotfixes,
            "median_seconds": medians,
            "within_sla": {"kept": found.within_sla[0], "of": found.within_sla[1]},
            "rollbacks": found.rollbacks,
            "overrides": found.overrides,
            "open_debts": found.open_debts,
            "months": found.months,
        }
    )
    return ""


def _csv(found: Figures, repo: str) -> str:
    """Return a table of numbers. Times are in seconds; an unknown one is empty."""
    medians = [
        (f"median seconds to {name}", f"{median.total_seconds():g}" if median is not None else "")
        for name, median in found.medians.items()
    ]
    kept, of = found.within_sla
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["figure", "value"])
    writer.writerows(_rows(found, medians, [("within SLA", str(kept)), ("with an SLA", str(of))]))
    return out.getvalue()


def _svg(found: Figures, repo: str) -> str:
    """Return a bar chart of the hotfixes per month."""
    from hotfix.render.bar_chart import Bar, bar_chart

    months = [Bar(month, count, str(count)) for month, count in found.months.items()] or [Bar("none", None, "0")]
    return bar_chart(f"Hotfixes per month: {repo}", months, alone=True)


_FORMATS = {"text": _text, "json": _json, "csv": _csv, "svg": _svg}
