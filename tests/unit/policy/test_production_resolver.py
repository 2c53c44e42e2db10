"""What runs in production and what ran before, derived from records alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from hotfix.facts import Production
from hotfix.production.records import DeploymentRecord, DeploymentsNeeded, ProductionRecords, TagsNeeded
from hotfix.production.resolver import ProductionResolver, Resolution

TAGS = {"v1.2.3": "a", "v1.2.4": "b", "v1.3.0": "c"}


def deployed(sha: str, tag: str = "", *states: str, **more: Any) -> DeploymentRecord:
    return DeploymentRecord(id=7, sha=sha, tag=tag, states=states or ("success",), **more)


def resolver(
    *deployments: DeploymentRecord,
    tags: Mapping[str, str] | None = TAGS,
    earned: Collection[str] | Callable[[str, str], bool] = "abcdefgh",
    globs: Sequence[str] = ("*",),
    later: Sequence[str] = (),
    **records: Any,
) -> ProductionResolver:
    may = earned if callable(earned) else lambda sha, tag: sha in earned
    return ProductionResolver(
        records=ProductionRecords(deployments=deployments, tags=tags, **records),
        earned=may,
        descendants=lambda commit, others: [other for other in others if other in later],
        globs=globs,
    )


def known(tag: str, sha: str, known_from: str = "deployment") -> Resolution:
    return Resolution(production=Production(tag=tag, sha=sha, known_from=known_from))


def test_the_last_successful_deployment_is_production() -> None:
    found = resolver(deployed("c", "v1.3.0", "failure"), deployed("b", "v1.2.4", "queued"), deployed("a", "v1.2.3"))
    assert found.running() == known("v1.2.3", "a")


def test_a_rollback_makes_the_older_tag_production_again() -> None:
    assert resolver(deployed("a", "v1.2.3"), deployed("b", "v1.2.4")).running() == known("v1.2.3", "a")


def at(minute: int) -> datetime:
    return datetime(2026, 1, 1, 3, minute, tzinfo=UTC)


def test_what_succeeded_last_runs_not_what_was_created_last() -> None:
    """A deployment that waited for approval may end after a later one; a rollback may update the old one's status."""
    later, waited = deployed("b", "v1.2.4", succeeded_at=at(1)), deployed("a", "v1.2.3", succeeded_at=at(9))
    assert resolver(later, waited).running() == known("v1.2.3", "a")
    assert resolver(later, waited).previous("a", Production(tag="v1.2.3", sha="a")) == known("v1.2.4", "b")
    same = deployed("a", "v1.2.3", succeeded_at=at(1))
    assert resolver(later, same).running() == known("v1.2.4", "b")


@pytest.mark.parametrize("state", ["failure", "error"])
def test_a_deployment_that_broke_leaves_unknown_what_runs(state: str) -> None:
    """The previous deployment was retired when this one succeeded, and no record shows what runs now."""
    broke, before = deployed("c", "v1.3.0", state, "success"), deployed("b", "v1.2.4", "inactive", "success")
    found = resolver(broke, before).running()
    assert found.production is None
    assert "deployment 7 of v1.3.0 to production failed after it had succeeded" in found.problem
    assert resolver(broke, deployed("b", "v1.2.4")).running() == known("v1.2.4", "b")
    assert resolver(deployed("c", "v1.3.0", state, "in_progress")).running() == known("v1.3.0", "c", "tag")
    job = deployed("c", "", state, "success", branch="main")
    assert resolver(job, tags={"v1.2.4": "b"}).running() == known("v1.2.4", "b", "tag")
    retired_since = deployed("d", "v1.3.1", "inactive", "success")
    assert resolver(retired_since, broke, tags={"v1.3.1": "d"}).running() == known("v1.3.1", "d", "tag")


@pytest.mark.parametrize("state", ["in_progress", "queued", "pending"])
def test_what_is_deployed_again_runs_meanwhile(state: str) -> None:
    """After a rollback, the tags name another version, so they must not be used."""
    again, retired = deployed("a", "v1.2.3", state, "success"), deployed("c", "v1.3.0", "inactive", "success")
    assert resolver(again, retired).running() == known("v1.2.3", "a")
    assert resolver(deployed("a", "v1.2.3", state, "inactive", "success"), deployed("c", "v1.3.0")).running() == known(
        "v1.3.0", "c"
    )
    assert resolver(deployed("a", "v1.2.3", state, "failure", "success")).running().production is None


def test_another_environment_that_may_be_production_is_named() -> None:
    """Tags don't show a rollback in that environment."""
    found = resolver(elsewhere="prod").running()
    assert found.production is None
    assert "`production: {environment: prod}`" in found.problem
    assert "`production: {environment: production}` if prod is something else" in found.problem
    assert resolver(deployed("a", "v1.2.3"), elsewhere="prod").running() == known("v1.2.3", "a")


