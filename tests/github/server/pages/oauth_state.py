"""State of the login through an App: authorizations and codes that are not exchanged yet."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from tests.github.server.state import Account, App, Token


@dataclass(frozen=True)
class Grant:
    """A code that the App may exchange once."""

    app: App
    user: Account
    redirect_uri: str
    challenge: str
    made_at: datetime


@dataclass
class OAuth:
    """The authorizations of all Apps."""

    allowed: set[tuple[int, int]] = field(default_factory=set)
    """Pairs of user ID and App ID."""
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: list[tuple[App, Token]] = field(default_factory=list)

    def code(self, grant: Grant) -> str:
        """Return a new code for a grant."""
        made = secrets.token_hex(10)
        self.codes[made] = grant
        return made

    def revoke(self, app: App, user: Account) -> None:
        """Revoke a user's authorization of an App."""
        self.allowed.discard((user.id, app.id))
        for of, token in self.tokens:
            if of is app and token.account is user:
                token.revoked = True
