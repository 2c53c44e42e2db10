"""Align the two sides of a run of changes, to find lines with unchanged tokens among lines that really changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hotfix.formatting.code_tokens import CodeToken

_MOST_EDITS = 40
"""Maximum number of removed and added tokens between two matches, which keeps the time linear."""


def segments(old: Sequence[Sequence[CodeToken]], new: Sequence[Sequence[CodeToken]]) -> Iterator[tuple[range, range]]:
    """Yield pairs of line ranges with the same tokens on both sides, each as small as line ends allow."""
    before, after = [t for line in old for t in line], [t for line in new for t in line]
    starts, ends = _starts(old), _starts(new)
    for a, b, size in _matches(before, after):
        cuts = [(x, y) for x in range(a, a + size + 1) if x in starts and (y := b + x - a) in ends]
        for (x, y), (next_x, next_y) in pairwise(cuts):
            yield range(starts[x], starts[next_x]), range(ends[y], ends[next_y])


def _starts(lines: Sequence[Sequence[CodeToken]]) -> dict[int, int]:
    """Return token offset -> the first non-empty line that begins there."""
    found: dict[int, int] = {}
    offset = 0
    for n, line in enumerate(lines):
        if line:
            found[offset] = n
        offset += len(line)
    found[offset] = len(lines)
    return found


def _matches(old: Sequence[CodeToken], new: Sequence[CodeToken]) -> Iterator[tuple[int, int, int]]:
    """Yield matching blocks (start before, start after, length), found by repeated searches with Myers' algorithm."""
    x = y = 0
    while x < len(old) and y < len(new):
        path = _search(old, new, x, y)
        for (a, b), (c, d) in pairwise(path):
            size = min(c - a, d - b)
            if size:
                yield c - size, d - size, size
        if path[-1] == (x, y):
            return
        x, y = path[-1]


def _search(old: Sequence[CodeToken], new: Sequence[CodeToken], left: int, top: int) -> list[tuple[int, int]]:
    """Return the corners of the path with the fewest edits to the end, or of the furthest path with _MOST_EDITS."""
    width, height = len(old) - left, len(new) - top
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    best = 0
    for edits in range(_MOST_EDITS + 1):
        trace.append(dict(furthest))
        reached = -1
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest.get(k - 1, -1) < furthest.get(k + 1, -1))
            x = furthest.get(k + 1, 0) if down else furthest.get(k - 1, 0) + 1
            y = x - k
            while 0 <= x < width and 0 <= y < height and old[left + x] == new[top + y]:
                x, y = x + 1, y + 1
            furthest[k] = x
            if x <= width and y <= height and x + y > reached:
                reached, best = x + y, k
        if furthest.get(best, 0) >= width and furthest[best] - best >= height:
            break
    x = furthest[best]
    y = x - best
    corners = [(left + x, top + y)]
    for edits in range(len(trace) - 1, -1, -1):
        known, k = trace[edits], x - y
        down = k == -edits or (k != edits and known.get(k - 1, -1) < known.get(k + 1, -1))
        from_x = known.get(k + 1, 0) if down else known.get(k - 1, 0)
        from_y = from_x - (k + 1 if down else k - 1)
        if edits:
            # After the edit, the diagonal to the corner is a match.
            step = (from_x, from_y + 1) if down else (from_x + 1, from_y)
            corners.append((left + step[0], top + step[1]))
            corners.append((left + from_x, top + from_y))
            x, y = from_x, from_y
        else:
            corners.append((left, top))
    return corners[::-1]
