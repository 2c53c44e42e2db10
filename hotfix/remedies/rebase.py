"""Write the git commands that move a hotfix branch onto the production tag, keeping only its own commits."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from hotfix.facts import Commit, Facts, Production

REWORD = "git commit --amend --only --allow-empty"
"""The command that replaces only the last commit's message; without `--allow-empty`, git rejects empty commits."""
_PUSH = "git push --force-with-lease"


def commands(facts: Facts, production: Production) -> tuple[str, ...]:
    """Return the shell lines that move the branch onto the production tag, with real values.

    `git rebase --onto TAG UPSTREAM BRANCH` replays the commits that are reachable from the branch but not from
    UPSTREAM, so UPSTREAM must be a commit from which all foreign and older commits, but none of the branch's own, are
    reachable. If no single commit is known to qualify, the own commits are replayed in several steps. UPSTREAM is
    always a commit of the branch itself, never a branch such as main: git would drop an own commit that was already
    cherry-picked to main.

    No command loses work: uncommitted edits are stashed and restored, and the branch is moved only after all commits
    were applied.
    """
    branch, tag = shlex.quote(facts.branches.head or "HEAD"), shlex.quote(production.revision)
    return *_fetch_tags(facts), *_move(facts, production, branch, tag)


def interactive(facts: Facts, options: str) -> str:
    """Return the interactive rebase of the branch, whichever one is checked out; the options are already quoted."""
    return f"git rebase --autostash -i {options} {shlex.quote(facts.branches.head or 'HEAD')}"


def _fetch_tags(facts: Facts) -> tuple[str, ...]:
    """Return the line that fetches the tag; none in a clone, which has it. A fork lacks tags created after forking."""
    if facts.pull is None:
        return ()
    if facts.host and (facts.pull.head_repo or "").casefold() != facts.repo.casefold():
        return (f"git fetch {shlex.quote(f'https://{facts.host}/{facts.repo}')} --tags",)
    return ("git fetch --tags",)


def published(facts: Facts, commands: tuple[str, ...]) -> tuple[str, ...]:
    """Return commands that rewrite commits, followed by the command that pushes the result; none if there are none."""
    return (*commands, *push(facts)) if commands else ()


def push(facts: Facts) -> tuple[str, ...]:
    """Return the line that pushes rewritten commits; none without a remote.

    It never overwrites commits that others pushed, fetched or not: the remote branch must be at a commit that this
    branch contained before, according to its reflog. Git's own `--force-if-includes` checks the same, but cannot
    tell in a new clone, so it is used only for a branch that isn't on the remote. A long-lived branch is never
    rewritten.
    """
    head = facts.branches.head
    if not facts.repo or not head or on_long_lived(facts):
        return ()
    branch, remote = shlex.quote(head), shlex.quote(facts.branches.remote)
    if not facts.branches.on_remote:
        return (f"{_PUSH} --force-if-includes {remote} {branch}",)
    # The merge base is the remote's commit itself if the branch ever contained it, otherwise an older commit.
    # If the branch isn't on the remote, the fetch fails and leaves FETCH_HEAD empty, so no commit is expected there.
    expected = f'"$(git merge-base FETCH_HEAD $(git reflog --format=%H {branch}))"'
    return (f"git fetch {remote} {branch}; {_PUSH}={branch}:{expected} {remote} {branch}",)


def is_push(command: str) -> bool:
    """Return whether a command was written by `push`."""
    return _PUSH in command


def is_first_push(command: str) -> bool:
    """Return whether a command was written by `push` for a branch that isn't on the remote."""
    return command.startswith(f"{_PUSH} --force-if-includes")


def in_lines(command: str) -> tuple[str, ...]:
    """Return a command for output that truncates long lines: the push as three equivalent lines."""
    if not is_push(command) or "; " not in command:
        return (command,)
    fetch, _, pushing = command.partition("; ")
    first, _, rest = pushing.partition("$(git merge-base ")
    return fetch, f"{first}$(git merge-base \\", f"  {rest}"


