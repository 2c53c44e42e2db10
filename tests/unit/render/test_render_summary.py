"""The check run's summary: its order, its collapsed sections and its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from hotfix.evaluate import evaluate
from hotfix.facts import LongLived
from hotfix.finding import Finding, Status, passed
from hotfix.github.transport.exchange import Transport
from hotfix.policy import Policy, load
from hotfix.remedies import rebase
from hotfix.render.check_page import summary, unknown, without_time
from hotfix.render.terminal import without_style
from hotfix.rules.base import Level
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind
from tests.unit.factories import HEAD_SHA, NOW, PUSH, a_facts, a_pull
from tests.unit.render.shown import a_failure, a_verdict, an_override


def test_a_pass_does_not_claim_warnings_or_overrides() -> None:
    warning = RuleResult(rule="title", level=Level.WARN, finding=a_failure())
    aside = RuleResult(rule="size", level=Level.BLOCK, finding=a_failure(), override=an_override())
    assert a_verdict(branch=passed("fine")).title == "All 1 rules pass"
    said = a_verdict(branch=passed("fine"), title=warning, size=aside)
    assert said.conclusion is Conclusion.PASS
    assert said.title == "1 of 3 rules pass; warning: title; overridden: size"


def test_it_says_things_in_the_order_in_which_one_needs_them() -> None:
    verdict = a_verdict(
        commits=a_failure(
            "one thing is wrong", commands=("git commit --amend", "git push"), suggestion="hotfix: better"
        ),
        branch=passed("cut from v1.2.3"),
        review=Finding(status=Status.PENDING, message="lead has not approved yet", actors=("lead",)),
        title=RuleResult(rule="title", level=Level.WARN, finding=a_failure("no title")),
        size=RuleResult(rule="size", level=Level.BLOCK, finding=a_failure("too big"), override=an_override()),
    )
    shown = summary(verdict, facts=a_facts(), policy=Policy(), github_url="https://github.com")
    wanted = [
        "### ❌ Not ready to ship: something must be fixed\n",
        "**P0** due in production by 2026-03-01 07:12 UTC · ",
        "[\\#&#8203;7](https://github.com/acme/shop/issues/7) · Problem: Expired sessions are accepted · ",
        f"[+11 −1 in 2 files (12 lines)](https://github.com/acme/shop/compare/v1.2.3...{HEAD_SHA}) · ",
        "rollback plan: git revert the commit, deploy v1.2.3 · ",
        "now in production: [`v1.2.3`](https://github.com/acme/shop/releases/tag/v1.2.3)\n",
        "**Who must act:** **dev** (author); then **lead** (`review`)\n",
        "#### ❌ `commits`\n\nOne thing is wrong\\\n**Fix:** Fix it\n\n```sh\ngit commit --amend\ngit push\n```",
        "<details><summary>A corrected text to copy</summary>\n\n```text\nhotfix: better\n```",
        "#### ⏳ `review`\n\nlead has not approved yet\n",
        "#### Overridden for this commit\n\n- `size`, by **lead** at 2026-03-01 03:12 UTC: “it is fine”. "
        "The rule had found: ",
        "Warnings (optional)\n\nThey don't block.\n\n- `title`: No title. Fix it.",
        "<details><summary>Result of all 5 rules</summary>",
        "| ❌ `commits` | Fails, see above |",
        "| ✅ `branch` | Cut from v1.2.3 |",
        "| ⏳ `review` | Pending, see above |",
        "| ⚠️ `title` | Warning, see above |",
        "| ⚠️ `size` | Overridden, see above |",
        "<details><summary>After the fix</summary>",
        "`/hotfix override RULE REASON` overrides a rule for this commit: **lead** may",
        "Evaluated at 2026-03-01 03:12 UTC: `222222222222` against `v1.2.3`; policy: acme/shop@",
    ]
    places = [shown.find(part) for part in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("deployment", "`v1.2.3`\n"),
        ("tag", "`v1.2.3` (by the highest version tag)\n"),
        ("release", "`v1.2.3` (by the latest release)\n"),
    ],
)
def test_what_runs_in_production_has_a_source(source: str, shown: str) -> None:
    """Without a deployment it is taken from releases or tags, and the page says so."""
    facts = a_facts()
    assert facts.production
    facts = replace(facts, production=replace(facts.production, known_from=source))
    assert f"now in production: {shown}" in summary(a_verdict(), facts=facts, policy=Policy())


def test_nothing_is_said_twice() -> None:
    """Text of the title, the message or a block is not repeated below or next to it."""
    verdict = a_verdict(
        commits=a_failure("in commit 2222222, the subject is wrong", details=("2222222 “fix”: the subject is wrong",)),
        branch=passed("cut from v1.2.3"),
    )
    shown = summary(verdict, facts=a_facts(), policy=Policy())
    assert verdict.title not in shown
    for words in ("the subject is wrong", "Fix it", "cut from v1.2.3"):
        assert shown.lower().count(words.lower()) == 1, words


def test_commands_that_others_cover_are_shown_once() -> None:
    """For example, commands that restore the same files as another rule's, identical commands, and the final push."""
    push = PUSH
    verdict = a_verdict(
        dependencies=a_failure(commands=("git reset v1 -- a b", push), restores=frozenset({"a", "b"})),
        one_thing=a_failure(commands=("gh pr edit 42",)),
        spec=a_failure(commands=("gh pr edit 42",)),
        scope=a_failure(commands=("git reset v1 -- b", push), restores=frozenset({"b"})),
        review=Finding(status=Status.PENDING, message="lead has not approved yet", actors=("lead",)),
    )
    shown = summary(verdict, facts=a_facts(), policy=Policy())
    pushed = "\n".join(rebase.in_lines(push))
    assert shown.count(pushed) == shown.count("gh pr edit 42") == shown.count("git reset") == 1
    assert "The commands of `dependencies` cover this too" in shown
    assert "The commands of `one-thing` cover this too" in shown
    scope, then, review = (
        shown.index(part) for part in ("<code>scope</code>", f"#### Then push\n\n```sh\n{pushed}\n```", "⏳ `review`: ")
    )
    assert scope < then < review


