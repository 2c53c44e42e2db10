"""Store the state of pull requests: their heads, published verdicts and overrides."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.storage import snapshots
from app.storage.database import jobs, messages, overrides, pulls, upsert
from hotfix.facts import Override
from hotfix.verdict import Verdict, VerdictKind

HOTFIXES = (VerdictKind.HOTFIX.value, VerdictKind.MISSING_LABEL.value, VerdictKind.BROKEN_POLICY.value)
_BEING_EVALUATED = sa.exists().where(
    # The key of `EvaluatePull`.
    jobs.c.key == "evaluate:" + pulls.c.repo + "#" + sa.cast(pulls.c.number, sa.Text),
    jobs.c.owner.is_not(None),
)
"""Such a pull request may turn out to be a hotfix, and its evaluation may have read the state before an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A pull request's head as reported by an event; `since` is a time reported by GitHub."""

    repo: str
    number: int
    installation: int
    sha: str
    since: float
    open: bool
    before: str | None = None
    """The head before a push; determines the order of two pushes within the same second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadChecked:
    """A completed check of another App on this commit: open hotfixes with this head are evaluated again."""

    repo: str
    sha: str
    all: bool = False
    """Whether to include all open pull requests with this head, because one that shared their check was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPullRow:
    """One row of `pulls`."""

    repo: str
    number: int
    installation: int
    head_sha: str
    head_since: float
    """The time reported by GitHub if an event announced the head; the service's own time if an evaluation read it."""
    seen_at: float
    """The time of the newest event as reported by GitHub; 0 if there was none."""
    open: bool
    kind: str | None
    evaluated_sha: str | None
    conclusion: str | None
    evaluated_at: float | None
    lasting: bool
    """Whether the verdict is unknown for a reason that only an event can change."""


@functools.cache
def _upsert(dialect: str) -> Any:
    insert = upsert(pulls, dialect)
    new = insert.excluded
    # Events arrive out of order: a head is replaced by that of a newer event or, within a second, of the next push.
    moved = sa.and_(
        pulls.c.head_sha != new.head_sha,
        sa.or_(
            new.seen_at > pulls.c.seen_at,
            sa.and_(new.seen_at == pulls.c.seen_at, pulls.c.head_sha == sa.bindparam("before")),
        ),
    )
    newest = new.seen_at >= pulls.c.seen_at
    return insert.values(
        {column: sa.bindparam(column) for column in
         ("repo", "number", "installation", "head_sha", "head_since", "seen_at", "open")}
    ).on_conflict_do_update(
        index_elements=[pulls.c.repo, pulls.c.number],
        set_={
            "installation": new.installation,
            "head_sha": sa.case((moved, new.head_sha), else_=pulls.c.head_sha),
            "head_since": sa.case((moved, new.head_since), else_=pulls.c.head_since),
            "open": sa.case((newest, new.open), else_=pulls.c.open),
            "seen_at": sa.case((newest, new.seen_at), else_=pulls.c.seen_at),
        },
    )  # fmt: skip


def record_heads(connection: Connection, heads: Sequence[Head]) -> None:
    """Record the heads reported by events."""
    rows = [
        {
            "repo": head.repo, "number": head.number, "installation": head.installation, "head_sha": head.sha,
            "head_since": head.since, "seen_at": head.since, "open": head.open, "before": head.before or "",
        }
        for head in sorted(heads, key=lambda head: (head.repo, head.number, head.since))
    ]  # fmt: skip
    if rows:
        connection.execute(_upsert(connection.dialect.name), rows)


# The statements used in each evaluation are built once, since building one costs more than running it.
_BY_KEY = sa.and_(pulls.c.repo == sa.bindparam("of_repo"), pulls.c.number == sa.bindparam("of_number"))
_KNOWN = sa.select(pulls).where(_BY_KEY)
_NEW_VERDICT = ("installation", "kind", "evaluated_sha", "conclusion", "evaluated_at", "lasting", "open")
_VERDICT = pulls.update().where(_BY_KEY).values({name: sa.bindparam(f"new_{name}") for name in _NEW_VERDICT})
_AS_EXPECTED = pulls.c.head_sha == sa.bindparam("expected")
_MOVED_VERDICT = _VERDICT.values(
    {
        name: sa.case((_AS_EXPECTED, sa.bindparam(f"new_{name}", type_=pulls.c[name].type)), else_=pulls.c[name])
        for name in ("head_sha", "head_since")
    }
)
_WITH_HEAD = (
    sa.select(pulls.c.number)
    .where(pulls.c.repo == sa.bindparam("of_repo"), pulls.c.head_sha == sa.bindparam("sha"), pulls.c.open)
    .order_by(pulls.c.number)
)
_OVERRIDES = (
    sa.select(overrides)
    .join(pulls, sa.and_(pulls.c.repo == overrides.c.repo, pulls.c.number == overrides.c.number, pulls.c.open))
    .where(overrides.c.repo == sa.bindparam("of_repo"))
    .order_by(overrides.c.at, overrides.c.comment_id)
)


