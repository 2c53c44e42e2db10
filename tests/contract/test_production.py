"""Evidence for what runs in production, as anyone with write access can create deployments, tags and releases."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix.github.evaluation import EvaluationOutcome
from hotfix.github.read.baseline.production_reading import ProductionReading
from hotfix.github.read.baseline.production_reads import read_production
from hotfix.github.transport.client import TokenBearer
from hotfix.policy import Policy, load
from hotfix.production.resolver import Resolution
from hotfix.verdict import Conclusion
from tests.contract.conftest import Service
from tests.github.acme import GOOD_BODY, GOOD_MESSAGE, POLICY, TAG

EVIL = {"src/big.py": "x = 1\n" * 600, "requirements.txt": "evil==1\n"}


def forged(acme: Any, branch: str = "wip") -> str:
    """Return a writer's own commit, made on top of what runs in production."""
    sha: str = acme.shop.commit(branch, EVIL, at=TAG, message="wip", author=acme.dev, pusher=acme.dev)
    return sha


def approved(acme: Any, **options: Any) -> Any:
    pull = acme.hotfix(**options)
    acme.lead.review(pull, "APPROVE")
    return pull


def say(acme: Any, production: str) -> None:
    """Change the policy's `production` section."""
    text = POLICY.replace('  tags: ["v*"]\n', f'  tags: ["v*"]\n  {production}\n')
    acme.shop.commit("main", {".github/hotfix.yml": text}, author=acme.admin)


def status(outcome: EvaluationOutcome, rule: str = "branch") -> tuple[str, str]:
    found = next(each for each in outcome.verdict.findings if each.rule == rule)
    return found.status.value, found.finding.message


def reading(service: Service, acme: Any, **options: Any) -> ProductionReading:
    policy = options.pop("policy", Policy.model_validate({"production": {"tags": "v*"}}))
    return read_production(service.client.metered(), acme.shop.full_name, policy, "main", **options)


def test_a_writer_s_deployment_does_not_say_what_runs(service: Service, acme: Any) -> None:
    """A forged baseline that hides 600 lines and a dependency must not pass."""
    sha = forged(acme)
    acme.dev.deploy(acme.shop, sha)
    assert service.evaluate(approved(acme, at="wip")).verdict.conclusion is Conclusion.FAIL
    honest = service.evaluate(approved(acme, branch="hotfix/honest"))
    assert honest.verdict.conclusion is Conclusion.PASS


@pytest.mark.parametrize("how", ["tag", "tag and release", "tag and deployment", "tag, release and deployment"])
def test_a_writer_s_tag_makes_production_unknown(service: Service, acme: Any, how: str) -> None:
    sha = forged(acme)
    acme.shop.tag("v9.9.9", at=sha, pusher=acme.dev)
    if "release" in how:
        acme.shop.release("v9.9.9")
    if "deployment" in how:
        acme.dev.deploy(acme.shop, "v9.9.9")
    else:
        acme.dev.deployment_status(acme.shop, acme.production["id"], "inactive")
    outcome = service.evaluate(approved(acme, at="wip"))
    assert outcome.verdict.conclusion is Conclusion.UNKNOWN
    state, why = status(outcome)
    assert state == "unknown"
    assert "v9.9.9" in why
    assert "production: {trust: write}" in why


def npm_release(acme: Any) -> str:
    """Release as `npm version` and a push of the tag do: no branch contains the release commit."""
    sha: str = acme.shop.commit("tmp", {"package.json": '{"version": "1.3.0"}\n'}, at=TAG, author=acme.admin)
    acme.shop.tag("v1.3.0", at=sha, pusher=acme.admin)
    acme.shop.delete_branch("tmp")
    acme.admin.deploy(acme.shop, "v1.3.0")
    return sha


def test_releases_in_no_branch_need_one_line_of_policy(service: Service, acme: Any) -> None:
    npm_release(acme)
    pull = approved(acme, at="v1.3.0")
    assert service.evaluate(pull).verdict.conclusion is Conclusion.UNKNOWN
    say(acme, "trust: write")
    service.caches.policy_changed(acme.shop.full_name)
    assert service.evaluate(pull).verdict.conclusion is Conclusion.PASS


@pytest.mark.parametrize(
    ("rules", "earned"),
    [
        (("creation", "update", "deletion"), True),
        (("creation", "update"), True),
        (("deletion", "non_fast_forward"), False),
        (("creation",), False),
    ],
)
def test_a_tag_that_a_ruleset_protects_is_earned(
    service: Service, acme: Any, rules: tuple[str, ...], earned: bool
) -> None:
    """The ruleset must prevent writers from creating and moving such tags."""
    npm_release(acme)
    acme.shop.protect_tags("v*", rules)
    assert (service.evaluate(approved(acme, at="v1.3.0")).verdict.conclusion is Conclusion.PASS) is earned


