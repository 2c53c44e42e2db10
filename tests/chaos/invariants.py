"""All invariants that must hold after every fault, once the service is idle."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.tasks.evaluate_pulls import NOT_SHOWN
from tests.chaos.ground import Ground, NotQuiet
from tests.chaos.subject import Subject
from tests.github import Call, Delivery

HOURLY = 5000
"""Calls per hour that GitHub allows an installation."""
CALLS_A_DELIVERY = 12
"""Budget per delivery: at most one evaluation, up to 8 calls without a cache, plus failed calls."""
OTHER_CALLS = 60
"""Budget for calls of sweeps and startup."""
RUNS_A_MINUTE = 8
"""Evaluations per pull request and minute without deliveries: retries after 1 s, 2 s, 4 s ..., and a sweep."""
RUNS_A_DELIVERY = 2
"""Additional evaluations per delivery in that minute: its own, and one that began before it."""
CALLS_A_RUN = 6
"""Budget of a retried evaluation: 4 calls with a cache, a failed call, and a check whether a write succeeded."""
CALLS_A_TURN = 8
"""Budget per delivery: an evaluation, reading and answering a comment, and the reads of the incident that follow."""
CROSSING = 15.0
"""Seconds in which an evaluation that began before a review may still publish: the maximum duration of a call."""
LINES = re.compile(r";lines=([^;]*)")
"""GitHub can't delete annotations: a check run whose lines are outdated is replaced, and only then."""
PULL = re.compile(r"/(?:pulls|issues)/(\d+)(?:/|$)")
SHA = re.compile(r"[0-9a-f]{40}")
CUT_OFF = "the body is missing"
RUN = re.compile(r".*/check-runs/(\d+)")


@dataclass
class Seen:
    """The outcome of a run, with all violated invariants."""

    deliveries: int = 0
    acknowledged: int = 0
    redelivered: int = 0
    verdicts: int = 0
    passes: int = 0
    """Check runs written as `success`."""
    calls: int = 0
    failed_calls: int = 0
    busiest: float = 0.0
    """The largest share of its call budget per minute that a pull request used."""
    given_up: int = 0
    """Jobs dropped after a refusal by GitHub."""
    broken: list[str] = field(default_factory=list)


def check(ground: Ground, *, slack: float = 60.0) -> Seen:
    """Check every invariant. `slack`: seconds by which facts may precede the write based on them."""
    seen = Seen()
    deliveries = ground.github.deliveries
    seen.deliveries = len({delivery.guid for delivery in deliveries})
    acknowledged = {d.guid for d in deliveries if d.status == 202}
    seen.acknowledged = len(acknowledged)
    seen.redelivered = sum(1 for d in deliveries if d.redelivery)
    seen.verdicts = sum(len(service.lines("verdict")) for service in ground.services)
    calls = ground.github.calls
    ours = [call for call in calls if call.actor.partition(":")[0] in ("app", "installation")]
    seen.calls = len(ours)
    seen.failed_calls = sum(1 for call in ours if not 200 <= call.status < 400)
    _nothing_lost(ground, acknowledged, seen)
    ids: dict[int, str] = {}
    for subject in ground.people.subjects:
        _last_state_won(subject, seen)
        _nothing_twice(ground, subject, ours, ids, seen)
    for sha in ground.passing:
        ids.update((run["id"], sha) for run in ground.people.shop.checks(sha, "hotfix"))
    _no_false_pass(ground, ours, ids, slack, seen)
    _within_budget(ground, ours, seen)
    _no_storm(ground, seen)
    _no_storm_of_calls(ground, ours, ids, seen)
    for hold in ground.more:
        seen.broken += hold()
    # A service killed during a request has sent only its head.
    wrong = [each for each in ground.github.violations if CUT_OFF not in str(each)]
    seen.broken += [f"against GitHub's description: {each}" for each in wrong]
    for service in ground.services:
        if "Traceback" in service.output:
            at = service.output.index("Traceback")
            seen.broken.append(f"a traceback in the service's log: {service.output[at : at + 600]}")
    return seen


