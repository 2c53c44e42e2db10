"""Run `hotfix doctor`, which is the service's own code."""

from __future__ import annotations

import importlib

from hotfix.cli.serve import require_service


def run_doctor(subject: str, format: str) -> int:
    """Look at the set-up of the service, a repository or a pull request; return the exit status.

    Raises CannotGoOn without the `service` extra.
    """
    require_service()
    # By name, as for `hotfix serve`: the command line does not import the service.
    status: int = importlib.import_module("app.doctor.examination").doctor(subject, format)
    return status
