"""The records of deployments, releases and tags that the resolver works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import dropwhile

from hotfix.facts import EndedDeployment

_ENDS = frozenset({"success", "failure", "error", "inactive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord:
    """One deployment to an environment, as recorded by GitHub."""

    id: int
    sha: str
    states: tuple[str, ...]
    """The states of its statuses in lower case, newest first: `inactive`, `success`, `in_progress`."""
    succeeded_at: datetime | None = None
    """The time of its last success, if known: the last deployment to succeed runs, not the last one created."""
    changed_at: datetime | None = None
    """The time of its newest status, if known."""
    tag: str = ""
    """The deployed tag, if it still exists and still points to `sha`."""
    branch: str = ""
    """The deployed branch, if it still exists."""
    creator: str = ""
    """The creator's login; empty for a deleted account."""
    by_app: bool = False
    """Whether it was created with an App's token."""
    recorded_by_actions: bool = False
    """Whether GitHub Actions created it, as it does for every job with `environment:`, including scheduled ones."""
    is_ours: bool = False
    """Whether it has a payload written by this project's Action."""
    payload_tag: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether its last completed run succeeded. Remains true while it is being deployed again."""
        return self._ended[:1] == ("success",)

    @property
    def held(self) -> bool:
        """Whether it ended in success, even if it has become inactive since.

        A deployment that was rolled back or replaced before it completed did not.
        """
        return next((state for state in self._ended if state != "inactive"), "") == "success"

    @property
    def _ended(self) -> tuple[str, ...]:
        """Its states from the last terminal one back, newest first."""
        return tuple(dropwhile(lambda state: state not in _ENDS, self.states))

    @property
    def broke(self) -> bool:
        """Whether it failed after it had succeeded, so that it may or may not still be running."""
        return self._ended[:1] in (("failure",), ("error",)) and "success" in self.states

    @property
    def ended(self) -> EndedDeployment | None:
        """How it ended: it failed, or was replaced after it had succeeded; None if it is under way or may run."""
        ran, newest = "success" in self.states, self.states[0] if self.states else ""
        if newest in ("failure", "error") or (newest == "inactive" and ran):
            return EndedDeployment(at=self.changed_at, ran=ran) if self.changed_at else None
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionRecords:
    """The records of one repository and environment."""

    deployments: tuple[DeploymentRecord, ...] = ()
    """Deployments, newest first by creation."""
    elsewhere: str = ""
    """Another environment with a name that is common for production and with deployments; empty if the policy names
    the production environment."""
    more_deployments: bool = False
    """Whether there are older deployments that were not read."""
    release: tuple[str, str] | None = None
    """The latest release's tag and commit."""
    tags: Mapping[str, str] | None = None
    """Tag -> commit, without tags of trees and blobs. None if they were not read."""
    dates: Mapping[str, datetime] = field(default_factory=dict)
    """Tag -> date of its commit, if known."""
    more_tags: bool = False
    """Whether there are tags on older commits that were not read."""
    tags_cut: bool = False
    """Whether there are more tags than the maximum that is read."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Deployed commit -> tag, cached from an earlier resolution, so that unchanged tags need not be read again."""


class RecordsNeeded(Exception):
    """More records must be read to resolve production."""


class TagsNeeded(RecordsNeeded):
    """The tags, or the tags on older commits, must be read."""


class DeploymentsNeeded(RecordsNeeded):
    """Older deployments must be read."""
