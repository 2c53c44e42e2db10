"""Fixtures for the Action's tests: a repository with an approved hotfix, its application on loopback, and a runner."""

from __future__ import annotations

import fcntl
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from action.runner import run_context as contexts
from action.runner.command_run import PatientToken, Run
from action.runner.inputs import read
from action.runner.report import RunReport
from action.runner.step import carried_out, work_of
from tests.action.runner import ROOT, Job
from tests.action.webapp import App
from tests.forked import LINUX
from tests.github.acme import POLICY
from tests.waiting import PATIENCE


@contextmanager
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str, name: str) -> Iterator[Path]:
    """Yield a folder that all workers of a session share; one at a time is in the block."""
    root = tmp_path_factory.getbasetemp()
    folder = (root if worker_id == "master" else root.parent) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The Action's private Python, created once per session by the first step of action.yml."""
    with shared_folder(tmp_path_factory, worker_id, "action-runtime") as temp:
        environ = {
            **os.environ,
            "PATH": f"{os.environ['PATH']}{os.pathsep}{ROOT / '.tools/bin'}",
            "GITHUB_ACTION_PATH": str(ROOT),
            "RUNNER_TEMP": str(temp),
            "GITHUB_OUTPUT": str(temp / "output"),
        }
        subprocess.run(["bash", str(ROOT / "action/runtime.sh")], env=environ, check=True)
    return next(path for path in temp.iterdir() if path.name.startswith("hotfix-runtime-"))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The shop's application, with all traffic on v1.2.3."""
    made = App(tmp_path / "app")
    made.deploy("v1.2.3")
    yield made
    made.close()


@dataclass
class Done:
    """The result of a command."""

    status: int
    report: RunReport

    @property
    def outputs(self) -> dict[str, str]:
        return self.report.outputs


PERMISSIONS = {
    "contents": "write",
    "deployments": "write",
    "actions": "read",
    "checks": "read",
    "pull_requests": "write",
}
"""Permissions of the job in the single-job example."""


@dataclass(frozen=True)
class HeldCommand:
    """A user's command that blocks until the test releases it."""

    file: Path

    @property
    def script(self) -> str:
        """Return the script: it prints HELD, then blocks for a limited time."""
        return f'echo HELD; for _ in {{1..{PATIENCE * 20:.0f}}}; do test -e "{self.file}" && break; sleep 0.05; done'

    def release(self) -> None:
        self.file.touch()


