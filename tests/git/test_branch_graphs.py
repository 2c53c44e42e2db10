"""The branch rule on random histories made with real git, compared with set operations on the same graph."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hotfix.finding import Status
from hotfix.policy import Policy
from tests.git.clone import Clone

POLICY = Policy.model_validate({"branches": {"back_merge": ["main", "develop"]}})


@dataclass(frozen=True)
class Graph:
    parents: tuple[tuple[int, ...], ...]
    """The parents of each commit, by number; parents have lower numbers."""
    refs: Mapping[str, int]

    def reach(self, commit: int) -> set[int]:
        found, todo = {commit}, [commit]
        while todo:
            for parent in self.parents[todo.pop()]:
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        return found

    @property
    def branch(self) -> set[int]:
        return self.reach(self.refs["head"]) - self.reach(self.refs["tag"])

    @property
    def foreign(self) -> set[int]:
        return self.branch & (self.reach(self.refs["main"]) | self.reach(self.refs["develop"]))

    @property
    def is_merged(self) -> bool:
        """Return whether the head itself is unreleased work of a long-lived branch."""
        return self.refs["head"] in self.foreign

    @property
    def is_sound(self) -> bool:
        return self.refs["tag"] in self.reach(self.refs["head"]) and not self.foreign

    @property
    def kept(self) -> set[str]:
        """Return the subjects of the developer's own commits, without merges."""
        return {f"c{n}" for n in self.branch - self.foreign if len(self.parents[n]) < 2}

    def stream(self) -> bytes:
        """Return the input of git fast-import: each commit adds a file, and a merge has the files of both parents."""
        parts: list[str] = []
        trees: list[set[int]] = []
        for n, parents in enumerate(self.parents):
            own = {n} if len(parents) < 2 else set()
            trees.append(own.union(*(trees[p] for p in parents)))
            text = f"c{n}"
            parts.append(f"commit refs/heads/made\nmark :{n + 1}\n")
            if not parents:
                parts[-1] = f"reset refs/heads/made\n{parts[-1]}"
            parts.append(f"committer Dev <dev@example.com> {1_770_000_000 + n} +0000\ndata {len(text)}\n{text}\n")
            parts += [f"{'from' if i == 0 else 'merge'} :{p + 1}\n" for i, p in enumerate(parents)]
            parts.append("deleteall\n")
            parts += [f"M 100644 inline f{f}\ndata {len(str(f))}\n{f}\n" for f in sorted(trees[n])]
        names = {"head": "refs/heads/hotfix/x", "tag": "refs/tags/v1.2.3"}
        for name, commit in self.refs.items():
            parts.append(f"reset {names.get(name, f'refs/heads/{name}')}\nfrom :{commit + 1}\n\n")
        return "".join(parts).encode()


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    parents: list[tuple[int, ...]] = [()]
    for n in range(1, draw(st.integers(2, 12))):
        recent = st.integers(max(0, n - 4), n - 1)
        count = draw(st.sampled_from([1, 1, 1, 1, 1, 2, 2, 0]))
        parents.append(tuple(draw(st.lists(recent, min_size=min(count, n), max_size=min(count, n), unique=True))))
    last = len(parents) - 1
    earlier = st.integers(0, max(0, last - 1))
    refs = {name: draw(earlier) for name in ("tag", "main", "develop")}
    return Graph(tuple(parents), {**refs, "head": draw(st.sampled_from([last, last, last, last // 2]))})


@contextmanager
def made(graph: Graph) -> Iterator[Clone]:
    with tempfile.TemporaryDirectory() as folder:
        clone = Clone.init(Path(folder))
        clone.git("fast-import", "--quiet", "--force", stdin=graph.stream())
        (clone.path / ".git/HEAD").write_text("ref: refs/heads/hotfix/x\n")
        yield clone


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_the_verdict_is_that_of_the_sets(graph: Graph) -> None:
    with made(graph) as clone:
        facts = clone.facts(policy=POLICY)
        finding = clone.branch_finding(policy=POLICY)
        subjects = {commit.sha: commit.subject for commit in facts.commits}

    assert set(subjects.values()) == {f"c{n}" for n in graph.branch}
    named = {subjects[sha] for branch in facts.branches.long_lived for sha in branch.foreign}
    assert named == {f"c{n}" for n in graph.foreign}
    assert finding.status is (Status.PASSED if graph.is_sound else Status.FAILED)
    if graph.is_merged:
        assert "already merged into" in finding.message
    else:
        said = {line.split(" ", 1)[1] for line in finding.details}
        assert said == {f"c{n}" for n in graph.foreign}


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs().filter(lambda graph: not graph.is_sound and not graph.is_merged))
def test_the_named_commands_keep_exactly_the_own_commits(graph: Graph) -> None:
    """The commands fix the branch and keep exactly the developer's own commits."""
    with made(graph) as clone:
        clone.git("reset", "-q", "--hard")
        finding = clone.branch_finding(policy=POLICY)
        event(finding.commands[-1].split(" ")[1])

        clone.paste(finding.commands)

        assert clone.branch_finding(policy=POLICY).status is Status.PASSED
        assert set(clone.subjects("v1.2.3..hotfix/x")) == graph.kept
        assert clone.git("branch", "--show-current") == "hotfix/x"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs().filter(lambda graph: graph.is_merged))
def test_a_branch_that_is_merged_fails_and_no_command_moves_it(graph: Graph) -> None:
    with made(graph) as clone:
        finding = clone.branch_finding(policy=POLICY)

    assert (finding.status, finding.commands) == (Status.FAILED, ())
    assert finding.message.startswith("the branch is already merged into ")
