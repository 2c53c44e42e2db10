"""The reusable workflow and every example, copied verbatim and run by act in host mode against the simulated GitHub."""

from __future__ import annotations

import compileall
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.action.conftest import PERMISSIONS, shared_folder
from tests.action.tools import ROOT, tool
from tests.action.webapp import App
from tests.github import GitHub
from tests.github.acme import GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE

WORKFLOWS = [path for path in (ROOT / "examples").glob("*/*.yml") if "\njobs:" in path.read_text()]
"""All example workflows; the form that declares an incident is not one."""
EXAMPLES = sorted(path.parent.name for path in WORKFLOWS)
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
APP_TOKEN = "actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3"
AWS = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c"
QUICK = {"interval": "100ms", "count": '"1"', "duration": "100ms"}

POLICY = """\
people:
  tech_leads: [lead]
  security: [lead]
  incident_commanders: [lead]
"""
DEPLOY = """\
#!/bin/bash
# ENVIRONMENT COMMIT PERCENTAGE
app="WEBAPP_${1^^}"
exec ${!app} deploy "$2" "$3"
"""
PACKAGE = {
    "name": "shop",
    "version": "1.2.3",
    "scripts": {
        "deploy:staging": "./npm-deploy.sh staging",
        "deploy:production": "./npm-deploy.sh production",
        "test:smoke": "true",
    },
}
LOCK = {
    "name": "shop",
    "version": "1.2.3",
    "lockfileVersion": 3,
    "packages": {"": {"name": "shop", "version": "1.2.3"}},
}
FILES = {
    ".github/hotfix.yml": POLICY,
    "src/cart.py": "def discount(price, percent):\n    return price - price * percent / 100\n",
    "tests/test_cart.py": "def test_nothing():\n    assert True\n",
    "package.json": json.dumps(PACKAGE, indent=2) + "\n",
    "package-lock.json": json.dumps(LOCK, indent=2) + "\n",
    "deploy.sh": DEPLOY,
    "npm-deploy.sh": '#!/bin/bash\nexec ./deploy.sh "$1" "$(git rev-parse HEAD)" "${2#--percentage=}"\n',
    "deploy/build": '#!/bin/bash\necho "built $1"\n',
    "deploy/release": '#!/bin/bash\necho "released $2 in $1"\n',
    "deploy/traffic": '#!/bin/bash\nexec ./deploy.sh "$@"\n',
}
FIX = {
    "src/cart.py": FILES["src/cart.py"].replace("percent / 100", "min(percent, 100) / 100"),
    "tests/test_cart.py": "def test_discount():\n    assert 150 > 100\n",
}