def _nothing_lost(ground: Ground, acknowledged: set[str], seen: Seen) -> None:
    """Check that everything answered with 202 is recorded and processed, and everything else was requested again."""
    recorded = {row[0] for row in ground.rows("SELECT guid FROM deliveries")}
    if lost := acknowledged - recorded - ground.forgotten:
        seen.broken.append(f"{len(lost)} acknowledged deliveries are not in the database")
    if unheard := ground.unheard():
        which = Counter(f"{d.event} {d.action}" for d in unheard)
        seen.broken.append(f"{len(unheard)} deliveries never came in: {dict(which)}")
    # A sweep may have started since then, and its findings may still be under evaluation.
    try:
        ground.eventually(lambda: not ground.open_jobs(), "every job to be done")
    except NotQuiet:
        jobs = ground.open_jobs()
        seen.broken.append(f"{len(jobs)} jobs are still wanted: {[key for key, _ in jobs][:5]}")
    # Not a violation in itself: the other invariants check the effect.
    seen.given_up = sum(len(service.lines("job dropped")) for service in ground.services)


def _last_state_won(subject: Subject, seen: Seen) -> None:
    shown = subject.pull.check("hotfix")
    if subject.pull.head_sha != subject.sha:
        seen.broken.append(f"{subject.pull}: the campaign lost track of the head")
    elif shown is None:
        seen.broken.append(f"{subject.pull}: no verdict on its head, {subject.expected} was due")
    elif (shown["status"], shown["conclusion"]) != ("completed", subject.expected):
        said = f"{shown['status']} {shown['conclusion']} ({shown['output']['title']})"
        seen.broken.append(f"{subject.pull}: {said}, {subject.expected} was due")


def _nothing_twice(ground: Ground, subject: Subject, ours: list[Call], ids: dict[int, str], seen: Seen) -> None:
    pull, slug = subject.pull, ground.people.acme.app.slug
    for sha in subject.shas:
        runs = [run for run in pull.repo.checks(sha, "hotfix") if run["app"]["slug"] == slug]
        ids.update((run["id"], sha) for run in runs)
        if len(runs) > 1 and (needless := _made_in_vain(sha, {run["id"] for run in runs}, ours)):
            seen.broken.append(f"{pull}: {needless} of {len(runs)} check runs on {sha[:7]} say what was there already")
    comments = [c for c in pull.comments() if c["user"]["login"] == f"{slug}[bot]"]
    if not subject.refused <= len(comments) <= subject.refused + subject.doubtful:
        seen.broken.append(f"{pull}: {len(comments)} answers to {subject.refused} refused overrides")
    asked = [
        c for c in ours if c.method == "POST" and c.path == f"{pull.path}/requested_reviewers" and _was_done(c)
    ]  # fmt: skip
    # A review removes the request, so another may follow. An evaluation concurrent with it makes one redundant request:
    # GitHub has no request that applies only if there is no review.
    crossed = sum(any(0 <= c.start - at < CROSSING for c in asked) for at in subject.reviewed_at)
    if len(asked) - crossed > 1 + len(subject.reviewed_at):
        seen.broken.append(f"{pull}: a review was requested {len(asked)} times, {len(subject.reviewed_at)} were given")


def _made_in_vain(sha: str, runs: set[int], ours: list[Call]) -> int:
    """Count the check runs created on `sha` although the existing one had the same lines at that moment."""
    said, needless = "nothing yet", 0
    for call in ours:
        body, patched = call.request, RUN.fullmatch(call.path)
        if not isinstance(body, dict) or "external_id" not in body or not _was_done(call):
            continue
        lines = "".join(LINES.findall(body["external_id"]))
        if body.get("head_sha") == sha:
            needless += lines == said
        elif not (patched and int(patched[1]) in runs):
            continue
        said = lines
    return needless


def _no_false_pass(ground: Ground, ours: list[Call], ids: dict[int, str], slack: float, seen: Seen) -> None:
    """Check that every `success` was justified by the facts at the time it was written."""
    subjects = {sha: subject for subject in ground.people.subjects for sha in subject.shas}
    for call in ours:
        body = call.request
        if not isinstance(body, dict) or body.get("conclusion") != "success" or not _was_done(call):
            continue
        found = RUN.fullmatch(call.path)
        sha = ids.get(int(found[1]), "") if found else str(body["head_sha"])
        seen.passes += 1
        subject = subjects.get(sha)
        if sha in ground.passing:
            continue
        if subject is None:
            seen.broken.append(f"a pass on {sha[:7] or call.path}, which is not a head of the campaign's")
        elif not subject.may_pass(sha, call.start, call.end, slack):
            seen.broken.append(f"{subject.pull}: a pass on {sha[:7]} that the facts did not carry")


