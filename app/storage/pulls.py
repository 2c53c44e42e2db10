"""Store what is known about pull requests: heads as announced, verdicts published, overrides given."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.storage import snapshots
from app.storage.database import messages, overrides, pulls, upsert
from hotfix.facts import Override
from hotfix.verdict import Verdict, VerdictKind

HOTFIXES = (VerdictKind.HOTFIX.value, VerdictKind.MISSING_LABEL.value, VerdictKind.BROKEN_POLICY.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an event said about a pull request's head; `since` is GitHub's clock."""

    repo: str
    number: int
    installation: int
    sha: str
    since: float
    open: bool
    before: str | None = None
    """The head before a push: orders two pushes of one second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadChecked:
    """A check of another App ended on this commit: the open hotfixes with this head are evaluated again."""

    repo: str
    sha: str
    all: bool = False
    """Every pull request that is known to be open with this head: one that shared their check was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPullRow:
    """One row of `pulls`."""

    repo: str
    number: int
    installation: int
    head_sha: str
    head_since: float
    """By GitHub's clock if an event announced the head, by ours if an evaluation read it."""
    seen_at: float
    """The newest event, by GitHub's clock; 0 before any."""
    open: bool
    kind: str | None
    evaluated_sha: str | None
    conclusion: str | None
    evaluated_at: float | None
    lasting: bool
    """Is the verdict unknown for a reason that only an event can change?"""


@functools.cache
def _upsert(dialect: str) -> Any:
    insert = upsert(pulls, dialect)
    new = insert.excluded
    # Events come out of order: a head is taken from a newer event or, within one second, from the push that began here.
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
    """Record the heads that events announced."""
    rows = [
        {
            "repo": head.repo, "number": head.number, "installation": head.installation, "head_sha": head.sha,
            "head_since": head.since, "seen_at": head.since, "open": head.open, "before": head.before or "",
        }
        for head in sorted(heads, key=lambda head: (head.repo, head.number, head.since))
    ]  # fmt: skip
    if rows:
        connection.execute(_upsert(connection.dialect.name), rows)


# Statements of every evaluation are built once: building one costs more than running it.
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
    """Return what is on record about a pull request; None if nothing is."""
    row = connection.execute(_KNOWN, {"of_repo": repo, "of_number": number}).one_or_none()
    return _known(row) if row is not None else None


def open_in(connection: Connection, repo: str) -> list[KnownPullRow]:
    """Return the pull requests of a repository that are open, as far as is known."""
    return [_known(row) for row in connection.execute(sa.select(pulls).where(pulls.c.repo == repo, pulls.c.open))]


def open_hotfixes(connection: Connection, *, repo: str | None = None, owner: str | None = None) -> list[KnownPullRow]:
    """Return the open hotfixes of a repository, or of all of an owner's, oldest first."""
    which = pulls.c.repo == repo if repo is not None else pulls.c.repo.startswith(f"{owner}/", autoescape=True)
    found = connection.execute(
        sa.select(pulls).where(which, pulls.c.open, pulls.c.kind.in_(HOTFIXES)).order_by(pulls.c.repo, pulls.c.number)
    )
    return [_known(row) for row in found]


def repos_with_hotfixes(connection: Connection, *, unread_since: float) -> list[tuple[str, int]]:
    """Return the repositories that have open hotfixes, each with its installation.

    A pull request that no evaluation could read yet may be one, if an event since `unread_since` was about it.
    """
    unread = sa.and_(pulls.c.kind.is_(None), pulls.c.seen_at >= unread_since)
    found = connection.execute(
        sa.select(pulls.c.repo, sa.func.max(pulls.c.installation))
        .where(pulls.c.open, sa.or_(pulls.c.kind.in_(HOTFIXES), unread))
        .group_by(pulls.c.repo)
    )
    return [(row[0], row[1]) for row in found]


def with_head(connection: Connection, checked: HeadChecked) -> list[tuple[int, int]]:
    """Return number and installation of the open hotfixes, or of all pull requests, that have this head."""
    found = connection.execute(
        sa.select(pulls.c.number, pulls.c.installation).where(
            pulls.c.repo == checked.repo,
            pulls.c.head_sha == checked.sha,
            pulls.c.open,
            sa.true() if checked.all else pulls.c.kind == VerdictKind.HOTFIX.value,
        )
    )
    return [(row.number, row.installation) for row in found]


def numbers_with_head(connection: Connection, repo: str, sha: str) -> tuple[int, ...]:
    """Return the pull requests that are open with this head, as far as is known."""
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

    A head that no event announced counts from when its evaluation began. One that an event announced meanwhile (then
    `expected` is no longer on record) stays.
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
    if expected is not None and expected != verdict.head_sha:
        written = connection.execute(_MOVED_VERDICT, parameters | {"expected": expected})
    else:
        written = connection.execute(_VERDICT, parameters)
    if not written.rowcount:
        row = {"repo": repo, "number": number, "seen_at": 0.0}
        connection.execute(pulls.insert(), row | values)


def closed(connection: Connection, repo: str, number: int, *, before: float) -> None:
    """Record that GitHub does not list it as open, unless an event since `before` says otherwise."""
    connection.execute(
        pulls.update()
        .where(pulls.c.repo == repo, pulls.c.number == number, pulls.c.seen_at < before)
        .values(open=False)
    )


def rename_repo(connection: Connection, old: str, new: str) -> None:
    """Move a repository's rows to its new name; what is on record under that one is newer.

    Another owner's installation reaches it: it is looked up from then on, until a verdict or event names it.
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
    """Delete all that is known about a repository that the App lost."""
    connection.execute(pulls.delete().where(pulls.c.repo == repo))
    connection.execute(overrides.delete().where(overrides.c.repo == repo))
    connection.execute(messages.delete().where(messages.c.repo == repo.casefold()))
    snapshots.forget_repo(connection, repo)


def delete_closed(connection: Connection, *, before: float) -> int:
    """Delete pull requests without an event since `before` that are closed or not hotfixes, with their overrides."""
    over = sa.or_(~pulls.c.open, pulls.c.kind.is_(None), pulls.c.kind.not_in(HOTFIXES))
    old = sa.and_(over, pulls.c.seen_at < before)
    connection.execute(
        overrides.delete().where(
            sa.exists().where(old, pulls.c.repo == overrides.c.repo, pulls.c.number == overrides.c.number)
        )
    )
    return connection.execute(pulls.delete().where(old)).rowcount


def override(connection: Connection, repo: str, number: int, comment_id: int, given: Sequence[Override]) -> None:
    """Record the overrides that a comment gives: they replace those it gave before."""
    before = sa.and_(overrides.c.comment_id == comment_id, overrides.c.repo == repo)
    connection.execute(overrides.delete().where(before))
    rows = [
        {
            "comment_id": comment_id, "rule": o.rule, "repo": repo, "number": number, "sha": o.sha, "by": o.by,
            "reason": o.reason, "at": o.at.timestamp(), "url": o.url,
        }
        for o in given
    ]  # fmt: skip
    if rows:
        connection.execute(overrides.insert(), rows)


def overrides_in(connection: Connection, repo: str) -> tuple[Override, ...]:
    """Return those on record for the open pull requests of a repository, oldest first."""
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
