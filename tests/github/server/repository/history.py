"""The commit graph: ancestors, merge bases, commit ranges. Pure functions over an ObjectStore."""

from __future__ import annotations

import heapq
from collections import OrderedDict

from tests.github.server.repository.objects import ObjectStore

CACHED_SETS = 64
CACHED_SPANS = 4000


class History:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._sets: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._bases: dict[tuple[str, str], str | None] = {}
        self._spans: OrderedDict[tuple[str | None, str], tuple[str, ...]] = OrderedDict()

    def ancestors(self, sha: str) -> frozenset[str]:
        """Return the commit itself and all its ancestors."""
        found = self._sets.get(sha)
        if found is None:
            seen: set[str] = set()
            todo = [sha]
            while todo:
                one = todo.pop()
                if one in seen:
                    continue
                known = self._sets.get(one)
                if known is not None:
                    seen |= known
                    continue
                seen.add(one)
                todo += self._objects.commit(one).parents
            found = self._sets[sha] = frozenset(seen)
            if len(self._sets) > CACHED_SETS:
                self._sets.popitem(last=False)
        else:
            self._sets.move_to_end(sha)
        return found

    def is_ancestor(self, sha: str, of: str) -> bool:
        return sha in self.ancestors(of)

    def merge_base(self, one: str, other: str) -> str | None:
        key = (one, other)
        if key not in self._bases:
            self._bases[key] = self._find_base(one, other)
        return self._bases[key]

    def _find_base(self, one: str, other: str) -> str | None:
        known = self.ancestors(one)
        best: set[str] = set()
        seen: set[str] = set()
        todo = [other]
        while todo:
            sha = todo.pop()
            if sha in known:
                best.add(sha)
            elif sha not in seen:
                seen.add(sha)
                todo += self._objects.commit(sha).parents
        if len(best) > 1:
            best = {sha for sha in best if not any(sha != o and sha in self.ancestors(o) for o in best)}
        if not best:
            return None
        return max(best, key=lambda s: (self._objects.commit(s).committer.when, s))

    def between(self, base: str | None, head: str) -> list[str]:
        """Return commits reachable from `head` but not from `base`, newest first, children before parents."""
        key = (base, head)
        found = self._spans.get(key)
        if found is None:
            unwanted: frozenset[str] = self.ancestors(base) if base else frozenset()
            found = self._spans[key] = tuple(self._ordered([head], unwanted))
            if len(self._spans) > CACHED_SPANS:
                self._spans.popitem(last=False)
        return list(found)

    def log(self, head: str, limit: int | None = None) -> list[str]:
        return self._ordered([head], frozenset(), limit)

    def _ordered(self, heads: list[str], unwanted: frozenset[str], limit: int | None = None) -> list[str]:
        wanted: set[str] = set()
        todo = [sha for sha in heads if sha not in unwanted]
        while todo:
            sha = todo.pop()
            if sha not in wanted:
                wanted.add(sha)
                todo += [p for p in self._objects.commit(sha).parents if p not in unwanted]
        children: dict[str, int] = dict.fromkeys(wanted, 0)
        for sha in wanted:
            for parent in self._objects.commit(sha).parents:
                if parent in children:
                    children[parent] += 1
        ready = [
            (-self._objects.commit(s).committer.when.timestamp(), i, s) for i, s in enumerate(heads) if s in wanted
        ]
        ready = [r for r in ready if children[r[2]] == 0]
        heapq.heapify(ready)
        count = len(heads)
        done: list[str] = []
        while ready and (limit is None or len(done) < limit):
            _, _, sha = heapq.heappop(ready)
            done.append(sha)
            for parent in self._objects.commit(sha).parents:
                if parent in children:
                    children[parent] -= 1
                    if children[parent] == 0:
                        count += 1
                        when = self._objects.commit(parent).committer.when.timestamp()
                        heapq.heappush(ready, (-when, count, parent))
        return done
