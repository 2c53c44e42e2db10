"""`make try`: register the App on a simulated GitHub with three clicks, and see the first verdict on a pull request."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.demo import show
from tests.demo.evaluated import BODY, FIX, FORM, TEST
from tests.demo.stage import POLICY, SHOP, clone
from tests.github import GitHub, Pull
from tests.service.running import Unconfigured

SHARED = f"{SHOP[POLICY].partition('people:')[0]}people:\n  tech_leads: tara\n"
STEPS = (
    "Register on 127.0.0.1: the simulated GitHub. The page says what the App may do, and why.",
    "Create GitHub App, on the simulated GitHub as on the real one.",
    "Install on mia. The page opens a few seconds later; the next one links to the pull request.",
)
PASSED = (
    "\nThat is a pass. In a repository of yours, the workflow hotfix-ship.yml would ship this commit now: staging, "
    "tag, 10 % of production, all of it, watching, back-merge. `make demo` shows that, with a rollback.\n"
    "Press Ctrl-C to end this; then docs/get-started.md registers the App on the real GitHub.\n"
)
"""The text after the last step."""
PATIENCE = 3600.0
"""Seconds allowed for the three clicks: the lifetime of the link."""


@contextmanager
def tried(folder: Path) -> Iterator[tuple[Unconfigured, Pull, Path]]:
    """Run a simulated GitHub with a failing hotfix and a service without an App; also yield Mia's clone."""
    with GitHub(root=folder / "github", process=True) as github:
        mia = github.create_user("mia", name="Mia", email="mia@example.com")
        tara = github.create_user("tara", name="Tara", email="tara@example.com")
        shop = github.create_repo("mia/shop", files={**SHOP, POLICY: SHARED}, owner=mia)
        shop.add_collaborator(tara, "maintain")
        shop.tag("v1.2.3", message="Release 1.2.3")
        shop.branch("develop", at="v1.2.3")
        for label in ("hotfix", "incident", "priority:critical"):
            shop.create_label(label)
        mia.open_issue(shop, "Expired sessions are accepted", FORM, labels=["incident"])
        shop.branch("hotfix/sessions", at="v1.2.3", pusher=mia)
        files = {"src/session.js": FIX, "test/session.test.js": TEST, "specs/hotfix-sessions.md": BODY}
        shop.commit("hotfix/sessions", files, message="fix sessions", author=mia)
        pull = mia.open_pull(
            shop,
            head="hotfix/sessions",
            base="main",
            title="HOTFIX: expired sessions are accepted",
            body="Fixes #1",
            labels=("hotfix", "priority:critical"),
        )
        github.sign_in(mia)
        home = folder / "service"
        home.mkdir()
        (folder / "environment").write_text(
            f"export GITHUB_TOKEN={mia.token} HOTFIX_GITHUB_API_URL={github.api_url} HOTFIX_GITHUB_URL={github.url}\n"
            f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n"
        )
        with Unconfigured(github, home) as service:
            yield service, pull, clone(shop, mia, folder)


def first_verdict(pull: Pull, patience: float = PATIENCE) -> dict[str, Any]:
    """Wait for the clicks and the resulting check run; return the check run."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        check = pull.check("hotfix")
        if check and check["status"] == "completed":
            return check
        time.sleep(0.2)
    raise SystemExit("Nobody clicked for an hour: run make try again.")


def play(folder: Path) -> None:
    """Print the link, wait for the clicks, and show where to find the verdict; end with Ctrl-C."""
    with tried(folder) as (service, pull, mine):
        show.step("Three clicks")
        show.say("The service runs, without a GitHub App yet. Open this link on this machine:\n")
        show.console.print(f"  {service.link}\n", soft_wrap=True)
        for number, step in enumerate(STEPS, 1):
            show.say(f"  {number}. {step}", hang=3)
        check = first_verdict(pull)
        show.step("The first verdict")
        show.check_run(check, since="the installation")
        show.say("\nThe pull request with its check, as GitHub shows it:\n")
        show.console.print(f"  {pull.url}\n", soft_wrap=True)
        show.say("To make it pass:\n")
        show.say("  1. In another terminal, correct the commit's message as the check says:\n", hang=3)
        for line in (
            f"cd {shlex.quote(str(mine))} && . ../environment && git switch hotfix/sessions",
            "hotfix check",
        ):
            show.console.print(f"     {line}", soft_wrap=True, style="bold")
        show.say("\n  2. Push it with `hotfix submit`.", hang=3)
        show.say("  3. The pull request's page follows: click “Approve as tara” there. Tara is the tech lead.", hang=3)
        show.say("\nEach new verdict on a pull request is printed here. Ctrl-C here ends it, and deletes the clone.\n")
        for one, verdict in verdicts(pull, after=check, going_on=lambda: service.process.poll() is None):
            show.check_run(verdict, of=f"#{one.number}")
            if verdict["conclusion"] == "success":
                show.say(PASSED)


def verdicts(
    pull: Pull, *, after: dict[str, Any], going_on: Callable[[], bool]
) -> Iterator[tuple[Pull, dict[str, Any]]]:
    """Yield each open pull request of the repository, once its verdict changes, until the service has ended."""
    seen = {pull.number: _said(after)}
    while going_on():
        for one in pull.repo.pulls("open"):
            check = one.check("hotfix")
            if check and check["status"] == "completed" and _said(check) != seen.get(one.number):
                seen[one.number] = _said(check)
                yield one, check
        time.sleep(0.2)


def _said(check: dict[str, Any]) -> tuple[str, str, str]:
    return check["head_sha"], check["conclusion"], check["output"]["title"]
