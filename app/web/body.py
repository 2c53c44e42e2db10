"""Read request bodies: small ones in memory, large ones on disk until their signature is verified.

Whether a body comes from GitHub can only be verified once it is complete. Until then a large body uses disk space, not
memory. If too many large bodies arrive at once, the oldest is evicted, so deliberately slow clients cannot block
GitHub's deliveries.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive

LARGEST = 25 * 1024 * 1024
"""Maximum size of a body in bytes: GitHub's own limit."""
LARGE = 1024 * 1024
"""Size in bytes above which a body is kept on disk."""
LARGE_ARRIVING = 32
"""Maximum number of large bodies that may arrive at the same time."""
PATIENCE = 10.0
"""Timeout in seconds for receiving a body, the same as GitHub's own."""
SIGNATURE = re.compile(rb"sha256=[0-9a-f]{64}")


class Refusal(Exception):
    """An error response: a status and a one-sentence reason."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.message = why


class Disconnected(Exception):
    """The client disconnected, so no response can be sent."""


class Signatures:
    """An incremental verification of a body's signature against every webhook secret."""

    def __init__(self, secrets: Sequence[bytes], given: bytes | None) -> None:
        self.given = given
        self.possible = given is not None and bool(SIGNATURE.fullmatch(given))
        self._digests = [hmac.new(secret, digestmod=hashlib.sha256) for secret in secrets] if self.possible else []

    def update(self, chunk: bytes) -> None:
        """Update the digests with the next chunk of the body."""
        for digest in self._digests:
            digest.update(chunk)

    def verify(self) -> None:
        """Raise Refusal unless the signature matches one of the secrets."""
        if self.given is None:
            raise Refusal(401, "the header X-Hub-Signature-256 is missing")
        # Compare with every secret, even after a match, so that timing reveals nothing.
        matches = [
            hmac.compare_digest(b"sha256=" + digest.hexdigest().encode(), self.given) for digest in self._digests
        ]
        if not any(matches):
            raise Refusal(401, "the signature does not match the body and the webhook secret")


class Body:
    """The body of one request."""

    def __init__(self) -> None:
        self.size = 0
        self._memory = bytearray()
        self._file: IO[bytes] | None = None
        self.evicted = asyncio.Event()
        """Set when the body must make room for another one."""

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def large(self) -> bool:
        """Whether the body is kept on disk."""
        return self._file is not None

    def append(self, chunk: bytes) -> None:
        """Append the next chunk."""
        if self._file is None and len(self._memory) + len(chunk) > LARGE:
            self._file = tempfile.TemporaryFile(prefix="hotfix-body-")  # noqa: SIM115 - closed by __exit__
            self._file.write(self._memory)
            self._memory = bytearray()
        if self._file is None:
            self._memory += chunk
        else:
            self._file.write(chunk)

    def content(self) -> bytes:
        """Return the complete body."""
        if self._file is None:
            return bytes(self._memory)
        self._file.seek(0)
        return self._file.read()


class BodyReader:
    """A reader for the bodies of all requests, which limits how many large ones arrive at the same time."""

    def __init__(self) -> None:
        self._arriving: dict[Body, None] = {}

    async def read(self, body: Body, headers: dict[bytes, bytes], receive: Receive, signatures: Signatures) -> None:
        """Read the request's body into `body`. Raises Refusal (408, 413, 503), Disconnected.

        A body that is too large or cannot be from GitHub is read to its end and discarded, so that the client receives
        the response.
        """
        announced = headers.get(b"content-length", b"")
        too_large = announced.isdigit() and int(announced[:20]) > LARGEST
        if too_large and b"expect" in headers:
            raise Refusal(413, "the body is over 25 MB")
        try:
            async with asyncio.timeout(PATIENCE):
                more = True
                while more:
                    message = await self._receive(body, receive)
                    if message["type"] != "http.request":
                        raise Disconnected
                    chunk: bytes = message.get("body", b"")
                    more = message.get("more_body", False)
                    body.size += len(chunk)
                    too_large = too_large or body.size > LARGEST
                    if body.size > 4 * LARGEST:
                        break
                    if too_large or not signatures.possible:
                        continue
                    signatures.update(chunk)
                    body.append(chunk)
                    if body.large and body not in self._arriving:
                        self._make_room()
                        self._arriving[body] = None
        except TimeoutError:
            raise Refusal(408, f"the body took longer than {PATIENCE:.0f} s") from None
        finally:
            self._arriving.pop(body, None)
        if too_large:
            raise Refusal(413, "the body is over 25 MB")

    def _make_room(self) -> None:
        while len(self._arriving) >= LARGE_ARRIVING:
            oldest = next(iter(self._arriving))
            del self._arriving[oldest]
            oldest.evicted.set()

    async def _receive(self, body: Body, receive: Receive) -> Message:
        if not body.large:
            return await receive()
        # Wait for data or eviction, whichever comes first: a slow client must not hold its slot.
        receiving = asyncio.ensure_future(receive())
        evicting = asyncio.ensure_future(body.evicted.wait())
        try:
            await asyncio.wait((receiving, evicting), return_when=asyncio.FIRST_COMPLETED)
            if body.evicted.is_set():
                raise Refusal(503, "too many large bodies arrive at once: deliver again")
            return receiving.result()
        finally:
            for task in (receiving, evicting):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    if task.done() and not task.cancelled():
                        task.exception()
