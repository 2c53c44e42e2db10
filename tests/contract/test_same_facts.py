"""Reading a pull request through the API and from a clone gives equivalent facts."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hotfix import git
from hotfix.evaluate import evaluate
from hotfix.facts import Commit, Facts, Person
from tests.contract.conftest import Service
from tests.github.acme import GOOD_BODY, GOOD_MESSAGE

SCENARIOS: dict[str, list[dict[str, Any]]] = {
    "one small change": [{"files": {"src/cart.py": "x = 2\n"}, "at": "v1.2.3"}],
    "several commits with co-authors": [
        {"files": {"src/cart.py": "x = 2\n"}, "at": "v1.2.3"},
        {"files": {"src/cart.py": "x = 3\n"}, "message": "more\n\nCo-authored-by: Lead <lead@example.com>\n\n"},
    ],
    "an empty commit after a change": [{"files": {"src/cart.py": "x = 2\n"}, "at": "v1.2.3"}, {"files": {}}],
    "an empty commit alone": [{"files": {}, "at": "v1.2.3"}],
    "unreleased work of main": [{"files": {"src/new.py": "x = 2\n"}, "at": "main"}],
    "manifests and specs": [
        {
            "files": {
                "requirements.txt": "flask==3.0.1\nrequests==2.0\n",
                "package.json": '{"name": "shop", "dependencies": {"left-pad": "1.0.0"}}',
                "specs/hotfix-cart.md": "# HOTFIX: cart\n\n## Severity: P1\n",
            },
            "at": "v1.2.3",
        }
    ],
    "renames, removals and binaries": [
        {
            "files": {"logo.png": b"\x89PNG\0\1", "requirements.txt": None, "empty.txt": "", "no-newline.txt": "a\nb"},
            "rename": {"README.md": "docs/README.md", "package.json": "web/package.json"},
            "at": "v1.2.3",
        }
    ],
    "text with NUL bytes": [
        {
            "files": {"src/cart.py": b"# \0\nx = 1\n", "src/new.py": b"# \0\n", "empty.py": "", "a.png": b"\0"},
            "rename": {"package.json": "web/package.json"},
            "at": "v1.2.3",
        }
    ],
    "links, modes, submodules and archives": [
        {
            "files": {
                "link": {"mode": "120000", "base64": "L2V0Yy9wYXNzd2Q="},
                "package.json": {"mode": "120000", "base64": "L2V0Yy9wYXNzd2Q="},
                "README.md": {"mode": "100755", "base64": "IyBTaG9wCg=="},
                "libs/foo": {"mode": "160000", "base64": "YQo="},
                "one-line.txt": "no end",
                "core.jar": b"PK\0\0",
                "run": b"\x7fELF\0",
                "new.sh": {"mode": "100755", "base64": "YQo="},
            },
            "at": "v1.2.3",
        },
    ],
    "names that need care": [
        {"files": {"src/a b.py": "1\n", "src/ü.py": "2\n", 'src/"q".py': "3\n", "-x": "4\n"}, "at": "v1.2.3"}
    ],
    "generated files, also by nested attributes": [
        {"files": {"gen/a.py": "1\n", "gen/deep/b.py": "2\n", "c.py": "3\n"}, "at": "v1.2.4"}
    ],
}


def known(person: Person) -> Person:
    """Return the part of a person's data that a clone contains."""
    return Person(login="", email=person.email)


def plain(commit: Commit) -> Commit:
    return replace(
        commit,
        author=known(commit.author),
        committer=known(commit.committer),
        co_authors=tuple(known(person) for person in commit.co_authors),
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_meaning_from_both_sources(service: Service, acme: Any, scenario: str, tmp_path: Path) -> None:
    if "attributes" in scenario:
        acme.shop.commit(
            "main",
            {".gitattributes": "c.py linguist-vendored\n", "gen/.gitattributes": "*.py linguist-generated\n"},
        )
        acme.shop.tag("v1.2.4", at="main")
        acme.dev.deploy(acme.shop, "v1.2.4")
    commits = [{"message": GOOD_MESSAGE, "author": acme.dev, **commit} for commit in SCENARIOS[scenario]]
    acme.shop.commits("hotfix/x", commits)
    pull = acme.dev.open_pull(acme.shop, head="hotfix/x", title="HOTFIX: x", body=GOOD_BODY, labels=["hotfix"])
    found = service.gather(pull)
    assert found.facts is not None

    command = ["git", "clone", "-q", "-b", "hotfix/x", acme.shop.clone_url(acme.dev), str(tmp_path / "clone")]
    subprocess.run(command, check=True, capture_output=True)
    policy = found.policy.policy
    local = git.read(tmp_path / "clone", policy=policy, now=found.facts.now, base="main")
    assert comparable(found.facts) == comparable(local)
    theirs, ours = evaluate(found.facts, policy), evaluate(local, policy)
    pure = ("branch", "size", "dependencies", "scope", "formatting", "commits")
    assert {j.rule: (j.status, j.finding.message) for j in theirs.findings if j.rule in pure} == {
        j.rule: (j.status, j.finding.message) for j in ours.findings if j.rule in pure
    }


def comparable(facts: Facts) -> dict[str, Any]:
    assert facts.production is not None
    return {
        "head": facts.head_sha,
        "production": (facts.production.tag, facts.production.sha),
        "branches": facts.branches,
        "commits": tuple(map(plain, facts.commits)),
        "files": {file.path: file for file in facts.files},
        "missing": dict(facts.missing),
    }
