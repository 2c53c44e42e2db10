"""The workflows on GitHub Enterprise Server, whose parser does not support `deployment: false`."""

from __future__ import annotations

import json
import lzma
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.action.conftest import Shop
from tests.action.runner import ROOT

SCHEMA = ROOT / "tests/action/workflow-schema-without-deployment.json.xz"
"""SchemaStore's `github-workflow` schema from check-jsonschema 0.28.0 (Apache-2.0), which predates `deployment`."""
WORKFLOWS = [ROOT / ".github/workflows/hotfix-ship.yml", *(ROOT / "examples").glob("*/hotfix*.yml")]


@pytest.fixture(scope="module")
def older() -> Any:
    return jsonschema_rs.validator_for(json.loads(lzma.decompress(SCHEMA.read_bytes())))


def documented() -> str:
    """Return the command that docs/action.md gives for GitHub Enterprise Server."""
    text = (ROOT / "docs/action.md").read_text().partition("### GitHub Enterprise Server")[2]
    command = re.search(r"```bash\n(.+?)\n```", text, re.DOTALL)
    assert command
    return command[1]


def read(path: Path) -> Any:
    """Parse a workflow as GitHub does: `on` is a key, not a boolean."""
    said = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in said.items()}


def test_the_jobs_own_recorded_deployment_is_in_nobodys_way(ready: Shop) -> None:
    """Without `deployment: false`, GitHub also records a deployment for the job that deploys."""
    recorded = ready.repo.deploy_by_actions("main", state="in_progress")
    log = f"{ready.github.url}/acme/shop/actions/runs/70/job/1"
    path = f"/repos/acme/shop/deployments/{recorded['id']}/statuses"
    token = ready.github.workflow_token(ready.repo, {"deployments": "write"})
    assert ready.github.rest("POST", path, token=token, body={"state": "in_progress", "log_url": log}).ok
    done = ready.do("deploy", {"run_id": 70}, environment="production", **ready.inputs(smoke="exit 1"))
    assert (done.report.state, done.outputs["rolled-back"]) == ("failure", "true"), done.report.reason
    assert ready.app.routes == {"v1.2.3": 100}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_documented_variant_fits_an_older_schema(older: Any, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / ".github/workflows/hotfix.yml"
    copy.parent.mkdir(parents=True)
    shutil.copy(path, copy)
    if "deployment: false" in path.read_text():
        assert not older.is_valid(read(copy)), "the schema is not older than the key"
    subprocess.run(["bash", "-ec", documented()], cwd=tmp_path, check=True)
    problems = [f"{list(each.instance_path)}: {each.message}"[:300] for each in older.iter_errors(read(copy))]
    assert problems == []
    if "environment:" in path.read_text():
        assert "environment: {" in copy.read_text(), "reviewers and secrets need it"
