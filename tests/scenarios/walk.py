"""One scenario, step by step: the actions, and the status comment after each."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.action.conftest import PERMISSIONS
from tests.action.runner import Job, Result, Running
from tests.action.webapp import App
from tests.forked import LINUX
from tests.github import Issue, Pull, User
from tests.scenarios.cases import Case
from tests.scenarios.world import World
from tests.waiting import PATIENCE

LOOK = 0.1
"""Seconds between two reads of the status comment."""
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Step:
    """An action and its result."""

    what: str
    stage: str
    ticked: tuple[str, ...]
    """The checklist lines that it ticked, in order."""
    lost: tuple[str, ...] = ()
    """The lines that are no longer ticked."""


@dataclass
class Walk:
    """One incident in progress. The documentation shows its `steps`."""

    world: World
    case: Case
    runtime: Path
    """The Action's private Python."""
    steps: list[Step] = field(default_factory=list)
    _ticked: set[str] = field(default_factory=set)
    _shown: list[str] = field(default_factory=list)
    _runs: int = 0

    def __post_init__(self) -> None:
        self.folder = self.world.folder / self.case.name
        self.app = App(self.folder / "app")
        self.app.deploy("v1.2.3")
        self.shop = self.world.shop(self.case, self.app.url)
        self.mia, self.tara, self.noor, self.kim = (self.world.users[n] for n in ("mia", "tara", "noor", "kim"))
        self.issue = Issue(self.shop, 0)
        self._pull: Pull | None = None

    def close(self) -> None:
        self.app.close()

    @property
    def pull(self) -> Pull:
        assert self._pull is not None
        return self._pull

    # Reading the status comment

    def step(
        self, what: str, act: Callable[[], object] = lambda: None, *, stage: str, ticks: Iterable[str] = (),
        shows: Iterable[str] = (), later: Iterable[str] = (), loses: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Perform an action and wait until it ticks exactly these lines and the status comment shows stage and words.

        `later`: lines that a clock ticks, possibly already during this step. `loses`: lines that are no longer ticked.
        """
        act()
        wanted, free = (self._ticked - set(loses)) | set(ticks), set(later)
        words = (f"stage **{stage}**", *shows)
        deadline = time.monotonic() + PATIENCE
        while True:
            body = self.status()
            now = ticked(body)
            if set(now) - free == wanted - free and set(now) >= wanted - free and all(word in body for word in words):
                break
            if time.monotonic() > deadline:
                missing = [word for word in words if word not in body]
                unlike = sorted(wanted ^ set(now))
                why = f"{self.case.name}: {what}: not shown {missing}, ticked otherwise {unlike}"
                raise AssertionError(f"{why}\n{self._about()}\n{body}")
            time.sleep(LOOK)
        lost = tuple(line for line in self._shown if line in set(loses))
        self._ticked, self._shown = wanted, now
        self.steps.append(Step(what, stage, tuple(line for line in now if line in set(ticks)), lost))

    def status(self, of: Issue | Pull | None = None) -> str:
        """Return the status comment, or an empty string; assert that there is at most one."""
        if self.issue.number == 0:
            return ""
        found = posts(of or self.issue, "status -->")
        assert len(found) <= 1
        return str(found[0]["body"]) if found else ""

    @property
    def ticked_by(self) -> dict[str, str]:
        """Ticked line -> the step that ticked it."""
        return {line: step.what for step in self.steps for line in step.ticked}

    def eventually(self, holds: Callable[[], Any], what: str) -> Any:
        """Wait until `holds` returns a true value, and return that value."""
        deadline = time.monotonic() + PATIENCE
        while not (found := holds()):
            assert time.monotonic() < deadline, f"{self.case.name}: waited for {what}\n{self.status()}"
            time.sleep(LOOK)
        return found

    def _about(self) -> str:
        """Return details that help to explain an unexpected outcome of a step."""
        seen = self.world.service.lines("verdict")[-5:]
        verdicts = [f"{line['pull']} {line['conclusion']} {line['failed']}" for line in seen]
        problems = [line for line in self.world.service.lines("incident reconciled") if line["problems"]]
        alerts = [one["body"] for one in posts(self.issue, "gate ")]
        return f"verdicts: {verdicts}; refused: {problems[-5:]}; alerts: {alerts}"

    # Actions of users

    def declare(self) -> None:
        self.issue = self.mia.report(self.shop, self.case.title, self.case.form)

    def says(self, user: User, command: str) -> Callable[[], object]:
        """Return an action that writes a command as a comment on the incident."""
        return lambda: user.comment(self.issue, f"/hotfix {command}")

    def clone(self) -> None:
        """Check out the hotfix branch that `/hotfix start` created, with the commands of its answer."""
        self._pull = self.eventually(self.shop.pulls, "the draft")[-1]
        self._git("clone", "--quiet", self.shop.clone_url(self.mia), str(self._checkout), at=self.folder)
        self._git("switch", "--quiet", self.pull.head_ref)

    def branch(self) -> None:
        """Cut the hotfix branch from the production tag by hand, as the workflow describes."""
        self._git("clone", "--quiet", self.shop.clone_url(self.mia), str(self._checkout), at=self.folder)
        self._git("checkout", "--quiet", "-b", f"hotfix/{self.case.name}", "v1.2.3")

    def push(self, files: dict[str, str] | None = None) -> None:
        """Commit the fix with its spec, and push."""
        for path, text in (files or self.case.files(self.issue.number)).items():
            file = self._checkout / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", self.case.message(self.issue.number))
        self._git("push", "--quiet", "--set-upstream", "origin", "HEAD")

    def open_pull(self) -> None:
        body = self.case.files(self.issue.number)[self.case.spec_path]
        self._pull = self.mia.open_pull(
            self.shop, f"hotfix/{self.case.name}", title=f"HOTFIX: {self.case.title}", body=body,
            labels=["hotfix", "priority:critical"],
        )  # fmt: skip

    def ready(self) -> None:
        self.shop.set_check(self.pull.head_sha, "ci")
        if self.pull.data["draft"]:
            self.mia.ready_for_review(self.pull)

    def approve(self, user: User) -> Callable[[], object]:
        """Approve in a later second than that of the reviewed commit."""

        def act() -> None:
            self.eventually(lambda: (self.pull.check() or {}).get("status") == "completed", "the verdict")
            time.sleep(1.1)
            user.review(self.pull, "APPROVE")

        return act

    def merge(self) -> None:
        """Merge the hotfix to main, and to every other long-lived branch through the pull request opened for it."""
        for pull in self.shop.pulls():
            if pull.state == "open" and not pull.data["draft"]:
                self.tara.merge(pull)

    def close_follow_ups(self) -> None:
        for one in self.issue.sub_issues():
            if "Post-mortem" not in one["title"]:
                self.mia.close_issue(self.shop, one["number"])

    # Steps of the Action

    def uses(self, command: str, inputs: Mapping[str, str] = NOTHING, *, ref: str = "", sha: str = "") -> Result:
        """Run a step `uses: OWNER/REPO` in a separate job."""
        done = self.job(ref, sha).uses(command=command, **inputs)
        assert done.outcome == "success", done.log
        return done

    def job(self, ref: str = "", sha: str = "") -> Job:
        """Return a job on the hotfix branch, or on another ref and commit."""
        self._runs += 1
        job = Job(
            home=self.folder / f"job-{self._runs}",
            repo=self.shop.full_name,
            sha=sha or self.pull.head_sha,
            token=self.world.github.workflow_token(self.shop, PERMISSIONS),
            api_url=self.world.github.api_url,
            server_url=self.world.github.url,
            ref=ref or f"refs/heads/{self.pull.head_ref}",
            run_id=1000 + self._runs,
            environ={"WEBAPP": self.app.command, "XDG_STATE_HOME": str(self.folder / "state")},
            forked=LINUX,
        )
        (job.temp / self.runtime.name).symlink_to(self.runtime)
        return job

    @property
    def deploys(self) -> dict[str, str]:
        """Inputs of the shop's deployment: a canary with the error rate as its gate."""
        return {
            "run": 'test "$HOTFIX_ENVIRONMENT" = staging || $WEBAPP deploy "$HOTFIX_SHA" "$HOTFIX_PERCENTAGE"',
            "rollback_run": '$WEBAPP deploy "$HOTFIX_PREVIOUS_TAG" 100',
            "health_url": f"{self.app.url}/health",
            "health_wait": "60s",
            "interval": "100ms",
            "count": "2",
            "canary_steps": "10,100",
            "gates": f"- {{prometheus: {self.app.prometheus}, query: errors, max: 0.1%}}",
        }

    def ship(self) -> None:
        """Run the workflow's one job: staging, tag, canary, watch, back-merge."""
        self.uses("ship", self.ships)

    def begin_ship(self) -> Running:
        """Start the same job and wait for the end of its watch; the job continues."""
        running = self.job().begin(command="ship", **self.ships)
        running.wait_for("Every gate passed in")
        return running

    @property
    def ships(self) -> dict[str, str]:
        return {**self.deploys, "staging_health_url": f"{self.app.url}/health", "duration": "300ms"}

    def started(self, workflow: str, number: int = 1) -> Any:
        """Wait until the service has started the workflow `number` times, and return that run."""
        name = f".github/workflows/{workflow}"

        def runs() -> list[Any]:
            return [run for run in self.shop.runs() if run["workflow"] == name][number - 1 : number]

        return self.eventually(runs, f"{workflow} to be started")[0]

    @property
    def _checkout(self) -> Path:
        return self.folder / "clone"

    def _git(self, *arguments: str, at: Path | None = None) -> None:
        who = ("-c", f"user.name={self.mia.name}", "-c", f"user.email={self.mia.email}", "-c", "commit.gpgsign=false")
        subprocess.run(
            ["git", *who, *arguments],
            cwd=at or self._checkout,
            env={**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "HOME": str(self.folder)},
            check=True,
            capture_output=True,
        )


def posts(of: Issue | Pull, marker: str) -> list[dict[str, Any]]:
    """Return the App's comments that have a marker."""
    return [one for one in of.comments() if f"<!-- hotfix:{marker}" in one["body"]]


def ticked(body: str) -> list[str]:
    """Return the ticked lines of a status comment."""
    lines = [line for line in body.splitlines() if line.startswith("- [x] ")]
    return [line[6:].partition(" - by ")[0].partition(" - at ")[0] for line in lines]