class Stage:
    """A repository that copied an example, with an approved hotfix and its application in two environments."""

    def __init__(self, github: GitHub, folder: Path, published: Path, prepared: Path) -> None:
        self.github, self.folder, self.published, self.prepared = github, folder, published, prepared
        self.apps = {name: App(folder / name) for name in ("staging", "production")}
        self.dev, self.lead = github.create_user("dev"), github.create_user("lead")
        github.create_org("acme")
        self.repo = github.create_repo("acme/shop", files=FILES)
        self.repo.add_collaborator(self.dev, "push")
        self.repo.add_collaborator(self.lead, "maintain")

    def hotfix(self, workflow: str, text: str) -> None:
        """Release the example on main to production, then create a hotfix with a passing verdict."""
        scripts = [path for path in FILES if path.endswith(".sh") or path.startswith("deploy/")]
        self.repo.commit("main", {f".github/workflows/{workflow}": text}, message="Copy the example")
        self._executable(scripts)
        self.old = self.repo.tag("v1.2.3", message="Release")
        for app in self.apps.values():
            app.deploy(self.old)
        self.lead.deploy(self.repo, "v1.2.3", "production", "success")
        self.repo.branch("hotfix/cart", at="v1.2.3", pusher=self.dev)
        self.sha = self.repo.commit("hotfix/cart", FIX, message=GOOD_MESSAGE, author=self.dev)
        self.pull = self.dev.open_pull(
            self.repo, head="hotfix/cart", title=GOOD_TITLE, body=GOOD_BODY, labels=["hotfix", "priority:critical"]
        )
        self.lead.review(self.pull, "APPROVE")
        self.token = self.github.workflow_token(self.repo, PERMISSIONS)

    def _executable(self, paths: list[str]) -> None:
        """Make scripts executable with git, as a developer would."""
        clone = self.folder / "scripts"
        self._git("clone", "-q", self.repo.clone_url(self.lead), str(clone), where=self.folder)
        self._git("update-index", "--chmod=+x", *paths, where=clone)
        who = ("-c", "user.name=lead", "-c", "user.email=lead@example.com")
        self._git(*who, "commit", "-q", "-m", "Make the scripts executable", where=clone)
        self._git("push", "-q", "origin", "HEAD:main", where=clone)

    @staticmethod
    def _git(*arguments: str, where: Path) -> None:
        subprocess.run(["git", *arguments], cwd=where, check=True)

    def act(
        self,
        event: str,
        payload: dict[str, Any] | None = None,
        *,
        prepared: bool = True,
        branch: str = "hotfix/cart",
        addresses: bool = True,
        ends: int = 0,
    ) -> str:
        """Run the repository's workflows for an event in a throw-away clone and return the log.

        `prepared`: whether the private Python already exists, as in the later steps of a job. `addresses`: whether the
        repository's variables are set. `ends`: act's expected exit status.
        """
        runner = tool("act")
        if runner is None:
            pytest.skip("act needs Go to be built")
        clone = self.folder / "clone"
        self._git("clone", "-q", "-b", branch, self.repo.clone_url(self.lead), str(clone), where=self.folder)
        event_file = self.folder / "event.json"
        event_file.write_text(json.dumps(payload or {}))
        (self.folder / "home").mkdir()
        environ = {
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_GRAPHQL_URL": self.github.graphql_url,
            "GITHUB_SERVER_URL": self.github.url,
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_RUN_ID": str(self.repo.start_run(branch)),
            "WEBAPP_STAGING": self.apps["staging"].command,
            "WEBAPP_PRODUCTION": self.apps["production"].command,
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache/uv")),
        }
        variables = (
            {}
            if not addresses
            else {
                "STAGING_URL": self.apps["staging"].url,
                "PRODUCTION_URL": self.apps["production"].url,
                "PROMETHEUS_URL": self.apps["production"].prometheus,
            }
        )
        done = subprocess.run(
            [
                *(str(runner), event, "--eventpath", str(event_file), "-P", "ubuntu-latest=-self-hosted"),
                *("--no-cache-server", "--pull=false", "--secret-file=", "--env-file=", "--var-file="),
                *("--local-repository", f"OWNER/REPO@v1={self.prepared if prepared else self.published}"),
                *("--local-repository", f"{CHECKOUT}={ROOT / 'tests/action/act/checkout'}"),
                *("--local-repository", f"{AWS}={ROOT / 'tests/action/act/aws-credentials'}"),
                *("--local-repository", f"{APP_TOKEN}={ROOT / 'tests/action/act/app-token'}"),
                *("-s", f"GITHUB_TOKEN={self.token}", "-s", "DEPLOY_TOKEN=s3cr3t"),
                *(word for name, value in environ.items() for word in ("--env", f"{name}={value}")),
                *(word for name, value in variables.items() for word in ("--var", f"{name}={value}")),
            ],
            cwd=clone,
            env={
                **os.environ,
                "HOME": str(self.folder / "home"),
                "PATH": f"{os.environ['PATH']}{os.pathsep}{ROOT / '.tools/bin'}",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        log = done.stdout + done.stderr
        assert done.returncode == ends, log[-8000:]
        return log

    def act_as_app(self) -> None:
        """Use a GitHub App's token, since the hotfix's workflow files differ from those on the default branch."""
        may = PERMISSIONS | {"workflows": "write", "metadata": "read"}
        app = self.github.create_app("shipper", permissions=may, owner=self.github.create_org("shippers"))
        self.token = self.github.install(app, "acme").token()

    def assert_shipped(self) -> None:
        assert self.apps["production"].routes == {self.sha: 100}
        assert self.apps["staging"].routes == {self.sha: 100}
        states = [each["statuses"][0]["state"] for each in self.repo.deployments("production")]
        assert states == ["success", "inactive"]
        assert self.repo.sha("v1.2.4-hotfix.1") == self.sha
        assert self.pull.state == "open"  # it is the back-merge itself

    def close(self) -> None:
        for app in self.apps.values():
            app.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return this repository as published at its tag (Action and reusable workflow), compiled once for all workers."""
    with shared_folder(tmp_path_factory, worker_id, "action-published") as shared:
        folder, made = shared / "published", shared / "made"
        if not made.exists():
            _publish(folder)
            made.touch()
    return folder


def _publish(folder: Path) -> None:
    for name in ("action", "hotfix"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(
            str(folder / name), quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
    shutil.copy(ROOT / "action.yml", folder)
    workflow = folder / ".github/workflows/hotfix-ship.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(for_act((ROOT / ".github/workflows/hotfix-ship.yml").read_text()))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, published: Path, runtime: Path) -> Path:
    """Return the same repository, with the private Python in each job's temporary folder, as in later steps."""
    folder = tmp_path_factory.mktemp("prepared") / "published"
    shutil.copytree(published, folder)
    script = folder / "action/runtime.sh"
    begin = "set -euo pipefail\n"
    script.write_text(script.read_text().replace(begin, f'{begin}ln -sfn "{runtime}" "$RUNNER_TEMP/"\n'))
    return folder


@pytest.fixture
def stage(github: GitHub, tmp_path: Path, published: Path, prepared: Path) -> Iterator[Stage]:
    made = Stage(github, tmp_path, published, prepared)
    yield made
    made.close()


def example(name: str) -> tuple[str, str]:
    """Return an example's file name and text, with shorter waiting times and no other change."""
    (path,) = (ROOT / "examples" / name).glob("*.yml")
    return path.name, quick(path.read_text())


def quick_start(health: str) -> str:
    """Return the README's workflow."""
    text = (ROOT / "README.md").read_text().partition("## Ship it")[2]
    text = text.partition("```yaml\n")[2].partition("```")[0]
    assert text.count("\n") <= 25
    return quick(text).replace("https://shop.example.com/health", health)


def quick(text: str) -> str:
    waits = "".join(rf"\g<1>{key}: {value}\n" for key, value in QUICK.items() if f" {key}: " not in text)
    text = re.sub(r"( +)(canary-steps: .*\n)", rf"\g<1>\g<2>{waits}", text)
    text = re.sub(r"duration: 15m", "duration: 100ms\n          interval: 100ms", text)
    return for_act(text).replace("min-samples: 1000", "min-samples: 100")


def for_act(text: str) -> str:
    """Return a workflow without the features that act does not support yet."""
    return text.replace(", deployment: false }", " }")


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name in ("cloud", "npm", "container", "single-job")])
def test_a_repository_that_copies_an_example_ships_its_hotfix(stage: Stage, name: str) -> None:
    stage.hotfix(*example(name))
    log = stage.act("workflow_dispatch", prepared=name != "single-job")
    stage.assert_shipped()
    assert [share for version, share in stage.apps["production"].deployments if version == stage.sha] in (
        [10, 100],
        [10, 50, 100],
    )
    assert stage.token not in log
    assert f"#{stage.pull.number}, the hotfix itself, brings v1.2.4-hotfix.1 to main" in log


