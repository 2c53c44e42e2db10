"""Clone and push over HTTP, served by `git http-backend`."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING

from tests.github.server import acts
from tests.github.server.auth import identify, may
from tests.github.server.repository.objects import GIT_ENV
from tests.github.server.routing import Actor, Answer, Problem
from tests.github.server.state import Repo

if TYPE_CHECKING:
    from tests.github.server.world import World

PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")


class GitTransport:
    def __init__(self, world: World) -> None:
        self.world = world
        self._locks: dict[int, asyncio.Lock] = {}

    async def answer(self, method: str, path: str, query: str, headers: dict[str, str], body: IO[bytes]) -> Answer:
        match = PATH.fullmatch(path)
        assert match is not None
        owner, name, service = match.groups()
        writes = "git-receive-pack" in (service, query.removeprefix("service="))
        try:
            actor = identify(self.world, headers)
            repo = self.world.find_repo(owner, name)
            if actor.kind == "anonymous" and (writes or repo.private):
                raise Problem(401, "Authentication required")
            may(actor, repo, (("contents", "write" if writes else "read"),), "push" if writes else "pull")
        except Problem as problem:
            said = {401: {"www-authenticate": 'Basic realm="GitHub"'}}.get(problem.status, {})
            return Answer(problem.status, problem.body["message"].encode(), {**said, "content-type": "text/plain"})
        if service == "git-receive-pack":
            async with self._locks.setdefault(repo.id, asyncio.Lock()):
                answer = await self._run(repo, method, service, query, headers, body)
                self._pushed(repo, actor)
                return answer
        return await self._run(repo, method, service, query, headers, body)

    def _pushed(self, repo: Repo, actor: Actor) -> None:
        moves = repo.git.reread()
        moves = {name: move for name, move in moves.items() if not name.startswith("refs/pull/")}
        if moves and actor.account:
            acts.move_refs(self.world, repo, moves, actor.account, actor.kind == "actions")

    async def _run(
        self, repo: Repo, method: str, service: str, query: str, headers: dict[str, str], body: IO[bytes]
    ) -> Answer:
        env = {
            **GIT_ENV,
            "GIT_PROJECT_ROOT": str(repo.git.path.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{repo.git.path.name}/{service}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": method,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "REMOTE_USER": "user",
            "REMOTE_ADDR": "127.0.0.1",
        }
        for name in ("content-encoding", "git-protocol"):
            if name in headers:
                env["HTTP_" + name.upper().replace("-", "_")] = headers[name]
        if "git-protocol" in headers:
            env["GIT_PROTOCOL"] = headers["git-protocol"]
        repo.git.flush()
        body.seek(0, 2)
        env["CONTENT_LENGTH"] = str(body.tell())
        body.seek(0)

        def run() -> bytes:
            done = subprocess.run(["git", "http-backend"], stdin=body, capture_output=True, env=env, check=False)
            return done.stdout

        head, _, content = (await asyncio.to_thread(run)).partition(b"\r\n\r\n")
        status, shown = 200, {}
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "status":
                status = int(value.split()[0])
            elif name:
                shown[name.lower()] = value
        return Answer(status, content, shown)


def spool() -> IO[bytes]:
    """Return a temporary file with a real descriptor, which git needs."""
    return tempfile.TemporaryFile()
