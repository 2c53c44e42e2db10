"""The connection to the server that all handles share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.github.client.http import Answer, Http, Refused

JSON = dict[str, Any]


class Wire:
    """Sends REST calls, GraphQL queries and simulator commands to one server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api_url = url + "/api/v3"
        self.graphql_url = url + "/api/graphql"
        self.http = Http(url)

    def sim(self, command: str, **said: Any) -> Any:
        """Send a command to the simulator. Raises Refused."""
        answer = self.http.send("POST", f"/_sim/{command}", body=said)
        if not answer.ok:
            raise Refused("sim", command, answer.status, answer.data)
        return answer.data["result"]

    def rest(
        self, method: str, path: str, token: str | None = None, body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Send a raw REST call; no status raises an error."""
        return self.http.send(method, "/api/v3" + path, token, body, dict(headers or {}))

    def must(self, method: str, path: str, token: str | None = None, body: Any = None) -> Any:
        """Return the response data. Raises Refused for an error status."""
        answer = self.rest(method, path, token, body)
        if not answer.ok:
            raise Refused(method, path, answer.status, answer.data)
        return answer.data

    def all(self, path: str, token: str | None = None, key: str | None = None) -> list[JSON]:
        """Return the items of all pages of a list."""
        found: list[JSON] = []
        page = 1
        sign = "&" if "?" in path else "?"
        while True:
            data = self.must("GET", f"{path}{sign}per_page=100&page={page}", token)
            items = data[key] if key else data
            found += items
            if len(items) < 100:
                return found
            page += 1

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None, token: str | None = None) -> JSON:
        """Return the `data` of the response. Raises Refused if there are errors."""
        body = {"query": query, "variables": dict(variables or {})}
        answer = self.http.send("POST", "/api/graphql", token, body)
        if not answer.ok or answer.data.get("errors"):
            raise Refused("POST", "/graphql", answer.status, answer.data)
        data: JSON = answer.data["data"]
        return data
