"""`back-merge`: each long-lived branch gets the fix in one pull request; conflicts are shown with their resolution."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.action.conftest import PERMISSIONS, Done, Shop
from tests.action.tools import without
from tests.github.acme import POLICY


@pytest.fixture
def tagged(shop: Shop) -> Shop:
    shop.pass_verdict()
    assert shop.do("tag").status == 0
    return shop


def pulls(done: Done) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(done.outputs["pull-requests"])
    return read


def open_pulls(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.github.rest("GET", "/repos/acme/shop/pulls?state=open", token=shop.token).data
    return found


def test_the_hotfixs_pull_request_can_be_the_back_merge(tagged: Shop) -> None:
    done = tagged.do("back-merge")
    assert done.status == 0
    assert pulls(done) == [{"into": "main", "number": tagged.pull.number, "url": tagged.pull.data["html_url"]}]
    assert json.loads(done.outputs["conflicts"]) == []
    assert len(open_pulls(tagged)) == 1


@pytest.mark.parametrize("more", [{}, {"issues": "write"}])
def test_the_label_is_put_on_if_the_job_may(tagged: Shop, more: dict[str, str]) -> None:
    """Without `issues: write`, the label is not created as a side effect of adding it but in a separate request."""
    tagged.repo.branch("develop", at="main")
    token = tagged.github.workflow_token(tagged.repo, PERMISSIONS | more)
    made = pulls(tagged.do("back-merge", into="develop", token=token))[0]
    assert tagged.github.pull("acme/shop", made["number"]).labels == ["back-merge"]


def test_another_branch_gets_a_pull_request_of_the_tag(tagged: Shop) -> None:
    tagged.repo.branch("develop", at="main")
    done = tagged.do("back-merge", into="main, develop")
    assert [each["into"] for each in pulls(done)] == ["main", "develop"]
    made = tagged.github.pull("acme/shop", pulls(done)[1]["number"])
    assert made.title == "Back-merge v1.2.4-hotfix.1 into develop"
    assert made.data["head"]["ref"] == "back-merge/v1.2.4-hotfix.1-into-develop"
    assert made.head_sha == tagged.sha
    assert [each["login"] for each in made.data["assignees"]] == ["dev"]
    assert made.requested()[0] == ["lead"]
    notices = [moment.what for moment in done.report.timeline]
    assert any("Opened #" in words for words in notices)


def test_again_and_twice_at_once_open_no_second_pull_request(tagged: Shop) -> None:
    tagged.repo.branch("develop", at="main")
    done: list[Done] = []
    threads = [threading.Thread(target=lambda: done.append(tagged.do("back-merge", into="develop"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = tagged.do("back-merge", into="develop")
    assert {each.status for each in [*done, again]} == {0}
    assert len({pulls(each)[0]["number"] for each in [*done, again]}) == 1
    assert len(open_pulls(tagged)) == 2


def test_a_merged_fix_needs_no_back_merge_and_its_branch_goes(tagged: Shop) -> None:
    """Once the fix is merged, no back-merge is opened and the hotfix branch is deleted."""
    tagged.acme.lead.merge(tagged.pull)
    done = tagged.do("back-merge")
    assert (done.status, pulls(done)) == (0, [])
    assert "refs/heads/hotfix/cart" not in tagged.repo.refs()
    assert tagged.do("back-merge").status == 0


def test_a_squashed_hotfix_counts_as_merged(tagged: Shop) -> None:
    tagged.acme.lead.merge(tagged.pull, method="squash")
    assert pulls(tagged.do("back-merge")) == []


def test_a_hotfix_branch_that_moved_on_is_left_alone(tagged: Shop) -> None:
    tagged.acme.lead.merge(tagged.pull)
    tagged.repo.commit("hotfix/cart", {"src/more.py": "x = 1\n"}, message="more", author=tagged.acme.dev)
    assert tagged.do("back-merge", tag="v1.2.4-hotfix.1").status == 0
    assert "refs/heads/hotfix/cart" in tagged.repo.refs()


def test_a_conflict_is_reported_with_commands_that_solve_it(tagged: Shop, tmp_path: Path) -> None:
    tagged.repo.commit("main", {"src/cart.py": "nothing = 1\n"}, message="Rewrite", author=tagged.acme.other)
    done = tagged.do("back-merge")
    assert (done.status, json.loads(done.outputs["conflicts"])) == (0, ["main"])
    commands = done.report.details[-1].partition("```bash\n")[2].partition("```")[0]
    solved = commands.replace(
        "# resolve the conflicts, git add them", "git checkout --theirs . && git add ."
    ).splitlines()
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", tagged.repo.clone_url(tagged.acme.dev), str(clone)], check=True)
    subprocess.run(["git", "config", "user.email", "dev@example.com"], cwd=clone, check=True)
    subprocess.run(["git", "config", "user.name", "dev"], cwd=clone, check=True)
    subprocess.run("; ".join(solved), shell=True, cwd=clone, check=True)
    again = tagged.do("back-merge")
    assert json.loads(again.outputs["conflicts"]) == []
    assert pulls(again)[0]["number"] != tagged.pull.number
    assert tagged.pull.head_sha == tagged.sha


def test_the_merge_of_a_solved_back_merge_is_known_by_its_branch(tagged: Shop) -> None:
    theirs = tagged.repo.commit("develop", {"src/cart.py": "x = 1\n"}, message="Rewrite", author=tagged.acme.other)
    made = tagged.github.pull("acme/shop", pulls(tagged.do("back-merge", into="develop"))[0]["number"])
    solved = {"src/cart.py": "x = 2\n"}
    tagged.repo.commit(made.data["head"]["ref"], solved, author=tagged.acme.dev, parents=[tagged.sha, theirs])
    tagged.acme.lead.merge(made)
    settings = {"event": {"pull_request": made.data}, "ref": f"refs/pull/{made.number}/merge"}
    assert tagged.do("back-merge", settings, into="develop").status == 0


def test_a_setting_that_forbids_pull_requests_is_named(tagged: Shop) -> None:
    tagged.repo.branch("develop", at="main")
    words = "GitHub Actions is not permitted to create or approve pull requests."
    tagged.github.faults.add("/repos/acme/shop/pulls", "POST", status=403, body=words)
    done = tagged.do("back-merge", into="develop")
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "Settings, Actions, General" in done.report.reason


def test_auto_merge_merges_what_is_ready_and_cleans_up(tagged: Shop) -> None:
    tagged.repo.update(allow_auto_merge=True)
    done = tagged.do("back-merge", auto_merge="true")
    assert done.status == 0
    assert tagged.pull.data["merged"]
    assert tagged.repo.git("merge-base", "--is-ancestor", tagged.sha, "main") == ""
    assert "refs/heads/hotfix/cart" not in tagged.repo.refs()


def test_the_policy_names_the_branches_and_globs_find_them(tagged: Shop) -> None:
    policy = POLICY.replace("back_merge: [main]", 'back_merge: [main, "release/*"]')
    tagged.repo.commit("main", {".github/hotfix.yml": policy}, message="Policy", author=tagged.acme.admin)
    tagged.repo.branch("release/2.0", at="main")
    assert [each["into"] for each in pulls(tagged.do("back-merge"))] == ["main", "release/2.0"]


def test_a_branch_that_is_named_twice_gets_one_pull_request(tagged: Shop) -> None:
    """As by its name and by a glob, or as `github.ref` writes it."""
    tagged.repo.branch("develop", at="main")
    for into in ("develop, develop", "develop, dev*", "refs/heads/develop"):
        assert [each["into"] for each in pulls(tagged.do("back-merge", into=into))] == ["develop"]
    assert len(open_pulls(tagged)) == 2


def test_a_wrong_name_next_to_a_glob_is_named(tagged: Shop) -> None:
    tagged.repo.branch("release/2.0", at="main")
    done = tagged.do("back-merge", into="mian, release/*")
    assert done.status == 1
    assert "There is no branch mian." in done.report.reason
    assert [each["into"] for each in pulls(done)] == ["release/2.0"]


@pytest.mark.parametrize("command", ["back-merge", "ship"])
def test_globs_that_match_no_branch_are_refused(tagged: Shop, command: str) -> None:
    """Nothing lacks the fix then, but the hotfix branch must not be deleted for a misspelt glob."""
    tagged.acme.lead.merge(tagged.pull)
    inputs = tagged.inputs() if command == "ship" else {}
    for into, named in (("relase/*", "relase/*"), ("v?, release/*", "v?"), ("!main", "!main")):
        done = tagged.do(command, into=into, **inputs)
        assert (done.status, done.report.state) == (2, "usage-error")
        assert f"No branch matches {named}." in done.report.reason
        assert "refs/heads/hotfix/cart" in tagged.repo.refs()


def test_a_glob_without_a_branch_stops_no_other(tagged: Shop) -> None:
    tagged.repo.branch("release/2.0", at="main")
    done = tagged.do("back-merge", into="relase/*, release/*")
    assert done.status == 1
    assert "No branch matches relase/*." in done.report.reason
    assert [each["into"] for each in pulls(done)] == ["release/2.0"]


@pytest.mark.parametrize("other", ["back-merge", "back-merge/v1.2.4-hotfix.1-into-develop/x"])
def test_a_branch_in_the_way_is_named(tagged: Shop, other: str) -> None:
    """git keeps branches like files in folders, so `a` and `a/b` exclude each other."""
    for name in ("develop", other):
        tagged.repo.branch(name, at="main")
    done = tagged.do("back-merge", into="develop")
    assert (done.status, done.report.state) == (1, "failure")
    assert f"next to the branch {other}: rename that one" in done.report.reason


def test_a_branch_that_does_not_exist_is_named(tagged: Shop) -> None:
    done = tagged.do("back-merge", into="mian")
    assert done.status == 2
    assert done.report.reason.startswith("There is no branch mian.")


def test_a_branch_that_fails_stops_no_other(tagged: Shop) -> None:
    """One branch does not exist, and GitHub refuses the pull request for another."""
    for name in ("develop", "closed", "release/1.2"):
        tagged.repo.branch(name, at="main")
    tagged.repo.restrict_refs("refs/heads/back-merge/v1.2.4-hotfix.1-into-closed")
    done = tagged.do("back-merge", into="mian, closed, develop, release/1.2")
    assert (done.status, done.report.state) == (1, "failure")
    assert "There is no branch mian." in done.report.reason
    assert "closed: GitHub refuses the request" in done.report.reason
    assert [each["into"] for each in pulls(done)] == ["develop", "release/1.2"]
    assert len(open_pulls(tagged)) == 3


def test_a_back_merge_that_was_closed_is_a_decision(tagged: Shop) -> None:
    tagged.repo.branch("develop", at="main")
    made = tagged.github.pull("acme/shop", pulls(tagged.do("back-merge", into="develop"))[0]["number"])
    assert "close this without merging: it is not opened again." in made.data["body"]
    tagged.acme.lead.close(made)
    again = tagged.do("back-merge", into="develop")
    assert (again.status, pulls(again)) == (0, [])
    assert f"develop does not receive v1.2.4-hotfix.1: #{made.number} was closed" in again.report.timeline[-1].what
    assert made.data["head"]["ref"] in str(tagged.repo.refs()), "reopening it needs its branch"


def test_an_allowed_merge_method_is_taken(tagged: Shop) -> None:
    tagged.repo.branch("develop", at="main")
    tagged.repo.update(allow_merge_commit=False, allow_auto_merge=True)
    tagged.repo.protect("develop", required_checks=("ci",))
    done = tagged.do("back-merge", into="develop", auto_merge="true")
    made = tagged.github.pull("acme/shop", pulls(done)[0]["number"])
    assert "merge commit, so that" not in made.data["body"]
    tagged.repo.set_check(made.head_sha, "ci")
    assert made.data["merged"]
    assert pulls(tagged.do("back-merge", into="develop")) == []


def picked(shop: Shop, tmp_path: Path, *also: str) -> None:
    """Cherry-pick the hotfix to develop, as a developer would, then run these git commands."""
    clone = tmp_path / "picked"
    subprocess.run(["git", "clone", "-q", shop.repo.clone_url(shop.acme.dev), str(clone)], check=True)
    for command in (
        "git config user.email dev@example.com; git config user.name dev",
        f"git checkout -q develop; git cherry-pick -x {shop.sha}",
        *also,
        "git push -q origin develop",
    ):
        subprocess.run(command, shell=True, cwd=clone, check=True, capture_output=True)


@pytest.mark.parametrize(
    "also",
    [
        (),
        ("echo more >> README.md; git commit -qam more",),
        ("sed -i 's/min(percent, 100)/cap(percent)/' src/cart.py; git commit -qam 'call it cap'",),
        (
            "sed -i 's/min(percent, 100)/cap(percent)/' src/cart.py",
            "git -c i18n.commitEncoding=unknown commit -qam \"$(printf 'caf\\351')\"",
        ),
        ("git reset -q --soft HEAD~1; echo more >> README.md; git commit -qam 'both at once'",),
    ],
    ids=["picked", "picked and more", "picked and changed again", "in Latin-1", "in one commit with more"],
)
def test_a_branch_with_the_same_change_needs_none(tagged: Shop, tmp_path: Path, also: tuple[str, ...]) -> None:
    tagged.repo.branch("develop", at="main")
    picked(tagged, tmp_path, *also)
    done = tagged.do("back-merge", into="develop")
    assert (done.status, pulls(done)) == (0, [])
    assert "develop already has the change of v1.2.4-hotfix.1 by other commits" in done.report.timeline[-1].what


def test_a_cherry_pick_that_was_reverted_is_brought_again(tagged: Shop, tmp_path: Path) -> None:
    tagged.repo.branch("develop", at="main")
    picked(tagged, tmp_path, "git revert --no-edit HEAD")
    assert [each["into"] for each in pulls(tagged.do("back-merge", into="develop"))] == ["develop"]


def test_a_reverted_cherry_pick_in_conflict_is_brought(tagged: Shop, tmp_path: Path) -> None:
    """The same patch is in the branch's history but was reverted, so the branch lacks the change."""
    tagged.repo.branch("develop", at="main")
    change = "sed -i 's/def /def new_/' src/cart.py; sed -i 's/return .*/return 0/' src/cart.py; git commit -qam again"
    picked(tagged, tmp_path, "git revert --no-edit HEAD", change)
    done = tagged.do("back-merge", into="develop")
    assert [each["into"] for each in pulls(done)] == ["develop"]
    assert json.loads(done.outputs["conflicts"]) == ["develop"]


