"""`/OWNER/REPO/pull/N`: a pull request's verdict, rule by rule, and its evaluation history."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from app.storage import snapshots
from app.storage.snapshots import EvaluationRow
from app.tasks.page_content import named
from app.web.pages.incident_page import subject
from app.web.pages.page_access import Hidden, Viewer
from app.web.pages.rendering import page
from hotfix.remedies import rebase
from hotfix.render import verdict_parts

if TYPE_CHECKING:
    from app.web.pages.pages_app import Pages

_SHA = re.compile(r"\b[0-9a-f]{7,64}\b")
ORDER = {"failed": 0, "unknown": 1, "pending": 2, "overridden": 3, "warning": 4, "not_evaluated": 5, "passed": 6}
"""The order in which rules are shown, by status."""


def draw(pages: Pages, request: Request, viewer: Viewer) -> Response:
    """Return the page. Raises Hidden if there is no such pull request, or the viewer cannot read it."""
    repo, number = subject(request)
    pages.permissions.require(viewer, repo)
    with pages.parts.context.read() as connection:
        found = snapshots.known(connection, repo, number)
        history = snapshots.evaluations_of(connection, repo, number)
    if found is None or found.kind != snapshots.PULL or not history:
        raise Hidden
    wanted = request.query_params.get("evaluation", "")
    shown = next((one for one in history if str(one.place) == wanted), history[0])
    author = str(found.card.get("author", ""))
    drawn = [_drawn(finding, author) for finding in shown.verdict["findings"]]
    rules = sorted(drawn, key=lambda rule: ORDER.get(rule["shown"], 0))
    return page(
        "pull.html", viewer=viewer, name=found.name, number=number, card=found.card, open=found.open, shown=shown,
        verdict=shown.verdict, newest=shown is history[0], rules=rules, history=_with_changes(history),
        url=f"/{found.name}/pull/{number}", seen=found.at, github=f"{pages.parts.settings.github_url}/{found.name}",
    )  # fmt: skip


def _rule(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return a finding with the status to show, which takes overrides and non-blocking levels into account."""
    status = finding["status"]
    if status not in ("passed", "not_evaluated"):
        status = "overridden" if finding["override"] else status if finding["counts"] else "warning"
    return {**finding, "shown": status}


def _drawn(finding: Mapping[str, Any], author: str) -> dict[str, Any]:
    """Return a finding prepared for the template: actors by login, commands by line, and the names in its text.

    Details that its message contains are omitted.
    """
    names = [*finding["actors"], *(place["path"] for place in finding["locations"])]
    actors = [named(actor, author) for actor in finding["actors"]]
    commands = [line for command in finding["commands"] for line in rebase.in_lines(command)]
    details = verdict_parts.unsaid_lines(finding["message"], finding["details"])
    return {**_rule(finding), "details": details, "actors": actors, "commands": commands, "names": names}


def _without_shas(finding: Mapping[str, Any]) -> list[str]:
    """Return the message and details of a finding without SHAs, for comparison: a new head alone is not a reason."""
    return [_SHA.sub("", text) for text in (finding["message"], *finding["details"])]


def _matters(old: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Return whether another text of a rule with the same status matters: not if it passes, or is pending as before.

    A pending rule's text contains times, which change with each evaluation; that someone else must act does matter.
    """
    match rule["shown"]:
        case "passed":
            return False
        case "pending":
            return bool(old["actors"] != rule["actors"])
        case _:
            return True


def _difference(old: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    """Return what changed in a finding with the same status: its message, otherwise its details."""
    (message_before, *before), (message, *now) = _without_shas(old), _without_shas(rule)
    if message_before != message:
        return f"now: {rule['message']} (before: {old['message']})"
    added = [line for line, text in zip(rule["details"], now, strict=True) if text not in before]
    removed = [line for line, text in zip(old["details"], before, strict=True) if text not in now]
    words = [f"new: {added[0]}" if added else "", f"no longer: {removed[0]}" if removed else ""]
    more = len(added) + len(removed) - sum(map(bool, words))
    return "; ".join(filter(None, [*words, f"{more} more" if more else ""])) or "in another order"


def _with_changes(history: Sequence[EvaluationRow]) -> list[tuple[EvaluationRow, list[str]]]:
    befores: list[EvaluationRow | None] = [*history[1:], None]
    return [
        (one, list(changes(before.verdict, one.verdict)) if before else [])
        for one, before in zip(history, befores, strict=True)
    ]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield the differences between an evaluation and the previous one."""
    if before["head_sha"] != after["head_sha"]:
        yield f"new head {after['head_sha'][:12]}"
    if before["policy"] != after["policy"]:
        yield "another policy"
    was, now = before["production"] or {}, after["production"] or {}
    if was.get("sha") != now.get("sha"):
        yield f"production: {was.get('tag') or 'unknown'} → {now.get('tag') or 'unknown'}"
    shipped_before, shipped = was.get("shipped_as") or "", now.get("shipped_as") or ""
    if now and shipped_before != shipped:
        yield f"in production as {shipped}" if shipped else f"no longer in production as {shipped_before}"
    end = now.get("ended")
    if end and not end["ran"] and end != was.get("ended"):
        yield "its deployment to production failed"
    rules = {one["rule"]: _rule(one) for one in before["findings"]}
    for rule in map(_rule, after["findings"]):
        old = rules.pop(rule["rule"], None)
        if old is None:
            yield f"{rule['rule']}: {rule['shown']}"
        elif old["shown"] != rule["shown"]:
            yield f"{rule['rule']}: {old['shown']} → {rule['shown']}"
        elif _matters(old, rule) and _without_shas(old) != _without_shas(rule):
            yield f"{rule['rule']}: still {rule['shown']}, {_difference(old, rule)}"
    for name in rules:
        yield f"{name}: off"