def known(connection: Connection, repo: str, number: int) -> KnownPullRow | None:
    """Return the row of a pull request; None if there is none."""
    row = connection.execute(_KNOWN, {"of_repo": repo, "of_number": number}).one_or_none()
    return _known(row) if row is not None else None


def open_in(connection: Connection, repo: str) -> list[KnownPullRow]:
    """Return the pull requests of a repository that are open on record."""
    return [_known(row) for row in connection.execute(sa.select(pulls).where(pulls.c.repo == repo, pulls.c.open))]


def open_hotfixes(connection: Connection, *, repo: str | None = None, owner: str | None = None) -> list[KnownPullRow]:
    """Return the open hotfixes of a repository, or of all repositories of an owner, oldest first.

    Open pull requests that are being evaluated are included.
    """
    which = pulls.c.repo == repo if repo is not None else pulls.c.repo.startswith(f"{owner}/", autoescape=True)
    found = connection.execute(
        sa.select(pulls)
        .where(which, pulls.c.open, sa.or_(pulls.c.kind.in_(HOTFIXES), _BEING_EVALUATED))
        .order_by(pulls.c.repo, pulls.c.number)
    )
    return [_known(row) for row in found]


def repos_with_hotfixes(connection: Connection, *, unread_since: float) -> list[tuple[str, int]]:
    """Return the repositories with open hotfixes, each with its installation.

    Pull requests that have not been evaluated yet are included if they had an event since `unread_since`.
    """
    unread = sa.and_(pulls.c.kind.is_(None), pulls.c.seen_at >= unread_since)
    found = connection.execute(
        sa.select(pulls.c.repo, sa.func.max(pulls.c.installation))
        .where(pulls.c.open, sa.or_(pulls.c.kind.in_(HOTFIXES), unread))
        .group_by(pulls.c.repo)
    )
    return [(row[0], row[1]) for row in found]


def with_head(connection: Connection, checked: HeadChecked) -> list[tuple[int, int]]:
    """Return the number and installation of each open hotfix (or each open pull request) with this head.

    Open pull requests that are being evaluated are included.
    """
    found = connection.execute(
        sa.select(pulls.c.number, pulls.c.installation).where(
            pulls.c.repo == checked.repo,
            pulls.c.head_sha == checked.sha,
            pulls.c.open,
            sa.true() if checked.all else sa.or_(pulls.c.kind == VerdictKind.HOTFIX.value, _BEING_EVALUATED),
        )
    )
    return [(row.number, row.installation) for row in found]


def numbers_with_head(connection: Connection, repo: str, sha: str) -> tuple[int, ...]:
    """Return the numbers of the pull requests on record that are open with this head."""
    return tuple(connection.scalars(_WITH_HEAD, {"of_repo": repo, "sha": sha}))


def _known(row: Any) -> KnownPullRow:
    return KnownPullRow(**{name: getattr(row, name) for name in KnownPullRow.__slots__})


