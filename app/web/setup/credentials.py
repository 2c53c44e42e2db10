"""Store the credentials of a new App in `.env`, or format them for printing."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from hotfix.github.write.setup.app_manifest import RegisteredApp


class CredentialsError(Exception):
    """The credentials can't be stored; the message says why and what to do."""


def lines(app: RegisteredApp) -> dict[str, str]:
    """Return the App's settings by environment variable, each value on one line."""
    return {
        "HOTFIX_APP_ID": str(app.id),
        "HOTFIX_PRIVATE_KEY": app.private_key.strip().replace("\n", "\\n"),
        "HOTFIX_WEBHOOK_SECRET": app.webhook_secret,
        "HOTFIX_CLIENT_ID": app.client_id,
        "HOTFIX_CLIENT_SECRET": app.client_secret,
    }


def shown(settings: dict[str, str]) -> str:
    """Return the settings as lines of an environment file."""
    return "".join(f'{name}="{value}"\n' for name, value in settings.items())


def check_writable(path: Path) -> None:
    """Raise CredentialsError if `write` could not store the credentials, which GitHub returns only once."""
    if path.exists() and _names(path.read_text("utf-8")) & {"HOTFIX_APP_ID", "HOTFIX_PRIVATE_KEY"}:
        raise CredentialsError(
            f"{path} has an App's credentials: they are never replaced. Restart the service to use them."
        )
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise CredentialsError(f"{path} can't be written: run the service in a folder of its own, or use --print.")


def write(path: Path, settings: dict[str, str]) -> None:
    """Add the settings to an environment file that only its owner can read. Raises CredentialsError if that fails."""
    check_writable(path)
    try:
        before = path.read_text("utf-8") if path.exists() else ""
        kept = "".join(line for line in before.splitlines(keepends=True) if not _names(line) & settings.keys())
        if kept and not kept.endswith("\n"):
            kept += "\n"
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".env-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(kept + shown(settings))
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a UTF-8 file"
        raise CredentialsError(f"{path} can't be written: {reason}.") from None


def _names(text: str) -> set[str]:
    return set(re.findall(r"(?m)^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=", text))
