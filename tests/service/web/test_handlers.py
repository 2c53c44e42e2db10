"""From a webhook payload to its jobs, by pure functions."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.app_identity import AppIdentity
from app.queue.handler_result import BranchPush, Cache, CacheInvalidation, HandlerResult
from app.storage.pulls import HeadChecked
from app.web.handlers import HANDLERS, handle
from app.web.handlers.pull_events import BOTS_SETTLE
from app.web.payload import MalformedPayload, Payload
from tests.github.examples import payloads

ME = AppIdentity(7, "hotfix")
SHA = "a" * 40
REPO = {"full_name": "acme/shop", "default_branch": "main"}
BASE: dict[str, Any] = {"repository": REPO, "installation": {"id": 3}, "sender": {"login": "dev", "type": "User"}}
OURS: dict[str, Any] = {"sender": {"login": "hotfix[bot]", "type": "Bot"}}


def pull(**changes: Any) -> dict[str, Any]:
    return {
        "number": 42, "state": "open", "updated_at": "2026-01-01T00:00:00Z", "labels": [{"name": "hotfix"}],
        "head": {"sha": SHA, "ref": "hotfix/cart", "repo": None}, "user": None,
    } | changes  # fmt: skip


def keys(wanted: HandlerResult) -> list[str]:
    return [job.key for job in wanted.jobs]


def event(name: str, action: str = "", **payload: Any) -> HandlerResult:
    return handle(name, action, Payload(BASE | {"action": action} | payload), ME)


@pytest.mark.parametrize(
    "action",
    [
        "opened", "reopened", "synchronize", "edited", "labeled", "unlabeled", "ready_for_review", "converted_to_draft",
        "review_requested", "review_request_removed",
    ],
)  # fmt: skip
def test_a_changed_pull_request_is_evaluated_at_its_head(action: str) -> None:
    wanted = event("pull_request", action, number=42, pull_request=pull())
    assert keys(wanted) == ["evaluate:acme/shop#42"]
    expected = {"repo": "acme/shop", "number": 42, "installation": 3, "likely": True, "sha": SHA, "life": True}
    assert wanted.jobs[0].args == expected
    assert [job.key for job in wanted.jobs[0].if_dropped] == ["life:acme/shop#42"]
    assert wanted.head is not None
    assert wanted.head.open


def test_a_closed_pull_evaluates_those_that_share_its_head() -> None:
    """The closed pull request itself is no longer evaluated."""
    wanted = event("pull_request", "closed", number=42, pull_request=pull(state="closed"))
    assert keys(wanted) == [f"sha:acme/shop@{SHA}", "life:acme/shop#42"]
    assert wanted.head is not None
    assert not wanted.head.open
    assert wanted.wakes_protections, "a deployment that is held for it must be rejected"
    assert wanted.checked == HeadChecked(repo="acme/shop", sha=SHA, all=True), "not the hotfixes alone"
    other = pull(state="closed", labels=[], head={"sha": SHA, "ref": "feature/x"})
    assert keys(event("pull_request", "closed", number=42, pull_request=other)) == []


@pytest.mark.parametrize("action", ["assigned", "locked", "milestoned", "auto_merge_enabled", "enqueued", ""])
def test_events_that_change_no_verdict_enqueue_nothing(action: str) -> None:
    assert event("pull_request", action, number=42, pull_request=pull()).nothing


def test_our_own_review_request_causes_no_evaluation() -> None:
    wanted = event("pull_request", "review_requested", number=42, pull_request=pull(), **OURS)
    assert wanted.jobs == ()
    for action in ("opened", "labeled", "synchronize"):
        opened = event("pull_request", action, number=42, pull_request=pull(), **OURS)
        assert keys(opened) == ["evaluate:acme/shop#42"], "a draft that `/hotfix start` opens needs its check as well"
    other = {"sender": {"login": "renovate[bot]", "type": "Bot"}}
    assert event("pull_request", "labeled", number=42, pull_request=pull(), **other).jobs


@pytest.mark.parametrize("action", ["submitted", "edited", "dismissed"])
def test_a_review_is_evaluated(action: str) -> None:
    assert keys(event("pull_request_review", action, pull_request=pull(), review={}))[0] == "evaluate:acme/shop#42"


def push(ref: str, *commits: dict[str, list[str]], **more: Any) -> HandlerResult:
    return event("push", ref=ref, commits=list(commits), **more)


def test_a_push_to_the_default_branch_evaluates_hotfixes() -> None:
    """It also removes a changed policy from the cache."""
    wanted = push("refs/heads/main", {"modified": ["src/a.py"]})
    assert keys(wanted) == ["fan-out:acme/shop:refs/heads/main"]
    assert wanted.invalidations == ()
    changed = push("refs/heads/main", {"added": [".github/hotfix.yml"]}, before=SHA)
    assert keys(changed) == ["fan-out:acme/shop:refs/heads/main:policy"]
    assert changed.jobs[0].args["before"] == SHA, "nothing is evaluated while GitHub shows that"
    assert changed.invalidations == (CacheInvalidation(Cache.POLICY, "acme/shop"),)
    assert push("refs/heads/main", *[{"modified": ["x"]}] * 20).invalidations, "GitHub may not have named every file"
    assert push("refs/heads/main", forced=True).invalidations


def test_the_owners_policy_concerns_all_its_repositories() -> None:
    wanted = push(
        "refs/heads/main", {"removed": [".github/hotfix.yml"]}, repository=REPO | {"full_name": "acme/.github"}
    )
    assert keys(wanted) == ["fan-out:acme/.github:refs/heads/main:policy", "fan-out:acme/*", "sweep:3"]


def test_a_push_elsewhere_needs_the_policy() -> None:
    """The policy defines whether the branch is long-lived."""
    wanted = push("refs/heads/develop")
    assert keys(wanted) == ["fan-out:acme/shop:branch:develop:refs/heads/develop"]
    assert wanted.jobs[0].args["branch"] == "develop"


def test_a_push_says_which_issues_its_tip_fixes() -> None:
    tip = {"message": "hotfix: Keep the cart\n\nFixes #7\nFixes acme/other#8\n"}
    wanted = push("refs/heads/hotfix/cart", before=SHA, after="b" * 40, head_commit=tip)
    assert wanted.push == BranchPush(branch="hotfix/cart", before=SHA, tip="b" * 40, fixes=frozenset({7}))
    assert wanted.wakes_lives, "unless the policy says which the branch may have moved"


@pytest.mark.parametrize(
    "wanted",
    [
        lambda: push("refs/tags/v1.2.4"),
        lambda: event("create", ref_type="tag", ref="v1.2.4"),
        lambda: event("delete", ref_type="tag", ref="v1.2.4"),
        lambda: event("release", "published", release={}),
    ],
    ids=["push", "create", "delete", "release"],
)
def test_a_tag_or_release_may_move_production(wanted: Any) -> None:
    assert keys(wanted())[0].partition(":refs/tags/")[0] == "fan-out:acme/shop"
    assert wanted().invalidations == (CacheInvalidation(Cache.PRODUCTION, "acme/shop"),)


def test_branch_creations_and_deletions_are_left_to_push() -> None:
    assert event("create", ref_type="branch", ref="x").nothing


def test_a_successful_deployment_may_move_production() -> None:
    """It does if its environment is production."""

    def deployed(state: str) -> HandlerResult:
        status = {"state": state}
        return event("deployment_status", "created", deployment_status=status, deployment={"environment": "live"})

    assert deployed("success").jobs[0].args["environment"] == "live"
    assert deployed("failure").jobs == deployed("error").jobs == deployed("success").jobs, "the check says so"
    assert deployed("in_progress").jobs == ()
    assert deployed("in_progress").wakes_protections, "a failed staging deployment may be what one is held for"


def run(app: int, **more: Any) -> dict[str, Any]:
    suite = {"head_branch": "hotfix/cart", "head_sha": SHA}
    return {"head_sha": SHA, "app": {"id": app}, "check_suite": suite, "pull_requests": []} | more


def test_the_re_run_button_finds_pull_requests_by_their_head() -> None:
    for action in ("rerequested", "requested_action"):
        assert keys(event("check_run", action, check_run=run(7))) == [f"sha:acme/shop@{SHA}"]
    suite = {"head_sha": SHA, "head_branch": None, "app": {"id": 7}}
    assert keys(event("check_suite", "rerequested", check_suite=suite)) == [f"sha:acme/shop@{SHA}"]


def test_a_re_run_in_the_merge_queue_evaluates_the_group() -> None:
    branch = f"gh-readonly-queue/main/pr-42-{SHA}"
    wanted = event("check_run", "rerequested", check_run=run(7, check_suite={"head_branch": branch}))
    assert keys(wanted) == [f"group:acme/shop@{SHA}"]
    assert wanted.jobs[0].args["head_ref"] == f"refs/heads/{branch}"


def test_only_check_runs_of_others_call_for_evaluations() -> None:
    assert event("check_run", "completed", check_run=run(7)).nothing
    assert event("check_run", "created", check_run=run(8)).nothing
    assert event("check_run", "rerequested", check_run=run(8)).nothing
    assert event("check_run", "completed", check_run=run(8)).checked == HeadChecked(repo="acme/shop", sha=SHA)
    assert event("status", state="success", sha=SHA).checked == HeadChecked(repo="acme/shop", sha=SHA)
    assert event("status", state="pending", sha=SHA).nothing


def test_a_merge_group_is_evaluated_again() -> None:
    group = {"head_sha": SHA, "head_ref": f"refs/heads/gh-readonly-queue/main/pr-42-{SHA}"}
    assert keys(event("merge_group", "checks_requested", merge_group=group)) == [f"group:acme/shop@{SHA}"]
    assert event("merge_group", "destroyed", merge_group=group).nothing


def comment(action: str = "created", body: str = "/hotfix recheck", **more: Any) -> HandlerResult:
    said = {"id": 5, "body": body, "user": {"login": "lead", "type": "User"}, "created_at": "2026-01-01T00:00:00Z"}
    payload = {"issue": {"number": 42, "pull_request": {}}, "comment": said} | more
    return event("issue_comment", action, **payload)


def test_comments_with_a_command_are_answered_and_no_others() -> None:
    assert keys(comment()) == ["comment:acme/shop#5:created", "life:acme/shop#42"]
    assert comment(body="looks good").nothing
    issue = comment(issue={"number": 42, "labels": [{"name": "incident"}]})
    assert keys(issue) == ["life:acme/shop#42"], "the command belongs to an incident"
    assert keys(comment("deleted"))[0] == "comment:acme/shop#5:deleted"
    edited = comment("edited", "never mind", changes={"body": {"from": "/hotfix override size x"}})
    assert keys(edited)[0] == "comment:acme/shop#5:edited"


def test_bots_and_the_app_itself_command_nothing() -> None:
    assert comment("created", **OURS).nothing
    bot = {"login": "x[bot]", "type": "Bot"}
    said = {"id": 5, "body": "/hotfix recheck", "user": bot, "created_at": "2026-01-01T00:00:00Z"}
    assert not [key for key in keys(comment(comment=said)) if key.startswith("comment:")]


def test_a_bot_that_answers_each_change_makes_no_loop() -> None:
    """Whether the bot reverts the status comment or removes a label, the App reacts only after a minute."""
    bot: dict[str, Any] = {"sender": {"login": "x[bot]", "type": "Bot"}}
    incident = {"number": 42, "labels": [{"name": "incident"}]}
    by_bots = [comment(action, issue=incident, **bot) for action in ("created", "edited", "deleted")]
    by_bots += [event("issues", action, issue=incident, **bot) for action in ("edited", "unlabeled", "closed")]
    by_bots.append(event("sub_issues", "sub_issue_removed", parent_issue={"number": 42}, **bot))
    assert {job.delay for result in by_bots for job in result.jobs if job.key.startswith("life:")} == {BOTS_SETTLE}
    for action in ("opened", "labeled"):
        assert [job.delay for job in event("issues", action, issue=incident, **bot).jobs] == [0.0], "an alert declares"
    assert all(not job.delay for job in comment(issue=incident).jobs), "people are answered at once"


def test_an_installation_is_swept_and_later_forgotten() -> None:
    for action in ("created", "unsuspend", "new_permissions_accepted"):
        assert keys(event("installation", action, repositories=[])) == ["sweep:3"]
    gone = event("installation", "deleted", repositories=[{"full_name": "acme/shop"}])
    assert gone.invalidations == (
        CacheInvalidation(Cache.INSTALLATION, "3"),
        CacheInvalidation(Cache.REPO, "acme/shop"),
    )
    paused = event("installation", "suspend", repositories=[{"full_name": "acme/shop"}])
    assert paused.invalidations == (CacheInvalidation(Cache.INSTALLATION, "3"),), (
        "what it may come back to was forgotten"
    )
    added = event("installation_repositories", "added", repositories_added=[{"full_name": "acme/new"}])
    assert keys(added) == ["sweep-repo:acme/new"], "every other repository of the installation is swept"
    removed = event("installation_repositories", "removed", repositories_removed=[{"full_name": "acme/shop"}])
    assert removed.invalidations == (CacheInvalidation(Cache.REPO, "acme/shop"),)


def test_permissions_are_read_again_when_people_change() -> None:
    org = {"organization": {"login": "acme"}}
    for name, action in (("membership", "added"), ("team", "edited"), ("member", "removed")):
        found = event(name, action, team={"slug": "leads"}, **org)
        assert found.invalidations == (CacheInvalidation(Cache.TEAM, "acme"),), (
            "who is in one team is in those above it too"
        )
    wanted = event("organization", "member_removed", **org)
    assert keys(wanted) == ["fan-out:acme/*"]
    assert wanted.jobs[0].delay > 0, "people change in bulk"


def test_a_renamed_or_removed_repository_is_forgotten() -> None:
    renamed = event("repository", "renamed", changes={"repository": {"name": {"from": "store"}}})
    assert renamed.invalidations == (CacheInvalidation(Cache.REPO, "acme/store"),)
    assert renamed.renamed_from == "acme/store"
    assert keys(renamed) == ["sweep-repo:acme/shop", "fan-out:acme/shop"]
    owner = {"from": {"user": {"login": "old"}}}
    transferred = event("repository", "transferred", changes={"owner": owner})
    assert keys(transferred) == ["sweep-repo:acme/shop"]
    assert transferred.renamed_from == "old/shop", "its held deployments and overrides move with it"
    for action in ("renamed", "transferred"):
        unsaid = event("repository", action, changes={})
        assert (unsaid.renamed_from, unsaid.invalidations) == (None, ()), "what is on record under its name stays"
    assert keys(event("repository", "unarchived")) == ["sweep-repo:acme/shop"]
    assert event("repository", "deleted").invalidations == (CacheInvalidation(Cache.REPO, "acme/shop"),)
    moved = event("repository", "edited", changes={"default_branch": {"from": "master"}})
    assert moved.invalidations == (CacheInvalidation(Cache.POLICY, "acme/shop"),)


def protection(**changes: Any) -> HandlerResult:
    url = "https://api.github.com/repos/acme/shop/actions/runs/99/deployment_protection_rule"
    payload = {"environment": "production", "deployment_callback_url": url, "deployment": {"sha": SHA}} | changes
    return event("deployment_protection_rule", "requested", **payload)


def test_a_pending_deployment_is_answered() -> None:
    (job,) = protection().jobs
    assert job.key == "protection:acme/shop:99:production"
    assert job.args["run_id"] == 99
    with pytest.raises(MalformedPayload, match="deployment_callback_url"):
        protection(deployment_callback_url="https://evil.example/runs/x/deployment_protection_rule")


@pytest.mark.parametrize(
    ("name", "action", "payload", "field"),
    [
        ("pull_request", "opened", {"number": "42", "pull_request": pull()}, "number"),
        ("pull_request", "opened", {"number": True, "pull_request": pull()}, "number"),
        ("pull_request", "opened", {"number": 42}, "pull_request"),
        ("pull_request", "opened", {"number": 42, "pull_request": pull(head=None)}, "pull_request.head.sha"),
        ("pull_request", "opened", {"number": 42, "pull_request": pull(updated_at="now")}, "updated_at"),
        ("pull_request", "opened", {"number": 42, "pull_request": pull(labels="x")}, "labels"),
        ("push", "", {"ref": None}, "ref"),
        ("push", "", {"ref": "refs/heads/" + "x" * 5000}, "ref"),
        ("push", "", {"ref": "refs/heads/main", "repository": {"full_name": "acme/../x"}}, "full_name"),
        ("push", "", {"ref": "refs/tags/a\0b"}, "ref"),
        ("push", "", {"ref": "refs/heads/x", "repository": {"full_name": "a/b", "html_url": "http://["}}, "html_url"),
        ("check_run", "completed", {"check_run": []}, "check_run"),
        ("membership", "added", {"organization": {"login": "a/b"}}, "organization.login"),
    ],
)
def test_a_malformed_payload_names_the_field(name: str, action: str, payload: dict[str, Any], field: str) -> None:
    with pytest.raises(MalformedPayload, match=field):
        event(name, action, **payload)


def test_every_example_that_satisfies_githubs_schema_is_read() -> None:
    seen = set()
    for example in payloads():
        wanted = handle(example.event, example.action or "", Payload(example.payload), ME)
        if not wanted.nothing:
            seen.add(example.event)
    assert seen >= {
        "pull_request", "pull_request_review", "push", "create", "delete", "deployment_status", "merge_group",
        "installation", "membership", "team", "repository", "check_run", "member",
    }  # fmt: skip


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(["head", "sha", "ref", "id", "full_name", "login", "app", "user"]), children)
    ),
    max_leaves=10,
)
FIELDS = (
    "repository", "installation", "sender", "number", "pull_request", "check_run", "check_suite", "merge_group",
    "issue", "comment", "organization", "team", "deployment", "deployment_status", "ref",
    "commits", "changes", "repositories",
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(HANDLERS)),
    st.sampled_from(["opened", "completed", "created", "edited", "added", "requested", "renamed", "rerequested", ""]),
    st.dictionaries(st.sampled_from(FIELDS), JUNK),
)
def test_no_payload_raises_anything_else(name: str, action: str, payload: dict[str, Any]) -> None:
    with contextlib.suppress(MalformedPayload):
        handle(name, action, Payload(payload), ME)
