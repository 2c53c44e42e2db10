"""The check page of each kind of verdict, in GitHub's style. `python -m tests.e2e.check_pictures DIRECTORY` saves them.

The real rules produce the verdicts. GitHub's published styles and a GFM parser replace its own renderer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from hotfix.evaluate import evaluate
from hotfix.facts import Facts, LongLived, Override, Production
from hotfix.github.write.checks import check_run_writes
from hotfix.policy import Policy, PolicyError, load
from hotfix.production.explanations import unearned
from hotfix.render.check_page import unknown
from hotfix.verdict import Conclusion, Verdict, VerdictKind
from tests.e2e.browser import chromium, sized_page
from tests.github.server.pages import conversation
from tests.unit.factories import BODY, HEAD_SHA, NOW, TAG_SHA, a_commit, a_facts, a_file, a_pull

WIDTH, HEIGHT = 900, 1000
"""The size of one screen, in pixels."""
GITHUB = "https://github.com"
POLICY = load(
    "branches: {back_merge: [main, develop]}\n"
    "people: {tech_leads: [acme/leads], security: acme/security}\n"
    "deploy: {workflow: hotfix-ship.yml}\n"
    "notify: {channel: '#incidents', stakeholders: [support]}\n",
    ".github/hotfix.yml",
)
SOURCE = "acme/shop@3f1c2d4:.github/hotfix.yml"
Shown = tuple[str, str]
"""The title and the summary."""


def _sound(foreign: tuple[str, ...] = (), **changes: object) -> Facts:
    """Return the facts of a correct hotfix; `foreign` are the commits of its branch that main also contains."""
    facts = a_facts(**changes)
    into = (LongLived(name="main", foreign=foreign), LongLived(name="develop"))
    return replace(facts, branches=replace(facts.branches, long_lived=into))


def _evaluated(facts: Facts, policy: Policy = POLICY) -> Shown:
    return _reported(evaluate(facts, policy, SOURCE), facts, policy)


def _reported(verdict: Verdict, facts: Facts | None, policy: Policy = POLICY) -> Shown:
    report = check_run_writes.verdict_body(verdict, policy, facts, github_url=GITHUB)
    return report.output["title"], report.output["summary"]


_ONE_FILE = BODY.replace("- tests/test_session.py - an expired session\n", "")


def seven_failures() -> Shown:
    spacing = "@@ -1,3 +1,3 @@\n a = 1\n-b = 2\n+b  =  2\n c = 3\n"
    before = '{\n  "dependencies": {\n    "express": "4.21.0"\n  }\n}\n'
    return _evaluated(
        _sound(
            foreign=("3" * 40, "4" * 40),
            commits=(
                a_commit(sha="3" * 40, message="Start a wish list"),
                a_commit(sha="4" * 40, message="Type the wish list", parents=("3" * 40,)),
                a_commit(message="fix session expiry", parents=("4" * 40,)),
            ),
            files=(
                a_file(additions=120, deletions=60),
                a_file("src/wishlist.py", patch=spacing, additions=1, deletions=1),
                a_file("package.json", before=before, after=before.replace("4.21.0", "5.1.0")),
                a_file("Dockerfile", before="FROM node:22.4\n", after="FROM node:22.12\n"),
            ),
            pull=a_pull(
                title="Fix sessions",
                body=BODY.replace("The expiry is not checked.", "[What caused it]").replace("Fixes #7", "Fixes #7, #8"),
                reviews=(),
            ),
        )
    )


def waiting() -> Shown:
    return _evaluated(
        _sound(pull=a_pull(reviews=(), requested_reviewers=("lead",), review_requested_at=NOW - timedelta(minutes=2)))
    )


def passing() -> Shown:
    return _evaluated(_sound())


def passing_with_warnings() -> Shown:
    return _evaluated(_sound(files=(a_file(),), pull=a_pull(title="Expired sessions", body=_ONE_FILE)))


def overridden() -> Shown:
    files = (a_file(additions=90, deletions=40), a_file("tests/test_session.py", additions=9, deletions=0))
    reason = "half of it is a generated table that cannot be split"
    override = Override(rule="size", by="lead", reason=reason, at=NOW, sha=HEAD_SHA)
    return _evaluated(_sound(files=files, overrides=(override,)))


def not_read() -> Shown:
    return unknown(
        "GitHub answered 502 Bad Gateway to GET /repos/acme/shop/pulls/42",
        head_sha=HEAD_SHA,
        at=NOW,
        retry_at=NOW + timedelta(minutes=1),
    )


def unknown_baseline() -> Shown:
    deployed = Production(tag="v1.2.4", sha="9b1c4e7" + "0" * 33)
    why = unearned(deployed, "its deployment to production", "main, develop or release/*")
    return _evaluated(_sound(production=None, missing={"production": why}))


def broken_policy() -> Shown:
    try:
        load("label: hotfix\n\nrules:\n  sise: {max_lines: 50}\nsla:\n  P0: 90 minutes\n", ".github/hotfix.yml")
    except PolicyError as error:
        note = "\n".join(["The policy is invalid:", *(f"- {line}" for line in error.lines)])
        lines = tuple(problem.line for problem in error.problems)
    verdict = Verdict(
        kind=VerdictKind.BROKEN_POLICY, conclusion=Conclusion.FAIL, head_sha=HEAD_SHA, at=NOW, note=note, pull=42,
        policy_source=SOURCE, policy_lines=lines, repo="acme/shop",
    )  # fmt: skip
    return _reported(verdict, None)


def without_label() -> Shown:
    verdict = Verdict(
        kind=VerdictKind.MISSING_LABEL,
        repo="acme/shop",
        conclusion=Conclusion.FAIL,
        head_sha=HEAD_SHA,
        at=NOW,
        pull=42,
        policy_source=SOURCE,
    )
    return _reported(verdict, None)


def not_a_hotfix() -> Shown:
    verdict = Verdict(
        kind=VerdictKind.NOT_A_HOTFIX,
        conclusion=Conclusion.PASS,
        head_sha=HEAD_SHA,
        at=NOW,
        pull=42,
        policy_source=SOURCE,
    )
    return _reported(verdict, None)


def in_production() -> Shown:
    production = Production(
        tag="v1.2.3", sha=TAG_SHA, known_from="deployment", shipped_as="v1.2.4-hotfix.1", shipped_at=NOW
    )
    facts = _sound(production=production)
    into = (LongLived(name="main"), LongLived(name="develop", foreign=(HEAD_SHA,)))
    return _evaluated(replace(facts, branches=replace(facts.branches, long_lived=into)))


CASES: dict[str, tuple[str | None, Callable[[], Shown]]] = {
    "seven-failures": ("failure", seven_failures),
    "waiting": ("action_required", waiting),
    "passing": ("success", passing),
    "passing-with-warnings": ("success", passing_with_warnings),
    "overridden": ("success", overridden),
    "not-read": (None, not_read),
    "unknown-baseline": (None, unknown_baseline),
    "broken-policy": ("failure", broken_policy),
    "without-label": ("failure", without_label),
    "not-a-hotfix": ("success", not_a_hotfix),
    "in-production": ("success", in_production),
}
"""Name of the picture -> the check run's conclusion and text."""


def new_page(browser: Browser) -> Page:
    """Return a page of the size for which the cases are designed."""
    return sized_page(browser, WIDTH, HEIGHT)


def show(page: Page, name: str) -> None:
    """Show one case in a page that all cases share, as opening one is slow."""
    conclusion, case = CASES[name]
    title, summary = case()
    shown_as = conversation.check(title, summary, conclusion, "completed" if conclusion else "in_progress")
    page.set_content(conversation.document(title, shown_as))


def pictures(directory: Path, names: tuple[str, ...] = ()) -> None:
    """Take a full-page picture of each case."""
    directory.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        page = new_page(browser)
        for name in names or tuple(CASES):
            show(page, name)
            page.screenshot(path=str(directory / f"{name}.png"), full_page=True)


if __name__ == "__main__":
    pictures(Path(sys.argv[1]), tuple(sys.argv[2:]))