@pytest.mark.parametrize(("count", "folded"), [(2, 0), (3, 3)])
def test_one_screen_shows_what_is_wrong_with_each_rule(count: int, folded: int) -> None:
    """If more than two rules fail, each is one line and only the first is expanded; warnings share one more line."""
    failures = {f"rule_{i}": a_failure(f"`a|b` is <{i}>", commands=(f"git {i}",)) for i in range(count)}
    warning = RuleResult(rule="title", level=Level.WARN, finding=a_failure("no title"))
    shown = summary(a_verdict(**failures, title=warning), facts=a_facts(), policy=Policy())
    assert shown.count("<summary>❌ <code>rule-") == folded
    assert shown.count("<details open>") == bool(folded)
    if folded:
        first = (
            "<details open><summary>❌ <code>rule-0</code>: <code>a&#124;b</code> is &#60;0&#62;</summary>\n\n**Fix:** "
        )
        assert first in shown
        assert "<summary>⚠️ Warnings (optional): <code>title</code></summary>" in shown
        assert "Fix from top to bottom (each line unfolds); one push" in shown


def test_an_unknown_baseline_names_who_decides() -> None:
    facts = a_facts(production=None, missing={"production": "v1.2.4 may not be what runs in production"})
    verdict = a_verdict(branch=Finding(status=Status.UNKNOWN, message="v1.2.4 may not be what runs in production"))
    shown = summary(verdict, facts=facts, policy=Policy())
    assert "**Who must act:** **lead** (tech lead): decide what runs in production; `/hotfix recheck` " in shown
    nobody = replace(facts, people=replace(facts.people, tech_leads=frozenset()))
    shown = summary(verdict, facts=nobody, policy=Policy())
    assert "**Who must act:** **whoever may change `.github/hotfix.yml`**: decide" in shown


@pytest.mark.parametrize("shown_by", [summary, without_style])
def test_the_push_comes_once_after_the_warnings(shown_by: Callable[[Verdict], str]) -> None:
    """A warning's commands rewrite the branch as well, so a push before them would be redundant."""
    layout = a_failure(commands=("git reset --patch v1 -- c", PUSH))
    verdict = a_verdict(
        dependencies=a_failure(commands=("git reset v1 -- a b", PUSH)),
        formatting=RuleResult(rule="formatting", level=Level.WARN, finding=layout),
    )
    shown = shown_by(verdict)
    assert shown.count("git push") == 1
    assert shown.index("git reset v1") < shown.index("git reset --patch") < shown.index("Then push")
    assert shown.index("Then push") < shown.index("git push")
    alone = shown_by(a_verdict(formatting=RuleResult(rule="formatting", level=Level.WARN, finding=layout)))
    assert "Then push" not in alone
    assert alone.count("git push") == 1