@pytest.mark.parametrize(
    ("branch", "policy", "protected", "earned"),
    [
        ("release/1.3", "", False, True),
        ("stable", "", False, False),
        ("stable", "", True, True),
        ("stable", "branches: stable", False, True),
        ("stable", "branches: main", True, False),
        ("release/1.3", "branches: [main, stable]", False, False),
        ("hotfix/own", "branches: ['**']", False, False),
    ],
)
def test_branches_that_production_comes_from(
    service: Service, acme: Any, branch: str, policy: str, protected: bool, earned: bool
) -> None:
    sha = npm_release(acme)
    acme.shop.branch(branch, at=sha)
    if protected:
        acme.shop.protect(branch)
    if policy:
        say(acme, policy)
    pull = approved(acme, at="v1.3.0")
    for _ in range(2):
        assert (service.evaluate(pull).verdict.conclusion is Conclusion.PASS) is earned


def test_a_squash_merged_hotfix_that_passed_is_earned(service: Service, acme: Any) -> None:
    """No branch contains its head, but the App's own check on it passed. A hotfix may be based on another one."""
    first = approved(acme)
    assert service.evaluate(first).verdict.conclusion is Conclusion.PASS
    acme.shop.tag("v1.2.4-hotfix.1", at=first.head_sha, pusher=acme.dev)
    acme.admin.deploy(acme.shop, "v1.2.4-hotfix.1")
    more = {
        "src/session.py": "def is_valid(session, now):\n    return session.expires > now\n",
        "tests/test_s.py": "1\n",
    }
    body = GOOD_BODY.replace("src/cart.py - cap", "src/session.py - cap").replace(
        "tests/test_cart.py", "tests/test_s.py"
    )
    second = approved(acme, branch="hotfix/next", at="v1.2.4-hotfix.1", files=more, body=body)
    assert service.evaluate(second).verdict.failed_rules == ()
    assert service.evaluate(second).verdict.conclusion is Conclusion.PASS


def test_a_hotfix_that_did_not_pass_is_not_earned(service: Service, acme: Any) -> None:
    first = acme.hotfix()
    assert service.evaluate(first).verdict.conclusion is Conclusion.PENDING
    acme.shop.tag("v1.2.4-hotfix.1", at=first.head_sha, pusher=acme.dev)
    acme.dev.deploy(acme.shop, "v1.2.4-hotfix.1")
    assert (
        service.evaluate(approved(acme, branch="hotfix/n", at="v1.2.4-hotfix.1")).verdict.conclusion
        is not Conclusion.PASS
    )
    assert "v1.2.4-hotfix.1" in reading(service, acme).unknown


def test_without_a_service_the_hotfix_is_evaluated_again(service: Service, acme: Any) -> None:
    """A user's token doesn't identify the App's checks, so the pull request with that head is evaluated again."""
    client = TokenBearer(acme.admin.token, acme.github.api_url, clock=acme.github.clock.now)
    first = approved(acme)
    acme.shop.tag("v1.2.4-hotfix.1", at=first.head_sha, pusher=acme.dev)
    acme.admin.deploy(acme.shop, "v1.2.4-hotfix.1")
    other = approved(acme, branch="hotfix/next", at="v1.2.4-hotfix.1", files={"src/cart.py": "x = 1\n"})
    assert status(service.evaluate(other, client=client, publish=False))[0] == "passed"
    acme.lead.dismiss_review(first, first.reviews()[-1]["id"])
    service.caches.production_moved(acme.shop.full_name)
    assert status(service.evaluate(other, client=client, publish=False))[0] == "unknown"


@pytest.mark.parametrize("creator", ["admin", "github-actions"])
def test_a_cron_job_in_the_environment_changes_nothing(service: Service, acme: Any, creator: str) -> None:
    pull = approved(acme)
    before = service.evaluate(pull).verdict
    assert before.conclusion is Conclusion.PASS
    if creator == "admin":
        acme.admin.deploy(acme.shop, "main")
    else:
        acme.shop.deploy_by_actions("main")
    acme.admin.deployment_status(acme.shop, acme.production["id"], "inactive")
    service.caches.production_moved(acme.shop.full_name)
    after = service.evaluate(pull).verdict
    assert (after.conclusion, after.production) == (Conclusion.PASS, before.production)


@pytest.mark.parametrize("environment", ["production", "live"])
def test_the_action_reads_the_running_and_previous_version(service: Service, acme: Any, environment: str) -> None:
    main = acme.shop.sha("main")
    acme.shop.tag("v1.3.0", at=main)
    acme.admin.deploy(acme.shop, "v1.3.0", environment)
    acme.admin.deploy(acme.shop, "main", environment, "in_progress")
    service.github.forget()
    found = reading(service, acme, environment=environment)
    assert found.running is not None
    assert (found.running.tag, found.running.sha, found.unknown) == ("v1.3.0", main, "")
    previous = found.resolve_previous(main)
    assert previous.production is not None
    assert (previous.production.tag, previous.production.sha) == (TAG, acme.shop.sha(TAG))
    assert found.resolve_previous("f" * 40) == Resolution(production=found.running)
    assert len([call for call in service.calls() if "access_tokens" not in call.path]) == 3


