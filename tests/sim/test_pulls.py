"""Pull requests on the simulated GitHub: real diffs, reviews, labels, merging, forks."""

from __future__ import annotations

import pytest

from tests.github import Acme, Refused


def test_a_pull_request_shows_real_files_and_commits(acme: Acme) -> None:
    pull = acme.hotfix()
    assert [(f["filename"], f["status"]) for f in pull.files()] == [
        ("src/cart.py", "modified"),
        ("tests/test_cart.py", "modified"),
    ]
    assert pull.files()[0]["patch"].startswith("@@ -")
    assert [c["sha"] for c in pull.commits()] == [pull.head_sha]
    assert pull.data["mergeable"] is True
    assert pull.head_ref == "hotfix/cart"


def test_renames_binaries_and_removals_are_distinguished(acme: Acme) -> None:
    files = {"logo.png": b"\x89PNG\0\1\2", "README.md": None, 'ünï cödé "x".txt': "a\n"}
    pull = acme.hotfix(files=files)
    acme.shop.commit("hotfix/cart", rename={"src/session.py": "src/login/session.py"}, author=acme.dev)
    shown = {f["filename"]: f for f in pull.files()}
    assert shown["src/login/session.py"]["previous_filename"] == "src/session.py"
    assert shown["src/login/session.py"]["status"] == "renamed"
    assert "patch" not in shown["logo.png"]
    assert shown["README.md"]["status"] == "removed"
    assert shown['ünï cödé "x".txt']["additions"] == 1


def test_lists_stop_at_githubs_caps(acme: Acme) -> None:
    files: dict[str, str | bytes | None] = {f"many/{n:04}.txt": f"{n}\n" for n in range(3005)}
    pull = acme.hotfix(files=files)
    assert len(pull.files()) == 3000
    assert pull.data["changed_files"] == 3005
    acme.shop.commits("hotfix/cart", [{"files": {"n": str(n)}, "message": f"No {n}"} for n in range(255)])
    assert len(pull.commits()) == 250
    assert pull.data["commits"] == 256
    compared = acme.shop.get("/compare/v1.2.3...hotfix/cart")
    assert (len(compared["commits"]), len(compared["files"]), compared["total_commits"]) == (250, 300, 256)
    second = acme.shop.get("/compare/v1.2.3...hotfix/cart?page=3&per_page=100")
    assert len(second["commits"]) == 56
    assert "files" not in second


def test_compare_returns_merge_base_and_distance(acme: Acme) -> None:
    acme.hotfix()
    shown = acme.shop.get("/compare/main...hotfix/cart")
    assert (shown["status"], shown["ahead_by"], shown["behind_by"]) == ("diverged", 1, 2)
    assert shown["merge_base_commit"]["sha"] == acme.shop.sha("v1.2.3")
    assert acme.shop.get("/compare/v1.2.3...main")["status"] == "ahead"
    assert acme.shop.get("/compare/main...v1.2.3")["status"] == "behind"
    assert acme.shop.get("/compare/main...main")["status"] == "identical"
    assert acme.dev.rest("GET", "/repos/acme/shop/compare/main...nowhere").status == 404


def test_a_review_holds_its_commit(acme: Acme) -> None:
    """Authors can't review their own pull requests."""
    pull = acme.hotfix()
    acme.dev.request_review(pull, [acme.lead, acme.lead2], ["security"])
    assert pull.requested() == (["lead", "lead2"], ["security"])
    acme.dev.unrequest_review(pull, ["lead2"])
    first = pull.head_sha
    review = acme.lead.review(pull, "APPROVE")
    acme.sec.review(pull, "REQUEST_CHANGES", "Not like this.")
    acme.shop.commit("hotfix/cart", {"x": "1"}, author=acme.dev)
    assert pull.requested() == ([], [])
    assert [(r["state"], r["commit_id"]) for r in pull.reviews()] == [
        ("APPROVED", first),
        ("CHANGES_REQUESTED", first),
    ]
    acme.admin.dismiss_review(pull, review["id"])
    assert pull.reviews()[0]["state"] == "DISMISSED"
    with pytest.raises(Refused, match="your own pull request"):
        acme.dev.review(pull, "APPROVE")
    with pytest.raises(Refused, match="author"):
        acme.dev.request_review(pull, [acme.dev])
    stranger = acme.github.create_user("stranger")
    with pytest.raises(Refused, match="collaborators"):
        acme.dev.request_review(pull, [stranger])


