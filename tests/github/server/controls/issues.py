"""Controls for actions on issues that are available on GitHub's pages only: delete, convert, transfer, lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.github.server import acts, events
from tests.github.server.controls.repos import _repo
from tests.github.server.show.issues import issue as show_issue
from tests.github.server.show.repos import repository

if TYPE_CHECKING:
    from tests.github.server.asgi import Server


def delete_issue(server: Server, repo: str, number: int, login: str) -> None:
    """Delete an issue, like its page or `deleteIssue`."""
    world, where = server.world, _repo(server, repo)
    issue = world.find_issue(where, number)
    events.issue(world, issue, "deleted", world.find_account(login))
    del where.issues[number]


def convert_issue(server: Server, repo: str, number: int, login: str) -> None:
    """Convert an issue to a discussion: the issue remains, closed and locked, and its comments move."""
    world, actor = server.world, server.world.find_account(login)
    issue = world.find_issue(_repo(server, repo), number)
    issue.state, issue.state_reason, issue.closed_at, issue.closed_by = "closed", "completed", world.clock.now(), actor
    issue.locked, issue.comments = True, []
    acts.note(world, issue, "converted_to_discussion", actor)
    events.issue(world, issue, "closed", actor)
    events.issue(world, issue, "locked", actor)


def transfer_issue(server: Server, repo: str, number: int, login: str, to: str) -> int:
    """Transfer an issue with its comments and the labels that exist in the target. Return its new number."""
    world, actor, old, new = server.world, server.world.find_account(login), _repo(server, repo), _repo(server, to)
    issue = world.find_issue(old, number)
    before, payload = show_issue(world, issue), repository(world, old)
    moved = replace(issue, id=world.new_id(), number=new.next_number, repo=new)
    new.next_number += 1
    moved.labels = [new.labels[each.name.casefold()] for each in issue.labels if each.name.casefold() in new.labels]
    new.issues[moved.number] = moved
    changes = {"new_issue": show_issue(world, moved), "new_repository": repository(world, new)}
    events.issue(world, issue, "transferred", actor, changes=changes)
    del old.issues[number]
    events.issue(world, moved, "opened", actor, changes={"old_issue": before, "old_repository": payload})
    return moved.number


def lock_issue(server: Server, repo: str, number: int, login: str, locked: bool) -> None:
    """Lock or unlock the conversation."""
    world = server.world
    issue = world.find_issue(_repo(server, repo), number)
    issue.locked = locked
    events.issue(world, issue, "locked" if locked else "unlocked", world.find_account(login))