def test_the_quick_start_ships_for_a_release_older_than_it(stage: Stage) -> None:
    """The workflow that ships the hotfix was added after the release."""
    stage.hotfix("other.yml", "name: other\non: push\njobs: {}\n")
    workflow = quick_start(stage.apps["production"].url + "/health")
    stage.repo.commit("main", {".github/workflows/hotfix.yml": workflow}, message="Copy the quick start")
    stage.repo.commit("main", {".github/workflows/other.yml": None}, message="Drop the other one")
    stage.act_as_app()
    stage.act("workflow_dispatch", {"inputs": {"sha": stage.sha}}, branch="main")
    stage.assert_shipped()


def test_a_failing_watch_rolls_back_from_the_old_checkout(
    stage: Stage,
) -> None:
    """The rollback command runs in a checkout of the previous version."""
    name, text = example("npm")
    breaks = f"echo '{{\"healthy\": false}}' > {stage.apps['production'].folder}/knobs-$HOTFIX_SHA"
    smoke = f'smoke: |\n        test "$HOTFIX_ENVIRONMENT" = staging || {breaks}'
    stage.hotfix(name, text.replace("smoke: npm run --if-present test:smoke", smoke))
    log = stage.act("workflow_dispatch", ends=1)
    assert stage.apps["production"].routes == {stage.old: 100}
    states = [each["statuses"][0]["state"] for each in stage.repo.deployments("production")]
    assert states == ["success", "failure", "inactive"]
    assert "v1.2.3 runs in production again" in log


