"""Read one incident: send the queries of both rounds, and build the record from their answers."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from hotfix import spec
from hotfix.github.read import policies
from hotfix.github.read.baseline import production_reading
from hotfix.github.read.caches import Caches, KnownPolicy
from hotfix.github.read.life import branch_parts, deployment_parts, issue_parts, life_queries, long_lists, pull_parts
from hotfix.github.read.people import PeopleReads
from hotfix.github.read.pull.pull_answer import time
from hotfix.github.read.repository_queries import ask, pages
from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound, NotPermitted
from hotfix.github.transport.parallel_reads import Reads
from hotfix.life import incident_form
from hotfix.life.incident import Incident
from hotfix.life.incident_commands import CommandName
from hotfix.life.record import (
    AppPost,
    BackMergeStatus,
    GivenCommand,
    HotfixPull,
    IncidentDeployment,
    IncidentRecord,
    MessageDelivery,
    Unanswered,
)
from hotfix.life.rights import WRITERS
from hotfix.life.words import markers
from hotfix.policy import Policy

MOST_COMMENT_PAGES = 10
MOST_OTHERS = 20
"""Maximum number of other issues fixed by its pull requests that are checked for being incidents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeReading:
    """The kind of issue or pull request that a number refers to, and the record if it is an incident."""

    known: KnownPolicy
    record: IncidentRecord | None = None
    belongs_to: tuple[int, ...] = ()
    """The issues that a pull request says it fixes, or the parent of a sub-issue."""
    pull: bool = False
    """Whether the number is a pull request."""
    missing: bool = False
    """Whether GitHub doesn't have the number: deleted, transferred, or so new that the API doesn't show it yet."""
    moved_to: str = ""
    """Where the issue was moved to, such as another repository or a discussion; empty if it is still here."""
    commands: tuple[GivenCommand, ...] = ()
    """Commands on something that is not an incident."""
    newest_comment: int | None = None
    """ID of the newest comment read, on the issue or its pull requests; 0 if there are none, None if comments were not
    read."""


def read_life(
    client: Client, caches: Caches, repo: str, number: int, *, now: datetime, app: int | None, slug: str | None
) -> LifeReading:
    """Read an issue or pull request. `app`, `slug`: identify our App. Raises TransientError, NotPermitted, NotFound."""
    return _LifeReader(client, caches, repo, number, now, app, slug).read()


def open_incidents(client: Client, caches: Caches, repo: str) -> tuple[int, ...]:
    """Return the numbers of the open issues with the policy's incident label."""
    return tuple(number for number, _ in _incidents(client, caches, repo, ["OPEN"]))


def incidents_since(client: Client, caches: Caches, repo: str, since: datetime) -> tuple[int, ...]:
    """Return the numbers of all incidents, open and closed, whose issue was created at `since` or later."""
    found = _incidents(client, caches, repo, ["OPEN", "CLOSED"], since)
    return tuple(number for number, at in found if at >= since)


def _incidents(
    client: Client, caches: Caches, repo: str, states: list[str], since: datetime | None = None
) -> list[tuple[int, datetime]]:
    """Return the number and creation time of the incidents; if `since` is given, only of those updated since."""
    guess = caches.policies.get(repo.casefold())
    label = (guess.policy if guess else Policy()).incident.label
    found: list[tuple[int, datetime]] = []
    after: str | None = None
    while True:
        changed = {"since": since.isoformat()} if since else None
        repository, known = policies.ask(
            client, caches, repo, life_queries.INCIDENTS, required=False,
            label=label, states=states, filter=changed, after=after,
        )  # fmt: skip
        if known.policy.incident.label != label:
            label, found, after = known.policy.incident.label, [], None
            continue
        issues = repository["issues"]
        found += [(node["number"], time(node["createdAt"])) for node in issues["nodes"]]
        if not issues["pageInfo"]["hasNextPage"]:
            return found
        after = issues["pageInfo"]["endCursor"]


