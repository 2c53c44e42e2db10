"""`/_sim/...`: test controls of the simulated GitHub for which GitHub has no route."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from tests.github.server.controls import accounts, chaos, issues, repos, seen
from tests.github.server.routing import Answer, Problem

if TYPE_CHECKING:
    from tests.github.server.asgi import Server

COMMANDS = {
    name: function
    for module in (accounts, repos, issues, chaos, seen)
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
}


async def run(server: Server, command: str, body: dict[str, Any]) -> Answer:
    function = COMMANDS.get(command)
    if function is None:
        return Answer(404, {"message": f"the simulator has no command {command}"})
    try:
        result = function(server, **body)
        if inspect.isawaitable(result):
            result = await result
    except Problem as problem:
        return Answer(problem.status, problem.body)
    return Answer(200, {"result": result})