class Shop:
    """The shop's repository with an approved hotfix, and jobs that run in it."""

    def __init__(self, acme: Any, app: App, runtime: Path, home: Path) -> None:
        self.acme, self.app, self.github, self.repo = acme, app, acme.github, acme.shop
        self._runtime, self._home, self._jobs = runtime, home, 0
        policy = f"app: {acme.app.id}\n{POLICY}"
        self.repo.commit("main", {".github/hotfix.yml": policy}, message="Name the App", author=acme.admin)
        self.pull = acme.hotfix()
        self.sha = self.pull.head_sha
        self.token = self.github.workflow_token(self.repo, PERMISSIONS)

    def pass_verdict(self) -> None:
        """Approve as the tech lead and report a passing verdict as the service."""
        self.acme.lead.review(self.pull, "APPROVE")
        self.say_verdict("success", "all 13 rules pass")

    def name_people(self) -> None:
        """Name users instead of teams in the policy, since a job's own token can't read teams."""
        policy = POLICY.replace("acme/tech-leads", "lead").replace("acme/security", "sec")
        policy = policy.replace("acme/incident-commanders", "commander")
        self.repo.commit("main", {".github/hotfix.yml": policy}, message="Name people", author=self.acme.admin)

    def say_verdict(self, conclusion: str | None, title: str, *, on: str = "", overridden: str = "") -> None:
        """Set the service's check run on the hotfix or another commit; None leaves it in progress."""
        data = {"kind": "not_a_hotfix" if title == "not a hotfix" else "hotfix", "overridden": overridden}
        body = {
            "name": "hotfix",
            "head_sha": on or self.sha,
            "external_id": f"pr={self.pull.number};" + "".join(f"{k}={v};" for k, v in data.items() if v),
            "output": {"title": title, "summary": title},
            **({"status": "completed", "conclusion": conclusion} if conclusion else {"status": "in_progress"}),
        }
        path = f"/repos/{self.repo.full_name}/check-runs"
        answer = self.github.rest("POST", path, token=self.acme.installation.token(), body=body)
        assert answer.ok, answer

    def job(self, **settings: Any) -> Job:
        """Return a job of a new workflow run; run IDs increase automatically."""
        self._jobs += 1
        home = self._home / f"job-{self._jobs}"
        settings.setdefault("run_id", self._jobs)
        settings.setdefault("forked", LINUX)
        job = Job(
            home=home,
            repo=self.repo.full_name,
            sha=settings.pop("sha", self.sha),
            token=settings.pop("token", self.token),
            api_url=self.github.api_url,
            server_url=self.github.url,
            environ={
                "WEBAPP": self.app.command,
                "XDG_STATE_HOME": str(self._home / "runner-state"),
                **settings.pop("environ", {}),
            },
            **settings,
        )
        (job.temp / self._runtime.name).symlink_to(self._runtime)
        return job

    def held(self) -> HeldCommand:
        """Return a command that blocks until the test releases it."""
        return HeldCommand(self.app.folder / f"released-{uuid.uuid4()}")

    def do(self, command: str, settings: dict[str, Any] | None = None, /, **inputs: str) -> Done:
        """Run a command in this process: the same code, without the runner."""
        job = self.job(**(settings or {}))
        environ = {f"HOTFIX_INPUT_{name.upper()}": value for name, value in {"token": job.token, **inputs}.items()}
        given = read({"HOTFIX_INPUT_COMMAND": command, **environ})
        report = RunReport(command, given.dry_run)
        context = contexts.read({**job.base_environment(), "HOTFIX_ACTION_JOB_TOKEN": self.token})
        run = Run(given, context, PatientToken(given.token, context.api_url, given.retry_for), report)
        status = carried_out(run, work_of(given.command))
        run.client.transport.close()
        return Done(status, report)

    def inputs(self, **more: str) -> dict[str, str]:
        """Return the inputs that deploy the application with its own commands; staging needs none."""
        return {
            "run": 'test "$HOTFIX_ENVIRONMENT" = staging || $WEBAPP deploy "$HOTFIX_SHA" "$HOTFIX_PERCENTAGE"',
            "rollback_run": '$WEBAPP deploy "$HOTFIX_PREVIOUS_TAG" 100',
            "health_url": f"{self.app.url}/health",
            "health_wait": "60s",
            "interval": "100ms",
            "count": "2",
            "retry_for": "10s",
            **more,
        }

    def ran(self, tag: str) -> None:
        """Release a tag on a new commit and deploy it to production, as another workflow would."""
        at = self.repo.commit(f"release/{tag}", {"version.txt": tag}, message=tag, at="v1.2.3")
        self.repo.tag(tag, at=at, message="Release")
        self.acme.admin.deploy(self.repo, tag, "production", "success")

    def forget_production(self) -> None:
        """Mark all deployments inactive, so that none is running, as in a repository that never recorded one."""
        for each in self.repo.deployments("production"):
            path = f"/repos/{self.repo.full_name}/deployments/{each['id']}/statuses"
            assert self.github.rest("POST", path, token=self.acme.admin.token, body={"state": "inactive"}).ok

    def policy(self, **sections: str) -> None:
        """Write a policy that names users and has these sections as YAML."""
        people = "{tech_leads: [lead], security: [sec], incident_commanders: [commander]}"
        text = "".join(f"{name}: {value}\n" for name, value in {"people": people, **sections}.items())
        self.repo.commit("main", {".github/hotfix.yml": text}, message="Policy", author=self.acme.admin)

    def deployments(self, environment: str) -> list[tuple[str, str]]:
        """Return the deployments to an environment, oldest first: commit and latest state."""
        found = self.repo.deployments(environment)
        return [(d["sha"], d["statuses"][0]["state"] if d["statuses"] else "none") for d in reversed(found)]


@pytest.fixture
def shop(acme: Any, app: App, runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("WEBAPP", app.command)  # for commands that run in this process
    return Shop(acme, app, runtime, tmp_path / "jobs")


@pytest.fixture
def ready(shop: Shop) -> Shop:
    """A hotfix with a passing verdict that an earlier run has tagged and deployed to staging."""
    shop.pass_verdict()
    shop.repo.tag("v1.2.4-hotfix.1", at=shop.sha, message="Hotfix")
    mark = {"version": 1, "kind": "deploy", "key": "staged", "run": 0, "attempt": 1, "tag": "v1.2.4-hotfix.1"}
    shop.acme.admin.deploy(shop.repo, shop.sha, "staging", "success", payload={"hotfix": mark})
    return shop