def test_a_forged_payload_is_never_a_rollback_target(service: Service, acme: Any) -> None:
    payload = {"hotfix": {"kind": "deploy", "previous": {"sha": forged(acme), "tag": ""}, "tag": TAG}}
    acme.dev.deploy(acme.shop, TAG, payload=payload)
    assert reading(service, acme).resolve_previous(acme.shop.sha(TAG)) == Resolution()


def test_a_moved_or_deleted_tag_names_no_other_commit(service: Service, acme: Any) -> None:
    first, second = acme.shop.sha("main"), acme.shop.commit("main", {"src/wishlist.py": "ITEMS = 1\n"})
    acme.shop.tag("v1.3.0", at=first, message="Release")
    acme.shop.deploy_by_actions("v1.3.0")
    assert reading(service, acme).running.sha == first  # type: ignore[union-attr]
    acme.shop.delete_tag("v1.3.0")
    acme.shop.tag("v1.3.0", at=second)
    for _ in range(2):
        found = reading(service, acme)
        assert found.unknown
        assert found.running is None or found.running.sha == first
        if "v1.3.0" in acme.shop.tags():
            acme.shop.delete_tag("v1.3.0")


def test_tags_of_trees_and_files_are_not_releases(service: Service, acme: Any) -> None:
    tree = acme.shop.git("rev-parse", "main^{tree}").strip()
    path = f"/repos/{acme.shop.full_name}/git"
    said = {"tag": "v8.0.0", "message": "A tree", "object": tree, "type": "tree"}
    made = acme.admin.must("POST", f"{path}/tags", said)
    for name, sha in (("v7.0.0", tree), ("v8.0.0", made["sha"])):
        acme.admin.must("POST", f"{path}/refs", {"ref": f"refs/tags/{name}", "sha": sha})
    acme.admin.deployment_status(acme.shop, acme.production["id"], "inactive")
    found = reading(service, acme)
    assert found.running is not None
    assert found.running.tag == TAG


def test_families_of_tags_are_distinguished(service: Service, acme: Any) -> None:
    policy = Policy()
    acme.admin.deployment_status(acme.shop, acme.production["id"], "inactive")
    acme.shop.tag("release-5.3.1", at="main")
    found = reading(service, acme, policy=policy)
    assert found.running is None
    assert "release-5.3.1" in found.unknown
    assert TAG in found.unknown
    settled = reading(service, acme, policy=load("production: {tags: 'release-*'}", "x"))
    assert settled.running is not None
    assert settled.running.tag == "release-5.3.1"


def test_a_tag_that_descends_from_the_chosen_one_is_a_doubt(service: Service, acme: Any) -> None:
    acme.admin.deployment_status(acme.shop, acme.production["id"], "inactive")
    acme.shop.tag("1.0.1", at="main")
    assert "1.0.1 came after v1.2.3" in reading(service, acme, policy=Policy()).unknown
    acme.shop.delete_tag("1.0.1")
    acme.shop.tag("1.0.1", at=TAG)
    assert reading(service, acme, policy=Policy()).unknown == ""


def test_a_tag_that_the_caller_names_is_taken_as_it_is(service: Service, acme: Any) -> None:
    acme.shop.tag("1.0.1", at="main", message="Annotated")
    found = reading(service, acme, named="1.0.1")
    assert found.running is not None
    assert (found.running.sha, found.running.known_from) == (acme.shop.sha("main"), "option")
    assert "no tag v0" in reading(service, acme, named="v0").unknown


def test_more_tags_than_one_page_are_all_looked_through(service: Service, acme: Any) -> None:
    acme.admin.deployment_status(acme.shop, acme.production["id"], "inactive")
    for number in range(120):
        acme.shop.tag(f"v9.{number}.0-rc.1", at="main")
    for _ in range(2):
        assert reading(service, acme, caches=service.caches).running.tag == TAG  # type: ignore[union-attr]


@pytest.mark.parametrize("known_from", ["deployment", "release", "tag"])
def test_a_warm_evaluation_takes_two_round_trips(service: Service, acme: Any, known_from: str) -> None:
    """The containment check is part of the same query."""
    if known_from != "deployment":
        acme.admin.deployment_status(acme.shop, acme.production["id"], "inactive")
    if known_from == "release":
        acme.shop.release(TAG)
    pull = acme.hotfix()
    service.warm(pull)
    acme.shop.commit("hotfix/cart", {"src/cart.py": "z = 9\n"}, message=GOOD_MESSAGE, author=acme.dev)
    outcome = service.evaluate_side_by_side(pull, 3, expect_sha=acme.shop.sha("hotfix/cart"))
    assert (outcome.calls, outcome.round_trips) == (4, 2)


def test_the_case_of_an_environment_does_not_matter(service: Service, acme: Any) -> None:
    acme.shop.tag("v1.3.0", at="main")
    acme.admin.deploy(acme.shop, "v1.3.0", "Production")
    found = reading(service, acme).running
    assert found is not None
    assert found.tag == "v1.3.0"
