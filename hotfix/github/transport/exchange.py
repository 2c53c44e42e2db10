"""Make HTTP exchanges with GitHub through PyGithub, and map responses to errors.

PyGithub's throttling and retries are disabled: pauses are handled here, and whoever made a failed request retries it
(`app.queue.retry` for the service's jobs, `action.runner.command_run` for the Action). A PyGithub client is not
thread-safe, so each is lent to one caller at a time; the most recently used is lent first, which keeps its connection
alive.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ssl import SSLCertVerificationError
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    SSLError,
    TimeoutError,
)
from urllib3.util.ssl_match_hostname import CertificateError

from hotfix.github.transport.connection import ConnectionFactory, StaleConnection, UnusableEnvironment
from hotfix.github.transport.errors import (
    AccessRestricted,
    GitHubError,
    NotFound,
    NotPermitted,
    RequestRefused,
    TokenRefused,
    TransientError,
)
from hotfix.github.transport.http_messages import MalformedResponse
from hotfix.github.transport.refusals import RefusalCause, causes_of_answer
from hotfix.github.transport.requester import NO_ANSWER, Bearer, JsonRequester

IDLE_CLIENTS = 64
THREADS = 64
SECONDARY_PAUSE = timedelta(seconds=60)
"""GitHub's recommended pause if a secondary rate limit gives no time."""
LONGEST_PAUSE = timedelta(hours=1, minutes=5)
"""Maximum pause: the hourly limit is the longest, so a later time comes from a wrong clock."""

Clock = Callable[[], datetime]
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GitHubAnswer:
    """GitHub's response to a request, successful or not."""

    status: int
    data: Any
    """The decoded JSON; None if there is no body."""
    headers: Mapping[str, str]
    """The headers, with lower-case names."""

    @property
    def rate_left(self) -> int | None:
        """Requests left this hour; None if the response doesn't say."""
        value = self.headers.get("x-ratelimit-remaining", "")
        return int(value) if value.isdecimal() else None

    @property
    def message(self) -> str:
        """GitHub's error message with its details, since "Validation Failed" alone isn't helpful."""
        if not isinstance(self.data, dict) or "message" not in self.data:
            return ""
        errors = self.data.get("errors")
        details = filter(None, map(_detail, errors)) if isinstance(errors, list) else ()
        return ": ".join(dict.fromkeys((str(self.data["message"]), *details)))[:300]

    @property
    def causes(self) -> frozenset[RefusalCause]:
        """What the response states as the cause of an error, if the status doesn't."""
        return causes_of_answer(self.data, self.message)


def _detail(error: Any) -> str:
    """Return the text of one of a response's errors."""
    if not isinstance(error, dict):
        return str(error)
    return str(error.get("message") or " ".join(str(error[key]) for key in ("field", "code") if error.get(key)))


