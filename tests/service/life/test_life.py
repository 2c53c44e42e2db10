"""The life of an incident through the real service: what appears on GitHub and what doesn't."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.github import Issue, Pull, Repo
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, POLICY, TAG
from tests.service.conftest import House, after_retries, concludes
from tests.service.running import Service, eventually

FORM = """\
### Severity

P0

### Category

API endpoint down

### Component

checkout

### Users affected

40 %

### Incident commander

@commander

### Customer-facing

yes

### What is broken

Every order fails.
"""
TAKES = "on:\n  workflow_dispatch: {inputs: {sha: {description: x}, to: {description: x}}}\njobs: {}\n"


def posts(of: Issue | Pull, marker: str) -> list[dict[str, Any]]:
    """Return the App's comments that have a marker."""
    return [one for one in of.comments() if f"<!-- hotfix:{marker}" in one["body"]]


def status(of: Issue | Pull) -> str:
    """Return the status comment, or an empty string; assert that there is at most one."""
    found = posts(of, "status -->")
    assert len(found) <= 1, found
    return str(found[0]["body"]) if found else ""


def shows(of: Issue | Pull, *words: str, skipping: House | None = None) -> str:
    """Wait until the status comment shows all of these texts, and return it, skipping the backoff of a house."""

    def there() -> bool:
        return all(word in status(of) for word in words)

    try:
        after_retries(skipping, of.repo, there, f"the status of {of} to show {words}")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{status(of)}") from None
    return status(of)


def ticked(of: Issue | Pull) -> set[str]:
    """Return the texts of the ticked lines."""
    lines = status(of).splitlines()
    return {line[6:].partition(" - by ")[0].partition(" - at ")[0] for line in lines if line.startswith("- [x] ")}


def assigned(of: Issue, login: str) -> None:
    """Wait until this user alone is assigned, which happens after the status comment is written."""
    eventually(lambda: of.assignees == [login], f"{login} to be assigned")


def incident(house: House, shop: Repo, body: str = FORM) -> Issue:
    return house.dev.report(shop, "Checkout fails", body)


def fix(house: House, shop: Repo, issue: Issue, branch: str = "hotfix/cart", draft: bool = False) -> Pull:
    """Open a pull request that fixes the incident."""
    message, body = (text.replace("#7", f"#{issue.number}") for text in (GOOD_MESSAGE, GOOD_BODY))
    shop.branch(branch, at=TAG)
    shop.commit(branch, FIX, message=message, author=house.dev)
    return house.dev.open_pull(
        shop, head=branch, base="main", title=GOOD_TITLE, body=body, labels=["hotfix", "priority:critical"], draft=draft
    )


def test_an_incident_by_form_gets_status_label_and_commander(house: House, service: Service) -> None:
    issue = incident(house, house.shop())
    shown = shows(issue, "**P0 (critical)**", "stage **declared**")
    assert "**commander** must act" in shown.splitlines()[0]
    assert "Identify the failing endpoint" in shown
    assert {"incident", "priority:critical"} <= set(issue.labels)
    assigned(issue, "commander")
    assert ticked(issue) == {"Severity correctly assessed (P0/P1)", "Incident declared in #incidents"}


def test_an_incident_is_declared_by_a_comment_of_a_writer_alone(house: House, service: Service) -> None:
    shop = house.shop()
    stranger = house.github.create_user(f"stranger-{shop.name}")
    issue = house.dev.report(shop, "Login fails", "It fails", labels=())
    house.github.clock.advance(1)
    refused = stranger.comment(issue, "/hotfix declare P0")
    eventually(lambda: "hotfix[bot] confused" in issue.reactions(refused), "a refusal")
    assert any("write access" in one["body"] for one in issue.comments())
    assert status(issue) == ""
    declared = house.commander.comment(issue, "/hotfix declare P1")
    shows(issue, "**P1 (high)**", "Please add to the description")
    assert issue.reactions(declared) == ["hotfix[bot] +1"]
    assert {"incident", "priority:high"} <= set(issue.labels)
    assigned(issue, "commander")


def test_a_declaration_is_not_refused_along_with_another(house: House, service: Service) -> None:
    """A writer declares the incident while an earlier command, of a user without permission, is refused."""
    shop = house.shop()
    stranger = house.github.create_user(f"stranger-{shop.name}")
    issue = house.dev.report(shop, "Login fails", "It fails", labels=())
    read = house.github.faults.add(f"{issue.path}/comments", method="GET", hold=True, actor="installation", count=1)
    stranger.comment(issue, "/hotfix note it fails for me too")
    read.wait_for_held()
    declared = house.commander.comment(issue, "/hotfix declare P1")
    read.remove()
    shows(issue, "**P1 (high)**")
    assert issue.reactions(declared) == ["hotfix[bot] +1"]


