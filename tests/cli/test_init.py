"""`hotfix init`: detection, files, labels, the pull request and the required check."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import hotfix
from hotfix.cli.init import action_source
from hotfix.life.incident_form import FIELDS
from hotfix.policy import load
from hotfix.severities import Severity
from tests.cli.conftest import Clone
from tests.github import GitHub
from tests.github.acme import Acme

PATHS = {
    ".github/hotfix.yml",
    ".github/ISSUE_TEMPLATE/incident.yml",
    ".github/PULL_REQUEST_TEMPLATE/hotfix.md",
    ".github/workflows/hotfix-ship.yml",
    ".github/workflows/hotfix-rollback.yml",
    ".github/workflows/hotfix-back-merge.yml",
}


def written(clone: Clone) -> set[str]:
    return set(clone.git("ls-files", "--others", "--exclude-standard").splitlines())


@pytest.mark.parametrize(("name", "sent"), [("hotfix-ship.yml", {"sha"}), ("hotfix-rollback.yml", {"to"})])
def test_its_workflows_take_what_the_service_starts_them_with(name: str, sent: set[str]) -> None:
    """GitHub refuses a run with an undeclared input, and `/hotfix rollback TAG` passes `to`."""
    template = Path(hotfix.__file__).parent / "cli/init/templates" / name
    head = template.read_text().partition("\npermissions:")[0]
    triggers = yaml.load(head, Loader=yaml.BaseLoader)["on"]
    assert set(triggers["workflow_dispatch"]["inputs"]) == sent


def test_it_writes_everything_into_the_clone(clone: Clone) -> None:
    shown = clone.hotfix("init", "--local", "--yes", "--tech-leads", "@lead, acme/leads", "--app", "12345")
    assert shown.status == 0, shown
    assert written(clone) == PATHS
    policy = load((clone.path / ".github/hotfix.yml").read_text(), "x")
    assert policy.people.tech_leads == ("lead", "acme/leads")
    assert (policy.app, policy.deploy.workflow, policy.production.tags) == (12345, "hotfix-ship.yml", ("v*",))
    form = yaml.safe_load((clone.path / ".github/ISSUE_TEMPLATE/incident.yml").read_text())
    assert form["labels"] == ["incident"]
    assert tuple(field["attributes"]["label"] for field in form["body"]) == FIELDS
    example = yaml.safe_load((Path(hotfix.__file__).parents[1] / "examples/incident/incident.yml").read_text())
    for each in (form, example):
        severity, category = (field["attributes"]["description"] for field in each["body"][:2])
        assert severity == " ".join(f"{level}: {level.meaning}." for level in Severity)
        assert "can wait for the next release" in category
    assert clone.hotfix("policy", "validate").status == 0


def test_workflows_of_an_unreleased_build_are_not_left_to_fail(clone: Clone) -> None:
    """A release contains the name of the Action's repository; before the first one, the user must enter it."""
    shown = clone.hotfix("init", "--local", "--yes", "--action", "acme/hotfix").out
    assert "not released" not in shown
    written_there = [clone.path / f".github/workflows/hotfix-{name}.yml" for name in ("ship", "rollback", "back-merge")]
    assert all("uses: acme/hotfix" in path.read_text() for path in written_there)
    assert not any("OWNER/REPO" in path.read_text() for path in written_there)
    assert clone.hotfix("init", "--local", "--yes", "--action", "acme").status == 2


