"""Sources of access tokens. Each kind renews its own tokens, and tracks the rate-limit pauses of their owner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hotfix.github.app_requirements import STRENGTH, token_permissions
from hotfix.github.transport.errors import NotFound, NotPermitted, RequestRefused, TransientError, WrongKey
from hotfix.github.transport.exchange import Clock, GitHubAnswer, Transport, raise_for_status

PERMISSIONS = token_permissions()
"""The permissions requested; if an installation grants fewer, only those granted are requested."""
RENEW_BEFORE = timedelta(minutes=5)
DRIFT = 60
"""Tolerated clock difference in seconds: GitHub rejects a token whose issue time is in the future."""
LASTS = 300
"""Lifetime of the App's own tokens in seconds; GitHub rejects tokens with more than ten minutes."""

_OF_AN_INSTALLATION = "ghs_"
"""Prefix of installation tokens, and of a workflow's `GITHUB_TOKEN`."""

CallCounter = Callable[[GitHubAnswer | None, str], None]


class Tokens:
    """A source of tokens for one owner. Thread-safe."""

    renewable = False
    sees_all: bool | None = None
    """Whether the token has access to every repository of the owner; None if unknown."""

    def __init__(self) -> None:
        self._pauses: dict[str, tuple[datetime, datetime]] = {}

    def get(self, count: CallCounter, refused: str | None = None) -> str:
        """Return a token to send.

        `refused`: the token that GitHub has just refused. `count`: called for each request sent to get a token.
        """
        raise NotImplementedError

    def learn(self, answer: GitHubAnswer) -> bool:
        """Process an answer that refused the token; return whether the next token will differ."""
        return False

    def pause(self, resource: str | None, until: datetime, now: datetime) -> None:
        """Pause requests until `until`: for one resource's hourly limit, or for a secondary limit on all (None)."""
        self._pauses[resource or "all"] = (now, until)

    def paused_until(self, resource: str, now: datetime) -> datetime | None:
        """Return when the current pause ends; None if there is none.

        A pause also ends if the clock is set back to before it began; otherwise it would last too long.
        """
        pauses = (self._pauses.get(key) for key in ("all", resource))
        return max((until for since, until in filter(None, pauses) if since <= now < until), default=None)


class OneToken(Tokens):
    """A fixed token given by the caller."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token.strip()
        if not self._token.startswith(_OF_AN_INSTALLATION):
            self.sees_all = True  # everything its owner can see

    def get(self, count: CallCounter, refused: str | None = None) -> str:
        return self._token


def _signs(key: RSAPrivateKey) -> bool:
    """Return whether the public key verifies a signature by the private key."""
    data = b"hotfix"
    try:
        key.public_key().verify(key.sign(data, PKCS1v15(), SHA256()), data, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


class AppKey(Tokens):
    """The App's private key, which signs its own tokens.

    It is parsed once: signing with the unparsed key would take 100 times as long.
    """

    def __init__(self, app_id: int, pem: str, clock: Clock) -> None:
        super().__init__()
        try:
            # Checking the key's primes would dominate startup; a test signature below shows that the key works.
            key = load_pem_private_key(pem.strip().encode(), password=None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError):
            raise WrongKey(
                "The App's private key is not in PEM form: give the text of the .pem file from GitHub, or its path."
            ) from None
        if not isinstance(key, RSAPrivateKey):
            raise WrongKey("The App's private key is not an RSA key: GitHub Apps sign with RSA.")
        if not _signs(key):
            raise WrongKey(
                "The App's private key is damaged: copy it again from the .pem file, or generate another on GitHub."
            )

        def sign(payload: dict[str, Any]) -> str:
            return jwt.encode(payload, key, algorithm="RS256")

        self._sign = sign
        self._clock = clock
        self._issuer = str(app_id)
        self._ahead = 0.0
        """Seconds by which GitHub's clock is ahead of ours; measured when GitHub refuses a token."""

    def get(self, count: CallCounter, refused: str | None = None) -> str:
        now = int(self._clock().timestamp() + self._ahead)
        return self._sign({"iat": now - DRIFT, "exp": now + LASTS, "iss": self._issuer})

    def learn(self, answer: GitHubAnswer) -> bool:
        """Adjust the token times to GitHub's clock; return whether it differs from the previous adjustment."""
        try:
            ahead = parsedate_to_datetime(answer.headers.get("date", "")).timestamp() - self._clock().timestamp()
        except (ValueError, OverflowError):
            return False
        differs, self._ahead = abs(ahead - self._ahead) > DRIFT / 2, ahead
        return differs


class InstallationTokens(Tokens):
    """The token of one installation, requested with only the needed permissions; valid for an hour."""

    renewable = True

    def __init__(self, transport: Transport, key: AppKey, installation_id: int) -> None:
        """Initialize without sending requests. `key`: the App's key, which authenticates token requests."""
        super().__init__()
        self._transport = transport
        self._key = key
        self._id = installation_id
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at: datetime | None = None

    def learn(self, answer: GitHubAnswer) -> bool:
        return True

    def get(self, count: CallCounter, refused: str | None = None) -> str:
        """Return the token, renewed if it expires soon or was refused.

        Raises NotFound, NotPermitted, TransientError.
        """
        with self._lock:
            fresh = self._renew_at is not None and self._transport.clock() < self._renew_at
            if self._token is None or not fresh or refused == self._token:
                self._token = None
            return self._token or self._renew(count)

    def _renew(self, count: CallCounter) -> str:
        route = "/app/installations/{id}/access_tokens"
        try:
            answer = self._ask(count, "POST", route, {"permissions": PERMISSIONS})
        except RequestRefused:  # not all permissions are granted
            granted = self._ask(count, "GET", "/app/installations/{id}").data.get("permissions") or {}
            ours = {
                name: min(level, granted[name], key=lambda l: STRENGTH.get(l, 0))
                for name, level in PERMISSIONS.items()
                if name in granted
            }
            answer = self._ask(count, "POST", route, {"permissions": ours})
        now = self._transport.clock()
        self._token = str(answer.data["token"])
        self.sees_all = answer.data.get("repository_selection") == "all"
        lasts = datetime.fromisoformat(answer.data["expires_at"]) - RENEW_BEFORE
        self._renew_at = lasts if lasts > now else now + RENEW_BEFORE
        return self._token

    def _ask(self, count: CallCounter, method: str, route: str, body: Any = None) -> GitHubAnswer:
        """Request a token as the App; errors name this installation."""
        answer = self._send(count, method, route, body)
        if answer.status == 401 and self._key.learn(answer):
            answer = self._send(count, method, route, body)
        if answer.status == 401:  # transient: the operator can correct the key, so no job may be dropped
            raise TransientError(f"GitHub refuses the App's key ({method} {route}: 401 {answer.message}).")
        try:
            raise_for_status(answer, method, route, self._transport.clock())
        except NotFound:
            raise NotFound(f"Installation {self._id} of the App was deleted.") from None
        except NotPermitted as error:
            raise NotPermitted(f"GitHub issues no token for installation {self._id}: {error}") from None
        return answer

    def _send(self, count: CallCounter, method: str, route: str, body: Any) -> GitHubAnswer:
        answer = None
        try:
            answer = self._transport.exchange(self._key.get(count), method, route, {"id": self._id}, None, body)
            return answer
        finally:
            count(answer, "app")
