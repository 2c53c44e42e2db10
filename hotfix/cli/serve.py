"""`hotfix serve`."""

from __future__ import annotations

import importlib.util

from hotfix.cli.errors import CannotGoOn

_NEEDED = ("uvicorn", "fastapi", "dbos", "sqlalchemy", "pydantic_settings")


def run_service(host: str, port: int) -> int:
    """Run the service until it's told to stop. Raises CannotGoOn where the `service` extra isn't installed."""
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        names = ", ".join(missing)
        raise CannotGoOn(f"the service's packages ({names}) are not installed: run `pip install 'hotfix[service]'`.")
    import uvicorn

    # By name: the command line knows nothing of the service's inside.
    config = uvicorn.Config(
        "app.main:create_app", factory=True, host=host, port=port, log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 2
