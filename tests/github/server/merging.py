"""Merging of pull requests, directly or through the merge queue."""

from __future__ import annotations

from tests.github.server import acts, events
from tests.github.server.repository import compare
from tests.github.server.repository.git import ZERO
from tests.github.server.routing import Problem, violation
from tests.github.server.show.checks import newest, newest_statuses
from tests.github.server.state import Account, Pull, Repo
from tests.github.server.world import World

GOOD = ("success", "neutral", "skipped")


def blockers(repo: Repo, pull: Pull) -> list[str]:
    """Return the reasons why the base branch's protection blocks the merge; empty if it doesn't."""
    protection = repo.protections.get(pull.base_ref)
    if protection is None:
        return []
    passed = {run.name for run in newest(acts.checks_on(repo, pull.head_sha)) if run.conclusion in GOOD}
    passed |= {s.context for s in newest_statuses(repo, pull.head_sha) if s.state == "success"}
    found = [f'Required status check "{c}" is expected.' for c in protection.required_checks if c not in passed]
    latest = {r.user.id: r.state for r in pull.reviews if r.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")}
    if sum(state == "APPROVED" for state in latest.values()) < protection.required_reviews:
        found.append(f"At least {protection.required_reviews} approving review is required by reviewers.")
    return found


def _commit_merge(
    world: World, pull: Pull, base: str, actor: Account, method: str, title: str | None, message: str | None
) -> str:
    git = pull.repo.git
    tree = git.merge_trees(base, pull.head_sha)
    if tree is None:
        raise Problem(405, "Pull Request is not mergeable")
    me = acts.who(world, actor)
    if method == "squash":
        text = "\n\n".join([title or f"{pull.issue.title} (#{pull.number})", message or ""]).rstrip()
        return git.objects.write_commit(tree, [base], me, me, text + "\n")
    if method == "rebase":
        return _rebase(world, pull, base, actor)
    text = title or f"Merge pull request #{pull.number} from {pull.head_label.replace(':', '/')}"
    text = f"{text}\n\n{message or pull.issue.title}\n"
    return git.objects.write_commit(tree, [base, pull.head_sha], me, me, text)


def _rebase(world: World, pull: Pull, base: str, actor: Account) -> str:
    git = pull.repo.git
    onto = base
    for sha in compare.pull_commits(pull):
        one = git.objects.commit(sha)
        parent = git.objects.commit(one.parents[0])
        # A commit with the tree of `onto` on the same parent: merging both applies only this commit's change.
        onto_parent = git.objects.write_commit(git.objects.commit(onto).tree, [parent.sha], one.author, one.author, "")
        tree = git.merge_trees(onto_parent, sha)
        if tree is None:
            raise Problem(405, "This branch can't be rebased")
        onto = git.objects.write_commit(tree, [onto], one.author, acts.who(world, actor), one.message)
    return onto


def allows(repo: Repo, method: str) -> bool:
    """Return whether the repository's settings allow the merge method."""
    return bool(repo.settings.get(f"allow_{'merge_commit' if method == 'merge' else method + '_merge'}", True))


def _refusal(repo: Repo, pull: Pull, method: str) -> Problem | None:
    """Return why the merge method is refused, in the words that users of merge bots reported; None if it isn't.

    Merge queue: pascalgn/automerge-action#235. Linear history: chdsbd/kodiak#295. Signatures: GitHub signs merge
    commits and squashed commits, but not rebased ones, and the pull request's own are unsigned here.
    """
    protection = repo.protections.get(pull.base_ref)
    if protection and protection.merge_queue:
        return violation(405, "Changes must be made through the merge queue")
    if not allows(repo, method) or (protection and method not in protection.merge_methods):
        return Problem(405, f"{method.title()} merges are not allowed on this repository.")
    if protection and protection.linear_history and method == "merge":
        return Problem(405, "This branch must not contain merge commits.")
    if protection and protection.signatures and method != "squash":
        return violation(405, "Commits must have verified signatures.")
    return None


def merge_pull(
    world: World, pull: Pull, actor: Account, method: str = "merge", title: str | None = None,
    message: str | None = None, by_actions: bool = False,
) -> str:  # fmt: skip
    """Merge the pull request and return the merge commit. Raises 405 if it can't be merged."""
    repo = pull.repo
    if pull.issue.state != "open" or pull.draft:
        raise Problem(405, "Pull Request is not mergeable")
    why = blockers(repo, pull)
    if why:
        raise Problem(405, why[0])
    if refused := _refusal(repo, pull, method):
        raise refused
    base = repo.git.refs[f"refs/heads/{pull.base_ref}"]
    pull.base_sha = base
    sha = _commit_merge(world, pull, base, actor, method, title, message)
    ref = f"refs/heads/{pull.base_ref}"
    repo.git.set_ref(ref, sha)
    acts.mark_merged(world, pull, sha, actor)
    acts.move_refs(world, repo, {ref: (base, sha)}, actor, by_actions)
    head = pull.head_repo
    if repo.settings.get("delete_branch_on_merge") and head and head.git.branch(pull.head_ref):
        acts.delete_ref(world, head, f"refs/heads/{pull.head_ref}", actor)
    return sha


def try_auto_merge(world: World, pull: Pull) -> None:
    """Merge or enqueue a pull request with auto-merge enabled if nothing blocks it."""
    if pull.auto_merge is None or pull.issue.state != "open" or pull.draft or blockers(pull.repo, pull):
        return
    if compare.mergeable(pull):
        actor: Account = pull.auto_merge["enabled_by"]
        if has_queue(pull):
            enqueue(world, pull, actor)
            return
        merge_pull(world, pull, actor, pull.auto_merge["merge_method"])


# --- merge queue ---


def has_queue(pull: Pull) -> bool:
    protection = pull.repo.protections.get(pull.base_ref)
    return bool(protection and protection.merge_queue)


def enqueue(world: World, pull: Pull, actor: Account) -> str:
    """Enqueue a pull request: create the group's commit on top of the last one in the queue, and request its
    checks. Return the group's head SHA."""
    repo = pull.repo
    waiting = [p.queued for p in repo.pulls if p.queued is not None and p.base_ref == pull.base_ref]
    below = {before for _, before, _ in waiting}
    last = [sha for _, _, sha in waiting if sha not in below]
    base = last[0] if last else repo.git.refs[f"refs/heads/{pull.base_ref}"]
    protection = repo.protections.get(pull.base_ref)
    sha = _commit_merge(world, pull, base, actor, protection.merge_methods[0] if protection else "merge", None, None)
    ref = f"refs/heads/gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-{base}"
    repo.git.set_ref(ref, sha)
    pull.queued = (ref, base, sha)
    events.pull(world, pull, "enqueued", actor)
    acts.move_refs(world, repo, {ref: (ZERO, sha)}, actor)
    events.merge_group(world, repo, "checks_requested", ref, pull.base_ref, base, sha, actor)
    return sha


def dequeue(world: World, pull: Pull, actor: Account, reason: str = "dequeued") -> None:
    if pull.queued is None:
        raise Problem(422, "The pull request is not in the merge queue")
    ref, base, sha = pull.queued
    pull.queued = None
    if ref in pull.repo.git.refs:
        acts.delete_ref(world, pull.repo, ref, actor)
    events.pull(world, pull, "dequeued", actor, reason="MANUAL" if reason == "dequeued" else "MERGE")
    events.merge_group(world, pull.repo, "destroyed", ref, pull.base_ref, base, sha, actor, reason=reason)


def merge_queued(world: World, pull: Pull, actor: Account) -> None:
    """Merge the first pull request of the queue: its base branch moves to the group's commit."""
    repo, target = pull.repo, f"refs/heads/{pull.base_ref}"
    if pull.queued is None or pull.queued[1] != repo.git.refs[target]:
        raise Problem(422, "The pull request is not the first in the merge queue")
    _, base, sha = pull.queued
    pull.base_sha = base
    repo.git.set_ref(target, sha)
    acts.mark_merged(world, pull, sha, actor)
    acts.move_refs(world, repo, {target: (base, sha)}, actor)
    dequeue(world, pull, actor, reason="merged")
