"""Query a repository through GraphQL: queries with the fragments they use, fields for many values, pages of lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import NotFound

T = TypeVar("T")

_FRAGMENT = re.compile(r"^(?=fragment )", re.MULTILINE)
_SPREAD = re.compile(r"\.\.\.(\w+)")


class Fragments:
    """GraphQL fragments, from which each query takes those that it uses; GraphQL refuses a query with others."""

    def __init__(self, text: str, *others: Fragments) -> None:
        self._known = {part.split()[1]: part for part in _FRAGMENT.split(text) if part.strip()}
        for other in others:
            self._known |= other._known

    def query(self, text: str) -> str:
        """Return a query with the fragments that it uses, directly or through others."""
        added: set[str] = set()
        while missing := set(_SPREAD.findall(text)) - added:
            text += "".join(self._known[name] for name in sorted(missing))
            added |= missing
        return text


def of(repo: str) -> dict[str, Any]:
    """Return the query variables that identify a repository, `owner/name`."""
    owner, _, name = repo.partition("/")
    return {"owner": owner, "name": name}


def ask(client: Client, repo: str, query: str, **variables: Any) -> Any:
    """Send a query about a repository, and return the repository in the answer. Raises NotFound if it has none."""
    return repository_in(client.graphql(query, {**of(repo), **variables}), repo)


def repository_in(answer: Mapping[str, Any], repo: str) -> Any:
    """Return the repository in the answer to a query. Raises NotFound if it has none."""
    if answer["repository"] is None:
        raise NotFound(f"{repo} does not exist on GitHub, or this token has no access to it.")
    return answer["repository"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerValue:
    """A query for one field of a repository for each of several values."""

    name: str
    kind: str
    """The GraphQL type of the values."""
    field: str
    """The field; it refers to the value as `$value`."""
    declared: str = ""
    """Further variables, such as `, $sha: String!`."""
    also: str = ""
    """Further fields of the repository."""
    fragments: Fragments | None = None

    def ask(self, client: Client, repo: str, values: Sequence[Any], **variables: Any) -> tuple[list[Any], Any]:
        """Return the answers in the order of the values, and the repository."""
        declared = self.declared + "".join(f", $v{i}: {self.kind}" for i in range(len(values)))
        fields = "\n".join(f"t{i}: {self.field.replace('$value', f'$v{i}')}" for i in range(len(values)))
        query = (
            f"query {self.name}($owner: String!, $name: String!{declared}) {{\n"
            f"repository(owner: $owner, name: $name) {{\n{fields}\n{self.also}\n}}\n}}\n"
        )
        variables |= {f"v{i}": value for i, value in enumerate(values)}
        repository = ask(client, repo, self.fragments.query(query) if self.fragments else query, **variables)
        return [repository[f"t{i}"] for i in range(len(values))], repository


def portions(values: Sequence[T], size: int) -> list[Sequence[T]]:
    """Split a list into portions that fit into one request each."""
    return [values[at : at + size] for at in range(0, len(values), size)]


def pages(read: Callable[[str | None], Any], first: Any = None) -> Iterator[Any]:
    """Yield the pages of a connection, each read only when it is needed.

    `read` returns the page after a cursor, or the page before it if the connection is read from its end (with
    `hasPreviousPage`). `first`: the first page, if another query has read it.
    """
    page = read(None) if first is None else first
    while True:
        yield page
        info = page["pageInfo"]
        if info.get("hasNextPage"):
            page = read(info["endCursor"])
        elif info.get("hasPreviousPage"):
            page = read(info["startCursor"])
        else:
            return
