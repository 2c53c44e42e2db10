"""Differences between two commits of a repository, for pull requests and the compare route."""

from __future__ import annotations

from tests.github.server.repository.diffs import FileDiff
from tests.github.server.repository.git import GitRepo
from tests.github.server.state import Pull, Repo

MAX_PULL_COMMITS = 250
MAX_PULL_FILES = 3000
MAX_COMPARE_FILES = 300

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def diff(git: GitRepo, base: str | None, head: str) -> tuple[FileDiff, ...]:
    """Return a two-dot diff: from one commit's tree to another's."""
    objects = git.objects
    if base is None:
        objects.write("tree", b"")
    return git.differ.between(objects.commit(base).tree if base else EMPTY_TREE, objects.commit(head).tree)


def three_dot(git: GitRepo, base: str, head: str) -> tuple[FileDiff, ...]:
    """Return a three-dot diff: from the merge base to the head."""
    return diff(git, git.history.merge_base(base, head), head)


def base_of(pull: Pull) -> str:
    """Return the tip of the base branch while the pull request is open, otherwise the base at which it was closed."""
    if pull.issue.state == "open":
        return pull.repo.git.branch(pull.base_ref) or pull.base_sha
    return pull.base_sha


def pull_commits(pull: Pull) -> list[str]:
    """Return all commits of a pull request, oldest first (routes limit them to 250)."""
    return pull.repo.git.history.between(base_of(pull), pull.head_sha)[::-1]


def pulls_with(repo: Repo, sha: str) -> list[Pull]:
    """Return the pull requests of a commit; for a commit on the default branch, GitHub lists only merged ones."""
    found = [p for p in repo.pulls if sha in {p.head_sha, p.merge_commit_sha, *pull_commits(p)}]
    main = repo.git.resolve(repo.default_branch)
    if main and repo.git.history.is_ancestor(sha, main):
        return [p for p in found if p.merged_at is not None]
    return found


def pull_files(pull: Pull) -> tuple[FileDiff, ...]:
    return three_dot(pull.repo.git, base_of(pull), pull.head_sha)


def mergeable(pull: Pull) -> bool | None:
    if pull.issue.state != "open":
        return None
    return pull.repo.git.merge_trees(base_of(pull), pull.head_sha) is not None