def test_commands_with_paths_say_where_to_run_them() -> None:
    """The reader's current folder is unknown; `hotfix check` prints a `cd` instead."""
    commands = ("git reset v1 -- src/a", "git stash --include-untracked -- src/a")
    shown = summary(a_verdict(scope=a_failure(commands=commands)), facts=a_facts(), policy=Policy())
    assert "Run these in the root of your clone; your version stays in `git stash list`" in shown


def test_commands_for_different_files_are_all_shown() -> None:
    """A command that restores less than a rule needs does not replace the rule's own command."""
    verdict = a_verdict(
        dependencies=a_failure(commands=("git reset v1 -- a b",), restores=frozenset({"a", "b"})),
        scope=a_failure(commands=("git reset v1 -- b c",), restores=frozenset({"b", "c"})),
    )
    shown = summary(verdict, facts=a_facts(), policy=Policy())
    assert "git reset v1 -- a b" in shown
    assert "git reset v1 -- b c" in shown


def test_details_that_say_more_than_the_message_are_shown() -> None:
    shown = summary(a_verdict(scope=a_failure("a file is moved", details=("src/a.py: moved from src/b.py",))))
    assert "- src/a.py: moved from src/b.py\n" in shown
    many = summary(a_verdict(scope=a_failure("files are moved", details=tuple(f"src/{i}.py: moved" for i in range(3)))))
    assert "<details><summary>3 details</summary>\n\n- src/0.py: moved\n" in many


@pytest.mark.parametrize(
    ("words", "shown"),
    [("the branch is wrong", "The branch"), ("lead asks", "lead asks"), ("src/a.py is big", "src/a.py is")],
)
def test_a_sentence_begins_with_a_capital_unless_with_a_name(words: str, shown: str) -> None:
    assert f"\n\n{shown}" in summary(a_verdict(review=a_failure(words, actors=("the author", "lead"))))


def test_whoever_could_only_override_a_failure_need_not_act() -> None:
    shown = summary(a_verdict(dependencies=a_failure(actors=("the author", "a tech lead"))))
    assert "**Who must act:** **the author**\n" in shown


def test_several_actors_each_have_their_rules() -> None:
    shown = summary(a_verdict(size=a_failure(), review=a_failure(actors=("whoever may change the policy",))))
    assert "**Who must act:** **the author** (`size`), **whoever may change the policy** (`review`)\n" in shown


def test_a_pending_rules_people_must_act_once_nothing_fails() -> None:
    waiting = Finding(status=Status.PENDING, message="not approved", remediation="approve", actors=("lead",))
    shown = summary(a_verdict(branch=passed("fine"), review=waiting))
    assert shown.startswith("### ⏳ Waiting for review\n")
    assert "**Who must act:** **lead** (`review`)\n" in shown
    assert "\n**Next:** Approve\n" in shown


SHIP = load("deploy: {workflow: ship.yml}", "p")
BY_HAND = "**the incident commander**, or anyone else with write access: ship it before it is merged\n"


@pytest.mark.parametrize(
    ("policy", "head_repo", "who", "what"),
    [
        (SHIP, "acme/shop", "nobody, it is shipped automatically", "minutes, anyone with write access can start it:"),
        (SHIP, "dev/shop", BY_HAND, "A fork's hotfix is not shipped automatically."),
        (Policy(), "acme/shop", BY_HAND, "Nothing starts automatically: the policy names no `deploy.workflow`"),
    ],
)
def test_a_pass_says_what_happens_next(policy: Policy, head_repo: str, who: str, what: str) -> None:
    facts = a_facts(pull=a_pull(head_repo=head_repo))
    shown = summary(a_verdict(size=passed("fine")), policy=policy, facts=facts, github_url="https://github.com")
    assert "### ✅ Ready to ship\n" in shown
    assert f"**Who must act:** {who}" in shown
    assert what in shown
    workflow = policy.deploy.workflow or "hotfix-ship.yml"
    assert f"gh workflow run {workflow} -f sha={HEAD_SHA} --repo acme/shop\n" in shown
    assert "**Don't merge until this commit is in production:**" in shown
    assert "override" not in shown


