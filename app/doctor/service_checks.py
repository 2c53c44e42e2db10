"""Check the service: database, clock, GitHub, the App, its webhook and installations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa

from app.doctor import messaging_checks
from app.doctor.diagnosis import Diagnosis, ok, problem, warning
from app.settings import Settings
from app.storage.database import open_engine, short
from app.storage.migrations import HEAD
from hotfix.github import app_requirements
from hotfix.github.app_requirements import EVENTS, PERMISSIONS
from hotfix.github.read.setup import app_state
from hotfix.github.transport.errors import GitHubError, WrongAddress
from hotfix.github.transport.github_app import AppInfo, DeliveryAttempt, GitHubApp

CLOCK_LIMIT = timedelta(seconds=30)
"""Largest accepted clock drift. GitHub rejects the App's tokens if this machine's clock is a minute off."""
QUIET = timedelta(days=3)
"""Period for which GitHub lists webhook deliveries."""
LOW = 0.1
"""Share of the hourly rate limit below which a warning is reported."""
WEBHOOKS = "/webhooks/github"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def database(settings: Settings) -> Iterator[Diagnosis]:
    """Check that the database can be opened and that its schema is not newer than this version."""
    name = settings.database_url.render_as_string(hide_password=True)
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                yield ok("database", f"{name} can be opened; its tables are created when the service starts")
                return
            found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            if found > HEAD:
                yield problem(
                    "database",
                    f"{name} was written by a newer version (revision {found}, this one knows {HEAD})",
                    "Run the newer version, or restore the backup that was made before the upgrade.",
                )
            elif found < HEAD:
                yield ok("database", f"{name} can be opened; the next start migrates it")
            else:
                yield ok("database", f"{name} can be opened")
    except sa.exc.SQLAlchemyError as error:
        yield problem(
            "database",
            f"{name} cannot be opened: {short(error)}",
            "Check HOTFIX_DATABASE_URL, and that the database runs.",
        )
    finally:
        engine.dispose()


def reachable(settings: Settings, now: datetime) -> Iterator[Diagnosis]:
    """Check that GitHub responds, and that this machine's clock agrees with GitHub's."""
    host = urlsplit(settings.github_api_url).netloc
    try:
        there = app_state.probe(settings.github_api_url)
    except GitHubError as error:
        yield problem("github", str(error), f"Check HOTFIX_GITHUB_API_URL, DNS, proxy and firewall for {host}.")
        return
    yield ok("github", f"{host} answers")
    drift = now - there
    if abs(drift) > CLOCK_LIMIT:
        seconds = round(abs(drift).total_seconds())
        yield problem(
            "clock",
            f"this machine's clock is {seconds} s {'ahead of' if drift > timedelta() else 'behind'} GitHub's",
            "Synchronize it (timedatectl set-ntp true): GitHub refuses the App's tokens otherwise.",
        )
    else:
        yield ok("clock", "this machine's clock agrees with GitHub's")


def key(app: GitHubApp) -> tuple[AppInfo | None, Diagnosis]:
    """Return the App if GitHub accepts its key, None otherwise, and the diagnosis."""
    try:
        info = app.verify()
    except WrongAddress as error:
        return None, problem("key", str(error), "Correct HOTFIX_GITHUB_API_URL.")
    except GitHubError as error:
        return None, problem(
            "key",
            str(error),
            "Compare HOTFIX_APP_ID with the App's settings page, generate a new private key there if this one is not "
            "the App's, and check HOTFIX_GITHUB_API_URL (https://HOST/api/v3 on GitHub Enterprise Server).",
        )
    return info, ok("key", f"GitHub accepts the key of App {info.slug} ({info.id})")


def permissions(info: AppInfo, github_url: str) -> Iterator[Diagnosis]:
    """Compare the App's permissions and events with the required ones, one finding per missing item."""
    page = f"{github_url}/settings/apps/{info.slug}/permissions (an organization's: its Settings, GitHub Apps)"
    found = [
        problem(
            f"permission {name}",
            f"the App needs {name}: {need.level} ({need.purpose}), and has {info.permissions.get(name, 'none')}",
            f"Set it at {page}, and accept it for each installation.",
        )
        for name, need in app_requirements.lacking(info.permissions).items()
    ]
    found += [
        problem(f"event {event}", f"the App is not subscribed to {event} ({EVENTS[event]})", f"Subscribe at {page}.")
        for event in app_requirements.missing_events(info.events)
    ]
    yield from found or [ok("permissions", f"the App has all {len(PERMISSIONS)} permissions and {len(EVENTS)} events")]