def test_a_branch_that_gets_the_fix_meanwhile_lacks_nothing(tagged: Shop, tmp_path: Path) -> None:
    """A developer merges the tag by hand just before the pull request is created, so GitHub refuses it."""
    tagged.repo.branch("develop", at="main")
    held = tagged.github.faults.add("/repos/acme/shop/pulls", "POST", hold=True)
    done: list[Done] = []
    working = threading.Thread(target=lambda: done.append(tagged.do("back-merge", into="develop")))
    working.start()
    held.wait_for_held(1)
    clone = tmp_path / "merged"
    subprocess.run(["git", "clone", "-q", "-b", "develop", tagged.repo.clone_url(tagged.acme.dev), clone], check=True)
    who = ["-c", "user.name=dev", "-c", "user.email=dev@example.com"]
    subprocess.run(["git", *who, "merge", "-q", "--no-edit", "v1.2.4-hotfix.1"], cwd=clone, check=True)
    subprocess.run(["git", "push", "-q", "origin", "develop"], cwd=clone, check=True)
    held.remove()
    working.join()
    assert (done[0].status, pulls(done[0])) == (0, []), done[0].report.reason
    assert "develop already contains v1.2.4-hotfix.1" in [moment.what for moment in done[0].report.timeline]
    assert not [ref for ref in tagged.repo.refs() if "back-merge/" in ref]


