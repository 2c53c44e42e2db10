"""Run the set-up checks, for the command line and when the service starts."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import structlog

from app.doctor import doctor_output, pull_checks, repository_checks, service_checks
from app.doctor.diagnosis import Diagnosis, Health, ok, problem, sound
from app.settings import Settings, SettingsError, load
from hotfix.github.transport.errors import WrongKey
from hotfix.github.transport.github_app import GitHubApp

log = structlog.get_logger(part="doctor")

_SUBJECT = re.compile(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)(?:#([1-9][0-9]{0,9}))?", re.ASCII)
_SETTINGS = "settings"
_UNSET = re.compile(r"( is not set): .*", re.DOTALL)
SOUND, PROBLEMS, UNUSABLE = 0, 1, 2


def doctor(subject: str = "", format: str = "text") -> int:
    """Check the service, `OWNER/REPO` or `OWNER/REPO#N`, and print the findings.

    Returns 0 if there are no problems, 1 if there are some, 2 if the subject is invalid.
    """
    match = _SUBJECT.fullmatch(subject) if subject else None
    if subject and match is None:
        print(f"hotfix doctor: {subject!r} is not OWNER/REPO or OWNER/REPO#NUMBER", file=sys.stderr)
        return UNUSABLE
    found = list(_diagnoses(match[1] if match else "", int(match[2] or 0) if match else 0))
    if format == "json":
        print(doctor_output.as_json(found, subject or "the service"), end="")
    else:
        unchecked = bool(subject) and all(each.check == _SETTINGS for each in found)
        print(doctor_output.as_text(found, subject or "the service", unchecked=unchecked), end="")
    return SOUND if sound(found) else PROBLEMS


def _diagnoses(repo: str, number: int) -> Iterator[Diagnosis]:
    try:
        settings = load()
    except SettingsError as error:
        it = "these" if len(error.problems) > 1 else "it"
        fix = (
            f"Run hotfix doctor in the folder of the service, whose .env has {it}, or set {it} in the environment. If "
            "there is no GitHub App yet, `hotfix serve` with none of its "
            "credentials set prints a link that registers one and writes .env."
        )
        if repo:  # one cause, which is not the repository's
            yield problem(_SETTINGS, "; ".join(_UNSET.sub(r"\1", line) for line in error.problems), fix)
            return
        for line in error.problems:
            yield problem(_SETTINGS, line, fix)
        return
    try:
        app = GitHubApp(settings.app_id, settings.private_key.get_secret_value(), settings.github_api_url)
    except WrongKey as error:
        yield problem(_SETTINGS, f"HOTFIX_PRIVATE_KEY: {error}", "Generate a key on the App's settings page.")
        return
    try:
        if not repo:
            yield ok(_SETTINGS, "the settings are complete")
            yield from service_checks.everything(settings, app, datetime.now(UTC))
        elif not number:
            yield from repository_checks.everything(app, repo, settings.notify)
        else:
            yield from pull_checks.everything(app, repo, number)
    finally:
        app.close()


def log_findings(settings: Settings, app: GitHubApp) -> threading.Thread:
    """Check the service in a background thread and log problems and warnings. Readiness does not depend on it."""

    def look() -> None:
        try:
            for each in service_checks.everything(settings, app, datetime.now(UTC)):
                # Missing permissions and events are logged separately.
                if each.health is not Health.OK and not each.check.startswith(("permission ", "event ")):
                    log.warning(each.message, check=each.check, status=each.health.value, fix=each.fix)
        except Exception:
            log.exception("set-up check failed")

    thread = threading.Thread(target=look, name="hotfix-doctor", daemon=True)
    thread.start()
    return thread
