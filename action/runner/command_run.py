"""Hold one run of a command: its inputs, its context, its client of GitHub and its report."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from action.runner.command_errors import OutcomeUnknown, UsageError
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
    AccessRestricted,
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
"""Seconds between two tries if GitHub names no time itself."""
EXPIRED = "It has expired or was revoked; a GitHub App's ends after an hour. Run the job again."
QUICK = 5.0
"""Seconds that GitHub has to answer while traffic depends on it."""


class PatientToken(TokenBearer):
    """A client that repeats reads while GitHub is in trouble. Writes are repeated by `Run.patiently`."""

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
    """Repeat while GitHub can't answer, pausing as it asks or ever longer. Raises TransientError if time is up."""
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
    """What a command works with."""

    inputs: Inputs
    context: RunContext
    client: TokenBearer
    report: RunReport
    caches: Caches = field(default_factory=Caches)
    """What was read of pull requests and production in this run."""
    newest_tags: dict[str, str] = field(default_factory=dict)
    """The newest hundred tags and their commits, as they were when deployments were last read."""
    _histories: dict[str, EnvironmentHistory] = field(default_factory=dict)
    _quick: list[threading.Thread] = field(default_factory=list)

    @property
    def repo(self) -> str:
        return self.context.repo

    @property
    def task(self) -> str:
        """GitHub's `task`, which tells the targets of one environment apart."""
        return f"deploy:{self.inputs.target}" if self.inputs.target else "deploy"

    @property
    def sha(self) -> str:
        """The commit that is meant."""
        return self.inputs.sha or self.context.head_sha

    @property
    def has_job_token(self) -> bool:
        """Whether GitHub is asked with the job's own GITHUB_TOKEN, which reads no teams. A personal token may."""
        return self.inputs.token == self.context.job_token and self.inputs.token.startswith("ghs_")

    def having(self, **inputs: Any) -> Run:
        """Return the same run with other inputs, as for the parts of `ship`."""
        twin = replace(self, inputs=self.inputs.model_copy(update=inputs))
        twin.__dict__.update({k: v for k, v in self.__dict__.items() if k == "_known_policy"})
        return twin

    def patiently(self, work: Callable[[], T]) -> T:
        """Repeat work that is safe to repeat while GitHub can't answer; raises OutcomeUnknown if it never does."""
        try:
            return again(work, self.inputs.retry_for)
        except TransientError as error:
            raise OutcomeUnknown(str(error), "Run the job again; it goes on from where it was.") from None

    def recorded(self, work: Callable[[], T]) -> T:
        """Do bookkeeping as `patiently` does. If the token has expired meanwhile, the job's own takes its place."""
        try:
            return self.patiently(work)
        except TokenRefused:
            if not self.take_own_token():
                raise
        return self.patiently(work)

    def take_own_token(self) -> bool:
        """Go on with the job's own token in place of one that is refused. Return False if there is no other."""
        own, given = self.context.job_token, self.inputs.token
        if own in ("", given):
            return False
        why = "The token has expired or was revoked" if given else "The token is empty"
        self.report.notice(f"{why}; from here on the job's own takes its place.")
        self.inputs = self.inputs.model_copy(update={"token": own})
        self.client = PatientToken(own, self.context.api_url, self.inputs.retry_for)
        return True

    def quickly(self, work: Callable[[], object]) -> bool:
        """Do something with GitHub once, for a few seconds at most. Return whether it succeeded in time."""
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
        """Wait for what `quickly` gave up on; each request has a time-out of its own."""
        while self._quick:
            self._quick.pop().join()

    @contextlib.contextmanager
    def needs(self, permissions: str) -> Iterator[None]:
        """Turn a refusal by GitHub into a UsageError that names the missing permission."""
        try:
            yield
        except AccessRestricted as error:
            raise UsageError(
                str(error), "Use a runner or a token that the organization lets in.", about="token"
            ) from None
        except TokenRefused as error:
            raise UsageError(str(error), EXPIRED, about="token") from None
        except NotPermitted as error:
            raise UsageError(
                str(error), f"Give the job 'permissions: {{{permissions}}}', or pass a token that may.", about="token"
            ) from None

    @cached_property
    def _known_policy(self) -> KnownPolicy:
        """The policy and the default branch, by one request."""
        with self.needs("contents: read"):
            try:
                found = self.patiently(lambda: policies.read(self.client, self.caches, self.repo))
            except PolicyOutOfReach as error:
                raise OutcomeUnknown(f"{error}.") from None
            except NotFound:
                raise UsageError(
                    f"The token does not reach {self.repo}.", "Pass one that does, or leave token unset.", about="token"
                ) from None
        if found.error:
            raise UsageError(f"The policy is broken: {found.error}.", "Run 'hotfix policy validate'.")
        return found

    @property
    def default_branch(self) -> str:
        """The name of the repository's default branch."""
        return self._known_policy.default_branch

    @property
    def policy(self) -> Policy:
        """The repository's policy at its default branch, or its owner's, or the defaults."""
        return self._known_policy.policy

    def history(self, environment: str) -> EnvironmentHistory:
        """Return the environment's deployments as last read. They are read now if they never were."""
        if environment not in self._histories:
            self.read_histories(environment)
        return self._histories[environment]

    def read_histories(self, *environments: str) -> None:
        """Read the deployments of the environments again, by one request."""
        with self.needs("contents: read, deployments: read"):
            histories, self.newest_tags = self.patiently(
                lambda: deployment_history.read_with_tags(self.client, self.repo, environments)
            )
        self._histories |= histories

    @property
    def production_environment(self) -> str:
        """The name of production in the policy."""
        return self.policy.production.environment