@pytest.mark.parametrize("name", ["npm", "single-job"])
def test_an_example_needs_no_variable_to_be_set(stage: Stage, name: str) -> None:
    stage.hotfix(*example(name))
    log = stage.act("workflow_dispatch", addresses=False)
    stage.assert_shipped()
    assert "Nothing but the command's exit status will tell how it goes" in log or name == "npm"  # has a smoke test


def test_the_back_merge_example_cleans_up_after_the_merge(stage: Stage) -> None:
    stage.hotfix(*example("back-merge"))
    stage.repo.tag("v1.2.4-hotfix.1", at=stage.sha, message="Hotfix")
    payload = {"action": "closed", "pull_request": stage.pull.data}
    stage.lead.merge(stage.pull)
    payload["pull_request"] = stage.pull.data
    stage.act("pull_request", payload)
    assert "refs/heads/hotfix/cart" not in stage.repo.refs()


def test_the_check_example_evaluates_the_pull_request(stage: Stage) -> None:
    stage.hotfix(*example("check"))
    log = stage.act("pull_request", {"action": "synchronize", "pull_request": stage.pull.data})
    assert "rules pass" in log


def test_the_rollback_example_goes_back_to_a_tag(stage: Stage) -> None:
    stage.hotfix(*example("rollback"))
    stage.apps["production"].deploy(stage.sha)
    stage.repo.tag("v1.2.4-hotfix.1", at=stage.sha, message="Hotfix")
    stage.lead.deploy(stage.repo, "v1.2.4-hotfix.1", "production", "success")
    stage.act("workflow_dispatch", {"inputs": {"to": "v1.2.3"}})
    assert stage.apps["production"].routes == {stage.old: 100}


def test_every_example_is_run_here() -> None:
    assert EXAMPLES == ["back-merge", "check", "cloud", "container", "npm", "rollback", "single-job"]


def test_the_linters_find_nothing(tmp_path: Path) -> None:
    start = tmp_path / ".github/workflows/hotfix.yml"
    start.parent.mkdir(parents=True)
    start.write_text(quick_start("https://shop.example.com/health"))
    files = [*(ROOT / ".github/workflows").glob("*.yml"), *WORKFLOWS, start]
    zizmor = [
        str(Path(sys.executable).with_name("zizmor")),
        "--offline",
        "--quiet",
        "--config",
        str(ROOT / ".github/zizmor.yml"),
    ]
    audited = subprocess.run([*zizmor, str(ROOT / "action.yml"), *map(str, files)], capture_output=True, text=True)
    assert audited.returncode == 0, audited.stdout
    if (actionlint := tool("actionlint")) is None:
        pytest.skip("actionlint needs Go to be built")
    linted = subprocess.run([str(actionlint), *map(str, files)], capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout
