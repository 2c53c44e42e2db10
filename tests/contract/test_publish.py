"""Writes to a commit: annotations, which GitHub can only add, and checks that are re-requested or shared."""

from __future__ import annotations

from typing import Any

from hotfix.finding import Status
from hotfix.github.evaluation import PublishResult
from hotfix.github.read.pull import changes
from tests.contract.conftest import Service
from tests.github.acme import GOOD_MESSAGE, POLICY


def annotated(acme: Any) -> Any:
    """Open a pull request with a mistake in its own policy, which gets an annotation."""
    acme.shop.commit("policy", {".github/hotfix.yml": POLICY + "lable: 3\n"}, at="main", author=acme.dev)
    return acme.dev.open_pull(acme.shop, head="policy", title="Policy")


def lines(acme: Any, pull: Any) -> list[int]:
    run = pull.check("hotfix")["id"]
    return [each["start_line"] for each in acme.shop.get(f"/check-runs/{run}/annotations")]


def test_annotations_that_are_there_are_not_added_again(service: Service, acme: Any) -> None:
    pull = annotated(acme)
    assert service.evaluate(pull).published is PublishResult.CREATED
    [line] = lines(acme, pull)
    assert service.evaluate(pull, force=True).published is PublishResult.UPDATED
    assert service.evaluate(pull).published is PublishResult.UNCHANGED
    acme.shop.commit("main", {".github/hotfix.yml": POLICY + "# moved\n"})  # the annotated line is unchanged
    assert service.evaluate(pull).published is PublishResult.UPDATED
    assert lines(acme, pull) == [line]


def test_a_new_run_replaces_one_with_other_annotations(service: Service, acme: Any) -> None:
    """GitHub can't remove annotations from a check run."""
    pull = annotated(acme)
    service.evaluate(pull)
    old = pull.check("hotfix")["id"]
    acme.shop.commit("main", {".github/hotfix.yml": POLICY + "lable: 3\n"})  # main has the same mistake
    assert service.evaluate(pull).published is PublishResult.CREATED
    assert pull.check("hotfix")["id"] != old
    assert lines(acme, pull) == []
    assert service.evaluate(pull).published is PublishResult.UNCHANGED


def test_a_check_asked_for_again_is_written_again(service: Service, acme: Any) -> None:
    """It is written even if its content is unchanged."""
    pull = acme.hotfix()
    service.warm(pull)
    service.warm(pull)
    run = pull.check("hotfix")["id"]
    assert service.evaluate(pull).published is PublishResult.UNCHANGED
    assert service.evaluate(pull, force=True).published is PublishResult.UPDATED
    assert pull.check("hotfix")["id"] == run


def test_another_head_than_the_one_to_publish_on_gets_nothing(service: Service, acme: Any) -> None:
    pull = acme.hotfix()
    first = pull.head_sha
    second = acme.shop.commit("hotfix/cart", {"src/cart.py": "x = 3\n"}, message=GOOD_MESSAGE, author=acme.dev)
    outcome = service.evaluate(pull, expect_sha=first, only_on=first)
    assert (outcome.published, outcome.verdict.head_sha) == (PublishResult.MOVED, second)
    assert acme.shop.check(second, "hotfix") is None
    assert service.evaluate(pull, expect_sha=second, only_on=second).published is PublishResult.CREATED


def test_unnamed_pull_requests_share_the_commits_check(service: Service, acme: Any) -> None:
    """For a commit, GitHub doesn't list pull requests from forks."""
    for base in ("develop", "next"):
        acme.shop.branch(base, at="v1.2.3")
    first = acme.hotfix(base="develop")
    second = acme.dev.open_pull(acme.shop, head="hotfix/cart", base="next", title="cart")
    acme.shop.move("main", first.head_sha)  # for a commit of the default branch, GitHub lists merged pull requests only
    service.evaluate(first)
    assert first.check("hotfix")["external_id"].startswith(f"pr={first.number};")
    service.evaluate(first, also=[first.number, second.number, 999])
    assert first.check("hotfix")["external_id"].startswith(f"pr={first.number},{second.number};")
    assert first.check("hotfix")["conclusion"] == "failure"


def test_a_text_longer_than_any_manifest_is_not_read(service: Service, acme: Any, monkeypatch: Any) -> None:
    lines = "".join(f"package-{i:06}==1.0.{i}\n" for i in range(30_000))
    acme.shop.commit("hotfix/big", {"requirements.txt": lines}, at="v1.2.3", message=GOOD_MESSAGE, author=acme.dev)
    pull = acme.dev.open_pull(acme.shop, head="hotfix/big", title="HOTFIX: big", labels=["hotfix"])
    monkeypatch.setattr(changes, "MOST_BYTES", 600_000)
    [said] = [evaluated for evaluated in service.evaluate(pull).verdict.findings if evaluated.rule == "dependencies"]
    assert said.status == Status.FAILED
    assert [call for call in service.calls() if "/git/blobs/" in call.path] == []


def test_a_late_dependency_review_is_asked_for_again(service: Service, acme: Any) -> None:
    acme.shop.update(dependency_graph=True)
    acme.shop.commit(
        "hotfix/x", {"requirements.txt": "requests==2.32.4\n"}, at="v1.2.3", message=GOOD_MESSAGE, author=acme.dev
    )
    pull = acme.dev.open_pull(acme.shop, head="hotfix/x", title="HOTFIX: x", labels=["hotfix"])
    service.github.faults.add("/repos/*/dependency-graph/*", status=404, count=1)
    answers = [service.gather(pull).facts for _ in range(2)]
    assert [facts is not None and facts.dependency_review for facts in answers] == [None, ()]