def utcnow() -> datetime:
    """Return the current time, timezone-aware."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Lent:
    auth: Bearer
    requester: JsonRequester


def _web_url(api_url: str) -> str:
    """Return the web address of an API: `https://HOST` for `https://api.HOST` and for `https://HOST/api/v3`."""
    parts = urlsplit(api_url)
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"


class Transport:
    """The connections to one GitHub instance, shared by all its clients."""

    def __init__(self, api_url: str, clock: Clock = utcnow, web_url: str = "") -> None:
        self.api_url = api_url.rstrip("/")
        self.clock = clock
        self.web_url = web_url or _web_url(self.api_url)
        """GitHub's web address."""
        self.host = urlsplit(self.web_url).netloc
        self._connections = ConnectionFactory(self.api_url)
        self._idle: deque[_Lent] = deque()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="github")

    def close(self) -> None:
        """Stop the threads and close the connections."""
        self.pool.shutdown(cancel_futures=True)
        while self._idle:
            self._idle.pop().requester.close()

    def _lend(self) -> _Lent:
        try:
            return self._idle.pop()
        except IndexError:
            auth = Bearer()
            return _Lent(auth, JsonRequester(auth, self._connections))

    def _give_back(self, lent: _Lent) -> None:
        lent.auth.token = ""
        if len(self._idle) < IDLE_CLIENTS:
            self._idle.append(lent)
        else:
            lent.requester.close()

    def exchange(
        self,
        token: str,
        method: str,
        template: str,
        parts: Mapping[str, object],
        params: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> GitHubAnswer:
        """Send one request and return the response, whatever its status. Raises TransientError if it is incomplete.

        A read over a reused connection that GitHub has closed is retried once over a new one.
        """
        path = fill(template, parts)
        again, new = method == "GET" or template == "/graphql", False
        while True:
            status = 0
            try:
                status, headers, text = self._send(token, method, path, params, body, new=new)
                return GitHubAnswer(status, json.loads(text) if text else None, headers)
            except NO_ANSWER as error:
                if again and isinstance(error, StaleConnection):
                    again, new = False, True  # another idle connection may be closed as well
                    continue
                host = urlsplit(self.api_url).netloc
                raise TransientError(f"GitHub ({host}) {cause_of(error)} ({method} {template}).") from None
            except ValueError:
                if status < 400:
                    raise TransientError(f"GitHub's answer is not complete JSON ({method} {template}).") from None
                return GitHubAnswer(status, None, headers)
            except RuntimeError as error:  # how PyGithub reports a redirect to another host
                raise GitHubError(f"The API address {self.api_url} is wrong: {error}") from None

    def _send(
        self, token: str, method: str, path: str, params: Mapping[str, Any] | None, body: Any, *, new: bool
    ) -> tuple[int, Mapping[str, str], str]:
        lent = self._lend()
        if new:
            lent.requester.close()
        lent.auth.token = token
        try:
            answer = lent.requester.send(method, path, params, body)
        except BaseException:
            lent.requester.close()
            raise
        self._give_back(lent)
        return answer


def fill(template: str, parts: Mapping[str, object]) -> str:
    """Fill in a route's values, percent-encoded; `{repo}` and `{path}` keep their slashes.

    Raises NotFound for a value with a dot segment (`..`), which would lead to another route.
    """
    values = {k: quote(str(v), safe="/" if k in ("repo", "path") else "") for k, v in parts.items()}
    if any(segment in (".", "..") for value in values.values() for segment in value.split("/")):
        raise NotFound(f"A name holds a dot segment, which names nothing ({template}).")
    return template.format(**values)


def raise_for_status(answer: GitHubAnswer, method: str, template: str, now: datetime) -> None:
    """Raise the error that a response means; return if it is a success."""
    status = answer.status
    if status < 300:
        return
    try:
        _raise_for_failure(answer, method, template, now)
    except GitHubError as error:
        error.from_github = isinstance(answer.data, dict) and "message" in answer.data
        error.causes = answer.causes
        raise


def _raise_for_failure(answer: GitHubAnswer, method: str, template: str, now: datetime) -> None:
    status = answer.status
    if status < 400:
        raise NotFound(f"It has moved on GitHub: use its new name ({method} {template}: {status}).")
    where = f"({method} {template}: {status}{' ' + answer.message if answer.message else ''})"
    if status >= 500:
        raise TransientError(f"GitHub returned a server error {where}.", pause(answer.headers, now))
    if status in (403, 429) and limited(answer):
        raise TransientError(f"GitHub's rate limit is reached {where}.", limit_ends(answer.headers, now))
    match status:
        case 401:
            raise TokenRefused(f"GitHub refuses the token {where}.")
        case 403:
            raise not_permitted(f"GitHub does not permit this {where}.", answer.causes, answer.headers)
        case 404 | 410 | 451:
            raise NotFound(f"It does not exist on GitHub, or this token has no access to it {where}.")
        case 408:
            raise TransientError(f"GitHub did not receive the request in time {where}.", pause(answer.headers, now))
    raise RequestRefused(
        f"GitHub refuses the request {where}.", status, answer.data if isinstance(answer.data, dict) else None
    )


def not_permitted(
    reason: str, causes: frozenset[RefusalCause], headers: Mapping[str, str] = NO_HEADERS
) -> NotPermitted:
    """Return the error for a refusal with the causes that GitHub's answer states."""
    if RefusalCause.IP_ALLOW_LIST in causes:
        return AccessRestricted(f"The organization's IP allow list does not include this machine: {reason}")
    if "x-github-sso" in headers or RefusalCause.SINGLE_SIGN_ON in causes:
        return AccessRestricted(f"The organization requires single sign-on (SAML) for this token: {reason}")
    return NotPermitted(reason, headers.get("x-accepted-github-permissions", ""))


def limited(answer: GitHubAnswer) -> bool:
    """Return whether a 403 or 429 is a rate limit rather than a missing permission."""
    return (
        answer.status == 429
        or "retry-after" in answer.headers
        or answer.headers.get("x-ratelimit-remaining") == "0"
        or RefusalCause.RATE_LIMIT in answer.causes
    )


def cause_of(error: Exception) -> str:
    """Return a phrase for why an exchange has no response, for error messages about GitHub."""
    match error:
        case DecodeError() | MalformedResponse():
            return "sent what is not a valid response"
        case UnusableEnvironment():
            return f"can't be reached: {error}"
        case SSLError(args=(SSLCertVerificationError() | CertificateError(), *_)):
            return "presented a certificate that is not trusted here"
        case SSLError():
            return "can't be reached: no encrypted connection"
        case NewConnectionError():
            return f"can't be reached: {_cause(error)}"
        case ConnectTimeoutError():
            return "can't be reached: no connection within the time-out"
        case ProxyError():
            return "can't be reached: the proxy does not answer"
        case TimeoutError():
            return "did not answer in time"
    return "cut the connection"


def _cause(error: BaseException) -> str:
    """Return why no connection could be made: `connection refused`, `no route to host`."""
    if isinstance(error, NameResolutionError):
        return "its name cannot be resolved"
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror.lower()
        seen = seen.__cause__ or seen.__context__
    return "no connection"


def pause(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the time in `Retry-After`, given in seconds or as a date; None if the header is missing."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        until = now + timedelta(seconds=int(value)) if value.isdecimal() else parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return now + SECONDARY_PAUSE
    return min(max(until if until.tzinfo else until.replace(tzinfo=UTC), now), now + LONGEST_PAUSE)


def limit_ends(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return when a rate limit ends: by `Retry-After`, the hourly limit's reset, or the recommended minute."""
    until = pause(headers, now)
    reset = headers.get("x-ratelimit-reset", "")
    if until is None and headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        until = min(max(datetime.fromtimestamp(int(reset), UTC), now + timedelta(seconds=1)), now + LONGEST_PAUSE)
    return until or now + SECONDARY_PAUSE