def test_another_product_in_the_environment_is_passed_over() -> None:
    """The policy's tag globs define the product's tags. Excluded tags of the same family are still its own."""
    tags = {"app@1.2.3": "a", "lib@9.0.0": "b", "app@1.2.2": "c"}
    lib = deployed("b", "lib@9.0.0")
    for app in (deployed("a", "app@1.2.3"), deployed("a", "app@1.2.3", "inactive", "success")):
        assert resolver(lib, app, tags=tags, globs=("app@*",)).running() == known("app@1.2.3", "a")
    assert resolver(lib, tags=tags).running() == known("lib@9.0.0", "b")
    found = resolver(deployed("b", "1.2.4"), deployed("a", "v1.2.3"), tags={"1.2.4": "b", "v1.2.3": "a"}, globs=("v*",))
    assert found.running() == known("1.2.4", "b")


def test_another_product_is_seen_when_the_policy_changed() -> None:
    """The tag was found before the policy defined the product's tags; only the tags show its family."""
    both = deployed("b", branch="x"), deployed("a", "app@1.2.3")
    with pytest.raises(TagsNeeded):
        resolver(*both, tags=None, names={"b": "lib@9.0.0"}, globs=("app@*",)).running()
    tags = {"app@1.2.3": "a", "lib@9.0.0": "b"}
    assert resolver(*both, tags=tags, names={"b": "lib@9.0.0"}, globs=("app@*",)).running() == known("app@1.2.3", "a")


def test_a_deployed_branch_has_its_commits_version() -> None:
    """The version is the highest version tag on the deployed commit."""
    tags = {"v1.2.3": "a", "v1.2.4-hotfix.1": "a", "v2.0.0": "z", "nightly": "a"}
    assert resolver(deployed("a", branch="main"), tags=tags).running() == known("v1.2.4-hotfix.1", "a")


def test_a_tag_of_another_package_on_the_commit_is_ambiguous() -> None:
    tags = {"app@1.2.3": "a", "lib@9.0.0": "a"}
    found = resolver(deployed("a"), tags=tags).running()
    assert "several families" in found.problem
    assert resolver(deployed("a"), tags=tags, globs=["app@*"]).running() == known("app@1.2.3", "a")


@pytest.mark.parametrize(
    "background",
    [
        {"branch": "main", "recorded_by_actions": True},
        {"branch": "main", "creator": "admin"},
    ],
)
@pytest.mark.parametrize("retired", [False, True])
def test_a_background_job_s_deployment_is_passed_over(background: dict[str, Any], retired: bool) -> None:
    """GitHub records one for each job with `environment:`; its success may make the release's deployment inactive."""
    release = deployed("a", "v1.2.3", *(["inactive", "success"] if retired else ["success"]))
    found = resolver(deployed("d", **background), deployed("d", **background), release)
    assert found.running() == known("v1.2.3", "a")


def test_background_jobs_alone_do_not_tell_what_runs() -> None:
    found = resolver(deployed("d", branch="main", recorded_by_actions=True)).running()
    assert found.production is None
    assert "has no version tag" in found.problem
    assert "production: {environment: ...}" in found.problem


def test_an_app_or_the_action_may_deploy_untagged_commits() -> None:
    assert resolver(deployed("d", branch="main", by_app=True), deployed("a", "v1.2.3")).running() == known("d", "d")
    assert resolver(deployed("d", branch="main", is_ours=True), deployed("a", "v1.2.3")).running() == known("d", "d")


def test_a_commit_deployed_by_its_sha_stands_for_itself() -> None:
    found = resolver(deployed("d", creator="jenkins"), deployed("a", "v1.2.3")).running()
    assert found == known("d", "d")
    assert found.production is not None
    assert not found.production.is_tagged


def test_a_deployment_whose_tag_was_deleted_is_not_passed_over() -> None:
    """GitHub Actions deployed it, but its ref and version tag are deleted; an older release would be a wrong answer."""
    assert (
        "no version tag" in resolver(deployed("d", recorded_by_actions=True), deployed("a", "v1.2.3")).running().problem
    )


def test_without_tags_a_deployed_commit_counts() -> None:
    found = resolver(deployed("d", branch="main", creator="admin"), tags={})
    assert found.running() == known("d", "d")
    assert resolver(deployed("d", branch="main", recorded_by_actions=True), tags={}).running().problem


def test_an_unearned_release_is_unknown_with_the_ways_out() -> None:
    """A team that pushes release commits only as tags must be shown the one policy line it needs."""
    found = resolver(deployed("x", "v1.4.0"), deployed("a", "v1.2.3")).running()
    assert found.production == Production(tag="v1.4.0", sha="x", known_from="deployment")
    for words in (
        "v1.4.0",
        "deployment 7 to production",
        "the default branch",
        "production: {trust: write}",
        "ruleset",
    ):
        assert words in found.problem