def _within_budget(ground: Ground, ours: list[Call], seen: Seen) -> None:
    sent = sum(1 for call in ours if call.actor.startswith("installation"))
    if sent > HOURLY:
        seen.broken.append(f"{sent} calls, GitHub gives {HOURLY} an hour")
    most = CALLS_A_DELIVERY * seen.deliveries + OTHER_CALLS
    if sent > most:
        seen.broken.append(f"{sent} calls for {seen.deliveries} deliveries, at most {most} are worth it")


def _no_storm(ground: Ground, seen: Seen) -> None:
    """Check the number of evaluations per pull request and minute of service time, given its deliveries and retries."""
    runs: Counter[tuple[str, str]] = Counter()
    deliveries: Counter[str] = Counter()
    for service in ground.services:
        deliveries.update(line["at"][:16] for line in service.lines("delivery"))
        for line in service.lines("verdict"):
            runs[f"evaluate:{line['repo']}#{line['pull']}", line["at"][:16]] += 1
        for line in service.lines("job postponed"):
            # A verdict that is unknown for a temporary reason is also postponed, after its own log line.
            if line["job"].startswith("evaluate:") and line["reason"] != NOT_SHOWN:
                runs[line["job"], line["at"][:16]] += 1
    for (job, minute), count in runs.items():
        most = RUNS_A_MINUTE + RUNS_A_DELIVERY * deliveries[minute]
        if count > most:
            seen.broken.append(f"{job} ran {count} times in the minute {minute}, at most {most} are worth it")


def _no_storm_of_calls(ground: Ground, ours: list[Call], ids: dict[int, str], seen: Seen) -> None:
    """Check the number of calls per pull request and minute of service time, given its deliveries and retries."""
    pulls = {subject.pull.number: subject for subject in ground.people.subjects}
    of_sha = {sha: subject.pull.number for subject in pulls.values() for sha in subject.shas}
    calls: Counter[tuple[int, str]] = Counter()
    for call in ours:
        if (number := _pull_of(call, of_sha, ids)) in pulls:
            at = datetime.fromtimestamp(ground.clock.wall(call.start), UTC)
            calls[number, f"{at:%Y-%m-%dT%H:%M}"] += 1
    branches = {f"refs/heads/{subject.branch}": number for number, subject in pulls.items()}
    concerned = {each.guid: _pulls_of(each, branches) or set(pulls) for each in ground.github.deliveries}
    deliveries: Counter[tuple[int, str]] = Counter()
    for service in ground.services:
        for line in service.lines("delivery"):
            if line["outcome"] == "taken":
                deliveries.update((number, line["at"][:16]) for number in concerned.get(line["delivery"], ()))
    for (number, minute), count in calls.items():
        most = CALLS_A_RUN * RUNS_A_MINUTE + CALLS_A_TURN * deliveries[number, minute]
        seen.busiest = max(seen.busiest, count / most)
        if count > most:
            seen.broken.append(f"#{number} cost {count} calls in the minute {minute}, at most {most} are worth it")


def _pull_of(call: Call, of_sha: Mapping[str, int], ids: Mapping[int, str]) -> int:
    """Return the pull request that a call is about; 0 if there is none or it can't be determined."""
    body = call.request if isinstance(call.request, dict) else {}
    number = (body.get("variables") or {}).get("number")
    if found := PULL.search(call.path):
        number = int(found[1])
    elif found := RUN.fullmatch(call.path):
        number = of_sha.get(ids.get(int(found[1]), ""))
    elif number is None:
        sha = next((sha for sha in SHA.findall(f"{call.path} {body.get('head_sha', '')}") if sha in of_sha), "")
        number = of_sha.get(sha)
    return number or 0


def _pulls_of(delivery: Delivery, branches: Mapping[str, int]) -> set[int]:
    """Return the pull requests that a delivery names; empty if it may concern the whole repository."""
    body = json.loads(delivery.body)
    named = [body.get("pull_request"), body.get("issue")]
    for kind in ("check_run", "check_suite"):
        named += (body.get(kind) or {}).get("pull_requests") or ()
    pushed = branches.get(str(body.get("ref")))
    return {each["number"] for each in named if each} | ({pushed} if pushed else set())


def _was_done(call: Call) -> bool:
    """Return whether the call succeeded, or took effect although its response was cut off."""
    return 200 <= call.status < 300 or (call.status == 0 and call.request is not None)
