"""Starts a simulated GitHub in a thread of this process or in a separate process."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

import uvicorn

from tests.forked import LINUX, Forked
from tests.github.client.github import GitHubClient
from tests.github.server.asgi import Server
from tests.github.server.world import World

START_TIMEOUT = 90.0
GRACE = 1.0
"""Seconds that a request in progress may still take after the server is stopped."""


class _Server(uvicorn.Server):
    """A server that stops at once. Uvicorn's own polls every 0.1 s, and waits as long again for connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()

    def stop(self) -> None:
        """Stop the server; safe to call from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has already ended
                self._loop.call_soon_threadsafe(self._ended.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.stop()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        if not await self.on_tick(0):
            await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=GRACE)
        for task in self.server_state.tasks:
            task.cancel()
        await asyncio.sleep(0)  # let closed connections be noticed


class Running:
    """A server that runs in a thread."""

    def __init__(self, root: Path, port: int, validate: bool) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(2048)  # clients that know the port may connect at once
        self._listener = listener
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.world = World(root)
        self.world.url, self.world.api_url = self.url, self.url + "/api/v3"
        validator = None
        if validate:
            from tests.github.server.validate import Validator

            validator = self.world.hooks.validator = Validator(self.world.violations)
        self.server = Server(self.world, validator)
        config = uvicorn.Config(
            self.server, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=3600, backlog=2048,
            date_header=False, server_header=False, proxy_headers=False, ws="none",
        )  # fmt: skip
        self.uvicorn = _Server(config)

    async def serve(self) -> None:
        await self.uvicorn.serve(sockets=[self._listener])
        await self.world.hooks.close()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=self.uvicorn.config.get_loop_factory()) as runner:  # uvloop where it runs
            runner.run(self.serve())
        self.world.close()

    def stop(self) -> None:
        self.uvicorn.stop()


class GitHub(GitHubClient):
    """A fresh simulated GitHub; `close()` or leaving the `with` block stops it."""

    def __init__(self, root: Path | None = None, port: int = 0, process: bool = False, validate: bool = True) -> None:
        self._made = Path(tempfile.mkdtemp(prefix="github-")) if root is None else None
        folder = self._made or root
        assert folder is not None
        self._thread: threading.Thread | None = None
        self._process: Forked | subprocess.Popen[bytes] | None = None
        self._input = -1
        """The write end of the process's standard input; closing it ends the process."""
        self.running: Running | None = None
        if process:
            url = self._start_process(folder, port, validate)
        else:
            self.running = Running(folder, port, validate)
            url = self.running.url
            self._thread = threading.Thread(target=self.running.run, name="simulated GitHub", daemon=True)
            self._thread.start()
            end = time.monotonic() + START_TIMEOUT
            while not self.running.uvicorn.started:
                if time.monotonic() > end:
                    raise TimeoutError("the simulated GitHub did not start")
                time.sleep(0.001)
        super().__init__(url)

    def _start_process(self, folder: Path, port: int, validate: bool) -> str:
        arguments = ["--port", str(port), "--root", str(folder), *(() if validate else ("--no-validate",))]
        top = Path(__file__).resolve().parents[2]
        given, self._input = os.pipe()
        shown, out = os.pipe()
        try:
            # A separate session, so that Ctrl-C reaches only this process; it ends when its standard input is closed.
            if LINUX:
                self._process = Forked(arguments, top, os.environ, (given, out, sys.stderr.fileno()), "github")
            else:
                command = [sys.executable, "-m", "tests.github", *arguments]
                self._process = subprocess.Popen(command, stdin=given, stdout=out, cwd=top, start_new_session=True)
        finally:
            os.close(given)
            os.close(out)
        with os.fdopen(shown) as lines:
            try:
                line = lines.readline().strip()
            except BaseException:
                self._process.kill()
                self._process.wait()
                raise
        if not line.startswith("http"):
            raise RuntimeError(f"the simulated GitHub did not start: {line!r}")
        return line

    @property
    def pid(self) -> int:
        """Return the ID of the process that the server runs in."""
        return self._process.pid if self._process is not None else os.getpid()

    def close(self) -> None:
        super().close()
        if self.running is not None and self._thread is not None:
            self.running.stop()
            self._thread.join(START_TIMEOUT)
        if self._process is not None:
            os.close(self._input)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)
