"""Read what runs in production and what ran there before, fetching from GitHub what the resolver needs.

The service and the Action share it. Usually one query is enough; a commit outside the default branch, tags that must be
compared, and long lists take further queries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import dropwhile
from typing import Any

from hotfix.facts import EndedDeployment, Production
from hotfix.github.read.baseline import record_queries
from hotfix.github.read.baseline.earned_commits import EarnedCommits
from hotfix.github.read.repository_queries import ask
from hotfix.github.transport.client import Client
from hotfix.github.write.rollout.deployments import own_payload
from hotfix.production.records import DeploymentRecord, DeploymentsNeeded, ProductionRecords, TagsNeeded
from hotfix.production.resolver import ProductionResolver, Resolution

MOST_TAG_PAGES = 20
"""Maximum number of pages of 100 tags read, newest commits first."""
_ACTIONS = "github-actions"


@dataclass(frozen=True, slots=True)
class RecordsRequest:
    """The parameters of the query for records; an answer to other parameters isn't used."""

    environment: str
    depth: int = record_queries.DEPLOYMENTS
    tags: bool = True

    @property
    def variables(self) -> dict[str, Any]:
        return {"environments": record_queries.spellings(self.environment), "depth": self.depth, "tags": self.tags}


class ProductionReading:
    """The release that runs in production, and the one before a commit; fetches more from GitHub as needed.

    Methods raise TransientError, NotPermitted and NotFound.
    """

    def __init__(
        self,
        earned: EarnedCommits,
        *,
        environment: str | None = None,
        task: str | None = None,
        tag_format: str | None = None,
        known: Sequence[Production] = (),
    ) -> None:
        """Initialize without sending requests.

        `task`: of the Action's deployments, use only those to this target of the environment.
        """
        self._earned, self._policy = earned, earned.policy
        self._client, self._caches, self._repo = earned.client, earned.caches, earned.repo
        self._environment = environment or earned.policy.production.environment
        self._named = bool(environment) or "environment" in earned.policy.production.model_fields_set
        self._task = task
        self._tag_format = tag_format
        self._known = {each.sha: each.tag for each in known if each.known_from == "deployment"}
        self._asked = RecordsRequest(self._environment)
        self._records: ProductionRecords | None = None
        self._cursor = ""
        self._count = 0
        self._running: Resolution | None = None

    def take(self, repository: Mapping[str, Any], asked: RecordsRequest) -> None:
        """Use records that another query already returned. Records of another environment are ignored."""
        if asked.environment != self._environment:
            return
        self._asked = asked
        refs = repository["refs"] if asked.tags else None
        self._cursor = refs["pageInfo"]["endCursor"] if refs and refs["pageInfo"]["hasNextPage"] else ""
        self._count = refs["totalCount"] if refs else 0
        release = repository["latestRelease"]
        self._records = ProductionRecords(
            deployments=_deployments(repository["deployments"]["nodes"], self._task),
            elsewhere="" if self._named else _deployed_to(repository["deploymentsElsewhere"]["nodes"]),
            more_deployments=repository["deployments"]["pageInfo"]["hasNextPage"]
            and asked.depth < record_queries.MOST_LISTED,
            release=(release["tagName"], release["tagCommit"]["oid"]) if release and release["tagCommit"] else None,
            tags=tags_in(refs) if refs else None,
            dates=_dates(refs) if refs else {},
            more_tags=bool(self._cursor),
            names=self._known,
        )
        older = self._caches.older_tags.get((self._repo.casefold(), self._count)) if self._cursor else None
        if older is not None:
            self._with_older(older, complete=True)

    @property
    def running(self) -> Production | None:
        """The release that runs in production now; if `unknown` isn't empty, the most likely one or None."""
        return self._now().production

    @property
    def unknown(self) -> str:
        """Why the running release is unknown, and what to do; empty if it is known or nothing was released."""
        return self._now().problem

    @property
    def tags(self) -> Mapping[str, str]:
        """Tag -> commit, for the tags read so far."""
        return (self._records.tags if self._records else None) or {}

    @property
    def origins(self) -> str:
        """The branches that production is released from, as a phrase for messages."""
        return self._earned.branches

    def ended(self, sha: str) -> EndedDeployment | None:
        """Return how the last deployment of a commit ended; None if there is none, or it is under way or may run."""
        found = self._records.deployments if self._records else ()
        return next((each.ended for each in found if each.sha == sha), None)

    def is_accepted(self, sha: str, tag: str) -> bool:
        """Return whether a commit with a tag, however old, is accepted as production."""
        return self._earned.earned(sha, tag)

    def resolve_previous(self, sha: str, *, contained: bool = False) -> Resolution:
        """Return the release that a rollback of this commit restores.

        This is the running release if it is another commit, otherwise the one that ran before.
        `contained`: production contains the commit, even if it runs another one.
        """
        now = self._now()
        if now.production is None or (now.production.sha != sha and not contained):
            return now
        running = now.production
        return self._answer(lambda resolver: resolver.previous(sha, running))

    def _now(self) -> Resolution:
        if self._running is None:
            self._running = self._answer(lambda resolver: resolver.running())
        return self._running

    def _answer(self, question: Callable[[ProductionResolver], Resolution]) -> Resolution:
        while True:
            if self._records is None:
                self._read_records()
                continue
            resolver = ProductionResolver(
                records=self._records,
                earned=self._earned.earned,
                descendants=self._descendants,
                globs=self._policy.production.tags,
                environment=self._environment,
                branches=self._earned.branches,
                tag_format=self._tag_format,
            )
            try:
                return question(resolver)
            except TagsNeeded:
                self._read_tags()
            except DeploymentsNeeded:
                self._asked = replace(self._asked, depth=record_queries.MOST_LISTED)
                self._read_records()

    def _read_records(self) -> None:
        repository = ask(self._client, self._repo, record_queries.RELEASED, **self._asked.variables)
        self.take(repository, self._asked)

    def _read_tags(self) -> None:
        """Read the tags, or those on older commits. Tags beyond `MOST_TAG_PAGES` pages are left out."""
        if not self._asked.tags or self._records is None:
            self._asked = replace(self._asked, tags=True)
            self._read_records()
            return
        older: dict[str, str] = {}
        for _ in range(MOST_TAG_PAGES - 1):
            refs = ask(self._client, self._repo, record_queries.TAGS, after=self._cursor)["refs"]
            older |= tags_in(refs)
            if not refs["pageInfo"]["hasNextPage"]:
                self._caches.older_tags.put((self._repo.casefold(), self._count), older)
                self._with_older(older, complete=True)
                return
            self._cursor = refs["pageInfo"]["endCursor"]
        self._with_older(older, complete=False)

    def _with_older(self, older: Mapping[str, str], *, complete: bool) -> None:
        if self._records is None:
            return
        tags = {**older, **(self._records.tags or {})}
        self._records = replace(self._records, tags=tags, more_tags=False, tags_cut=not complete)

    def _descendants(self, commit: str, others: Sequence[str]) -> set[str]:
        names = {sha: tag for tag, sha in self.tags.items()}
        return self._earned.descendants(commit, {sha: names[sha] for sha in others if sha in names})


