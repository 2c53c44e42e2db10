"""The permissions in the documentation and in workflows to copy are enough for their commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.conftest import Shop
from tests.action.runner import ROOT

GRANT = re.compile(r"`((?:[a-z-]+: (?:read|write)(?:, )?)+)`")
CALLED = ".github/workflows/hotfix-ship.yml"
FOLDERS = ("examples/*/hotfix*.yml", "hotfix/cli/init/templates/hotfix*.yml")
COPIED = sorted(str(path.relative_to(ROOT)) for folder in FOLDERS for path in ROOT.glob(folder))
CALLERS = [file for file in COPIED if "/hotfix-ship.yml@" in (ROOT / file).read_text("utf-8")]


def documented(command: str, words: str = "") -> dict[str, str]:
    """Return the permissions in the command's row of the table in docs/action.md, the one with these words."""
    rows = (ROOT / "docs/action.md").read_text("utf-8").splitlines()
    (row,) = (row for row in rows if row.startswith(f"| `{command}` |") and words in row)
    return as_api(yaml.safe_load(f"{{{max(GRANT.findall(row), key=len)}}}"))


def as_api(permissions: dict[str, str]) -> dict[str, str]:
    """Return a job's permissions by the names of GitHub's API."""
    return {name.replace("-", "_"): level for name, level in permissions.items()}


def jobs_of(file: str) -> dict[str, Any]:
    text = re.sub(r"^__[A-Z_]+__$", " " * 12 + "true", (ROOT / file).read_text("utf-8"), flags=re.MULTILINE)
    jobs: dict[str, Any] = yaml.safe_load(text)["jobs"]
    return jobs


def new_runner(tmp_path: Path) -> dict[str, Any]:
    """Return the settings of a job on a runner that has saved no deployment."""
    return {"environ": {"XDG_STATE_HOME": str(tmp_path / "new-runner")}}


@pytest.fixture(params=[True, False], ids=["with an App", "without an App"])
def approved(shop: Shop, request: pytest.FixtureRequest) -> Shop:
    """Without an App in the policy, the Action evaluates hotfixes itself, with the job's token."""
    shop.policy(**({"app": str(shop.acme.app.id)} if request.param else {}))
    shop.pass_verdict()
    return shop


@pytest.mark.parametrize(
    ("command", "words", "inputs"),
    [
        ("check", "", {}),
        ("tag", "", {}),
        ("deploy", "but production", {"environment": "staging", "run": "true"}),
        ("deploy", "to production", {"environment": "production"}),
        ("monitor", "", {"environment": "production", "gates": '- command: test -n "$HOTFIX_PREVIOUS_SHA"'}),
        ("back-merge", "", {"into": "main, develop"}),
    ],
)
def test_documented_permissions_are_enough(approved: Shop, command: str, words: str, inputs: dict[str, str]) -> None:
    approved.repo.branch("develop", at="main")
    if command != "check":
        assert approved.do("tag").status == 0
    if inputs.get("environment") == "production":
        assert approved.do("deploy", environment="staging", run="true").status == 0
    if command == "monitor":
        assert approved.do("deploy", environment="production", **approved.inputs()).status == 0
    inputs = approved.inputs(duration="100ms") | inputs
    token = approved.github.workflow_token(approved.repo, documented(command, words))
    done = approved.do(command, token=token, **inputs)
    assert done.status == 0, done.report.reason


def test_documented_permissions_are_enough_to_roll_back(approved: Shop, tmp_path: Path) -> None:
    """A hotfix ships before it is merged, so only its verdict shows that it counts as production."""
    assert approved.do("ship", **approved.inputs(duration="100ms")).status == 0
    token = approved.github.workflow_token(approved.repo, documented("rollback"))
    done = approved.do("rollback", new_runner(tmp_path), token=token, **approved.inputs())
    assert (done.status, approved.app.routes) == (0, {"v1.2.3": 100}), done.report.reason


@pytest.mark.parametrize("file", [CALLED, *(file for file in COPIED if file not in CALLERS)])
def test_jobs_to_copy_permit_their_steps(approved: Shop, tmp_path: Path, file: str) -> None:
    jobs = jobs_of(file)
    every = ((job, step) for job in jobs.values() for step in job.get("steps", ()))
    steps = [(job, step) for job, step in every if "OWNER/REPO@" in step.get("uses", "")]
    if {step["with"]["command"] for _, step in steps} <= {"rollback", "back-merge"}:
        assert approved.do("ship", **approved.inputs(duration="100ms")).status == 0
    for job, step in sorted(steps, key=lambda each: "failure()" in str(each[1].get("if"))):
        command, place = step["with"]["command"], step["with"].get("environment", "")
        given = {"environment": "staging" if "staging" in place else "production"} if command == "deploy" else {}
        given["dry_run"] = str(step["with"].get("dry-run") is True).lower()
        token = approved.github.workflow_token(approved.repo, as_api(job["permissions"]))
        inputs = approved.inputs(duration="100ms") | given
        done = approved.do(command, new_runner(tmp_path), token=token, **inputs)
        assert done.status == 0, (step, done.report.reason)


@pytest.mark.parametrize("file", CALLERS)
def test_a_caller_grants_what_the_called_jobs_need(file: str) -> None:
    """GitHub refuses to start a reusable workflow whose jobs demand more than their caller has."""
    (caller,) = jobs_of(file).values()
    for job in jobs_of(CALLED).values():
        for name, level in job["permissions"].items():
            assert caller["permissions"].get(name) in (level, "write"), (name, level)


def test_a_rollback_names_the_permission_it_lacks(approved: Shop, tmp_path: Path) -> None:
    assert approved.do("ship", **approved.inputs(duration="100ms")).status == 0
    few = {"contents": "read", "deployments": "write", "actions": "read"}
    token = approved.github.workflow_token(approved.repo, few)
    done = approved.do("rollback", new_runner(tmp_path), token=token, **approved.inputs())
    assert (done.status, done.report.state) == (2, "usage-error")
    assert "checks: read, pull-requests: read" in done.report.reason
    assert "GitHub does not respond" not in done.report.reason