def test_an_incident_that_can_wait_has_no_clock(house: House, service: Service) -> None:
    issue = incident(house, house.shop(), "Severity: P2\nIncident commander: @commander")
    shown = shows(issue, "can wait for the next release")
    assert "due by" not in shown
    assert issue.labels == ["incident"]


def test_someone_elses_edit_of_the_status_is_reverted(house: House, service: Service) -> None:
    issue = incident(house, house.shop())
    shows(issue, "stage **declared**")
    service.settle(house.github)
    before = status(issue)
    comment = posts(issue, "status -->")[0]
    house.dev.edit_comment(issue, comment["id"], "<!-- hotfix:status -->\nall is well")
    eventually(lambda: status(issue) == before, "the edit to be reverted")
    house.dev.delete_comment(issue, comment["id"])
    eventually(lambda: status(issue) == before, "the comment to be there again")


def test_a_hotfix_walks_through_its_stages(house: House, service: Service) -> None:
    shop = house.shop({".github/hotfix.yml": POLICY + "deploy: {workflow: ship.yml, rollback_workflow: back.yml}\n"})
    shop.commit("main", {".github/workflows/ship.yml": TAKES, ".github/workflows/back.yml": TAKES})
    house.dev.deploy(shop, TAG, "production", "success")
    issue = incident(house, shop)
    shows(issue, "stage **declared**", "`v1.2.3` since")
    pull = fix(house, shop, issue, draft=True)
    shows(issue, "stage **fixing**")
    house.dev.ready_for_review(pull)
    concludes(pull, with_="action_required")
    shows(issue, "stage **reviewing**", "**lead** must act")
    eventually(lambda: status(pull) == status(issue), "both places to show the same")
    shop.set_check(pull.head_sha, "ci")
    house.lead.review(pull, "APPROVE")
    concludes(pull, with_="success")
    shows(issue, "stage **staging**")
    assert {"Tests pass", "Code reviewed (fast-track)", "Minimal spec created"} <= ticked(issue)
    house.dev.deploy(shop, pull.head_sha, "staging", "success")
    shows(issue, "- [x] Deployed to staging")
    house.dev.comment(issue, "/hotfix done staging clicked through it")
    shows(issue, "- [x] Staging verification passed")
    shop.tag("v1.2.4-hotfix.1", at=pull.head_sha)
    going = house.dev.deploy(shop, "v1.2.4-hotfix.1", "production", "in_progress")
    shows(issue, "stage **production**")
    house.dev.deployment_status(shop, going["id"], "success")
    shows(issue, "stage **watching**", "**commander** must act: verify", "`v1.2.4-hotfix.1` runs in production")
    eventually(lambda: len(issue.sub_issues()) == 6, "five follow-ups and the post-mortem")
    house.commander.comment(issue, "/hotfix verified orders work")
    shows(issue, "stage **follow-up**", "- [x] Original issue resolved")
    house.lead.merge(pull)
    shows(issue, "- [x] Hotfix back-merged to main")
    eventually(lambda: issue.state == "open", "the incident to be reopened after the merge closed it")
    assert len(posts(issue, "reopened")) == 1
    eventually(lambda: "refs/heads/hotfix/cart" not in shop.refs(), "the branch to be deleted")
    for one in issue.sub_issues():
        if "Post-mortem" not in one["title"]:
            house.dev.close_issue(shop, one["number"])
    house.commander.comment(issue, "/hotfix done post-mortem")
    eventually(lambda: issue.state == "closed", "the incident to close")
    shows(issue, "stage **closed**")


def test_an_earlier_hotfix_in_the_branch_is_not_this_fix(house: House, service: Service) -> None:
    """While main lacks the earlier hotfix, GitHub lists its commits in the next hotfix's pull request."""
    shop = house.shop()
    house.dev.deploy(shop, TAG, "production", "success")
    first = incident(house, shop)
    earlier = fix(house, shop, first)
    shop.tag("v1.2.4-hotfix.1", at=earlier.head_sha)
    house.dev.deploy(shop, "v1.2.4-hotfix.1", "production", "success")
    shows(first, "stage **watching**")
    house.github.clock.advance(2)
    second = incident(house, shop)
    shop.branch("hotfix/orders", at="v1.2.4-hotfix.1")
    message, body = (text.replace("#7", f"#{second.number}") for text in (GOOD_MESSAGE, GOOD_BODY))
    shop.commit("hotfix/orders", {"src/orders.py": "TOTAL = 2\n"}, message=message, author=house.dev)
    pull = house.dev.open_pull(shop, head="hotfix/orders", base="main", title=GOOD_TITLE, body=body, labels=["hotfix"])
    shown = shows(second, "stage **fixing**", f"#{pull.number}")
    service.settle(house.github)
    assert "v1.2.4-hotfix.1` runs in production" not in shown
    assert f"Pull request #{pull.number} " not in status(first)
    assert "hotfix/orders" not in status(first)