def commit_of_tag(client: Client, repo: str, tag: str) -> str | None:
    """Return the commit of a lightweight or annotated tag; None if the tag doesn't exist or isn't on a commit."""
    return _commit_at(ask(client, repo, record_queries.TAG, tag=f"refs/tags/{tag}")["ref"])


def tags_in(refs: Mapping[str, Any]) -> dict[str, str]:
    """Return tag -> commit for a page of tags; tags on trees and blobs are left out."""
    return {node["name"]: sha for node in refs["nodes"] if (sha := _commit_at(node))}


def _target(ref: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the object that a ref resolves to, through nested annotated tags."""
    target: Mapping[str, Any] | None = (ref or {}).get("target")
    while target and target["__typename"] == "Tag":
        target = target.get("target")
    return target


def _commit_at(ref: Mapping[str, Any] | None) -> str | None:
    target = _target(ref)
    return str(target["oid"]) if target and target["__typename"] == "Commit" else None


def _dates(refs: Mapping[str, Any]) -> dict[str, datetime]:
    found = ((node["name"], (_target(node) or {}).get("committedDate")) for node in refs["nodes"])
    return {name: datetime.fromisoformat(date) for name, date in found if date}


def _deployed_to(nodes: Sequence[Mapping[str, Any]]) -> str:
    """Return the environment of the newest successful deployment; empty if there is none."""
    succeeded = (node for node in nodes if (node["latestStatus"] or {}).get("state") == "SUCCESS")
    return next((str(node["environment"]) for node in succeeded), "")


def _deployments(nodes: Sequence[Mapping[str, Any]], task: str | None) -> tuple[DeploymentRecord, ...]:
    """Return the records, newest first, ordered by ID because GitHub's dates have only a resolution of seconds.

    `task`: leave out the Action's deployments to other targets. A deployment by anyone else became inactive when the
    first target replaced it, and may still run in this target.
    """
    kept = (node for node in nodes if task is None or node["task"] == task or not own_payload(node["payload"]))
    records = [_deployment(node) for node in kept]
    if task is not None:
        records = [record if record.is_ours else _unretired(record) for record in records]
    return tuple(sorted(records, key=lambda record: -record.id))


def _unretired(record: DeploymentRecord) -> DeploymentRecord:
    return replace(record, states=tuple(dropwhile(lambda state: state == "inactive", record.states)))


def _deployment(node: Mapping[str, Any]) -> DeploymentRecord:
    ref, creator, own = node["ref"] or {}, node["creator"] or {}, own_payload(node["payload"])
    latest = [node["latestStatus"]] if node["latestStatus"] else []
    statuses = sorted(node["statuses"]["nodes"], key=lambda status: status["createdAt"], reverse=True)
    statuses = [*latest, *statuses] if latest else []
    succeeded = [datetime.fromisoformat(each["createdAt"]) for each in statuses if each["state"] == "SUCCESS"]
    sha = node["commitOid"]
    is_tag = ref.get("prefix") == "refs/tags/" and _commit_at(ref) == sha
    by_actions = creator.get("__typename") == "Bot" and creator["login"].removesuffix("[bot]") == _ACTIONS
    return DeploymentRecord(
        id=int(node["databaseId"]),
        sha=sha,
        states=tuple(status["state"].lower() for status in statuses),
        succeeded_at=max(succeeded, default=None),
        changed_at=datetime.fromisoformat(statuses[0]["createdAt"]) if statuses else None,
        tag=ref["name"] if is_tag else "",
        branch=ref["name"] if ref.get("prefix") == "refs/heads/" else "",
        creator=creator.get("login", ""),
        by_app=creator.get("__typename") == "Bot" and not by_actions,
        recorded_by_actions=by_actions,
        is_ours=bool(own),
        payload_tag=str(own.get("tag") or ""),
    )
