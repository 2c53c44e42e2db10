"""Explain why GitHub refuses a tag or branch at a commit and what to do, if possible before deploying."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from action.deployment.pull_metadata import PullMetadata
from action.deployment.target import tag_at
from action.runner.command_errors import OutcomeUnknown, UsageError
from action.runner.command_run import Run
from hotfix.github.transport.errors import GitHubError
from hotfix.github.write.rollout import refs
from hotfix.github.write.rollout.refs import NeedsWorkflows

_REMEDY = (
    "Pass the token of a GitHub App that has Contents and Workflows: write ('app-client-id', 'tag-as-app' and the "
    "secret APP_PRIVATE_KEY of the reusable workflow, or 'token: ...'), or bring the same workflow files to both."
)


def check_refs(run: Run, hotfix: PullMetadata) -> None:
    """Check, before any of the user's commands runs, that the token may create the hotfix tag, unless it exists.

    Raises UsageError if GitHub refuses it. A refusal that can't be known for certain yet, such as for changed workflow
    files, is a warning.
    """
    sha = run.sha
    if run.inputs.dry_run:
        return
    try:
        if hotfix.open and hotfix.head_repo == run.repo:
            with run.needs("contents: write"), refused_for_workflows(run, sha):
                run.patiently(lambda: refs.check_may_create(run.client, run.repo, sha, existing=hotfix.head))
    except UsageError:
        if not tag_at(run, sha):
            raise
    else:
        warn_of_workflows(run, sha)


def warn_of_workflows(run: Run, sha: str) -> None:
    """Warn if the job's own token may not be able to create the tag because of the commit's workflow files."""
    if run.inputs.token != run.context.job_token:
        return
    try:
        differ = run.patiently(lambda: refs.workflow_files_differ(run.client, run.repo, sha))
    except (OutcomeUnknown, GitHubError):
        return  # no reason to warn; if the tag is refused, its error names the cause
    if differ and not tag_at(run, sha):
        run.report.warn(
            f"{_difference(run, sha)}, so GitHub may refuse a tag there: it can demand the permission 'workflows', "
            f"which the job's own GITHUB_TOKEN cannot have. Production would not be touched then. {_REMEDY}"
        )


@contextlib.contextmanager
def refused_for_workflows(run: Run, sha: str) -> Iterator[None]:
    """Name the cause if the commit's workflow files differ from the default branch's."""
    try:
        yield
    except NeedsWorkflows as error:
        raise UsageError(
            f"{_difference(run, sha)}, so GitHub requires the permission 'workflows' for the token, which the job's "
            f"own GITHUB_TOKEN cannot have: {error}",
            _REMEDY,
            about="token",
        ) from None


def _difference(run: Run, sha: str) -> str:
    return f"The workflow files of {sha[:12]} differ from those of {run.default_branch}"