def test_a_policy_that_exists_is_completed_by_hand(clone: Clone) -> None:
    """What the workflows and the answers need of it is listed, and the workflows deploy to its environments."""
    clone.write(".github/hotfix.yml", "production: {environment: live}\ndeploy: {rollback_workflow: back.yml}\n")
    shown = clone.hotfix("init", "--local", "--yes", "--app", "5", "--tech-leads", "lead")
    listed = shown.out.partition("Set in .github/hotfix.yml:")[2].partition("Look at the files")[0]
    needed = load(listed.rpartition("\n")[0], "x")
    assert (needed.app, needed.people.tech_leads, needed.deploy.workflow) == (5, ("lead",), "hotfix-ship.yml")
    assert "rollback_workflow" not in listed
    assert "environment: live" in (clone.path / ".github/workflows/hotfix-ship.yml").read_text()
    again = clone.hotfix("init", "--local", "--yes")
    assert "workflow: hotfix-ship.yml" in again.out.partition("every file is there.")[2]


def test_an_invalid_policy_is_to_be_corrected_first(clone: Clone) -> None:
    """Nothing in it is known, so that the workflows deploy to what the flags say."""
    clone.write(".github/hotfix.yml", "label: [\n")
    shown = clone.hotfix("init", "--local", "--yes").out
    assert "  1. Correct .github/hotfix.yml, which is invalid (" in shown
    assert "run `hotfix policy validate`" in shown
    assert "Set in .github/hotfix.yml" not in shown


def test_tech_leads_are_to_be_named_unless_they_are(clone: Clone) -> None:
    words = "Name the tech leads in .github/hotfix.yml"
    assert words not in clone.hotfix("init", "--local", "--yes", "--tech-leads", "lead").out
    (clone.path / ".github/hotfix.yml").unlink()
    assert words in clone.hotfix("init", "--local", "--yes").out


def test_with_a_yes_the_files_are_listed_and_not_shown(clone: Clone) -> None:
    """There is nothing to decide by their content any more, and the rest would scroll away."""
    asked = clone.hotfix("init", "--local")
    assert "+++ .github/hotfix.yml\n+# The rules" in asked.out
    shown = clone.hotfix("init", "--local", "--yes").out
    assert "\n.github/workflows/hotfix-ship.yml: new, " in shown
    assert len(shown.splitlines()) < 40


@pytest.mark.parametrize(
    ("remote", "name"),
    [("https://github.com/acme/hotfix.git", "acme/hotfix"), ("git@github.com:me/hotfix", "me/hotfix"), ("", "")],
)
def test_a_clone_of_the_sources_names_where_it_is_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: str, name: str
) -> None:
    """A package installed in another repository must not use that repository's name."""
    (tmp_path / "hotfix").mkdir()
    (tmp_path / "hotfix/__init__.py").touch()
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@b.c commit -qm first"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    if remote:
        subprocess.run(["git", "remote", "add", "origin", remote], cwd=tmp_path, check=True)
    monkeypatch.setattr(hotfix, "__file__", str(tmp_path / "hotfix/__init__.py"))
    assert action_source.repository() == ""
    (tmp_path / "action.yml").touch()
    assert action_source.repository() == name
    assert action_source.named("uses: OWNER/REPO@v1") == f"uses: {name or 'OWNER/REPO'}@v1"


def test_what_it_writes_passes_the_auditors(clone: Clone) -> None:
    clone.write("package.json", json.dumps({"scripts": {"deploy:production": "x", "deploy:staging": "x"}}))
    assert clone.hotfix("init", "--local", "--yes", "--production", "prod eu: #1").status == 0
    zizmor = Path(sys.executable).with_name("zizmor")
    audited = subprocess.run(
        [zizmor, "--offline", "--no-progress", "."], cwd=clone.path, capture_output=True, text=True, check=False
    )
    assert audited.returncode == 0, audited.stdout + audited.stderr
    for file in (clone.path / ".github/workflows").iterdir():
        workflow = yaml.safe_load(file.read_text())
        assert workflow["permissions"] == {}
    if actionlint := shutil.which("actionlint"):
        assert clone.run(actionlint, status=None).status == 0