def test_a_pass_with_warnings_says_that_it_can_ship() -> None:
    advised = RuleResult(rule="tests", level=Level.WARN, finding=Finding(status=Status.FAILED, message="no test"))
    verdict = a_verdict(size=passed("fine"))
    shown = summary(replace(verdict, findings=(*verdict.findings, advised)), policy=Policy(), facts=a_facts())
    assert "The hotfix can ship as it is." in shown
    assert "it can also come with the next release." in shown


def test_in_production_it_says_where_it_runs_and_what_is_owed() -> None:
    production = replace(a_facts().production, shipped_as="v1.2.4-hotfix.1", shipped_at=NOW)  # type: ignore[type-var]
    into = (LongLived(name="main"), LongLived(name="develop", foreign=(HEAD_SHA,)))
    facts = a_facts(production=production, branches=replace(a_facts().branches, long_lived=into))
    verdict = evaluate(facts, Policy())
    assert verdict.conclusion is Conclusion.PASS
    shown = summary(verdict, policy=Policy(), facts=facts, github_url="https://github.com")
    assert shown.startswith("### ✅ In production as [`v1.2.4-hotfix.1`](https://github.com/acme/shop/releases/tag/")
    assert "v1.2.4-hotfix.1) since 2026-03-01 03:12 UTC\n" in shown
    assert "**Who must act:** **dev** (author), for the remaining tasks" in shown
    assert "- Merge it back to `main` and delete the hotfix branch; `develop` has it already." in shown
    assert "due in production" not in shown
    assert "gh workflow run" not in shown


def test_without_the_address_of_github_nothing_is_linked() -> None:
    assert "](" not in summary(a_verdict(size=a_failure()), facts=a_facts(), policy=Policy())


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("https://git.acme.com/api/v3", "https://git.acme.com"),
    ],
)
def test_people_see_github_at_the_address_of_its_api(api: str, web: str) -> None:
    transport = Transport(api)
    transport.close()
    assert transport.web_url == web


def test_an_unknown_verdict_says_when_it_is_retried() -> None:
    untold = Finding(status=Status.UNKNOWN, message="GitHub does not show the commit yet")
    shown = summary(replace(a_verdict(branch=passed("fine"), size=untold), retry=True))
    assert "### ❔ No verdict yet\n" in shown
    assert "**Who must act:** nobody, it is retried automatically" in shown
    title, body = unknown("GitHub is down", head_sha=HEAD_SHA, at=NOW, retry_at=NOW + timedelta(minutes=2))
    assert title == "Unknown, retrying at 2026-03-01 03:14 UTC"
    assert "GitHub is down" in body
    assert "✅" not in body


def test_what_the_app_may_not_read_names_who_must_act() -> None:
    title, body = unknown("The App may not read checks", head_sha=HEAD_SHA, at=NOW, retry_at=None)
    assert "retrying" not in title
    assert "**Who must act:** whoever administers the App's installation" in body


def test_a_late_fix_is_shown_as_late() -> None:
    facts = replace(a_facts(), now=NOW + timedelta(hours=5))
    assert "**P0** **overdue since 2026-03-01 07:12 UTC** ·" in summary(a_verdict(size=a_failure()), facts=facts)


def test_the_policy_s_commit_is_shown_in_twelve_digits() -> None:
    sha = "842e0eb5c94e" + "7" * 28
    verdict = replace(a_verdict(size=a_failure()), policy_source=f"acme/shop@{sha}:.github/hotfix.yml")
    shown = summary(verdict, github_url="https://github.com")
    file = f"https://github.com/acme/shop/blob/{sha}/.github/hotfix.yml"
    assert f"[acme/shop@&#8203;842e0eb5c94e:.github/hotfix.yml]({file})" in shown
    assert "\npolicy: acme/shop@842e0eb5c94e:.github/hotfix.yml\n" in without_style(verdict)


def test_two_evaluations_differ_in_their_time_alone() -> None:
    verdict = a_verdict(size=a_failure())
    later = replace(verdict, at=NOW + timedelta(minutes=7))
    one, other = summary(verdict, facts=a_facts()), summary(later, facts=a_facts(now=later.at))
    assert one != other
    assert without_time(one) == without_time(other)
    assert without_time("something else") == "something else"


