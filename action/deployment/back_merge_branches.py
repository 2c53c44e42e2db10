"""Find the long-lived branches that must have a hotfix, and whether one has it."""

from __future__ import annotations

from collections.abc import Iterable

from action.runner.command_errors import UsageError
from action.runner.command_run import Run
from hotfix.github.read import git_refs
from hotfix.github.transport.errors import NotFound
from hotfix.github.write.rollout import back_merge_pulls
from hotfix.text.globs import is_literal, matches_branch


def required(run: Run) -> list[str]:
    """Return the branches that must have the fix, from the input, the policy or else the default branch.

    A name without a branch, or a glob that matches none, is kept, so that the mistake is reported. Raises UsageError if
    everything is excluded.
    """
    given = run.inputs.into or run.policy.branches.back_merge or (run.default_branch,)
    named = [name.removeprefix("refs/heads/") for name in given]
    found = [name for name in named if is_literal(name)]
    if len(found) < len(named):
        with run.needs("contents: read"):
            every = run.patiently(lambda: git_refs.branch_names(run.client, run.repo))
        every = tuple(name for name in every if not name.startswith(f"{back_merge_pulls.LABEL}/"))
        globs = [name for name in named if not name.startswith("!")]
        found += [glob for glob in globs if not any(matches_branch((glob,), name) for name in every)]
        found += [name for name in every if matches_branch(named, name)]
    if not found:
        raise no_branch(", ".join(named))
    return list(dict.fromkeys(found))


def check_exist(run: Run, names: Iterable[str]) -> None:
    """Raise UsageError for a branch that does not exist."""
    with run.needs("contents: read"):
        for name in names:
            _check_exists(run, name)


def _check_exists(run: Run, name: str) -> None:
    if run.patiently(lambda: git_refs.object_at(run.client, run.repo, f"heads/{name}")) is None:
        raise no_branch(name)


def has_fix(run: Run, base: str, sha: str) -> bool:
    """Return whether the branch contains the commit or the merge of its pull request, including squash merges."""
    try:
        if run.patiently(lambda: git_refs.contains(run.client, run.repo, base, sha)):
            return True
    except NotFound:
        raise no_branch(base) from None
    merged = run.patiently(lambda: back_merge_pulls.merge_commits(run.client, run.repo, sha, base))
    return any(has_commit(run, base, commit) for commit in merged)


def has_commit(run: Run, base: str, commit: str) -> bool:
    """Return whether the branch contains the commit."""
    try:
        return run.patiently(lambda: git_refs.contains(run.client, run.repo, base, commit))
    except NotFound:  # the commit no longer exists on GitHub, so no branch has it
        return False


def no_branch(base: str) -> UsageError:
    """Return the error for a branch that does not exist, or a glob that matches none."""
    what = f"There is no branch {base}." if is_literal(base) else f"No branch matches {base}."
    return UsageError(what, "Correct the input, or 'branches: {back_merge: ...}' of the policy.", about="into")
