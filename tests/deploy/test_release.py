"""A release, step by step: the workflow's own commands run in a clone whose origin is a local folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import release
from tests.deploy.conftest import ROOT, built

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
REPOSITORY = "acme/hotfix"


def step(job: str, name: str) -> str:
    """Return the shell script of a workflow step."""
    steps: list[dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text())["jobs"][job]["steps"]
    return next(str(each["run"]) for each in steps if each.get("name") == name)


pytestmark = pytest.mark.xdist_group("release")  # one worker prepares the clone, for all tests


class Checkout:
    """A clone of this repository in its current state, as on a runner."""

    def __init__(self, folder: Path) -> None:
        self.path, self.origin = folder / "clone", folder / "origin.git"
        self.output = folder / "output"
        self.programs = folder / "bin"

    def prepare(self) -> None:
        """Create the clone and its origin."""
        self.programs.mkdir()
        self.git("init", "--quiet", "--bare", str(self.origin), where=self.origin.parent)
        self.git("clone", "--quiet", str(self.origin), str(self.path), where=self.origin.parent)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).exists():
                (self.path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.path / name)
        (self.path / ".venv" / "bin").mkdir(parents=True)
        python = self.path / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "main")
        self.git("push", "--quiet", "origin", "HEAD:main")

    def copy(self, folder: Path) -> Checkout:
        """Return a copy in another folder."""
        shutil.copytree(self.path.parent, folder, symlinks=True)
        copied = Checkout(folder)
        copied.git("remote", "set-url", "origin", str(copied.origin))
        return copied

    def git(self, *arguments: str, where: Path | None = None) -> str:
        identity = ("-c", "user.name=dev", "-c", "user.email=dev@acme.test")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=where or self.path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def run(self, job: str, name: str, version: str) -> subprocess.CompletedProcess[str]:
        """Run a step of the workflow as a runner would."""
        environ = {
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": os.environ["HOME"],
            "PYTHONPATH": str(self.path),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_OUTPUT": str(self.output),
            "VERSION": version,
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(job, name)]
        return subprocess.run(command, cwd=self.path, env=environ, capture_output=True, text=True)

    def read(self, name: str) -> str:
        return (self.path / name).read_text()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("prepared"))
    checkout.prepare()
    return checkout


@pytest.fixture
def checkout(prepared: Checkout, tmp_path: Path) -> Checkout:
    return prepared.copy(tmp_path / "runner")


def tagged(checkout: Checkout, version: str = "1.2.3") -> None:
    """Run the job that makes the tag."""
    for name in (
        "Set the version and the repository's name",
        "Commit, pin the reusable workflow, tag",
    ):
        done = checkout.run("tag", name, version)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_release_names_its_repository_everywhere(checkout: Checkout) -> None:
    assert release.left(checkout.path), "the sources have a placeholder"
    tagged(checkout)
    assert release.left(checkout.path) == []
    assert f"uses: {REPOSITORY}@v1" in checkout.read("README.md")
    assert 'version = "1.2.3"' in checkout.read("pyproject.toml")
    assert 'appVersion: "1.2.3"' in checkout.read("deploy/helm/Chart.yaml")
    assert re.search(r"(?m)^## 1\.2\.3 - \d{4}-\d\d-\d\d$", checkout.read("CHANGELOG.md"))
    assert "OWNER/REPO#N" in checkout.read("hotfix/cli/commands.py"), "a metavariable stays one"


def test_the_tag_pins_its_reusable_workflow_to_a_commit(checkout: Checkout) -> None:
    """Callers whose policy requires full SHAs need them inside the called workflow as well."""
    tagged(checkout)
    used = re.findall(rf"(?m)^\s+uses: {REPOSITORY}@(\S+)", checkout.read(".github/workflows/hotfix-ship.yml"))
    assert used
    assert set(used) == {checkout.git("rev-parse", "v1.2.3^{}~1")}
    assert "action.yml" in checkout.git("ls-tree", "--name-only", used[0])
    assert checkout.output.read_text() == f"sha={checkout.git('rev-parse', 'v1.2.3^{}')}\n"
    assert checkout.git("ls-remote", "--tags", "origin", "v1.2.3^{}").split()[0] == checkout.git(
        "rev-parse", "v1.2.3^{}"
    )
    assert checkout.git("ls-remote", "origin", "main").split()[0] == checkout.git("rev-parse", "v1.2.3^{}~2")


def test_a_released_workflow_is_valid(checkout: Checkout) -> None:
    tagged(checkout)
    workflows = [str(path) for path in (checkout.path / ".github" / "workflows").glob("*.yml")]
    linted = subprocess.run(
        [built("actionlint"), "-shellcheck=", "-pyflakes=", *workflows],
        capture_output=True,
        text=True,
        cwd=checkout.path,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
    audited = subprocess.run(
        [Path(sys.executable).with_name("zizmor"), "--offline", "--quiet", "."],
        capture_output=True,
        text=True,
        cwd=checkout.path,
    )
    assert audited.returncode == 0, audited.stdout + audited.stderr


def test_a_release_is_published_and_moves_the_major_tag(checkout: Checkout) -> None:
    """A recorder replaces `gh`, as its effects belong to GitHub."""
    (checkout.programs / "gh").write_text(
        '#!/bin/sh\nprintf "%s\\n" "$@" > ../gh-arguments\ncat notes.md > ../gh-notes\n'
    )
    (checkout.programs / "make").write_text("#!/bin/sh\n")
    for program in checkout.programs.iterdir():
        program.chmod(0o755)
    tagged(checkout)
    (checkout.path / "dist").mkdir()
    (checkout.path / "dist" / "x.whl").touch()
    done = checkout.run("publish", "Create the release and move the major version's tag", "1.2.3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (checkout.path.parent / "gh-arguments").read_text().split("\n")[:4] == [
        "release",
        "create",
        "v1.2.3",
        "dist/x.whl",
    ]
    assert "The service" in (checkout.path.parent / "gh-notes").read_text()
    listed = (line.split() for line in checkout.git("ls-remote", "--tags", "origin").splitlines())
    remote = {ref: sha for sha, ref in listed}
    assert remote["refs/tags/v1"] == remote["refs/tags/v1.2.3^{}"]


@pytest.mark.parametrize(
    ("version", "message"),
    [("1.2", "'1.2' is not a version"), ("v1.2.3", "'v1.2.3' is not a version"), ("$(id)", "is not a version")],
)
def test_a_wrong_version_is_refused_before_anything_changes(checkout: Checkout, version: str, message: str) -> None:
    done = checkout.run("tag", "Set the version and the repository's name", version)
    assert done.returncode == 1
    assert message in done.stderr
    assert checkout.git("status", "--porcelain") == ""


def test_a_release_without_notes_is_refused(checkout: Checkout) -> None:
    (checkout.path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.1.0\n- First.\n")
    done = checkout.run("tag", "Set the version and the repository's name", "1.2.3")
    assert done.returncode == 1
    assert "CHANGELOG.md has nothing below" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("HOTFIX_TEST_ALL"), reason="builds the packages: set HOTFIX_TEST_ALL=1")
def test_the_packages_and_their_bill_of_materials_are_built(tmp_path: Path) -> None:
    environ = {**os.environ, "PIP_NO_COMPILE": "1"}
    command = ["bash", str(ROOT / "deploy" / "build.sh"), str(tmp_path)]
    subprocess.run(command, env=environ, check=True, capture_output=True, timeout=300)
    built_files = sorted(path.name for path in tmp_path.iterdir())
    assert [name for name in built_files if name.endswith(".whl")] == ["hotfix_workflow-0.1.0-py3-none-any.whl"]
    assert {path.rpartition(".")[2] for path in built_files} == {"gz", "json", "whl"}
    bill = next(tmp_path.glob("*.cdx.json")).read_text()
    assert "pkg:pypi/fastapi@" in bill