class _LifeReader:
    def __init__(
        self, client: Client, caches: Caches, repo: str, number: int, now: datetime, app: int | None, slug: str | None
    ) -> None:
        self.client, self.caches, self.repo, self.number = client, caches, repo, number
        self.now, self.app, self.slug = now, app, slug
        self.ask = partial(ask, client, repo)
        self.reads = Reads(client)
        self.people = PeopleReads(client, caches, repo, now, self.reads)
        self.unread: dict[str, str] = {}
        self.newest = 0
        """ID of the newest comment read."""

    def read(self) -> LifeReading:
        guess = self.caches.policies.get(self.repo.casefold())
        repository, known = self._first(guess.policy if guess else Policy())
        subject = repository["subject"]
        if subject is None:
            return LifeReading(known=known, missing=True)
        if subject["__typename"] == "PullRequest":
            deployed = repository["production"]["nodes"]
            production = deployment_parts.seen(deployed, known.policy.production.environment, {})
            messages = pull_parts.messages(subject, production)
            fixes = pull_parts.fixes(
                subject["title"], subject["body"], messages, repository["nameWithOwner"], self.client.transport.host
            )
            return LifeReading(known=known, belongs_to=tuple(sorted(fixes)), pull=True)
        if why := issue_parts.moved_to(repository):
            return LifeReading(known=known, moved_to=why)
        comments = self._comments(subject["comments"], self.number)
        commands, unclear = issue_parts.commands(comments, self.number, on_pull=False)
        labels = {node["name"].casefold() for node in subject["labels"]["nodes"]}
        declared = any(
            command.request.name is CommandName.DECLARE and command.ruling is not False for command in commands
        )
        if known.policy.incident.label.casefold() not in labels and not declared:
            parent = (subject["parent"] or {}).get("number")
            return LifeReading(
                known=known, belongs_to=(parent,) if parent else (), commands=commands, newest_comment=self.newest
            )
        record = self._incident(repository, known, comments, commands, unclear)
        return LifeReading(known=known, record=record, newest_comment=self.newest)

    def _first(self, policy: Policy) -> tuple[Any, KnownPolicy]:
        """Send the first query with the names in the cached policy, and again if the policy read has other names."""
        while True:
            asked = _names(policy)
            repository, known = policies.ask(
                self.client, self.caches, self.repo, life_queries.LIFE, required=False, number=self.number, **asked
            )
            policy = known.policy
            if asked == _names(policy):
                return repository, known

    def _comments(self, connection: Mapping[str, Any], number: int) -> list[Mapping[str, Any]]:
        """Return all comments: the last 100 from the answer, and older ones read page by page."""

        def read(before: str | None) -> Any:
            query = life_queries.COMMENTS_BEFORE
            return self.ask(query, number=number, before=before)["subject"]["comments"]

        nodes: list[Mapping[str, Any]] = []
        for page in islice(pages(read, connection), 1 + MOST_COMMENT_PAGES):
            nodes = [*page["nodes"], *nodes]
        self.newest = max([self.newest, *(int(node["fullDatabaseId"]) for node in connection["nodes"])])
        if page["pageInfo"]["hasPreviousPage"]:
            self.unread["comments"] = f"the comments before the last {len(nodes)}"
        return nodes

    def _incident(
        self,
        repository: Mapping[str, Any],
        known: KnownPolicy,
        comments: Sequence[Mapping[str, Any]],
        commands: tuple[GivenCommand, ...],
        unclear: tuple[Unanswered, ...],
    ) -> IncidentRecord:
        repo, subject, host = repository["nameWithOwner"], repository["subject"], self.client.transport.host
        tags = production_reading.tags_in(repository["tags"])
        record = issue_parts.issue_record(repository, self.slug, known)
        since = min(_began(record), record.created_at)
        production = self._deployments(repository["production"], known.policy.production.environment, tags, since)
        staging = self._deployments(repository["staging"], known.policy.production.staging, tags, since)
        pull_nodes, whole = long_lists.pulls(self.ask, repository["pullRequests"], known.policy.label, since)
        self._all_read("pulls", whole, f"the hotfix pull requests before the last {len(pull_nodes)}")
        branch_nodes, whole = long_lists.branches(self.ask, repository["branches"], known)
        self._all_read("branches", whole, f"branches beyond the first {len(branch_nodes)}")
        linked = {
            node["number"]: (node, fixed)
            for node in pull_nodes
            if self.number
            in (
                fixed := pull_parts.fixes(
                    node["title"], node["body"], pull_parts.messages(node, production), repo, host
                )
            )
        }
        numbers = sorted(linked, reverse=True)[: life_queries.MOST_PULLS]
        fix = next((linked[n][0] for n in numbers if linked[n][0]["state"] != "CLOSED"), None)
        branches = branch_parts.long_lived(known, [node["name"] for node in branch_nodes])
        suspected, previous = deployment_parts.suspect(production, _began(record))

        for number in numbers:
            self._request_pull(number, linked[number][0], known)
        if fix:
            refs, head = [f"refs/heads/{name}" for name in branches], fix["headRefOid"]
            self.reads.add(
                "carried", life_queries.CARRIED.ask, self.client, self.repo, refs,
                fix=head, fixed=head, since=subject["createdAt"],
            )  # fmt: skip
        if suspected and previous:
            sha = next(d.sha for d in production if d.name == suspected.name and d.succeeded_at == suspected.at)
            self.reads.add("deployed", self.ask, life_queries.DEPLOYED_PULLS, sha=sha)
        others = sorted({n for number in numbers for n in linked[number][1] if n != self.number})[:MOST_OTHERS]
        if others:
            self.reads.add("others", life_queries.ISSUES.ask, self.client, self.repo, others)
        self.people.add(known.policy)
        self._request_rights(commands, record)
        self.reads.send()

        pulls, on_pulls, posts = self._pulls(numbers, production)
        self._request_rights(on_pulls, record)
        self.reads.send()
        everyone = tuple(
            replace(command, writer=self.reads.get(("permission", command.by.casefold())))
            for command in (*commands, *on_pulls)
        )
        posts = (*issue_parts.posts(comments, self.number), *posts)
        people, unread = self.people.found(known.policy)
        if unread:
            self.unread["people"] = unread[0].problem
        if suspected and previous:
            merged = deployment_parts.deployed_pulls(self.reads["deployed"], previous.sha, suspected.at)
            suspected = replace(suspected, pulls=merged)
        ids = issue_parts.kept(comments, anyone=self.app is None)
        return replace(
            record,
            commands=everyone,
            unanswered=unclear,
            posts=posts,
            pulls=pulls,
            branches=branch_parts.own(branch_nodes, known, repo, host, self.number, pulls, everyone),
            production=production,
            staging=staging,
            tags={} if repository["tags"]["pageInfo"]["hasNextPage"] else tags,
            carried=self._carried(branches, fix, production, known),
            suspect=suspected,
            people=people,
            strangers=self._strangers(),
            other_incidents=self._open_incidents(known) if others else (),
            refs=ids,
            messages=tuple(
                MessageDelivery(kind=kind, to=to, at=datetime.fromtimestamp(at, UTC))
                for to, kind, _, at in markers.sent(ids)
            ),
            unread=dict(self.unread),
        )

    def _deployments(
        self, first: Mapping[str, Any], environment: str, tags: Mapping[str, str], since: datetime
    ) -> tuple[IncidentDeployment, ...]:
        nodes, whole = long_lists.deployments(self.ask, first, environment, since)
        self._all_read(environment, whole, f"the deployments to {environment} before the last {len(nodes)}")
        return deployment_parts.seen(nodes, environment, tags)

    def _all_read(self, what: str, whole: bool, otherwise: str) -> None:
        if not whole:
            self.unread[what] = otherwise

    # The second round.

    def _request_pull(self, number: int, node: Mapping[str, Any], known: KnownPolicy) -> None:
        head, path = node["headRefOid"], spec.file_name(node["headRefName"], known.policy.spec_path)
        self.reads.add(
            ("pull", number), self.ask, life_queries.PULL,
            number=number, head=head, spec=f"{head}:{path}", app=self.app,
        )  # fmt: skip

    def _request_rights(self, commands: Sequence[GivenCommand], record: IncidentRecord) -> None:
        for command in commands:
            if command.ruling is None and command.request.name in WRITERS:
                self.reads.add(("permission", command.by.casefold()), self._permission, command.by)
        there = {login.casefold() for login in record.assignees}
        assigned = [
            command
            for command in commands
            if command.request.name is CommandName.ASSIGN and command.ruling is not False
        ]
        first = incident_form.read(record.body, record.created_at).commander or record.author
        named = [command.request.text for command in assigned if command.ruling is None] if assigned else [first]
        for login in named:
            if login and login.casefold() not in there:
                self.reads.add(("assignable", login.casefold()), self._assignable, login)

    def _permission(self, login: str) -> bool:
        route = "/repos/{repo}/collaborators/{login}/permission"
        try:
            said = self.client.get(route, repo=self.repo, login=login)
        except NotFound:
            return False
        return said["permission"] in ("admin", "write", "maintain")

    def _assignable(self, login: str) -> bool:
        try:
            self.client.get("/repos/{repo}/assignees/{login}", repo=self.repo, login=login)
        except NotFound:
            return False
        return True

    def _pulls(
        self, numbers: Sequence[int], production: Sequence[IncidentDeployment]
    ) -> tuple[tuple[HotfixPull, ...], tuple[GivenCommand, ...], tuple[AppPost, ...]]:
        pulls: list[HotfixPull] = []
        commands: list[GivenCommand] = []
        posts: list[AppPost] = []
        for number in numbers:
            repository = self.reads["pull", number]
            pull = pull_parts.pull_details(repository, self.repo, self.app, production)
            if pull is None:
                continue
            pulls.append(pull)
            nodes = self._comments(repository["pullRequest"]["comments"], number)
            posts += issue_parts.posts(nodes, number)
            commands += issue_parts.commands(nodes, number, on_pull=True)[0]
        return tuple(pulls), tuple(commands), tuple(posts)

    def _open_incidents(self, known: KnownPolicy) -> tuple[int, ...]:
        """Return which of the other issues are open incidents."""
        found, _ = self.reads["others"]
        label = known.policy.incident.label.casefold()
        return tuple(
            node["number"]
            for node in found
            if node
            and node.get("state") == "OPEN"
            and label in {each["name"].casefold() for each in node["labels"]["nodes"]}
        )

    def _carried(
        self,
        branches: Sequence[str],
        fix: Mapping[str, Any] | None,
        production: Sequence[IncidentDeployment],
        known: KnownPolicy,
    ) -> tuple[BackMergeStatus, ...]:
        if fix is None:
            return ()
        commits = pull_parts.own_commits(fix, production)
        refs, repository = self.reads["carried"]
        of_branches = dict(zip(branches, refs, strict=True))
        return branch_parts.carried(
            self.client, self.repo, of_branches, repository["fix"], fix["headRefOid"], commits, known
        )

    def _strangers(self) -> frozenset[str]:
        found = set()
        for key, answer in self.reads.done():
            if isinstance(key, tuple) and key[0] == "assignable":
                with contextlib.suppress(NotPermitted):
                    if not answer.result():
                        found.add(str(key[1]))
        return frozenset(found)


def _names(policy: Policy) -> dict[str, Any]:
    """Return the variables of the first query that depend on the policy."""
    section = policy.production
    return {"label": policy.label, "production": section.environment, "staging": section.staging}


def _began(record: IncidentRecord) -> datetime:
    """Return when the incident began."""
    return Incident(record, Policy(), record.created_at).about.started or record.created_at