def test_who_reviewed_is_not_asked_again(tagged: Shop) -> None:
    """The job may not create the label; everything else is still done and reported."""
    tagged.repo.branch("develop", at="main")
    refused = "Resource not accessible by integration"
    tagged.github.faults.add("/repos/acme/shop/labels", "POST", status=403, body=refused)
    first = tagged.do("back-merge", into="develop")
    made = tagged.github.pull("acme/shop", pulls(first)[0]["number"])
    assert made.labels == []
    tagged.acme.lead.review(made, "APPROVE")
    tagged.github.forget()
    assert tagged.do("back-merge", into="develop").status == 0
    again = [c.path for c in tagged.github.calls if c.method == "POST" and c.path.endswith(("reviewers", "assignees"))]
    assert again == []


def test_a_back_merge_with_solved_conflicts_may_be_squashed(tagged: Shop) -> None:
    theirs = tagged.repo.commit("develop", {"src/cart.py": "x = 1\n"}, message="Rewrite", author=tagged.acme.other)
    made = tagged.github.pull("acme/shop", pulls(tagged.do("back-merge", into="develop"))[0]["number"])
    solved = {"src/cart.py": "x = 2\n"}
    tagged.repo.commit(made.data["head"]["ref"], solved, author=tagged.acme.dev, parents=[tagged.sha, theirs])
    tagged.acme.lead.merge(made, method="squash")
    assert pulls(tagged.do("back-merge", into="develop")) == []


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_a_back_merge_ported_by_hand_counts_once_merged(tagged: Shop, method: str) -> None:
    """A developer replaces the branch with an equivalent change, so the merge does not contain the hotfix's commit."""
    theirs = tagged.repo.commit("develop", {"src/cart.py": "x = 1\n"}, message="Rewrite", author=tagged.acme.other)
    made = tagged.github.pull("acme/shop", pulls(tagged.do("back-merge", into="develop"))[0]["number"])
    ported = tagged.repo.commit("ported", {"src/cart.py": "x = 2\n"}, at=theirs, author=tagged.acme.dev)
    path = f"{tagged.repo.path}/git/refs/heads/{made.data['head']['ref']}"
    over = {"sha": ported, "force": True}
    assert tagged.github.rest("PATCH", path, token=tagged.acme.admin.token, body=over).ok
    tagged.acme.lead.merge(made, method=method)
    done = tagged.do("back-merge", into="develop")
    assert pulls(done) == []
    assert f"develop has v1.2.4-hotfix.1, by #{made.number}" in [moment.what for moment in done.report.timeline]