def test_nothing_is_overwritten_and_nothing_done_without_a_yes(clone: Clone) -> None:
    clone.write(".github/hotfix.yml", "label: urgent\n")
    assert "confirm with --yes" in clone.hotfix("init", "--local").err
    assert written(clone) == {".github/hotfix.yml"}
    shown = clone.hotfix("init", "--local", "--yes")
    assert ".github/hotfix.yml exists and is not changed." in shown.out
    assert (clone.path / ".github/hotfix.yml").read_text() == "label: urgent\n"
    assert written(clone) == PATHS
    again = clone.hotfix("init", "--local", "--yes")
    assert again.status == 0
    assert "\nNothing to write: every file is there.\n" in again.out


def test_on_a_hotfix_branch_nothing_is_written(clone: Clone) -> None:
    """The files would become part of the hotfix, which would then fail its rules."""
    clone.git("switch", "-q", "-c", "hotfix/login", "v1.2.3")
    said = clone.hotfix("init", "--local", "--yes").sentence()
    assert said.startswith("hotfix/login is a hotfix branch, ")
    assert "run `git switch main` first" in said
    assert written(clone) == set()
    assert clone.hotfix("init", "--local", "--yes", "--force").status == 0
    assert written(clone) == PATHS


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"package.json": '{"scripts": {"deploy": "x"}}'}, 'npm run deploy -- "$HOTFIX_ENVIRONMENT"'),
        ({"package.json": '{"scripts": {"deploy:production": "x"}}'}, 'npm run "deploy:$HOTFIX_ENVIRONMENT"'),
        ({"Makefile": "deploy: build\n\tx\n"}, 'make deploy ENVIRONMENT="$HOTFIX_ENVIRONMENT"'),
        ({"scripts/deploy.sh": "#!/bin/sh\n"}, './scripts/deploy.sh "$HOTFIX_ENVIRONMENT"'),
        ({"Dockerfile": "FROM scratch\n"}, 'docker build --tag "$REGISTRY/app:$HOTFIX_SHA" .'),
        ({"package.json": "not json"}, "exit 1"),
        ({}, "exit 1"),
    ],
)
def test_the_deployment_is_detected(clone: Clone, files: dict[str, str], command: str) -> None:
    for name, text in files.items():
        clone.write(name, text)
    assert clone.hotfix("init", "--local", "--yes").status == 0
    ship = yaml.safe_load((clone.path / ".github/workflows/hotfix-ship.yml").read_text())
    assert command in ship["jobs"]["ship"]["with"]["run"]
    assert "$HOTFIX_SHA" not in ship["jobs"]["ship"]["with"]["rollback-run"]


def test_branches_and_tags_are_detected(clone: Clone, upstream: Clone) -> None:
    upstream.git("branch", "develop")
    upstream.git("branch", "release/2.x")
    upstream.git("branch", "feature/x")
    clone.git("fetch", "-q")
    clone.hotfix("init", "--local", "--yes")
    policy = load((clone.path / ".github/hotfix.yml").read_text(), "x")
    assert policy.branches.back_merge == ("main", "develop", "release/2.x")


@pytest.fixture
def admin(clone: Clone, github: GitHub, acme: Acme) -> Clone:
    keys = {"HOTFIX_GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": acme.admin.token}
    return Clone(clone.path, {**clone.environment, **keys})


def test_it_opens_a_pull_request_once_and_creates_the_labels(admin: Clone, github: GitHub, acme: Acme) -> None:
    shown = admin.hotfix("init", "acme/shop", "--yes", "--tech-leads", "acme/tech-leads")
    assert shown.status == 0, shown
    (pull,) = github.rest("GET", "/repos/acme/shop/pulls", acme.admin.token).data
    assert f"Opened {pull['html_url']}\n" in shown.out
    files = github.rest("GET", f"/repos/acme/shop/pulls/{pull['number']}/files", acme.admin.token).data
    assert {file["filename"] for file in files} == PATHS - {".github/hotfix.yml"}  # the organisation acme has a policy
    labels = github.rest("GET", "/repos/acme/shop/labels", acme.admin.token).data
    assert {"hotfix", "incident", "priority:critical", "priority:high"} <= {label["name"] for label in labels}
    assert f"Opened {pull['html_url']}\n" in admin.hotfix("init", "acme/shop", "--yes").out


