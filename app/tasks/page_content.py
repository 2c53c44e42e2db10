"""Convert incidents and verdicts to the plain data that is stored as snapshots and rendered by `app.web.pages`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.storage.snapshots import INCIDENT, PULL, Snapshot
from hotfix.finding import AUTHOR, Status
from hotfix.github.evaluation import EvaluationOutcome
from hotfix.life.deadlines import IncidentClock
from hotfix.life.figures import Measured, measure
from hotfix.life.incident_commands import ClockName
from hotfix.life.incident_life import Life
from hotfix.life.record import GateSeries, HotfixPull, IncidentDeployment
from hotfix.life.stages import ALLOWED, Stage
from hotfix.life.words import phrases, timeline_lines
from hotfix.life.words.plain import plain
from hotfix.render import verdict_parts
from hotfix.render.json_output import as_json
from hotfix.text.escaping import one_line, shortened
from hotfix.verdict import Verdict

MOST_ENTRIES = 500
"""Maximum number of timeline entries on a page; the newest are kept."""
MOST_DETAILS = 20
LONGEST = 4_000
"""Maximum number of characters per text of a finding."""
_RESTED = frozenset({Stage.CLOSED, Stage.CAN_WAIT})
"""Stages that need no action, except for open debts."""


def of_life(life: Life) -> Snapshot:
    """Return the snapshot of an incident."""
    record, incident = life.record, life.incident
    acts = [{"who": act.who, "otherwise": phrases.whoever(act), "what": plain(phrases.task(act))} for act in life.acts]
    running = [clock for clock in life.clocks if clock.running]
    urgent = sorted(running, key=lambda c: (c.name is ClockName.WATCH, c.alarms[-1].at, c.name))
    rules = incident.pull.ruling.rules if incident.pull and incident.pull.ruling else {}
    debts = [
        {"what": plain(phrases.debt(debt)).partition(": ")[0], "owner": debt.owner, "number": debt.number,
         "due": _time(debt.due), "open": debt.open, "paid_at": _time(debt.paid_at), "kind": debt.kind.value}
        for debt in life.debts
    ]  # fmt: skip
    card = {
        "title": one_line(record.title), "url": record.url, "stage": life.stage.value,
        "since": _time(life.periods[-1].since), "severity": incident.severity.value if incident.severity else "",
        "acts": acts, "clock": _clock(urgent[0]) if urgent and not life.closed else None,
        "pulls": [pull.number for pull in record.pulls], "failing": _rules(rules, "failed"),
        "pending": _rules(rules, "pending"), "debts": [debt for debt in debts if debt["open"]],
    }  # fmt: skip
    page = {
        "author": record.author, "commander": incident.commander, "declared_at": _time(incident.declared_at),
        "started_at": _time(incident.about.started), "customer_facing": incident.about.customer_facing,
        "can_wait": one_line(incident.can_wait), "left_open": phrases.left_open(life) if life.closed else "",
        "word": incident.severity.word if incident.severity else "",
        "clocks": [_clock(clock) for clock in life.clocks],
        "periods": [
            {"stage": one.stage.value, "since": _time(one.since), "until": _time(one.until),
             "allowed": ALLOWED.get(one.stage, "")}
            for one in life.periods
        ],
        "checklist": [
            {"title": part.title, "lines": [
                {"text": line.text, "needless": line.needless, "hint": plain(line.hint),
                 "done": line.tick is not None, "who": line.tick.who if line.tick else "",
                 "at": _time(line.tick.at) if line.tick else None,
                 "note": one_line(line.tick.note) if line.tick else ""}
                for line in part.lines
            ]}
            for part in life.checklist
        ],
        "debts": debts,
        "timeline": [
            {"at": _time(entry.at), "text": plain(timeline_lines.line(entry))}
            for entry in life.timeline[-MOST_ENTRIES:]
        ],
        "left_out": max(0, len(life.timeline) - MOST_ENTRIES),
        "pulls": [_pull(pull) for pull in record.pulls],
        "deployments": sorted(
            (deployment(one) for one in incident.deployments if one.at >= incident.declared_at),
            key=lambda one: float(one["at"]),
        ),
        "messages": [
            {"kind": one.kind, "to": one.to, "at": _time(one.at), "problem": one_line(one.problem)}
            for one in record.messages
        ],
        "watch": _watch(life),
        "unread": [one_line(why) for why in record.unread.values()],
    }  # fmt: skip
    open_ = life.stage not in _RESTED or bool(card["debts"])
    due = urgent[0].alarms[-1].at if urgent else incident.declared_at
    return Snapshot(
        name=record.repo, number=record.number, kind=INCIDENT, open=open_, due_at=due.timestamp(),
        at=incident.now.timestamp(), card=card, figures=figures_as_json(measure(life)), page=page,
    )  # fmt: skip


def with_earlier_points(one: Snapshot, before: Snapshot | None) -> Snapshot:
    """Return a snapshot with the measurements of an earlier one added, since a restart loses those in memory."""
    watch, earlier = one.page["watch"], (before.page.get("watch") if before is not None else None) or {}
    if not watch or earlier.get("since") != watch["since"]:
        return one
    found = {series["name"]: series for series in earlier.get("series", ())}
    for series in watch["series"]:
        began = series["points"][0][0]
        kept = [point for point in found.get(series["name"], {"points": ()})["points"] if point[0] < began]
        found[series["name"]] = {**series, "points": [*kept, *series["points"]][-MOST_ENTRIES:]}
    return replace(one, page={**one.page, "watch": {**watch, "series": list(found.values())}})


def figures_as_json(one: Measured) -> dict[str, Any]:
    """Return the figures of an incident as JSON data; times are in seconds."""
    return {
        "declared_at": _time(one.declared_at), "severity": one.severity, "can_wait": one.can_wait,
        "shipped_at": _time(one.shipped_at), "rolled_back_at": _time(one.rolled_back_at), "overrides": one.overrides,
        "open_debts": one.open_debts, "within_sla": one.within_sla,
        "times": {name: length.total_seconds() if length is not None else None for name, length in one.times.items()},
    }  # fmt: skip


def figures_from_json(data: Mapping[str, Any]) -> Measured:
    """Return the figures of an incident from the output of `figures_as_json`."""
    times = {name: timedelta(seconds=taken) if taken is not None else None for name, taken in data["times"].items()}
    return Measured(
        declared_at=_moment(data["declared_at"]) or datetime.now(UTC), severity=data["severity"],
        can_wait=data["can_wait"], shipped_at=_moment(data["shipped_at"]),
        rolled_back_at=_moment(data["rolled_back_at"]), overrides=data["overrides"], open_debts=data["open_debts"],
        within_sla=data["within_sla"], times=times,
    )  # fmt: skip


def _moment(at: float | None) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at is not None else None


def of_verdict(repo: str, number: int, outcome: EvaluationOutcome) -> tuple[Snapshot, dict[str, Any]]:
    """Return the snapshot of a pull request, and its verdict as JSON data without the time."""
    verdict, pull = outcome.verdict, outcome.read.pull
    author = pull.author.login if pull.author else ""
    who = [
        {"who": named(actor, author), "rules": list(rules)} for actor, rules in verdict_parts.acting(verdict).items()
    ]
    at = verdict.at.timestamp()
    card = {
        "title": one_line(pull.title), "conclusion": verdict.conclusion.value,
        "author": author, "failing": list(verdict.failed_rules),
        "pending": [one.rule for one in verdict.of(Status.PENDING)], "acts": who, "headline": verdict.title,
        "head": verdict.head_sha, "shipped": verdict.production.shipped_as if verdict.production else None,
        "ended": verdict_parts.ended(verdict),
    }  # fmt: skip
    one = Snapshot(
        name=repo, number=number, kind=PULL, open=True, due_at=at + 3600.0, at=at, card=card, figures={},
        page={},
    )  # fmt: skip
    return one, _bounded(verdict)


def named(actor: str, author: str) -> str:
    """Return the name of an actor: for the author, the login if it is known."""
    return author if actor == AUTHOR and author else actor


def _bounded(verdict: Verdict) -> dict[str, Any]:
    data = as_json(verdict)
    for name in ("evaluated_at", "version", "failed_rules"):
        del data[name]
    data["note"] = shortened(data["note"], LONGEST)
    for finding in data["findings"]:
        del finding["why"]
        more = max(0, len(finding["details"]) - MOST_DETAILS)
        finding["details"] = [shortened(one, 500) for one in finding["details"][:MOST_DETAILS]]
        finding["more_details"] += more
        for name in ("message", "remediation", "suggestion"):
            finding[name] = shortened(finding[name], LONGEST)
        finding["commands"] = [shortened(one, LONGEST) for one in finding["commands"][:MOST_DETAILS]]
        finding["locations"] = finding["locations"][:MOST_DETAILS]
    return data


def _time(at: datetime | None) -> float | None:
    return at.timestamp() if at is not None else None


def _rules(rules: Mapping[str, str], status: str) -> list[str]:
    return [rule for rule, held in rules.items() if held == status]


def _clock(clock: IncidentClock) -> dict[str, Any]:
    return {
        "name": phrases.CLOCKS[clock.name], "since": _time(clock.since), "due": _time(clock.alarms[-1].at),
        "stopped_at": _time(clock.stopped_at), "people": list(clock.people), "watch": clock.name is ClockName.WATCH,
    }  # fmt: skip


def _pull(pull: HotfixPull) -> dict[str, Any]:
    rules = pull.ruling.rules if pull.ruling else {}
    return {
        "number": pull.number, "title": one_line(pull.title), "url": pull.url, "branch": pull.branch,
        "head": pull.head, "author": pull.author, "draft": pull.draft, "open": pull.open, "merged": pull.merged,
        "conclusion": pull.ruling.conclusion if pull.ruling else "", "failing": _rules(rules, "failed"),
        "pending": _rules(rules, "pending"),
    }  # fmt: skip


def deployment(one: IncidentDeployment) -> dict[str, Any]:
    return {
        "environment": one.environment, "name": one.name, "sha": one.sha, "by": one.by, "at": _time(one.at),
        "kind": one.kind, "series": _series(one.series),
        "states": [
            {"state": state.state, "at": _time(state.at), "description": one_line(state.description)}
            for state in one.states
        ],
    }  # fmt: skip


def _watch(life: Life) -> dict[str, Any] | None:
    watch = life.record.watch
    if watch is None:
        return None
    return {
        "since": _time(watch.since), "last": _time(watch.last), "failing": list(watch.failing),
        "why": {name: one_line(why) for name, why in watch.why.items()}, "gates": list(watch.gates),
        "series": _series(watch.series),
    }  # fmt: skip


def _series(found: Sequence[GateSeries]) -> list[dict[str, Any]]:
    return [
        {"name": one_line(one.gate), "limit": one.limit, "points": [(_time(at), value) for at, value in one.points]}
        for one in found
    ]
