"""Truncated answers of GitHub are completed or reported as incomplete, and changes of every kind are read fully."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hotfix.facts import Change
from hotfix.verdict import Conclusion
from tests.contract.conftest import Service
from tests.github.acme import GOOD_BODY, GOOD_MESSAGE, POLICY


def pull_of(acme: Any, files: dict[str, Any] | None = None, commits: list[dict[str, Any]] | None = None) -> Any:
    many = commits or [{"files": files, "message": GOOD_MESSAGE}]
    acme.shop.commits("hotfix/big", [{"author": acme.dev, **one, "at": "v1.2.3"} for one in many])
    return acme.dev.open_pull(acme.shop, head="hotfix/big", title="HOTFIX: big", body=GOOD_BODY, labels=["hotfix"])


def test_the_pull_request_lists_more_files_than_a_compare(service: Service, acme: Any) -> None:
    """The pull request returns the files beyond a comparison's limit."""
    pull = pull_of(acme, {f"src/f{i:04}.py": f"x = {i}\n" for i in range(350)} | {"zz/package.json": '{"name": "z"}\n'})
    found = service.gather(pull)
    assert found.facts is not None
    assert len(found.facts.files) == 351
    assert "files" not in found.facts.missing
    assert found.facts.files[-1].after == '{"name": "z"}\n'


@pytest.mark.slow
def test_files_beyond_three_thousand_are_said_to_be_missing(service: Service, acme: Any) -> None:
    pull = pull_of(acme, {f"src/f{i:04}.py": "x\n" for i in range(3010)})
    found = service.gather(pull)
    assert found.facts is not None
    assert len(found.facts.files) == 3000
    assert "3000 of the 3010 changed files" in found.facts.missing["files"]
    assert service.evaluate(pull).verdict.conclusion is Conclusion.FAIL


def test_files_of_a_branch_cut_elsewhere_are_missing(service: Service, acme: Any) -> None:
    acme.shop.commit("main", {f"lib/f{i:04}.py": "x\n" for i in range(310)})
    acme.shop.commit("hotfix/main", {"src/cart.py": "x = 9\n"}, at="main", message=GOOD_MESSAGE, author=acme.dev)
    pull = acme.dev.open_pull(acme.shop, head="hotfix/main", title="HOTFIX: x", labels=["hotfix"])
    found = service.gather(pull)
    assert found.facts is not None
    assert len(found.facts.files) == 300
    assert "at most" in found.facts.missing["files"] or "only 300" in found.facts.missing["files"]


def test_beyond_250_commits_it_is_said_that_some_are_missing(service: Service, acme: Any) -> None:
    pull = pull_of(acme, commits=[{"files": {"src/cart.py": f"x = {i}\n"}, "message": f"c{i}"} for i in range(260)])
    found = service.gather(pull)
    assert found.facts is not None
    assert len(found.facts.commits) == 250
    assert "250 of the branch's 260 commits" in found.facts.missing["commits"]
    assert service.evaluate(pull).verdict.conclusion is not Conclusion.PASS


def test_renames_removals_binaries_and_manifests_arrive_whole(service: Service, acme: Any) -> None:
    acme.shop.commits(
        "hotfix/big",
        [
            {
                "files": {
                    "logo.png": b"\x89PNG\0\1\2",
                    "new/requirements.txt": "a==1\nb==2",
                    "requirements.txt": None,
                    "specs/hotfix-big.md": "# HOTFIX: big\n",
                    "src/cart.py": "x = 1\n",
                },
                "rename": {"package.json": "web/package.json"},
                "message": GOOD_MESSAGE,
                "author": acme.dev,
                "at": "v1.2.3",
            }
        ],
    )
    pull = acme.dev.open_pull(acme.shop, head="hotfix/big", title="HOTFIX: big", labels=["hotfix"])
    found = service.gather(pull)
    assert found.facts is not None
    files = {file.path: file for file in found.facts.files}
    assert files["new/requirements.txt"].after == "a==1\nb==2"
    assert (files["logo.png"].change, files["logo.png"].patch) == (Change.ADDED, None)
    assert (files["requirements.txt"].change, files["requirements.txt"].after) == (Change.REMOVED, None)
    assert files["src/cart.py"].before is None  # not a manifest, so its patch is enough
    moved = files["web/package.json"]
    assert (moved.change, moved.previous_path) == (Change.RENAMED, "package.json")
    assert moved.before == moved.after == acme.shop.read("package.json", "v1.2.3")
    assert files["requirements.txt"].before == acme.shop.read("requirements.txt", "v1.2.3")
    assert files["specs/hotfix-big.md"].after == "# HOTFIX: big\n"