def test_the_owners_policy_is_not_replaced_by_the_defaults(admin: Clone, github: GitHub, acme: Acme) -> None:
    """A policy of the repository's own would take the place of the one that applies to all of the owner's."""
    policy = "production: {environment: live}\npeople: {tech_leads: lead}\n"
    acme.github.create_repo("acme/.github", files={".github/hotfix.yml": policy})
    cart = acme.github.create_repo("acme/cart", files={"README.md": "Cart\n"})
    shown = admin.hotfix("init", "acme/cart", "--yes").out
    assert "acme/.github:.github/hotfix.yml applies, so no policy is added.\n" in shown
    assert "Set in acme/.github:.github/hotfix.yml:" in shown
    assert "Name the tech leads" not in shown
    (pull,) = github.rest("GET", "/repos/acme/cart/pulls", acme.admin.token).data
    files = github.rest("GET", f"/repos/acme/cart/pulls/{pull['number']}/files", acme.admin.token).data
    assert {file["filename"] for file in files} == PATHS - {".github/hotfix.yml"}
    ship = cart.git("show", "hotfix-setup:.github/workflows/hotfix-ship.yml")
    assert "environment: live" in ship


def test_it_says_what_to_complete_before_merging(admin: Clone, github: GitHub, acme: Acme) -> None:
    """The workflows can't run yet, so merging isn't next; terminal and pull request say the same."""
    steps = admin.hotfix("init", "acme/shop", "--yes").out.partition("\nNext:\n")[2]
    (pull,) = github.rest("GET", "/repos/acme/shop/pulls", acme.admin.token).data
    todo = ["Write how you deploy into hotfix-ship.yml and hotfix-rollback.yml"]
    assert "Name the tech leads" not in pull["body"]
    todo += [] if action_source.repository() else ["Replace OWNER/REPO in the workflows"]
    for words in todo:
        assert words in steps.partition("Merge the pull request.")[0]
        assert f"\n- [ ] {words}" in pull["body"]
    assert "hotfix init acme/shop --require-check --app ID" in steps


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "write OWNER/REPO"),
        (["acme/shop", "--local"], "--local writes into the clone"),
        (["acme/shop", "--require-check"], "add --app ID"),
        (["acme/nothing"], "acme/nothing: "),
        (["--tech-leads", "not a login"], "takes logins and teams"),
        (["."], "no remote of this clone is a repository on GitHub"),
    ],
)
def test_wrong_use_is_one_sentence(admin: Clone, arguments: list[str], words: str) -> None:
    admin.git("remote", "remove", "origin")
    assert words in admin.hotfix("init", *arguments, "--yes").sentence()


def test_the_check_is_required_from_the_app_alone(admin: Clone, github: GitHub, acme: Acme) -> None:
    arguments = ("init", "acme/shop", "--yes", "--app", str(acme.app.id), "--require-check")
    assert "The check hotfix is now required, from this App only." in admin.hotfix(*arguments).out
    sent = [call for call in github.calls_of("user") if call.path == "/repos/acme/shop/rulesets"]
    assert [call.method for call in sent] == ["GET", "POST"]
    branch = github.rest("GET", "/repos/acme/shop/branches/main", acme.admin.token).data
    assert branch["protection"]["required_status_checks"]["contexts"] == ["hotfix"]
    rules = github.rest("GET", "/repos/acme/shop/rules/branches/main", acme.admin.token).data
    pinned = {"context": "hotfix", "integration_id": acme.app.id}
    assert [rule["parameters"]["required_status_checks"] for rule in rules] == [[pinned]]
    assert "A ruleset named hotfix already exists" in admin.hotfix(*arguments).out