def test_an_image_without_git_opens_back_merges_too(tagged: Shop, tmp_path: Path) -> None:
    """Without git, the Action only can't tell if other commits brought the change; the pull request shows that."""
    tagged.repo.branch("develop", at="main")
    job = tagged.job(environ=without(tmp_path, "git"), forked=False)
    done = job.uses(command="back-merge", into="develop")
    assert done.outcome == "success", done.log
    assert "has the change by other commits is not known: git could not be run" in done.log
    assert [each["into"] for each in json.loads(done.outputs["pull-requests"])] == ["develop"]


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_a_branch_that_lost_the_fix_gets_it_again(tagged: Shop, method: str) -> None:
    """A developer force-pushes an older state: the pull request is still merged, but the branch lacks the change."""
    before = tagged.repo.commit("develop", {"more.txt": "1\n"}, message="More", at="main", author=tagged.acme.other)
    first = tagged.github.pull("acme/shop", pulls(tagged.do("back-merge", into="develop"))[0]["number"])
    tagged.acme.lead.merge(first, method=method)
    assert pulls(tagged.do("back-merge", into="develop")) == []
    path, over = f"{tagged.repo.path}/git/refs/heads/develop", {"sha": before, "force": True}
    assert tagged.github.rest("PATCH", path, token=tagged.acme.admin.token, body=over).ok
    done = tagged.job().uses(command="back-merge", into="develop")
    assert f"develop has lost v1.2.4-hotfix.1, which #{first.number} had merged" in done.log
    again = json.loads(done.outputs["pull-requests"])
    assert [(each["into"], each["number"] > first.number) for each in again] == [("develop", True)]


