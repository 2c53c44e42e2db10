"""`check`: the same rules without the service, for a pull request, or for a branch that has none."""

from __future__ import annotations

import pytest

from tests.action.conftest import Shop
from tests.github.acme import FIX, GOOD_BODY

READ = {"contents": "read", "pull_requests": "read", "checks": "read", "deployments": "read"}


@pytest.fixture
def named(shop: Shop) -> Shop:
    shop.name_people()
    return shop


def test_a_pull_request_is_pending_until_its_review(named: Shop) -> None:
    token = named.github.workflow_token(named.repo, READ)
    waiting = named.do("check", token=token)
    assert (waiting.status, waiting.outputs["verdict"]) == (1, "pending")
    named.acme.lead.review(named.pull, "APPROVE")
    done = named.do("check", token=token)
    assert (done.status, done.outputs) == (0, {"verdict": "pass", "failed-rules": ""})


def test_failing_rules_are_named_and_annotated(named: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    named.repo.commit("hotfix/cart", {"src/more.py": "x = 1\n" * 300}, message="more", author=named.acme.dev)
    named.sha = named.pull.head_sha
    done = named.do("check")
    assert done.status == 1
    assert {"size", "commits"} <= set(done.outputs["failed-rules"].split(","))
    assert "::error" in capsys.readouterr().out
    assert "size" in done.report.markdown()


def test_the_event_says_which_pull_request(named: Shop) -> None:
    event = {"action": "synchronize", "pull_request": named.pull.data}
    done = named.do("check", {"event": event, "event_name": "pull_request", "sha": "f" * 40})
    assert done.outputs["verdict"] == "pending"


def test_a_merge_queue_is_answered_for_its_pull_request(named: Shop) -> None:
    ref = f"refs/heads/gh-readonly-queue/main/pr-{named.pull.number}-{named.sha}"
    event = {"action": "checks_requested", "merge_group": {"head_ref": ref, "head_sha": "f" * 40}}
    settings = {"event": event, "event_name": "merge_group", "sha": "f" * 40, "ref": ref}
    assert named.do("check", settings).outputs["verdict"] == "pending"
    named.acme.lead.review(named.pull, "APPROVE")
    assert named.do("check", settings).outputs["verdict"] == "pass"


def test_a_branch_without_a_pull_request_is_cloned(named: Shop) -> None:
    message = named.repo.git("log", "-1", "--format=%B", "hotfix/cart")
    named.repo.branch("hotfix/other", at="v1.2.3")
    files = {**FIX, "specs/hotfix-cart.md": GOOD_BODY}
    good = named.repo.commit("hotfix/other", files, message=message, author=named.acme.dev)
    settings = {"sha": good, "ref": "refs/heads/hotfix/other"}
    done = named.do("check", settings, base="main")
    assert done.outputs == {"verdict": "pass", "failed-rules": ""}
    assert "Every rule that applies in a clone passes" in done.report.timeline[-1].what
    bad = named.repo.commit("hotfix/other", {"src/x.py": "x = 1\n" * 300}, message="more", author=named.acme.dev)
    assert named.do("check", {**settings, "sha": bad}).outputs["failed-rules"] == "size,commits,spec"
    wrong = named.do("check", settings, production_tag="v9.9.9")
    assert wrong.status == 2


def test_a_named_tag_does_not_replace_the_review(named: Shop) -> None:
    waiting = named.do("check", production_tag="v1.2.3")
    assert (waiting.status, waiting.outputs["verdict"]) == (1, "pending")
    named.acme.lead.review(named.pull, "APPROVE")
    passed = named.do("check", production_tag="v1.2.3")
    assert (passed.status, passed.outputs["verdict"]) == (0, "pass"), passed.report.reason


def test_a_branch_is_evaluated_against_the_named_tag(named: Shop) -> None:
    named.repo.tag("v1.3.0", at="main", message="next")
    done = named.do("check", production_tag="v1.3.0")
    assert "branch" in done.outputs["failed-rules"].split(",")


def test_all_pull_requests_of_a_merge_group_are_evaluated(named: Shop) -> None:
    queue = "gh-readonly-queue/main"
    first = named.repo.commit(
        f"{queue}/pr-{named.pull.number}-{named.repo.sha('main')}", {"a.txt": "1"}, message="Merge", at="main"
    )
    named.repo.branch("docs", at="main")
    named.repo.commit("docs", {"README.md": "x"}, message="docs", author=named.acme.dev)
    docs = named.acme.dev.open_pull(named.repo, head="docs", base="main", title="docs")
    last = named.repo.commit(f"{queue}/pr-{docs.number}-{first}", {"b.txt": "1"}, message="Merge", at=first)
    ref = f"refs/heads/{queue}/pr-{docs.number}-{first}"
    event = {"action": "checks_requested", "merge_group": {"head_ref": ref, "head_sha": last}}
    done = named.do("check", {"event": event, "event_name": "merge_group", "sha": last, "ref": ref})
    assert (done.status, done.outputs["verdict"]) == (1, "pending"), "the hotfix below has no review"


def test_a_named_production_tag_holds_for_a_merge_queue_too(named: Shop) -> None:
    named.acme.lead.review(named.pull, "APPROVE")
    branch = f"gh-readonly-queue/main/pr-{named.pull.number}-{named.sha}"
    merged = named.repo.commit(branch, {"a.txt": "1"}, message="Merge", at=named.sha)
    event = {"action": "checks_requested", "merge_group": {"head_ref": f"refs/heads/{branch}", "head_sha": merged}}
    settings = {"event": event, "event_name": "merge_group", "sha": merged, "ref": f"refs/heads/{branch}"}
    done = named.do("check", settings, production_tag="v1.2.3")
    assert (done.status, done.outputs["verdict"]) == (0, "pass"), done.report.reason


def test_against_a_named_production_tag_the_body_still_counts(named: Shop) -> None:
    named.acme.lead.review(named.pull, "APPROVE")
    body = named.pull.data["body"].replace("Severity: P0", "Severity: P1").replace("Fixes #7", "Fixes #99")
    named.acme.dev.edit_pull(named.pull, body=body)
    plain, tagged = named.do("check"), named.do("check", production_tag="v1.2.3")
    assert plain.outputs["failed-rules"] == tagged.outputs["failed-rules"] == "severity,one-thing"
