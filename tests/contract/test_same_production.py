"""Service, Action and command line agree on what runs in production, for a series of histories.

The service reads it during an evaluation, with the App's token and caches that webhooks keep current; a step of the
Action reads only this, with the workflow's token; `hotfix judge` evaluates with a user's token and has no App; `hotfix
check` has a clone, which contains only branches and tags.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hotfix.git.process import GitError
from hotfix.git.repo import Repo
from hotfix.github.read.baseline.production_reads import read_production
from hotfix.github.read.caches import Caches
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.read.pull.pull_facts import gather
from hotfix.github.transport.client import Client, TokenBearer
from hotfix.policy import Policy
from tests.contract.conftest import Service
from tests.github.acme import POLICY, TAG


class Answer(NamedTuple):
    """The version in production, or the most likely commit and the problem."""

    tag: str
    sha: str
    problem: str


def nothing_deployed(acme: Any) -> None:
    acme.admin.deployment_status(acme.shop, acme.production["id"], "inactive")


def off_every_branch(acme: Any, tag: str) -> str:
    """Tag a commit that no branch contains, as `npm version` and a push of the tag do."""
    sha: str = acme.shop.commit("tmp", {"package.json": "{}\n"}, at=TAG, author=acme.admin)
    acme.shop.tag(tag, at=sha, pusher=acme.admin)
    acme.shop.delete_branch("tmp")
    return sha


def deployed(acme: Any) -> None:
    pass


def newer_deployment(acme: Any) -> None:
    acme.shop.tag("v1.3.0", at="main")
    acme.admin.deploy(acme.shop, "v1.3.0")


def rolled_back(acme: Any) -> None:
    newer_deployment(acme)
    acme.admin.deploy(acme.shop, TAG)


def approved_late(acme: Any) -> None:
    """Deploy v1.3.0, whose approval was pending, after v1.4.0, although its deployment was created first."""
    acme.shop.tag("v1.3.0", at="main")
    acme.shop.commit("main", {"src/wishlist.py": "ITEMS = ()\n"}, author=acme.other)
    acme.shop.tag("v1.4.0", at="main")
    waiting = acme.admin.deploy(acme.shop, "v1.3.0", state="queued")
    acme.admin.deploy(acme.shop, "v1.4.0")
    acme.github.clock.advance(60)
    acme.admin.deployment_status(acme.shop, waiting["id"], "success")


def broke(acme: Any) -> None:
    acme.shop.tag("v1.3.0", at="main")
    made = acme.admin.deploy(acme.shop, "v1.3.0")
    nothing_deployed(acme)
    acme.github.clock.advance(60)
    acme.admin.deployment_status(acme.shop, made["id"], "failure")


def hotfix_since_the_highest(acme: Any) -> None:
    """Tag a hotfix that was cut from v1.2.3 after v1.3.0 was tagged."""
    nothing_deployed(acme)
    acme.shop.tag("v1.3.0", at="main")
    acme.github.clock.advance(3600)
    sha = acme.shop.commit("hotfix/other", {"src/cart.py": "x = 1\n"}, at=TAG, author=acme.dev)
    acme.shop.tag("v1.2.4-hotfix.1", at=sha)
    acme.shop.protect_tags("v*")


def deployed_elsewhere(acme: Any) -> None:
    """Roll back in an environment of another name, which the tags don't show."""
    nothing_deployed(acme)
    acme.shop.tag("v1.3.0", at="main")
    silent = POLICY.replace("  environment: production\n", "")
    acme.shop.commit("main", {".github/hotfix.yml": silent}, author=acme.admin)
    acme.admin.deploy(acme.shop, TAG, "prod")


def failed_deployment(acme: Any) -> None:
    acme.shop.tag("v1.3.0", at="main")
    acme.admin.deploy(acme.shop, "v1.3.0", state="failure")


def cron_job(acme: Any) -> None:
    acme.shop.deploy_by_actions("main")


def only_a_cron_job(acme: Any) -> None:
    nothing_deployed(acme)
    acme.shop.deploy_by_actions("main")


def tags_only(acme: Any) -> None:
    nothing_deployed(acme)
    acme.shop.tag("v1.3.0", at="main")
    acme.shop.tag("v1.4.0-rc.1", at="main")


def latest_release(acme: Any) -> None:
    tags_only(acme)
    acme.shop.release(TAG)