def test_a_rewritten_branch_with_the_fix_has_not_lost_it(tagged: Shop, tmp_path: Path) -> None:
    before = tagged.repo.commit("develop", {"more.txt": "1\n"}, message="More", at="main", author=tagged.acme.other)
    made = tagged.github.pull("acme/shop", pulls(tagged.do("back-merge", into="develop"))[0]["number"])
    tagged.acme.lead.merge(made, method="squash")
    path, over = f"{tagged.repo.path}/git/refs/heads/develop", {"sha": before, "force": True}
    assert tagged.github.rest("PATCH", path, token=tagged.acme.admin.token, body=over).ok
    picked(tagged, tmp_path)
    done = tagged.job().uses(command="back-merge", into="develop")
    assert "develop already has the change of v1.2.4-hotfix.1 by other commits" in done.log
    assert "has lost" not in done.log


def test_a_commit_that_was_never_tagged_is_refused(shop: Shop) -> None:
    done = shop.do("back-merge")
    assert (done.status, done.report.state) == (1, "refused")


def test_a_dry_run_opens_nothing(tagged: Shop) -> None:
    tagged.repo.branch("develop", at="main")
    done = tagged.do("back-merge", into="develop", dry_run="true")
    assert done.status == 0
    assert len(open_pulls(tagged)) == 1
