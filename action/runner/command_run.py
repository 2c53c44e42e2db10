"""One run of a command: its inputs, context, GitHub client and report."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from action.runner.command_errors import InvalidPolicy, OutcomeUnknown, UsageError, refused_token
from action.runner.inputs import Inputs
from action.runner.report import RunReport
from action.runner.run_context import RunContext
from hotfix.backoff import delays
from hotfix.github.read import policies
from hotfix.github.read.baseline import deployment_history
from hotfix.github.read.baseline.deployment_history import EnvironmentHistory
from hotfix.github.read.caches import Caches, KnownPolicy
from hotfix.github.read.policies import PolicyOutOfReach
from hotfix.github.transport.client import TokenBearer
from hotfix.github.transport.errors import (
    GitHubError,
    NotFound,
    NotPermitted,
    TokenRefused,
    TransientError,
)
from hotfix.github.transport.exchange import GitHubAnswer
from hotfix.policy import Policy

T = TypeVar("T")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 20.0
"""Maximum seconds between two attempts, unless GitHub specifies a time."""
QUICK = 5.0
"""Timeout in seconds for GitHub while traffic depends on the command."""


class PatientToken(TokenBearer):
    """A client that retries reads while GitHub is unavailable. Writes are retried by `Run.patiently`."""

    def __init__(self, token: str, api_url: str, retry_for: float) -> None:
        super().__init__(token, api_url)
        self._retry_for = retry_for

    def request(
        self, method: str, path: str, /, *, params: Mapping[str, Any] | None = None, body: Any = None, **parts: Any
    ) -> GitHubAnswer:
        def once() -> GitHubAnswer:
            return super(PatientToken, self).request(method, path, params=params, body=body, **parts)

        return again(once, self._retry_for) if method == "GET" else once()


def again(work: Callable[[], T], retry_for: float) -> T:
    """Retry while GitHub is unavailable, with the delay it requests or backoff. Raises TransientError if time is up."""
    until = time.monotonic() + retry_for
    for delay in delays(FIRST_PAUSE, LONGEST_PAUSE):
        try:
            return work()
        except TransientError as error:
            asked = (error.retry_at - datetime.now(UTC)).total_seconds() if error.retry_at else 0.0
            wait = max(delay, asked)
            if time.monotonic() + wait > until:
                raise
            time.sleep(wait)
    raise AssertionError("delays never end")


@dataclass
class Run:
    """The context of a command: inputs, client, report and cached data."""

    inputs: Inputs
    context: RunContext
    client: TokenBearer
    report: RunReport
    caches: Caches = field(default_factory=Caches)
    """Data on pull requests and production that was read in this run."""
    production_without_policy: str = ""
    """The production environment if the default policy replaces an invalid one; empty if it doesn't."""
    newest_tags: dict[str, str] = field(default_factory=dict)
    """The newest hundred tags and their commits, as of the last time deployments were read."""
    _histories: dict[str, EnvironmentHistory] = field(default_factory=dict)
    _quick: list[threading.Thread] = field(default_factory=list)

    @property
    def repo(self) -> str:
        return self.context.repo

    @property
    def task(self) -> str:
        """The deployments' `task` on GitHub, which distinguishes the targets within an environment."""
        return f"deploy:{self.inputs.target}" if self.inputs.target else "deploy"

    @property
    def sha(self) -> str:
        """The commit to work on: the input, or the head of the run."""
        return self.inputs.sha or self.context.head_sha

    @property
    def has_job_token(self) -> bool:
        """Whether the token is the job's own GITHUB_TOKEN, which cannot read teams; a personal token may."""
        return self.inputs.token == self.context.job_token and self.inputs.token.startswith("ghs_")

    def having(self, **inputs: Any) -> Run:
        """Return the same run with other inputs, for example for the stages of `ship`."""
        twin = replace(self, inputs=self.inputs.model_copy(update=inputs))
        twin.__dict__.update({k: v for k, v in self.__dict__.items() if k == "_known_policy"})
        return twin

    def patiently(self, work: Callable[[], T]) -> T:
        """Retry idempotent work while GitHub is unavailable. Raises OutcomeUnknown when time is up."""
        try:
            return again(work, self.inputs.retry_for)
        except TransientError as error:
            raise OutcomeUnknown(str(error), "Run the job again; it continues where it stopped.") from None

    def recorded(self, work: Callable[[], T]) -> T:
        """Record something, with retries as in `patiently`. If the token has expired, use the job's own token."""
        try:
            return self.patiently(work)
        except TokenRefused:
            if not self.take_own_token():
                raise
        return self.patiently(work)

    def take_own_token(self) -> bool:
        """Replace a refused token with the job's own. Return False if there is no other token."""
        own, given = self.context.job_token, self.inputs.token
        if own in ("", given):
            return False
        why = "The token has expired or was revoked" if given else "The token is empty"
        self.report.notice(f"{why}; the job's own token is used from here on.")
        self.inputs = self.inputs.model_copy(update={"token": own})
        self.client = PatientToken(own, self.context.api_url, self.inputs.retry_for)
        return True

    def quickly(self, work: Callable[[], object]) -> bool:
        """Run a GitHub operation once, waiting a few seconds at most. Return whether it succeeded in time."""
        succeeded = threading.Event()

        def once() -> None:
            with contextlib.suppress(GitHubError):
                work()
                succeeded.set()

        asking = threading.Thread(target=once, daemon=True)
        asking.start()
        asking.join(QUICK)
        self._quick.append(asking)
        return succeeded.is_set()

    def finish_quick_work(self) -> None:
        """Wait for requests that `quickly` gave up on; each has its own timeout."""
        while self._quick:
            self._quick.pop().join()

    @contextlib.contextmanager
    def needs(self, permissions: str) -> Iterator[None]:
        """Turn a permission error from GitHub into a UsageError that names the required permissions."""
        try:
            yield
        except NotPermitted as error:
            lacking = f"Give the job 'permissions: {{{permissions}}}', or pass a token that has it."
            raise refused_token(error, lacking) from None

    @cached_property
    def _known_policy(self) -> KnownPolicy:
        """The policy and the default branch, read with one request."""
        with self.needs("contents: read"):
            try:
                found = self.patiently(lambda: policies.read(self.client, self.caches, self.repo))
            except PolicyOutOfReach as error:
                raise OutcomeUnknown(f"{error}.") from None
            except NotFound:
                raise UsageError(
                    f"The token has no access to {self.repo}.",
                    "Pass one that has, or leave 'token' unset.",
                    about="token",
                ) from None
        if not found.error:
            return found
        if not self.production_without_policy:
            raise InvalidPolicy(f"The policy is invalid: {found.error}.", "Run 'hotfix policy validate'.")
        named = {"environment": self.production_without_policy}
        production = found.policy.production.model_copy(update=named)
        return replace(found, policy=found.policy.model_copy(update={"production": production}))

    @property
    def default_branch(self) -> str:
        """The name of the repository's default branch."""
        return self._known_policy.default_branch

    @property
    def policy(self) -> Policy:
        """The policy from the repository's default branch, from its owner, or the defaults."""
        return self._known_policy.policy

    def history(self, environment: str) -> EnvironmentHistory:
        """Return the environment's deployments as last read; read them if they never were."""
        if environment not in self._histories:
            self.read_histories(environment)
        return self._histories[environment]

    def read_histories(self, *environments: str) -> None:
        """Read the deployments of the environments again, with one request."""
        with self.needs("contents: read, deployments: read"):
            histories, self.newest_tags = self.patiently(
                lambda: deployment_history.read_with_tags(self.client, self.repo, environments)
            )
        self._histories |= histories

    @property
    def production_environment(self) -> str:
        """The name of the production environment in the policy."""
        return self.policy.production.environment

    @property
    def staging_environment(self) -> str:
        """The name of the staging environment: in the policy, otherwise the input, otherwise the default."""
        production = self.policy.production
        named = "staging" in production.model_fields_set
        return production.staging if named else self.inputs.staging_environment or production.staging
