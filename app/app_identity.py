"""The identity of the GitHub App, used to recognize events that the App itself caused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.web.payload import Payload


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """The ID and slug of the GitHub App."""

    app_id: int
    slug: str | None = None
    """The slug, as in `slug[bot]`; None if it could not be read from GitHub."""

    def is_sender(self, payload: Payload) -> bool:
        """Return whether the App itself caused this event."""
        if not payload.by_bot:
            return False
        return self.slug is not None and payload.sender.casefold() == f"{self.slug}[bot]".casefold()