def test_a_lockfile_too_large_for_graphql_is_read_all_the_same(service: Service, acme: Any) -> None:
    lines = "".join(f"package-{i:06}==1.0.{i}\n" for i in range(30_000))
    pull = pull_of(acme, {"requirements.txt": lines})
    found = service.gather(pull)
    assert found.facts is not None
    [file] = found.facts.files
    assert file.after == lines


def test_the_production_tag_says_which_files_are_generated(service: Service, acme: Any) -> None:
    acme.shop.commit("main", {".gitattributes": "gen/** linguist-generated\nlib/** linguist-vendored\n"})
    acme.shop.tag("v1.4.0", at="main")
    acme.dev.deploy(acme.shop, "v1.4.0")
    acme.shop.commit(
        "hotfix/big",
        {"gen/a.py": "1\n", "lib/b.py": "1\n", "c.py": "1\n", ".gitattributes": "c.py linguist-generated\n"},
        at="v1.4.0",
        author=acme.dev,
    )
    pull = acme.dev.open_pull(acme.shop, head="hotfix/big", title="HOTFIX: big", labels=["hotfix"])
    found = service.gather(pull)
    assert found.facts is not None
    assert {f.path: (f.generated, f.vendored) for f in found.facts.files} == {
        ".gitattributes": (False, False),
        "c.py": (False, False),
        "gen/a.py": (True, False),
        "lib/b.py": (False, True),
    }


def test_a_branch_of_another_history_fails(service: Service, acme: Any) -> None:
    """It has no common history with production; the evaluation still ends in a verdict."""
    git = acme.shop.git
    tree = git("rev-parse", "v1.2.3^{tree}").strip()
    root = git("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", tree, "-m", "root").strip()
    acme.shop.branch("hotfix/alone", at=root)
    acme.shop.commit("hotfix/alone", {"a.py": "1\n"}, message=GOOD_MESSAGE, author=acme.dev)
    made = acme.dev.rest(
        "POST", "/repos/acme/shop/pulls", {"head": "hotfix/alone", "base": "main", "title": "HOTFIX: alone"}
    )
    if not made.ok:
        return  # GitHub refuses a pull request between branches without a common ancestor
    pull = acme.github.pull("acme/shop", made.data["number"])
    acme.dev.label(pull, "hotfix")
    assert "branch" in service.evaluate(pull).verdict.failed_rules


def package(change: str, version: str, vulnerabilities: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "change_type": change,
        "manifest": "requirements.txt",
        "ecosystem": "pip",
        "name": "flask",
        "version": version,
        "package_url": f"pkg:pypi/flask@{version}",
        "license": "BSD-3-Clause",
        "source_repository_url": "https://github.com/pallets/flask",
        "scope": "runtime",
        "vulnerabilities": vulnerabilities,
    }


def test_a_missing_dependency_review_is_remembered(service: Service, acme: Any) -> None:
    """In repositories that have one, it is still read."""
    acme.shop.update(dependency_graph=True)
    pull = pull_of(acme, {"requirements.txt": "flask==3.0.1\n"})
    known = {
        "advisory_ghsa_id": "GHSA-aaaa-bbbb-cccc",
        "severity": "high",
        "advisory_summary": "Sessions leak",
        "advisory_url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
    }
    changes = [
        package("removed", "3.0.0", [known]),
        package("added", "3.0.1", []),
    ]
    acme.shop.set_dependency_review(acme.shop.sha("v1.2.3"), pull.head_sha, changes)
    found = service.gather(pull)
    assert found.facts is not None
    assert found.facts.dependency_review is not None
    assert [(c.change, c.vulnerabilities) for c in found.facts.dependency_review] == [
        ("removed", ("GHSA-aaaa-bbbb-cccc",)),
        ("added", ()),
    ]
    acme.shop.update(dependency_graph=False)
    for _ in range(2):
        found = service.gather(pull)
        assert found.facts is not None
        assert found.facts.dependency_review is None
    asked = [call for call in service.calls() if "dependency-graph" in call.path]
    assert len(asked) == 2


