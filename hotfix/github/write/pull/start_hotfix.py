"""Execute `/hotfix start`: create the branch from the production tag, the spec and the draft pull request.

Each step first checks whether it was already done, so an interrupted start can be resumed.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import partial

from hotfix import message, spec
from hotfix.facts import Production
from hotfix.github.read.baseline.production_reads import read_production
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, RequestRefused
from hotfix.github.write.pull import pull_requests
from hotfix.github.write.pull.pull_requests import OpenPull
from hotfix.github.write.rollout import refs
from hotfix.life.incident import Incident
from hotfix.policy import Policy
from hotfix.rules.title import RULE as TITLE
from hotfix.text.escaping import one_line, shortened
from hotfix.text.globs import first_literal

PREFIX = "HOTFIX: "
_LONGEST_TITLE = 60


class CannotStart(Exception):
    """A reason why no hotfix can be started, as one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedHotfix:
    """The branch, spec and pull request that a start created or found."""

    branch: str
    spec_path: str
    number: int
    tag: str


def start(client: Client, repo: str, incident: Incident, name: str) -> StartedHotfix:
    """Create whatever is missing. Raises CannotStart, and the errors in `hotfix.github.transport.errors`."""
    policy, record = incident.policy, incident.record
    branch = policy.branches.name_for(name)
    if branch is None:
        raise CannotStart(f"no branch name that matches {' or '.join(policy.branches.head)} can be made from {name}")
    production = _production(client, repo, policy, record.default_branch)
    path = spec.file_name(branch, policy.spec_path)
    title = shortened(one_line(record.title), _LONGEST_TITLE)
    refs.create(client, repo, f"heads/{branch}", production.sha)
    _write_spec(client, repo, incident, branch, path, title)
    base = first_literal(policy.bases(record.default_branch)) or record.default_branch
    pull = _ensure_pull(client, repo, branch, base, f"{PREFIX}{title}", _spec_text(incident, title))
    fitting: tuple[str, ...] = policy.options(TITLE).labels(incident.severity)
    labels = [policy.label, *fitting[:1]]
    pull_requests.add_labels(client, repo, pull, labels)
    return StartedHotfix(branch=branch, spec_path=path, number=pull.number, tag=production.tag)


def _production(client: Client, repo: str, policy: Policy, default_branch: str) -> Production:
    """Return the release that runs in production.

    Raises CannotStart, with what to do, if it is unknown or not accepted as production.
    """
    reading = read_production(client, repo, policy, default_branch)
    if reading.unknown or reading.running is None:
        raise CannotStart(reading.unknown or "nothing has been released here yet, so there is nothing to start from")
    return reading.running


def _spec_text(incident: Incident, title: str) -> str:
    """Return the spec's template, filled in from the incident."""
    about = incident.about
    text = spec.template(title=title, severity=incident.severity, issue=f"#{incident.record.number}")
    since = f"since {about.started.isoformat(timespec='minutes')}" if about.started else ""
    return spec.filled(text, problem=about.problem, users=about.users, revenue=about.revenue, since=since)


def _write_spec(client: Client, repo: str, incident: Incident, branch: str, path: str, title: str) -> None:
    route = "/repos/{repo}/contents/{path}"
    try:
        client.get(route, params={"ref": branch}, repo=repo, path=path)
        return
    except NotFound:
        pass
    text = message.template(
        "add the spec",
        issue=f"#{incident.record.number}",
        severity=incident.severity or "P0",
        changes=["add the spec to fill in"],
        tested=["not needed: no code changes"],
        rollback="git revert HEAD",
    )
    body = {
        "message": text,
        "content": base64.b64encode(_spec_text(incident, title).encode()).decode(),
        "branch": branch,
    }
    try:
        client.put(route, body, repo=repo, path=path)
    except RequestRefused as error:
        if error.status not in (409, 422):  # created concurrently
            raise


def _ensure_pull(client: Client, repo: str, head: str, base: str, title: str, body: str) -> OpenPull:
    create = partial(pull_requests.create, client, repo, head=head, base=base, title=title, body=body)
    place = f"{repo.partition('/')[0]}:{head}"
    if found := pull_requests.find(client, repo, place):
        return found
    try:
        return create(draft=True)
    except RequestRefused as error:
        if found := pull_requests.find(client, repo, place):  # created by a concurrent run
            return found
        if error.status != 422:
            raise
    return create(draft=False)  # some plans have no drafts; any other error occurs again