def test_an_unearned_commit_without_a_tag_is_passed_over() -> None:
    assert resolver(deployed("x"), deployed("a", "v1.2.3")).running() == known("v1.2.3", "a")
    assert resolver(deployed("x", is_ours=True), deployed("a", "v1.2.3")).running() == known("v1.2.3", "a")
    assert resolver(deployed("x")).running().problem


@pytest.mark.parametrize("source", ["release", "tag"])
def test_an_unearned_tag_or_release_is_unknown(source: str) -> None:
    release = ("v9.9.9", "x") if source == "release" else None
    found = resolver(tags={**TAGS, "v9.9.9": "x"}, release=release).running()
    assert found.production == Production(tag="v9.9.9", sha="x", known_from=source)
    assert "may not be what runs in production" in found.problem


def test_a_retired_release_no_longer_counts() -> None:
    """A deployment marked inactive does not run, even if no other release replaced it."""
    found = resolver(deployed("a", "v1.2.3", "inactive", "success"), deployed("b", "v1.2.4"))
    assert found.running() == known("v1.2.4", "b")
    assert resolver(deployed("a", "v1.2.3", "inactive", "success")).running() == known("v1.3.0", "c", "tag")


def test_a_payload_s_tag_counts_only_on_its_commit() -> None:
    ours: dict[str, Any] = {"is_ours": True, "payload_tag": "v1.2.4"}
    assert resolver(deployed("b", **ours)).running() == known("v1.2.4", "b")
    assert resolver(deployed("a", **ours)).running() == known("v1.2.3", "a")


def test_without_deployments_release_then_highest_tag() -> None:
    assert resolver(release=("v1.2.4", "b"), later=["b"]).running() == known("v1.2.4", "b", "release")
    assert resolver().running() == known("v1.3.0", "c", "tag")
    assert resolver(release=("docs-9.0.0", "d"), globs=["v*"]).running() == known("v1.3.0", "c", "tag")
    assert resolver(tags={}).running() == Resolution()


def test_a_tag_after_the_latest_release_makes_it_unknown() -> None:
    found = resolver(release=("v1.2.4", "b"), later=["c"]).running()
    assert found.production is None
    assert "v1.3.0 came after v1.2.4" in found.problem


def test_more_is_asked_for_instead_of_guessing() -> None:
    with pytest.raises(TagsNeeded):
        resolver(deployed("b", branch="main"), tags=None).running()
    with pytest.raises(TagsNeeded):
        resolver(deployed("d", branch="main"), more_tags=True).running()
    with pytest.raises(TagsNeeded):
        resolver(more_tags=True).running()
    with pytest.raises(DeploymentsNeeded):
        resolver(deployed("b", "v1.2.4", "error"), more_deployments=True).running()
    assert "more than 3 tags" in resolver(tags_cut=True).running().problem
    assert resolver(deployed("b", branch="x"), tags=None, names={"b": "v1.2.4"}).running() == known("v1.2.4", "b")


SHIPPED = Production(tag="v1.3.0", sha="c", known_from="deployment")


def test_before_a_deployed_commit_ran_the_release_before_it() -> None:
    found = resolver(
        deployed("c", "v1.3.0"), deployed("d", branch="main"), deployed("b", "v1.2.4", "inactive", "success")
    )
    assert found.previous("c", SHIPPED) == known("v1.2.4", "b")


def test_what_was_rolled_back_or_never_ran_did_not_run_before() -> None:
    found = resolver(
        deployed("c", "v1.3.0"),
        deployed("b", "v1.2.4", "inactive", "failure", "success"),
        deployed("b", "v1.2.4", "inactive", "in_progress"),
        deployed("a", "v1.2.3"),
    )
    assert found.previous("c", SHIPPED) == known("v1.2.3", "a")


def test_a_commit_deployed_twice_goes_back_before_both() -> None:
    found = resolver(deployed("c", "v1.3.0"), deployed("c", "v1.3.0"), deployed("b", "v1.2.4"))
    assert found.previous("c", SHIPPED) == known("v1.2.4", "b")


def test_a_forged_deployment_is_never_a_rollback_target() -> None:
    found = resolver(deployed("c", "v1.3.0"), deployed("x", is_ours=True), deployed("b", "v1.2.4"))
    assert found.previous("c", SHIPPED) == known("v1.2.4", "b")
    tagged = resolver(deployed("c", "v1.3.0"), deployed("x", "v1.2.9"), deployed("b", "v1.2.4")).previous("c", SHIPPED)
    assert "may not be what runs" in tagged.problem


def test_without_deployments_the_version_below_ran_before() -> None:
    assert resolver(deployed("c", "v1.3.0")).previous("c", SHIPPED) == known("v1.2.4", "b", "tag")
    tags = {"v1.2.3": "a", "v1.3.0": "c", "docs-1.0.0": "d"}
    assert resolver(tags=tags).previous("c", SHIPPED) == known("v1.2.3", "a", "tag")
    assert resolver(tags={"v1.3.0": "c"}).previous("c", SHIPPED) == Resolution()