def test_start_creates_branch_spec_and_draft(house: House, service: Service) -> None:
    shop = house.shop()
    house.dev.deploy(shop, TAG, "production", "success")
    issue = incident(house, shop)
    shows(issue, "stage **declared**")
    comment = house.dev.comment(issue, "/hotfix start cart total")
    (answer,) = eventually(lambda: posts(issue, f"answer {comment['id']}"), "an answer")
    assert "git switch hotfix/cart-total" in answer["body"]
    assert shop.read("specs/hotfix-cart-total.md", "hotfix/cart-total").startswith("# HOTFIX: Checkout fails")
    (pull,) = shop.pulls()
    assert pull.data["draft"]
    assert pull.title == "HOTFIX: Checkout fails"
    assert {"hotfix", "priority:critical"} == set(pull.labels)
    shows(issue, "stage **fixing**")
    assert issue.reactions(comment) == ["hotfix[bot] +1"]


def test_start_needs_no_drafts(house: House, service: Service) -> None:
    """Private repositories of some plans have no drafts. The status of GitHub's answer decides, not its message."""
    shop = house.shop()
    house.dev.deploy(shop, TAG, "production", "success")
    issue = incident(house, shop)
    shows(issue, "stage **declared**")
    house.github.faults.add(f"{shop.path}/pulls", "POST", status=422, body={"message": "No such thing here"}, count=1)
    house.dev.comment(issue, "/hotfix start cart total")
    (pull,) = eventually(shop.pulls, "a pull request")
    assert not pull.data["draft"]


def test_ship_and_rollback_start_their_workflows_once(house: House, service: Service) -> None:
    policy = POLICY + "deploy: {rollback_workflow: back.yml}\n"
    shop = house.shop({".github/hotfix.yml": policy})
    shop.commit("main", {".github/workflows/back.yml": TAKES})
    issue = incident(house, shop)
    shows(issue, "stage **declared**")
    refused = house.dev.comment(issue, "/hotfix rollback v1.2.3")
    eventually(lambda: issue.reactions(refused) == ["hotfix[bot] confused"], "a refusal")
    (said,) = posts(issue, f"answer {refused['id']}")
    assert "commander commander" in said["body"]
    done = house.commander.comment(issue, "/hotfix rollback v1.2.3")
    eventually(lambda: issue.reactions(done) == ["hotfix[bot] +1"], "the rollback to be started")
    (run,) = shop.runs()
    assert (run["ref"], run["inputs"]) == ("main", {"to": "v1.2.3"})


def test_unknown_commands_get_the_closest_one(house: House, service: Service) -> None:
    issue = incident(house, house.shop())
    comment = house.dev.comment(issue, "/hotfix verifed")
    (answer,) = eventually(lambda: posts(issue, f"answer {comment['id']}"), "an answer")
    assert "`/hotfix verified [NOTE]`" in answer["body"]
    plain = house.dev.report(issue.repo, "A question", labels=())
    asked = house.dev.comment(plain, "/hotfix status")
    (answer,) = eventually(lambda: posts(plain, f"answer {asked['id']}"), "an answer")
    assert "not an incident" in answer["body"]


def test_a_run_that_changes_nothing_writes_nothing(house: House, service: Service) -> None:
    issue = incident(house, house.shop())
    shows(issue, "stage **declared**")
    service.settle(house.github)
    before = writes(house, issue.repo)
    assert before
    house.dev.comment(issue, "just talking")
    service.settle(house.github)
    assert writes(house, issue.repo) == before


def writes(house: House, shop: Repo) -> list[str]:
    """Return the service's writes to a repository."""
    sent = [call for call in house.github.calls_of("installation") if call.method != "GET"]
    return [f"{call.method} {call.path}" for call in sent if call.path.startswith(f"{shop.path}/")]


def test_a_restart_without_its_database_shows_the_same(house: House, own_service: Callable[..., Service]) -> None:
    service = own_service()
    shop = house.shop()
    issue = incident(house, shop)
    pull = fix(house, shop, issue)
    shows(issue, "stage **reviewing**")
    service.settle(house.github)  # the review is requested after that, which changes the status again
    before = status(issue)
    service.stop()
    for file in service.folder.glob("hotfix.db*"):
        file.unlink()
    service.start()
    house.dev.comment(issue, "/hotfix note after the crash")
    shows(issue, "after the crash")
    assert len(posts(issue, "status -->")) == len(posts(pull, "status -->")) == 1
    assert before.splitlines()[0] == status(issue).splitlines()[0]
