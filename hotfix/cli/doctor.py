"""Run `hotfix doctor`, which is implemented in the service."""

from __future__ import annotations

import importlib

from hotfix.cli.serve import require_service


def run_doctor(subject: str, format: str) -> int:
    """Check the set-up of the service, a repository or a pull request, and return the exit status.

    Raises CommandError if the `service` extra is not installed.
    """
    require_service()
    # Imported by name, as for `hotfix serve`, because the command line must not depend on the service.
    status: int = importlib.import_module("app.doctor.examination").doctor(subject, format)
    return status
