"""Explain why GitHub refuses a tag or a branch at a commit, and what helps."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from action.runner.command_errors import UsageError
from action.runner.command_run import Run
from hotfix.github.write.deploy.refs import NeedsWorkflows


@contextlib.contextmanager
def refused_for_workflows(run: Run, sha: str) -> Iterator[None]:
    """Name the cause if the commit's workflow files differ from the default branch's."""
    try:
        yield
    except NeedsWorkflows as error:
        raise UsageError(
            f"The workflow files of {sha[:12]} differ from those of {run.default_branch}, so GitHub demands the "
            f"permission 'workflows' of the token, which the job's own GITHUB_TOKEN cannot have: {error}",
            "Pass the token of a GitHub App that has Contents and Workflows: write ('app-client-id' and the secret "
            "APP_PRIVATE_KEY of the reusable workflow, or 'token: ...'), or bring the same workflow files to both.",
            about="token",
        ) from None
