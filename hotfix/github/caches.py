"""What was read lately. A webhook drops an entry; what a verdict rests on is checked against each answer anyway."""

from __future__ import annotations


class Caches:
    """Shared by all threads of a process."""

    def policy_changed(self, repo: str) -> None:
        """A push touched the policy (for `owner/.github`: of every repository of that owner)."""
        raise NotImplementedError

    def team_changed(self, org: str, slug: str | None = None) -> None:
        """A membership changed; without a slug every team of the organisation is dropped."""
        raise NotImplementedError

    def production_moved(self, repo: str) -> None:
        """A tag, release or deployment announced itself."""
        raise NotImplementedError

    def repo_gone(self, repo: str) -> None:
        """The repository was removed from us, renamed or deleted."""
        raise NotImplementedError