def two_families(acme: Any) -> None:
    nothing_deployed(acme)
    acme.shop.tag("version-5.3.1", at="main")


def a_tag_after_the_chosen_one(acme: Any) -> None:
    nothing_deployed(acme)
    acme.shop.tag("vv1.0.1", at="main")


def unearned_tag(acme: Any) -> None:
    nothing_deployed(acme)
    off_every_branch(acme, "v9.9.9")


def unearned_deployment(acme: Any) -> None:
    off_every_branch(acme, "v1.3.0")
    acme.admin.deploy(acme.shop, "v1.3.0")


def protected_tag(acme: Any) -> None:
    unearned_deployment(acme)
    acme.shop.protect_tags("v*")


def release_branch(acme: Any) -> None:
    unearned_deployment(acme)
    acme.shop.branch("release/1.3", at="v1.3.0")


def many_tags(acme: Any) -> None:
    nothing_deployed(acme)
    for number in range(120):
        acme.shop.tag(f"v9.{number}.0-rc.1", at="main")


def deployment_without_a_tag(acme: Any) -> None:
    acme.admin.deploy(acme.shop, "main")


def odd_versions(acme: Any) -> None:
    nothing_deployed(acme)
    for tag in ("v1.2.3.4", "v01.02.02", "v1.2"):
        acme.shop.tag(tag, at=TAG)
    acme.shop.tag("v2026.01.15", at="main")


History = Callable[[Any], None]
SEEN_BY_A_CLONE = (
    tags_only, two_families, a_tag_after_the_chosen_one, many_tags, odd_versions, hotfix_since_the_highest,
)  # fmt: skip
HISTORIES: tuple[History, ...] = (
    deployed, newer_deployment, approved_late, broke, deployed_elsewhere, rolled_back, failed_deployment, cron_job,
    only_a_cron_job, latest_release, unearned_tag, unearned_deployment, protected_tag, release_branch,
    deployment_without_a_tag, *SEEN_BY_A_CLONE,
)  # fmt: skip


EXPECTED = {
    approved_late: ("v1.3.0", ""),
    deployed_elsewhere: ("", "deployments go to the environment prod, and none to production holds"),
    broke: ("", "failed after it had succeeded"),
    hotfix_since_the_highest: ("", "v1.2.4-hotfix.1 was made after v1.3.0"),
}
"""Expected answers for histories that all readers once got wrong."""


def by_the_service(service: Service, pull: Any) -> Answer:
    return by_evaluating(service.client, service.caches, pull)


def by_evaluating(client: Client, caches: Caches, pull: Any) -> Answer:
    now = client.transport.clock()
    request = EvaluationRequest(client=client, caches=caches, repo=pull.repo.full_name, number=pull.number, now=now)
    facts = gather(request).facts
    assert facts is not None
    production = facts.production
    tag, sha = (production.tag, production.sha) if production else ("", "")
    return Answer(tag, sha, facts.missing.get("production", ""))


def by_the_action(acme: Any, policy: Policy) -> Answer:
    reading = read_production(person(acme), acme.shop.full_name, policy, "main")
    running = reading.running
    return Answer(running.tag if running else "", running.sha if running else "", reading.unknown)


def by_a_clone(acme: Any, policy: Policy, folder: Path) -> Answer:
    command = ["git", "clone", "-q", acme.shop.clone_url(acme.dev), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        found = Repo.open(folder).production(policy)
    except GitError as error:
        return Answer("", "", str(error))
    return Answer(found.tag, found.sha, "")


def person(acme: Any) -> TokenBearer:
    return TokenBearer(acme.admin.token, acme.github.api_url, clock=acme.github.clock.now)


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.__name__)
def test_every_reader_gives_the_same_answer(service: Service, acme: Any, history: History, tmp_path: Path) -> None:
    pull = acme.hotfix()
    history(acme)
    policy = service.gather(pull).policy.policy
    service.caches.production_moved(acme.shop.full_name)

    answer = by_the_service(service, pull)

    if history in EXPECTED:
        tag, words = EXPECTED[history]
        assert tag == answer.tag
        assert words in answer.problem
    assert by_the_service(service, pull) == answer, "with caches that the first answer filled"
    assert by_the_action(acme, policy) == answer
    assert by_evaluating(person(acme), Caches(), pull) == answer
    if history in SEEN_BY_A_CLONE:
        assert by_a_clone(acme, policy, tmp_path / "clone") == answer