def on_long_lived(facts: Facts) -> bool:
    """Return whether the head branch is long-lived, so that others have its commits."""
    return facts.branches.head in (branch.name for branch in facts.branches.long_lived)


def merged_into(facts: Facts) -> tuple[str, ...]:
    """Return the long-lived branches that contain the head, so that it has no commits of its own to move."""
    return tuple(branch.name for branch in facts.branches.long_lived if facts.head_sha in branch.foreign)


def own(facts: Facts) -> tuple[Commit, ...]:
    """Return the commits of the branch that are on no long-lived branch."""
    foreign = _foreign(facts)
    return tuple(commit for commit in facts.commits if commit.sha not in foreign)


def _foreign(facts: Facts) -> frozenset[str]:
    return frozenset(sha for branch in facts.branches.long_lived for sha in branch.foreign)


def _move(facts: Facts, production: Production, branch: str, tag: str) -> tuple[str, ...]:
    if "commits" in facts.missing:
        return (f"git rebase --autostash --onto {tag} {_asked_of_git(facts, tag)} {branch}",)
    kept = own(facts)
    cut = _upstream(facts, production) if kept else None
    if cut is not None:
        return (f"git rebase --autostash --onto {tag} {cut} {branch}",)
    # A full ref, because `git switch` would prefer a branch with the same name.
    start = (
        f"git switch --detach {shlex.quote(f'refs/tags/{production.tag}' if production.is_tagged else production.sha)}"
    )
    # In one line, so that the branch isn't moved if this stops. Commits made since the check are replayed, not dropped.
    # With several commits, `git cherry-pick --abort` would drop staged edits, even if they stopped it from picking any.
    replayed = [f"{upstream[:12]} {last[:12]}" for upstream, last in _runs(kept)]
    replayed += [f"{facts.head_sha[:12]} {branch}"] if facts.branches.head else []
    return (" && ".join([start, *(f"git rebase --autostash --onto HEAD {commits}" for commits in replayed)]),)


def _runs(kept: Sequence[Commit]) -> list[tuple[str, str]]:
    """Return the runs of successive commits, without merges: of each, the parent of its first commit and its last."""
    found: list[tuple[str, str]] = []
    for commit in kept:
        if commit.is_merge:
            continue
        parent = next(iter(commit.parents), "--root")
        if found and found[-1][1] == parent:
            parent = found.pop()[0]
        found.append((parent, commit.sha))
    return found


def _asked_of_git(facts: Facts, tag: str) -> str:
    """Return a shell expression that finds where the branch was cut, for when the list of commits is incomplete."""
    for long_lived in facts.branches.long_lived:
        if long_lived.foreign:
            return f'"$(git merge-base {shlex.quote("origin/" + long_lived.name)} HEAD)"'
    return f'"$(git merge-base {tag} HEAD)"'


def _upstream(facts: Facts, production: Production) -> str | None:
    """Return the commit to drop with all its ancestors; `--root` if there is none; None if it takes several."""
    graph = {commit.sha: commit for commit in facts.commits}
    kept = own(facts)
    kept_shas = {commit.sha for commit in kept}
    left = {parent for commit in kept for parent in commit.parents if parent not in kept_shas}
    if not left:
        return "--root"
    # Commits outside the graph are reachable from the tag; commits in it are not.
    older = {sha for sha in left if sha not in graph}
    if left == older and production.sha in older:
        return production.sha[:12]
    for sha in left:
        below = set(_reachable(sha, graph))
        covers_older = production.sha in below or older <= below
        if covers_older and left - older <= below:
            return sha[:12]
    return None


def _reachable(sha: str, graph: Mapping[str, Commit]) -> Iterator[str]:
    """Yield the commit, its ancestors in the graph, and the first commits outside it."""
    seen, todo = {sha}, [sha]
    while todo:
        current = todo.pop()
        yield current
        for parent in graph[current].parents if current in graph else ():
            if parent not in seen:
                seen.add(parent)
                todo.append(parent)
