"""Define the App's own identity, so that its own actions can be distinguished from others'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.web.payload import Payload


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """The App's number and name."""

    app_id: int
    slug: str | None = None
    """As in `slug[bot]`; None while GitHub could not be asked."""

    def is_sender(self, payload: Payload) -> bool:
        """Return whether the App itself caused this event."""
        if not payload.by_bot:
            return False
        return self.slug is not None and payload.sender.casefold() == f"{self.slug}[bot]".casefold()