def webhook(app: GitHubApp, settings: Settings) -> Iterator[Diagnosis]:
    """Check that the App's webhook points to this service and is configured correctly."""
    hook = app_state.webhook(app)
    page = f"{settings.github_url}/settings/apps"
    wanted = f"{settings.public_url}{WEBHOOKS}" if settings.public_url else ""
    if not hook.url:
        fix = f"Set it to {wanted or 'https://YOUR-HOST' + WEBHOOKS} and make it active at {page}."
        yield problem("webhook url", "the App has no webhook URL: GitHub sends nothing", fix)
        return
    if wanted and hook.url != wanted:
        yield problem(
            "webhook url",
            f"GitHub sends to {hook.url}, and this service is at {wanted}",
            f"Correct the webhook URL at {page}.",
        )
    elif urlsplit(hook.url).path != WEBHOOKS:
        yield problem("webhook url", f"{hook.url} does not end in {WEBHOOKS}", f"Correct the webhook URL at {page}.")
    elif urlsplit(hook.url).hostname in _LOOPBACK and urlsplit(settings.github_url).hostname not in _LOOPBACK:
        yield problem(
            "webhook url",
            f"{hook.url} is an address of this machine: GitHub can't reach it",
            f"Set the webhook URL to an address that GitHub reaches, at {page}.",
        )
    else:
        yield ok("webhook url", f"GitHub sends to {hook.url}")
    if not hook.has_secret:
        yield problem(
            "webhook secret",
            "the App's webhook has no secret: every delivery is refused",
            f"Set it to the value of HOTFIX_WEBHOOK_SECRET at {page}.",
        )
    if hook.content_type != "json":
        yield problem(
            "webhook form",
            f"GitHub sends {hook.content_type}, not JSON",
            f"Set the content type to application/json at {page}.",
        )
    if not hook.verifies_tls:
        yield warning(
            "webhook tls", "GitHub does not verify this service's certificate", f"Enable SSL verification at {page}."
        )


def deliveries(app: GitHubApp, now: datetime) -> Iterator[Diagnosis]:
    """Check this service's response to the last webhook."""
    last = next(app.deliveries(now - QUIET), None)
    if last is None:
        yield warning(
            "deliveries",
            "GitHub has sent no webhook in the last three days",
            "Redeliver the ping on the App's page (Advanced), or label a pull request.",
        )
        return
    yield _delivered(last)


def _delivered(last: DeliveryAttempt) -> Diagnosis:
    at = f"{last.delivered_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if not last.failed:
        return ok("deliveries", f"the last webhook ({last.event}, {at}) was accepted")
    answered = f"was answered {last.status}" if last.status else "was not answered"
    said = f"the last webhook ({last.event}, {at}) {answered}"
    if last.status == 401:
        fix = "The secrets differ: set the App's webhook secret and HOTFIX_WEBHOOK_SECRET to the same value."
    elif last.status in (404, 405):
        fix = f"The URL is wrong: it must end in {WEBHOOKS}, and the proxy must pass it on."
    elif last.status in (0, 502, 503, 504):
        fix = "GitHub does not reach the service: check its address, TLS, proxy and firewall, and that it runs."
    else:
        fix = "See the service's log at that time; what was not accepted is requested again."
    return problem("deliveries", said, fix)


def installations(app: GitHubApp) -> Iterator[Diagnosis]:
    """Check that the App is installed, and that each installation is active and has granted all permissions."""
    found = app.installations()
    if not found:
        fix = "Install it on the repositories that hotfixes go to: the App's page, Install App."
        yield problem("installations", "the App is not installed anywhere", fix)
        return
    sound = True
    for each in found:
        check = f"installation {each.account}"
        if each.suspended:
            sound = False
            yield warning(check, f"it is suspended on {each.account}", f"Unsuspend it at {each.url}.")
        elif missing := app_requirements.missing_permissions(each.permissions):
            sound = False
            yield problem(
                check,
                f"{each.account} has not granted {', '.join(missing)}",
                f"An owner of {each.account} accepts the new permissions at {each.url}.",
            )
    if sound:
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        yield ok("installations", f"installed on {', '.join(each.account for each in found[:5])}{more}")


def rate_limits(app: GitHubApp) -> Iterator[Diagnosis]:
    """Check that no installation's hourly rate limit is almost used up. Only the first five installations are read."""
    for each in [one for one in app.installations() if not one.suspended][:5]:
        left, limit = app_state.rate_left(app.installation(each.id))
        check = f"rate limit {each.account}"
        message = f"{left} of {limit} requests are left of this hour for {each.account}"
        if left < limit * LOW:
            fix = "Verdicts go first; sweeps pause until the hour is over. See docs/operations.md, sizing."
            yield warning(check, message, fix)
        else:
            yield ok(check, message)


def everything(settings: Settings, app: GitHubApp, now: datetime) -> Iterator[Diagnosis]:
    """Run all checks of the service. An error in one check does not stop the others."""
    yield from database(settings)
    yield from messaging_checks.credentials(settings.notify)
    github = list(reachable(settings, now))
    yield from github
    if len(github) == 1:
        return
    info, found = key(app)
    yield found
    if info is None:
        return
    yield from permissions(info, settings.github_url)
    for name, look in (
        ("webhook", webhook(app, settings)),
        ("installations", installations(app)),
        ("deliveries", deliveries(app, now)),
        ("rate limit", rate_limits(app)),
    ):
        yield from guarded(name, look)


def guarded(name: str, looks: Iterable[Diagnosis]) -> Iterator[Diagnosis]:
    """Yield a check's findings, and a problem if a request to GitHub fails."""
    try:
        yield from looks
    except GitHubError as error:
        yield problem(
            name,
            f"GitHub could not be read: {error}",
            "Run hotfix doctor again; if this persists, check the permissions above.",
        )