def test_a_pending_review_is_seen_by_its_author_alone(acme: Acme) -> None:
    pull = acme.hotfix()
    made = acme.lead.must("POST", f"{pull.path}/reviews", {"body": "Looks good"})
    assert made["state"] == "PENDING"
    assert pull.reviews() == []
    acme.lead.must("POST", f"{pull.path}/reviews/{made['id']}/events", {"event": "APPROVE"})
    assert acme.lead.must("GET", f"{pull.path}/reviews/{made['id']}")["state"] == "APPROVED"


def test_labels_comments_and_edits_are_sent(acme: Acme) -> None:
    pull = acme.hotfix()
    acme.github.forget()
    acme.dev.unlabel(pull, "hotfix")
    comment = acme.dev.comment(pull, "/hotfix recheck")
    acme.dev.edit_comment(pull, comment["id"], "/hotfix override size because")
    acme.dev.must("POST", f"{acme.shop.path}/issues/comments/{comment['id']}/reactions", {"content": "eyes"})
    acme.dev.delete_comment(pull, comment["id"])
    acme.dev.edit_pull(pull, title="Another", body="Text", base="main")
    acme.dev.convert_to_draft(pull)
    acme.dev.ready_for_review(pull)
    acme.dev.close(pull)
    acme.dev.reopen(pull)
    reported = [(d.event, d.action) for d in acme.github.deliveries]
    assert reported == [
        ("pull_request", "unlabeled"),
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("issue_comment", "deleted"),
        ("pull_request", "edited"),
        ("pull_request", "converted_to_draft"),
        ("pull_request", "ready_for_review"),
        ("pull_request", "closed"),
        ("pull_request", "reopened"),
    ]


def test_merging_by_each_method_moves_main_and_closes(acme: Acme) -> None:
    for number, method in enumerate(("merge", "squash", "rebase")):
        pull = acme.hotfix(files={f"f{number}": "1"}, branch=f"hotfix/{method}", at="main")
        before = acme.shop.sha("main")
        sha = acme.dev.merge(pull, method)
        assert pull.merged
        assert acme.shop.sha("main") == sha != before
        assert len(acme.shop.log("main")) > 3
    with pytest.raises(Refused, match="not mergeable"):
        acme.dev.merge(pull)


def test_a_conflict_is_not_mergeable(acme: Acme) -> None:
    acme.shop.commit("main", {"src/cart.py": "nothing = 1\n"})
    pull = acme.hotfix()
    assert pull.data["mergeable"] is False
    with pytest.raises(Refused, match="not mergeable"):
        acme.dev.merge(pull)


def test_a_protected_branch_requires_its_checks(acme: Acme) -> None:
    acme.shop.protect("main", ["hotfix"], required_reviews=1)
    acme.shop.update(delete_branch_on_merge=True)
    pull = acme.hotfix()
    with pytest.raises(Refused, match="hotfix"):
        acme.dev.merge(pull)
    acme.shop.set_check(pull.head_sha, "hotfix")
    with pytest.raises(Refused, match="approving review"):
        acme.dev.merge(pull)
    acme.dev.enable_auto_merge(pull)
    assert not pull.merged
    acme.lead.review(pull)
    acme.dev.merge(pull)
    assert "refs/heads/hotfix/cart" not in acme.shop.refs()


def test_auto_merge_is_pending_until_checks_pass(acme: Acme) -> None:
    acme.shop.protect("main", ["hotfix"])
    pull = acme.hotfix()
    acme.dev.enable_auto_merge(pull)
    acme.shop.set_check(pull.head_sha, "hotfix", "failure")
    assert not pull.merged
    acme.shop.set_check(pull.head_sha, "hotfix", "success")
    assert pull.merged


def test_a_merge_queue_requests_checks_on_its_commit(acme: Acme) -> None:
    pull = acme.hotfix()
    head = acme.dev.enqueue(pull)
    asked = next(d for d in acme.github.deliveries if d.event == "merge_group")
    assert asked.payload["merge_group"]["head_sha"] == head != pull.head_sha
    assert asked.payload["merge_group"]["head_ref"].startswith("refs/heads/gh-readonly-queue/main/pr-1-")
    acme.dev.dequeue(pull)
    assert acme.github.deliveries[-1].action == "destroyed"