def test_a_repository_without_releases_has_no_production(service: Service, acme: Any) -> None:
    young = acme.github.create_repo("acme/young", files={"a.py": "1\n"}, owner=acme.dev)
    young.commit("hotfix/a", {"a.py": "2\n"}, at="main", message=GOOD_MESSAGE, author=acme.dev)
    pull = acme.dev.open_pull(young, head="hotfix/a", title="HOTFIX: a", labels=["hotfix"])
    outcome = service.evaluate(pull)
    assert outcome.verdict.production is None
    assert outcome.verdict.conclusion is not Conclusion.PASS


def test_maintainers_are_tech_leads_by_default(service: Service, acme: Any) -> None:
    acme.shop.commit("main", {".github/hotfix.yml": "label: hotfix\n"})
    maintainer = acme.github.create_user("maintainer")
    acme.shop.add_collaborator(maintainer, "maintain")
    acme.shop.add_collaborator(acme.github.create_user("reader"), "pull")
    found = service.gather(acme.hotfix())
    assert found.facts is not None
    assert maintainer.login in found.facts.people.tech_leads
    assert "reader" not in found.facts.people.tech_leads
    assert found.facts.people.security == frozenset()


def test_a_team_that_is_not_there_leaves_the_review_untold(service: Service, acme: Any) -> None:
    acme.shop.commit("main", {".github/hotfix.yml": "people:\n  tech_leads: acme/nobody\n"})
    found = service.gather(acme.hotfix())
    assert found.facts is not None
    assert "acme/nobody" in found.facts.missing["people"]


@pytest.mark.parametrize("slow", ["/graphql", "/orgs/acme/teams/tech-leads/members"])
def test_people_who_change_meanwhile_are_read_again(service: Service, acme: Any, slow: str) -> None:
    """The evaluation in progress doesn't fail."""
    pull = acme.hotfix()
    if slow == "/graphql":
        service.evaluate(pull)
    reads = service.github.faults.add(slow, hold=True)
    with ThreadPoolExecutor(1) as pool:
        evaluation = pool.submit(service.gather, pull)
        reads.wait_for_held()
        service.caches.people_changed("acme")
        reads.remove()
        facts = evaluation.result().facts
    assert facts is not None
    assert facts.people.tech_leads == {"lead", "lead2"}
    assert service.caches.teams.get(("acme", "tech-leads")) is None, "what was read before the change is not used"


def test_unreleased_work_of_main_in_the_branch_is_foreign(service: Service, acme: Any) -> None:
    acme.shop.commit("hotfix/main", {"src/cart.py": "x = 9\n"}, at="main", message=GOOD_MESSAGE, author=acme.dev)
    pull = acme.dev.open_pull(acme.shop, head="hotfix/main", title="HOTFIX: x", labels=["hotfix"])
    found = service.gather(pull)
    assert found.facts is not None
    [main] = found.facts.branches.long_lived
    ahead = acme.shop.git("rev-list", "--reverse", "v1.2.3..main").split()
    assert list(main.foreign) == ahead
    assert "branch" in service.evaluate(pull).verdict.failed_rules


def test_long_lived_branches_may_be_named_by_globs(service: Service, acme: Any) -> None:
    globs = "back_merge: [main, release/*, '!release/0*']"
    acme.shop.commit("main", {".github/hotfix.yml": POLICY.replace("back_merge: [main]", globs)})
    for name in ("release/1.2", "release/1.3", "release/0.9"):
        acme.shop.branch(name, at="v1.2.3")
    pull = acme.hotfix()
    for _ in range(2):
        found = service.gather(pull)
        assert found.facts is not None
        assert [branch.name for branch in found.facts.branches.long_lived] == ["main", "release/1.2", "release/1.3"]
        assert "branches" not in found.facts.missing
    globs = "back_merge: [main, stable, next/*]"
    acme.shop.commit("main", {".github/hotfix.yml": POLICY.replace("back_merge: [main]", globs)})
    found = service.gather(pull)
    assert found.facts is not None
    assert "correct branches.back_merge" in found.facts.missing["branches"]
