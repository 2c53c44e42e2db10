"""Load the service's settings from the environment and `.env`; errors name every invalid one, but never its value."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from dotenv import dotenv_values
from pydantic import Field, PlainValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.notify.recipients import NotifySettings

PREFIX = "HOTFIX_"
SMALLEST_KEY_BITS = 2048
CLOSE = 0.805
"""Minimum similarity of a variable's name to a setting's for it to be reported as a misspelling."""


class SettingsError(Exception):
    """The environment is invalid. `problems` has one line per variable, each beginning with its name."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _app_id(value: Any) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and int(text[:12]) > 0 and len(text) <= 12):
        raise ValueError("not the App's number: digits, from the App's settings page on GitHub")
    return int(text)


def _private_key(value: Any) -> SecretStr:
    text = str(value).strip()
    if "-----BEGIN" not in text:
        text = _key_file(text)
    text = text.replace("\\n", "\n").strip("\"' \n\r\t") + "\n"
    try:
        # The consistency check of the key takes 30 ms; it is made when the key is loaded for signing.
        key = load_pem_private_key(text.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        raise ValueError("the private key has a passphrase: give the key that GitHub generated, as it is") from None
    except Exception:  # cryptography raises several types, and their messages may quote the key
        raise ValueError("not a PEM private key: generate one on the App's settings page on GitHub") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < SMALLEST_KEY_BITS:
        raise ValueError(f"not an RSA key of at least {SMALLEST_KEY_BITS} bits, as GitHub generates them for Apps")
    return SecretStr(text)


def _key_file(path: str) -> str:
    # The value is not echoed: it may be a mangled key.
    try:
        return Path(path).expanduser().read_text("ascii")
    except (OSError, ValueError, RuntimeError):
        raise ValueError("neither PEM text nor the path of a readable PEM file") from None


def _secrets(value: Any) -> tuple[SecretStr, ...]:
    secrets = tuple(part.strip() for part in str(value).split(","))
    if not all(secrets):
        raise ValueError("empty, or a comma too many: give the App's webhook secret (old,new while rotating)")
    return tuple(SecretStr(secret) for secret in secrets)


def _web_url(value: Any) -> str:
    text = str(value).strip().rstrip("/")
    try:
        parts = urlsplit(text)
        ok = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        ok = False
    if not ok or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("not a URL such as https://github.example.com (http or https; no login, query or fragment)")
    return text


def _hosts(value: Any) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    hosts = tuple(part.strip().casefold() for part in str(value).split(",") if part.strip())
    if any("/" in host or "@" in host or " " in host for host in hosts):
        raise ValueError("not hosts such as status.example.com,10.0.0.7:9090 (no scheme, path or login)")
    return hosts


def _notify_urls(value: Any) -> dict[str, SecretStr]:
    if isinstance(value, dict):
        return value
    found: dict[str, SecretStr] = {}
    # Apprise URLs may contain commas: a comma separates entries only if a new entry follows it.
    for entry in re.split(r"\n|,(?=\s*[\w.-]+=[a-zA-Z][\w+.-]*://)", str(value)):
        name, equals, url = (part.strip() for part in entry.strip().strip(",").partition("="))
        if not entry.strip().strip(","):
            continue
        if not name or not equals or "://" not in url:
            raise ValueError("not NAME=APPRISE-URL entries, separated by commas or lines: support=mailtos://...")
        found[name] = SecretStr(url)
    return found


def _optional_web_url(value: Any) -> str:
    return _web_url(value) if str(value).strip() else ""


def _database_url(value: Any) -> URL:
    text = str(value).strip()
    if text.startswith("postgres://"):
        text = "postgresql://" + text.removeprefix("postgres://")
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise ValueError("not a database URL: sqlite:///hotfix.db or postgresql://user:password@host/name") from None
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise ValueError("neither SQLite nor PostgreSQL: sqlite:///hotfix.db or postgresql://user:password@host/name")
    name = url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise ValueError("SQLite must be a file, or nothing would survive a restart: sqlite:///hotfix.db")
    folder = Path(name).resolve().parent
    if not folder.is_dir():
        raise ValueError(f"there is no directory {folder} for the SQLite file: create it first")
    if not os.access(folder, os.W_OK) or Path(name).is_dir():
        raise ValueError(f"cannot write {Path(name).resolve()}: give a file that the service may write")
    return url


class Settings(BaseSettings):
    """The settings of the service. Each field is read from `HOTFIX_` followed by its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    app_id: Annotated[int, PlainValidator(_app_id)] = Field(description="The GitHub App's number")
    private_key: Annotated[SecretStr, PlainValidator(_private_key)] = Field(
        description="The App's private key: PEM text, or the path of the PEM file"
    )
    webhook_secret: Annotated[tuple[SecretStr, ...], NoDecode, PlainValidator(_secrets)] = Field(
        description="The App's webhook secret; several, comma-separated, while rotating"
    )
    github_api_url: Annotated[str, PlainValidator(_web_url)] = "https://api.github.com"
    github_url: Annotated[str, PlainValidator(_web_url)] = "https://github.com"
    database_url: Annotated[URL, NoDecode, PlainValidator(_database_url)] = make_url("sqlite:///hotfix.db")
    public_url: Annotated[str, PlainValidator(_optional_web_url)] = Field(
        "", description="The address at which GitHub and people reach the service"
    )
    client_id: str = Field("", description="The App's client id, for the login to the pages")
    client_secret: SecretStr = Field(SecretStr(""), description="The App's client secret, for the login to the pages")
    pages_token: SecretStr = Field(SecretStr(""), description="A bearer token that may read the pages and the metrics")
    watch_hosts: Annotated[tuple[str, ...], NoDecode, PlainValidator(_hosts)] = ()

    slack_token: SecretStr = Field(SecretStr(""), description="The bot token of the Slack app")
    slack_api_url: Annotated[str, PlainValidator(_web_url)] = "https://slack.com/api/"
    statuspage_key: SecretStr = Field(SecretStr(""), description="The API key of Statuspage")
    statuspage_api_url: Annotated[str, PlainValidator(_web_url)] = "https://api.statuspage.io/v1"
    pagerduty_key: SecretStr = Field(
        SecretStr(""), description="A read-only key of PagerDuty's REST API: who is on call"
    )
    pagerduty_routing_key: SecretStr = Field(
        SecretStr(""), description="The integration key of PagerDuty's Events API v2"
    )
    pagerduty_api_url: Annotated[str, PlainValidator(_web_url)] = "https://api.pagerduty.com"
    pagerduty_events_url: Annotated[str, PlainValidator(_web_url)] = "https://events.pagerduty.com"
    notify_urls: Annotated[dict[str, SecretStr], NoDecode, PlainValidator(_notify_urls)] = Field(
        default_factory=dict, description="Apprise URLs of stakeholders, NAME=URL each"
    )

    @property
    def given_github_url(self) -> str:
        """GitHub's web address, if it was set; empty if it has to be derived from the API's address."""
        return self.github_url if "github_url" in self.model_fields_set else ""

    @property
    def notify(self) -> NotifySettings:
        """The credentials and addresses for messages to other services."""
        return NotifySettings(
            slack_token=self.slack_token,
            slack_url=self.slack_api_url,
            statuspage_key=self.statuspage_key,
            statuspage_url=self.statuspage_api_url,
            pagerduty_key=self.pagerduty_key,
            pagerduty_url=self.pagerduty_api_url,
            pagerduty_routing_key=self.pagerduty_routing_key,
            pagerduty_events_url=self.pagerduty_events_url,
            urls=self.notify_urls,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """All values that must never appear in logs."""
        password = self.database_url.password
        own = (self.private_key, *self.webhook_secret, self.client_secret, self.pages_token, self.slack_token,
               self.statuspage_key, self.pagerduty_key, self.pagerduty_routing_key,
               *self.notify_urls.values())  # fmt: skip
        logins = tuple(urlsplit(url.get_secret_value()).password or "" for url in self.notify_urls.values())
        own += tuple(SecretStr(form) for login in logins for form in {login, unquote(login)})
        return tuple(s.get_secret_value() for s in own if s.get_secret_value()) + ((str(password),) if password else ())


class SetupSettings(BaseSettings):
    """The settings needed by set-up, which runs without credentials."""

    model_config = Settings.model_config

    github_api_url: Annotated[str, PlainValidator(_web_url)] = "https://api.github.com"
    github_url: Annotated[str, PlainValidator(_web_url)] = "https://github.com"
    database_url: Annotated[URL, NoDecode, PlainValidator(_database_url)] = make_url("sqlite:///hotfix.db")
    public_url: Annotated[str, PlainValidator(_optional_web_url)] = ""


CREDENTIALS = tuple(PREFIX + name for name in ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"))


T = TypeVar("T")


def without_credentials() -> SetupSettings | None:
    """Return the settings for set-up if none of the App's credentials is set; None otherwise. Raises SettingsError."""

    def read() -> SetupSettings | None:
        in_file = dotenv_values(".env", encoding="utf-8")
        return None if any(os.environ.get(name) or in_file.get(name) for name in CREDENTIALS) else SetupSettings()

    return _checked(read)


def load(given: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process; `given` holds variables in addition to its environment.

    Raises SettingsError.
    """
    values: dict[str, Any] = {name.removeprefix(PREFIX).lower(): value for name, value in (given or {}).items()}
    return _checked(lambda: Settings(**values))


def _checked(read: Callable[[], T]) -> T:
    """Return the result of `read`. Raises SettingsError with all problems, including misspelled names."""
    try:
        misspelt = _misspelt()
        settings = read()
    except ValidationError as error:
        raise SettingsError((*misspelt, *(_line(problem) for problem in error.errors()))) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError((".env: not a readable UTF-8 file",)) from None
    if misspelt:
        raise SettingsError(misspelt)
    return settings


def _misspelt() -> tuple[str, ...]:
    """Return a problem for each variable that is not a setting but whose name is close to one.

    Other variables that begin with HOTFIX_ are ignored: they may be meant for the Action or for a script.
    """
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    given = {name.upper() for name in (*os.environ, *dotenv_values(".env", encoding="utf-8"))}
    unknown = sorted(name for name in given - set(known) if name.replace("-", "_").startswith(PREFIX[:-1]))
    close = ((name, difflib.get_close_matches(name, known, 1, CLOSE)) for name in unknown)
    return tuple(f"{name}: there is no such setting; did you mean {found[0]}?" for name, found in close if found)


def _line(problem: Any) -> str:
    name = PREFIX + str(problem["loc"][0]).upper()
    if problem["type"] == "missing":
        description = Settings.model_fields[str(problem["loc"][0])].description or ""
        return f"{name} is not set: {description[:1].lower()}{description[1:]}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}"