def test_a_fork_can_open_a_pull_request_and_be_deleted(acme: Acme) -> None:
    stranger = acme.github.create_user("stranger")
    fork = stranger.fork(acme.shop)
    fork.branch("hotfix/theirs", at="v1.2.3")
    fork.commit("hotfix/theirs", {"src/cart.py": "x = 1\n"}, author=stranger)
    pull = stranger.open_pull(acme.shop, head="stranger:hotfix/theirs", title="HOTFIX: theirs")
    assert pull.data["head"]["repo"]["full_name"] == "stranger/shop"
    assert [f["filename"] for f in pull.files()] == ["src/cart.py"]
    shown = acme.shop.get("/compare/main...stranger:hotfix/theirs")
    assert shown["ahead_by"] == 1
    fork.commit("hotfix/theirs", {"src/cart.py": "x = 2\n"}, author=stranger)
    assert acme.github.deliveries[-1].action == "synchronize"
    fork.delete()
    assert pull.data["head"]["repo"] is None
    acme.github.delete_user(stranger)
    assert pull.data["user"]["login"] == "ghost"
    assert len(pull.commits()) == 2


def test_a_pushed_merge_and_a_deleted_branch_end_a_pull_request(acme: Acme) -> None:
    merged, closed = acme.hotfix(), acme.hotfix(branch="hotfix/two", files={"two": "2"})
    acme.shop.commit("main", {}, parents=["main", merged.head_sha], message="Merge by hand")
    assert merged.merged
    acme.shop.delete_branch("hotfix/two")
    assert (closed.state, closed.merged) == ("closed", False)


def test_issues_are_opened_labelled_assigned_and_listed(acme: Acme) -> None:
    made = acme.dev.open_issue(acme.shop, "Follow up", "Text", ["follow-up"])
    path = f"{acme.shop.path}/issues/{made['number']}"
    acme.dev.must("POST", f"{path}/assignees", {"assignees": ["lead"]})
    assert acme.dev.must("GET", path)["assignees"][0]["login"] == "lead"
    acme.dev.must("DELETE", f"{path}/assignees", {"assignees": ["lead"]})
    acme.dev.must("PUT", f"{path}/labels", {"labels": ["one", "two"]})
    assert [label["name"] for label in acme.dev.must("GET", f"{path}/labels")] == ["one", "two"]
    acme.dev.must("PATCH", path, {"title": "Followed up", "state": "closed", "labels": ["one"]})
    acme.dev.must("PATCH", path, {"state": "open"})
    assert [i["title"] for i in acme.shop.issues("open")] == ["Followed up"]
    assert acme.dev.must("GET", f"{acme.shop.path}/issues?labels=one&creator=dev&sort=updated")
    kinds = [event["event"] for event in acme.dev.must("GET", f"{path}/events")]
    assert kinds[:2] == ["labeled", "assigned"]
    acme.dev.must("POST", f"{path}/reactions", {"content": "+1"})
    label = acme.dev.must("POST", f"{acme.shop.path}/labels", {"name": "p0", "color": "ff0000", "description": "Now"})
    acme.dev.must("PATCH", f"{acme.shop.path}/labels/p0", {"new_name": "P0", "color": "ee0000"})
    assert acme.dev.must("GET", f"{acme.shop.path}/labels/P0")["id"] == label["id"]
    assert len(acme.dev.must("GET", f"{acme.shop.path}/labels")) == 4
    comment = acme.dev.must("POST", f"{path}/comments", {"body": "Done"})
    assert acme.dev.must("GET", f"{acme.shop.path}/issues/comments/{comment['id']}")["body"] == "Done"
    assert acme.dev.must("GET", f"{acme.shop.path}/issues/comments/{comment['id']}/reactions") == []


def test_pulls_are_found_by_head_base_state_and_commit(acme: Acme) -> None:
    pull = acme.hotfix()
    find = acme.dev.must
    assert len(find("GET", f"{acme.shop.path}/pulls?head=acme:hotfix/cart&base=main&state=open")) == 1
    assert find("GET", f"{acme.shop.path}/pulls?head=acme:other") == []
    assert find("GET", f"{acme.shop.path}/commits/{pull.head_sha}/pulls")[0]["number"] == pull.number
    assert acme.dev.rest("GET", f"{pull.path}/merge").status == 404
    acme.dev.merge(pull)
    assert acme.dev.rest("GET", f"{pull.path}/merge").status == 204
    with pytest.raises(Refused, match="No commits between"):
        acme.dev.open_pull(acme.shop, head="hotfix/cart")
    acme.hotfix(branch="hotfix/b", files={"b": "1"})
    with pytest.raises(Refused, match="already exists"):
        acme.dev.open_pull(acme.shop, head="hotfix/b")