def test_what_follows_the_fix_comes_from_the_policy() -> None:
    policy = load(
        "branches: {back_merge: [main, develop]}\n"
        "notify: {channel: '#fire', stakeholders: [support], status_page: {page: abc123}}\n"
        "follow_ups: {within: 2d, tickets: [Why @all?]}\npost_mortem: {within: 5d}\ncontacts: {On-call: 555-0100}",
        "p",
    )
    shown = summary(a_verdict(size=passed("fine")), policy=policy, facts=a_facts())
    for words in (
        "`main` and `develop`",
        "#fire",
        "Update the status page",
        "Within 48h of production, complete the follow-up tickets, which the App opens:",
        "Within 5d",
        "555-0100",
    ):
        assert words in shown.replace("\\", "")
    assert "@all" not in shown


def test_any_other_pull_request_learns_how_to_become_one() -> None:
    verdict = Verdict(kind=VerdictKind.NOT_A_HOTFIX, conclusion=Conclusion.PASS, head_sha=HEAD_SHA, at=NOW)
    assert summary(verdict).startswith("### ✅ Nothing to do\n")
    warned = replace(verdict, note=".github/hotfix.yml:3:1: labels: unknown key")
    assert "\n.github/hotfix.yml:3:1: labels: unknown key\n" in summary(warned)


def test_a_missing_label_gets_the_command_that_adds_it() -> None:
    policy = load("label: on fire", "p")
    verdict = Verdict(kind=VerdictKind.MISSING_LABEL, conclusion=Conclusion.FAIL, head_sha=HEAD_SHA, at=NOW, pull=42)
    shown = summary(verdict, policy=policy)
    assert "```sh\ngh pr edit 42 --add-label 'on fire'\n```" in shown
    assert "**Who must act:** **the author** of #42, or anyone who may add labels\n" in shown
    assert "\ngit switch --create NEW-NAME\n" in shown
    named = summary(replace(verdict, author="mia"), policy=policy)
    assert "**Who must act:** **mia**, the author of #42, or anyone who may add labels\n" in named


def test_an_invalid_policy_lists_its_errors_and_who_fixes_them() -> None:
    note = "The policy is invalid:\n- hotfix.yml:1:1: <b>labels</b>: unknown key\n- hotfix.yml:2:6: sla: wrong"
    verdict = Verdict(kind=VerdictKind.BROKEN_POLICY, conclusion=Conclusion.FAIL, head_sha=HEAD_SHA, at=NOW, note=note)
    shown = summary(verdict)
    assert "\n- hotfix.yml:1:1: &lt;b&gt;labels&lt;/b&gt;: unknown key\n" in shown
    assert "The policy is invalid" not in shown, "the headline says it"
    shared = summary(replace(verdict, note=f"This commit is the head of #1 and #2.\n\n{note}"))
    assert "This commit is the head of " in shared
    assert "The policy is invalid" not in shared
    assert "- hotfix.yml:2:6: sla: wrong\n" in shown
    assert "**Who must act:** **anyone who may change `.github/hotfix.yml`** on the default branch\n" in shown
    owners = summary(replace(verdict, policy_source="acme/.github@3f1c2d4:.github/hotfix.yml"))
    assert "on the default branch of acme/.github\n" in owners


def test_the_mistakes_of_a_policy_are_linked() -> None:
    """Each links to its line in the version of the policy that applies, which may be the owner's."""
    note = "The policy is invalid:\n- .github/hotfix.yml:4:3: rules.sise: unknown key\n\nThis too:\n- x:1:1: wrong"
    verdict = Verdict(
        kind=VerdictKind.BROKEN_POLICY, conclusion=Conclusion.FAIL, head_sha=HEAD_SHA, at=NOW, note=note,
        policy_source="acme/.github@3f1c2d4:.github/hotfix.yml", policy_lines=(4,), repo="acme/shop",
    )  # fmt: skip
    shown = summary(verdict, github_url="https://github.com")
    file = "https://github.com/acme/.github/blob/3f1c2d4/.github/hotfix.yml"
    assert f"- [.github/hotfix.yml:4:3]({file}#L4): rules.sise: unknown key\n" in shown
    assert "- x:1:1: wrong\n" in shown
    assert f"]({file})</sub>" in shown
    assert "](" not in summary(replace(verdict, policy_source="built-in defaults"), github_url="https://github.com")
