"""Define what a reader knows of deployments, releases and tags, before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import dropwhile

_ENDS = frozenset({"success", "failure", "error", "inactive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord:
    """One deployment to an environment, as GitHub has it."""

    id: int
    sha: str
    states: tuple[str, ...]
    """Of its statuses, newest first, in lower case: `inactive`, `success`, `in_progress`."""
    succeeded_at: datetime | None = None
    """When it last succeeded, if a reader knows: the last one to do so runs, not the last one that was created."""
    tag: str = ""
    """The tag that was deployed, if it is still there and still names `sha`."""
    branch: str = ""
    """The branch that was deployed, if it is still there."""
    creator: str = ""
    """A login; empty for a deleted account."""
    by_app: bool = False
    """Was it created with an App's token?"""
    recorded_by_actions: bool = False
    """Did GitHub Actions create it? It does so for every job with `environment:`, those of cron jobs included."""
    is_ours: bool = False
    """Does it carry a payload of this project's Action?"""
    payload_tag: str = ""
    """The tag that such a payload names."""

    @property
    def succeeded(self) -> bool:
        """Whether it ended as a success, which holds while it is deployed again."""
        return self._ended[:1] == ("success",)

    @property
    def held(self) -> bool:
        """Whether it was a success at the end, even if it was retired since.

        One that was rolled back or replaced on its way never was.
        """
        return next((state for state in self._ended if state != "inactive"), "") == "success"

    @property
    def _ended(self) -> tuple[str, ...]:
        """Its statuses since it last ended."""
        return tuple(dropwhile(lambda state: state not in _ENDS, self.states))

    @property
    def broke(self) -> bool:
        """Whether it was a success and then failed: something else may run, or it still does."""
        return self._ended[:1] in (("failure",), ("error",)) and "success" in self.states


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionRecords:
    """What is known of one repository and environment."""

    deployments: tuple[DeploymentRecord, ...] = ()
    """The last created first."""
    elsewhere: str = ""
    """Another environment that is named as production often is, and was deployed to; empty if the policy says which
    environment is production."""
    more_deployments: bool = False
    """Are there older deployments that were not read?"""
    release: tuple[str, str] | None = None
    """The latest release's tag and commit."""
    tags: Mapping[str, str] | None = None
    """Tag -> commit; tags of trees and blobs are left out. None if they were not read."""
    dates: Mapping[str, datetime] = field(default_factory=dict)
    """Tag -> its commit's date, if the reader knows."""
    more_tags: bool = False
    """Are there tags on older commits that were not read?"""
    tags_cut: bool = False
    """Are there more tags than a reader reads at most?"""
    names: Mapping[str, str] = field(default_factory=dict)
    """Deployed commit -> its tag, as found earlier: spares reading the tags while nothing changed."""


class RecordsNeeded(Exception):
    """More must be read before the question can be answered."""


class TagsNeeded(RecordsNeeded):
    """The tags must be read, or the tags on older commits."""


class DeploymentsNeeded(RecordsNeeded):
    """Older deployments must be read."""
