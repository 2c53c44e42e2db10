"""Run `hotfix serve` and `hotfix doctor`, which are implemented in the service.

The service is imported by name, because the command line must not depend on it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import socket
from collections.abc import Callable
from types import FrameType

from hotfix.cli.console.exit_status import PASS, UNUSABLE, CommandError
from hotfix.cli.console.printing import say

_NEEDED = ("uvicorn", "fastapi", "sqlalchemy", "pydantic_settings")


def run_service(host: str, port: int, *, print_credentials: bool = False) -> int:
    """Run the service until it is stopped. Without credentials, run its set-up first.

    Raises CommandError if the `service` extra isn't installed or the address can't be used.
    """
    _require_service()
    import asyncio

    import uvicorn

    class Server(uvicorn.Server):
        wake: Callable[[], object] | None = None
        """Ends the wait of the main loop, once that has begun."""

        async def main_loop(self) -> None:
            """Wait for a signal. Uvicorn looks for it ten times per second; the header `Date` needs one look."""
            loop, stopping = asyncio.get_running_loop(), asyncio.Event()
            self.wake = lambda: loop.call_soon_threadsafe(stopping.set)
            while not await self.on_tick(0):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), 1.0)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            super().handle_exit(sig, frame)
            if self.wake is not None:
                self.wake()

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                address = _address(self.servers[0].sockets[0].getsockname())
                say(f"hotfix: listening on {address}")
                if setup_url := getattr(self.config.loaded_app, "setup_url", None):
                    say("hotfix: no credentials yet: open this link within an hour to register the GitHub App")
                    say(f"  {setup_url(address)}")

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if stop_streams := getattr(self.config.loaded_app, "stop_streams", None):
                stop_streams()
            await super().shutdown(sockets)

    _try_out(host, port)
    # Imported by name, because the command line must not depend on the service.
    config = uvicorn.Config(
        "app.main:create_printing_app" if print_credentials else "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        http="app.web.protocol:Protocol",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    server = Server(config)
    server.run()
    return PASS if server.started else UNUSABLE


def run_doctor(subject: str, format: str) -> int:
    """Check the set-up of the service, a repository or a pull request, and return the exit status.

    Raises CommandError if the `service` extra is not installed.
    """
    _require_service()
    status: int = importlib.import_module("app.doctor.examination").doctor(subject, format)
    return status


def _require_service() -> None:
    """Raise CommandError if the `service` extra isn't installed."""
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        names = ", ".join(missing)
        install = 'pip install "hotfix-workflow[service]"'
        raise CommandError(f"the service's packages ({names}) are not installed: run `{install}`.")


def _try_out(host: str, port: int) -> None:
    """Try to bind the address before anything starts. Raises CommandError if that fails, for example if in use."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
    except OSError as error:
        why = f"cannot listen on {host} port {port}: {error.strerror}"
        raise CommandError(f"{why}; name another with --host and --port.") from None


def _address(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