def record_verdict(
    connection: Connection,
    repo: str,
    number: int,
    installation: int,
    verdict: Verdict,
    *,
    began: float,
    expected: str | None,
    open_: bool,
    lasting: bool,
) -> None:
    """Record a verdict and whether the pull request was open.

    If the evaluation found another head than `expected`, record it with `began` as its time, unless an event has
    replaced `expected` meanwhile.
    """
    values: dict[str, Any] = {
        "installation": installation,
        "kind": verdict.kind.value,
        "evaluated_sha": verdict.head_sha,
        "conclusion": verdict.conclusion.value,
        "evaluated_at": verdict.at.timestamp(),
        "lasting": lasting,
        "open": open_,
        "head_sha": verdict.head_sha,
        "head_since": began,
    }
    parameters = {f"new_{name}": value for name, value in values.items()} | {"of_repo": repo, "of_number": number}
    update = _VERDICT
    if expected is not None and expected != verdict.head_sha:
        update, parameters = _MOVED_VERDICT, parameters | {"expected": expected}
    if connection.execute(update, parameters).rowcount:
        return
    row = {"repo": repo, "number": number, "seen_at": 0.0}
    new = upsert(pulls, connection.dialect.name).values(row | values).on_conflict_do_nothing()
    if not connection.execute(new).rowcount:  # another replica has inserted the row meanwhile
        connection.execute(update, parameters)


def closed(connection: Connection, repo: str, number: int, *, before: float) -> None:
    """Record that GitHub does not list a pull request as open, unless it had an event since `before`."""
    connection.execute(
        pulls.update()
        .where(pulls.c.repo == repo, pulls.c.number == number, pulls.c.seen_at < before)
        .values(open=False)
    )


def rename_repo(connection: Connection, old: str, new: str) -> None:
    """Move a repository's rows to its new name. Rows that already have the new name are newer and are kept.

    If the owner changed, the installation is reset: it is looked up until a verdict or an event records it.
    """
    heard = sa.select(pulls.c.number).where(pulls.c.repo == new).scalar_subquery()
    same_owner = old.partition("/")[0] == new.partition("/")[0]
    values = {"repo": new} if same_owner else {"repo": new, "installation": 0}
    connection.execute(pulls.update().where(pulls.c.repo == old, pulls.c.number.not_in(heard)).values(values))
    connection.execute(overrides.update().where(overrides.c.repo == old).values(repo=new))
    moved = messages.alias()
    sent = sa.select(moved.c.number).where(moved.c.repo == new.casefold())
    there = sa.and_(messages.c.repo == old.casefold(), messages.c.number.not_in(sent))
    connection.execute(messages.update().where(there).values(repo=new.casefold()))
    snapshots.rename_repo(connection, old, new)


def forget_repo(connection: Connection, repo: str) -> None:
    """Delete all rows of a repository that the App can no longer access."""
    connection.execute(pulls.delete().where(pulls.c.repo == repo))
    connection.execute(overrides.delete().where(overrides.c.repo == repo))
    connection.execute(messages.delete().where(messages.c.repo == repo.casefold()))
    snapshots.forget_repo(connection, repo)


def delete_closed(connection: Connection, *, before: float) -> int:
    """Delete closed pull requests and non-hotfixes without an event since `before`, with their overrides."""
    over = sa.or_(~pulls.c.open, pulls.c.kind.is_(None), pulls.c.kind.not_in(HOTFIXES))
    old = sa.and_(over, pulls.c.seen_at < before)
    connection.execute(
        overrides.delete().where(
            sa.exists().where(old, pulls.c.repo == overrides.c.repo, pulls.c.number == overrides.c.number)
        )
    )
    return connection.execute(pulls.delete().where(old)).rowcount


def override(connection: Connection, repo: str, number: int, comment_id: int, given: Sequence[Override]) -> None:
    """Record the overrides of a comment, replacing its earlier ones."""
    before = sa.and_(overrides.c.comment_id == comment_id, overrides.c.repo == repo)
    connection.execute(overrides.delete().where(before))
    rows = [
        {
            "comment_id": comment_id, "rule": o.rule, "repo": repo, "number": number, "sha": o.sha, "by": o.by,
            "reason": o.reason, "at": o.at.timestamp(), "url": o.url,
        }
        for o in given
    ]  # fmt: skip
    if rows:  # another replica that runs the same job may have inserted them meanwhile
        connection.execute(upsert(overrides, connection.dialect.name).on_conflict_do_nothing(), rows)


def overrides_in(connection: Connection, repo: str) -> tuple[Override, ...]:
    """Return the overrides on record for the open pull requests of a repository, oldest first."""
    rows = connection.execute(_OVERRIDES, {"of_repo": repo})
    return tuple(
        Override(
            rule=row.rule,
            by=row.by,
            reason=row.reason,
            at=datetime.fromtimestamp(row.at, UTC),
            sha=row.sha,
            url=row.url,
        )
        for row in rows
    )
