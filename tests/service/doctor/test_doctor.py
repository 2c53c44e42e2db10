"""`hotfix doctor` reports each misconfiguration with its fix, and nothing for a correct setup."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest

from app.doctor.examination import doctor
from hotfix.github.app_requirements import EVENTS, PERMISSIONS
from tests import forked
from tests.github import App, GitHub, Installation, Pull, Repo, User
from tests.github.acme import FILES, FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, TAG
from tests.service.running import Service, eventually, settings

POLICY = "deploy: {workflow: hotfix.yml, rollback_workflow: back.yml}\n"
BROKEN = "label: hotfix\nrules: {size: {max_lines: many}}\n"
WORKFLOW = "on:\n  workflow_dispatch: {inputs: {sha: {}}}\njobs: {}\n"
ROLLBACK = "on:\n  workflow_dispatch:\n    inputs:\n      to: {default: ''}\njobs: {}\n"


@dataclass
class House:
    """A correct setup: an installed App and a repository that is ready for hotfixes."""

    github: GitHub
    app: App
    installation: Installation
    dev: User
    repo: Repo
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        given = settings(self.github, self.app, f"sqlite:///{self.folder}/hotfix.db") | self.environment
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HOTFIX_")}
        return environ | {name: value for name, value in given.items() if value}

    def doctor(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command in a process of its own."""
        return forked.run(("doctor", *arguments), self.folder, self.environ)

    def findings(self, subject: str = "") -> list[dict[str, str]]:
        """Return all findings that are not `ok`; runs in this process, which is faster."""
        printed = io.StringIO()
        with mock.patch.dict(os.environ, self.environ, clear=True), redirect_stdout(printed):
            doctor(subject, "json")
        found: list[dict[str, str]] = json.loads(printed.getvalue())["findings"]
        return [each for each in found if each["status"] != "ok"]

    def hotfix(self, labels: tuple[str, ...] = ("hotfix", "priority:critical")) -> Pull:
        self.repo.branch("hotfix/cart", at=TAG)
        self.repo.commit("hotfix/cart", FIX, message=GOOD_MESSAGE, author=self.dev)
        return self.dev.open_pull(
            self.repo, head="hotfix/cart", base="main", title=GOOD_TITLE, body=GOOD_BODY, labels=labels
        )


@pytest.fixture
def house(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.chdir(tmp_path)
    org = github.create_org("acme")
    dev = github.create_user("dev")
    org.add_member(dev)
    needed = {name: need.level for name, need in PERMISSIONS.items()}
    app = github.create_app(
        "hotfix", permissions=needed, events=EVENTS, webhook_url="http://127.0.0.1:9/webhooks/github"
    )
    installation = github.install(app, "acme")
    workflows = {".github/workflows/hotfix.yml": WORKFLOW, ".github/workflows/back.yml": ROLLBACK}
    files = FILES | {".github/hotfix.yml": POLICY} | workflows
    repo = github.create_repo("acme/shop", files=files, owner=dev)
    repo.tag(TAG)
    for name in ("staging", "production"):
        repo.environment(name)
    for label in ("hotfix", "incident", "priority:critical", "priority:high"):
        repo.create_label(label)
    repo.protect("main", required_checks=("hotfix",), app=app)
    return House(github, app, installation, dev, repo, tmp_path)


def test_a_sound_set_up_has_no_finding(house: House) -> None:
    """Deliveries are the exception: no server listens at this test's webhook URL."""
    assert {each["check"] for each in house.findings()} <= {"deliveries"}
    assert house.findings("acme/shop") == []
    assert house.doctor("acme/shop").returncode == 0


def test_the_report_is_read_at_eighty_columns(house: House) -> None:
    house.repo.protect("main", required_checks=("hotfix",))
    done = house.doctor("acme/shop")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[-1] == "acme/shop: 1 problem"
    assert any(line.startswith("FAIL  required check main: the check hotfix on main is not pinned") for line in lines)
    assert any(line.startswith("      fix: Choose this App as the check's source") for line in lines)
    assert max(map(len, lines)) <= 80


def test_each_missing_permission_is_named(github: GitHub, house: House) -> None:
    """GitHub grants `metadata` to every App, so it can't be missing."""
    house.app = github.create_app("less", permissions={}, events=EVENTS, webhook_url=house.app.webhook_url)
    github.install(house.app, "acme")
    found = {each["check"]: each for each in house.findings()}
    for name in PERMISSIONS.keys() - {"metadata"}:
        assert f"the App needs {name}: {PERMISSIONS[name].level}" in found[f"permission {name}"]["message"]
        assert "accept it for each installation" in found[f"permission {name}"]["fix"]
    assert "permission metadata" not in found


def test_each_missing_event_is_named(github: GitHub, house: House) -> None:
    needed = {name: need.level for name, need in PERMISSIONS.items()}
    house.app = github.create_app("deaf", permissions=needed, events=(), webhook_url=house.app.webhook_url)
    github.install(house.app, "acme")
    found = {each["check"] for each in house.findings()}
    assert {f"event {name}" for name in EVENTS} <= found


def no_webhook_url(house: House) -> None:
    house.app.webhook_url = None


def wrong_webhook_path(house: House) -> None:
    house.app.webhook_url = "http://127.0.0.1:9/webhook"


def other_webhook_host(house: House) -> None:
    house.environment["HOTFIX_PUBLIC_URL"] = "https://hotfix.acme.test"


def no_webhook_secret(house: House) -> None:
    house.app.rotate_secret("")
    house.environment["HOTFIX_WEBHOOK_SECRET"] = "one-that-github-does-not-have"


def webhook_as_a_form(house: House) -> None:
    house.app.webhook_form("form")


def certificate_not_verified(house: House) -> None:
    house.app.webhook_form(verified=False)


def nothing_listens(house: House) -> None:
    house.hotfix()


def clock_is_an_hour_off(house: House) -> None:
    house.github.clock.advance(3600)


def key_of_another_app(house: House) -> None:
    other = house.github.create_app("other")
    house.environment["HOTFIX_PRIVATE_KEY"] = other.private_key


def app_id_of_nobody(house: House) -> None:
    house.environment["HOTFIX_APP_ID"] = "999999"


def github_is_elsewhere(house: House) -> None:
    house.environment["HOTFIX_GITHUB_API_URL"] = "http://127.0.0.1:9"


def not_an_api(house: House) -> None:
    house.environment["HOTFIX_GITHUB_API_URL"] = f"{house.github.url}/wrong"


def not_installed(house: House) -> None:
    house.installation.uninstall()


def suspended(house: House) -> None:
    house.installation.suspend()


def permissions_not_accepted(house: House) -> None:
    house.installation.accept({"metadata": "read", "contents": "read"})


def no_app_id(house: House) -> None:
    house.environment["HOTFIX_APP_ID"] = ""


def misspelt_setting(house: House) -> None:
    house.environment["HOTFIX_WEBHOOK_SECRETS"] = "x"


def unwritable_database(house: House) -> None:
    house.environment["HOTFIX_DATABASE_URL"] = "postgresql://nobody:secret@127.0.0.1:9/none"


def database_of_a_newer_version(house: House) -> None:
    with sqlite3.connect(house.folder / "hotfix.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")


SERVICE: Mapping[Callable[[House], None], tuple[str, str]] = {
    no_webhook_url: ("webhook url", "https://YOUR-HOST/webhooks/github"),
    wrong_webhook_path: ("webhook url", "Correct the webhook URL"),
    other_webhook_host: ("webhook url", "Correct the webhook URL"),
    no_webhook_secret: ("webhook secret", "Set it to the value of HOTFIX_WEBHOOK_SECRET"),
    webhook_as_a_form: ("webhook form", "application/json"),
    certificate_not_verified: ("webhook tls", "Enable SSL verification"),
    nothing_listens: ("deliveries", "GitHub does not reach the service"),
    clock_is_an_hour_off: ("clock", "timedatectl"),
    key_of_another_app: ("key", "generate a new private key"),
    app_id_of_nobody: ("key", "Compare HOTFIX_APP_ID"),
    github_is_elsewhere: ("github", "Check HOTFIX_GITHUB_API_URL"),
    not_an_api: ("key", "HOTFIX_GITHUB_API_URL"),
    not_installed: ("installations", "Install it"),
    suspended: ("installation acme", "Unsuspend it"),
    permissions_not_accepted: ("installation acme", "accepts the new permissions"),
    no_app_id: ("settings", ".env"),
    misspelt_setting: ("settings", ".env"),
    unwritable_database: ("database", "Check HOTFIX_DATABASE_URL"),
    database_of_a_newer_version: ("database", "Run the newer version"),
}


@pytest.mark.parametrize("spoil", SERVICE, ids=lambda spoil: spoil.__name__)
def test_a_wrong_service_is_named_with_its_fix(house: House, spoil: Callable[[House], None]) -> None:
    spoil(house)
    found = {each["check"]: each for each in house.findings()}
    check, fix = SERVICE[spoil]
    assert check in found, found
    assert fix in found[check]["fix"]
    assert "secret@" not in json.dumps(found)


def test_secrets_that_differ_are_named(house: House) -> None:
    """GitHub never shows the secret; the response to the latest webhook reveals the difference."""
    service = Service(house.folder, house.environ).start()
    try:
        house.app.webhook_url = service.webhook_url
        house.app.rotate_secret("another-one")
        house.hotfix()
        eventually(lambda: [each for each in house.github.deliveries if each.status == 401], "a refused webhook")
        house.github.settle()
        found = {each["check"]: each for each in house.findings()}
    finally:
        service.stop()
    assert "was answered 401" in found["deliveries"]["message"]
    assert "The secrets differ" in found["deliveries"]["fix"]


def no_label(house: House) -> None:
    house.repo.delete_label("hotfix")


def no_incident_label(house: House) -> None:
    house.repo.delete_label("incident")


def no_priority_label(house: House) -> None:
    house.repo.delete_label("priority:high")


def no_label_of_the_policy(house: House) -> None:
    policy = POLICY + "label: on fire\nrules: {title: {p0_labels: sev 1, p1_labels: priority:high}}\n"
    house.repo.commit("main", {".github/hotfix.yml": policy}, author=house.dev)
    house.repo.create_label("on fire")


def no_environment(house: House) -> None:
    house.repo.commit("main", {".github/hotfix.yml": POLICY + "production: {environment: live}\n"}, author=house.dev)


def no_workflow(house: House) -> None:
    house.repo.commit("main", {".github/workflows/hotfix.yml": None}, author=house.dev)


def workflow_that_cannot_start(house: House) -> None:
    house.repo.commit("main", {".github/workflows/hotfix.yml": "on: push\njobs: {}\n"}, author=house.dev)


def broken_policy(house: House) -> None:
    house.repo.commit("main", {".github/hotfix.yml": BROKEN}, author=house.dev)


def check_not_required(house: House) -> None:
    house.repo.protect("main", required_checks=())


def check_not_pinned(house: House) -> None:
    house.repo.protect("main", required_checks=("hotfix",), ruleset=True)


def check_pinned_to_another_app(house: House) -> None:
    house.repo.protect("main", required_checks=("hotfix",), app=house.github.create_app("other"))


def archived(house: House) -> None:
    house.repo.update(archived=True)


def installed_elsewhere(house: House) -> None:
    house.installation.uninstall()


def workflow_without_the_commit(house: House) -> None:
    house.repo.commit("main", {".github/workflows/hotfix.yml": "on: [push, workflow_dispatch]\n"}, author=house.dev)


def workflow_with_inputs_that_github_refuses(house: House) -> None:
    wrong = "on: {workflow_dispatch: {inputs: 5}}\n"
    house.repo.commit("main", {".github/workflows/hotfix.yml": wrong}, author=house.dev)


def ship_workflow_that_nothing_starts(house: House) -> None:
    files = {".github/workflows/hotfix-ship.yml": WORKFLOW, ".github/hotfix.yml": "label: hotfix\n"}
    house.repo.commit("main", files, author=house.dev)


def no_rollback_workflow(house: House) -> None:
    house.repo.commit("main", {".github/workflows/back.yml": None}, author=house.dev)


def rollback_workflow_without_the_tag(house: House) -> None:
    other = ROLLBACK.replace(" to:", " tag:")
    house.repo.commit("main", {".github/workflows/back.yml": other}, author=house.dev)


REPOSITORY: Mapping[Callable[[House], None], tuple[str, str]] = {
    no_label: ("label hotfix", "gh label create hotfix --repo acme/shop"),
    no_incident_label: ("label incident", "gh label create incident"),
    no_priority_label: ("label priority:high", "gh label create priority:high"),
    no_label_of_the_policy: ("label sev 1", "gh label create 'sev 1' --repo acme/shop"),
    no_environment: ("environment live", "environments/live; or set `production.environment` in the policy."),
    no_workflow: ("workflow", "hotfix init acme/shop"),
    workflow_that_cannot_start: ("workflow", "Add it"),
    workflow_without_the_commit: ("workflow", "Add the input sha"),
    workflow_with_inputs_that_github_refuses: ("workflow", "Add the input sha"),
    ship_workflow_that_nothing_starts: ("workflow", "Set `deploy: {workflow: hotfix-ship.yml}` in the policy"),
    no_rollback_workflow: ("rollback workflow", "correct deploy.rollback_workflow"),
    rollback_workflow_without_the_tag: ("rollback workflow", "Add the input to"),
    broken_policy: ("policy", "hotfix policy validate"),
    check_not_required: ("required check main", "Require it"),
    check_not_pinned: ("required check main", "Choose this App"),
    check_pinned_to_another_app: ("required check main", "Choose this App"),
    archived: ("repository", "Unarchive it"),
    installed_elsewhere: ("installed", "Install it"),
}


@pytest.mark.parametrize("spoil", REPOSITORY, ids=lambda spoil: spoil.__name__)
def test_a_wrong_repository_is_named_with_its_fix(house: House, spoil: Callable[[House], None]) -> None:
    spoil(house)
    found = {each["check"]: each for each in house.findings("acme/shop")}
    check, fix = REPOSITORY[spoil]
    assert check in found, found
    assert fix in found[check]["fix"]


def test_a_broken_policy_is_named_by_line_and_column(house: House) -> None:
    broken_policy(house)
    policy = next(each for each in house.findings("acme/shop") if each["check"] == "policy")
    assert policy["message"].startswith(".github/hotfix.yml:2:27: rules.size.max_lines: ")


def test_a_pull_request_without_a_check_is_explained(house: House) -> None:
    pull = house.hotfix(labels=())
    found = {each["check"]: each for each in house.findings(f"acme/shop#{pull.number}")}
    assert f"gh pr edit {pull.number} --repo acme/shop --add-label hotfix" in found["kind"]["fix"]
    assert "/hotfix recheck" in found["check"]["fix"]


def test_another_apps_check_of_the_name_is_seen(house: House) -> None:
    pull = house.hotfix()
    house.repo.set_check(pull.head_sha, "hotfix", app_slug="some-ci")
    found = {each["check"]: each for each in house.findings(f"acme/shop#{pull.number}")}
    assert "the App some-ci publishes a check named hotfix" in found["check of another App"]["message"]
    assert "check" in found


def test_a_wrong_subject_is_named(house: House) -> None:
    done = house.doctor("shop")
    assert done.returncode == 2
    assert "'shop' is not OWNER/REPO or OWNER/REPO#NUMBER" in done.stderr


def test_the_service_logs_what_is_wrong_at_its_start(house: House) -> None:
    house.installation.suspend()
    service = Service(house.folder, house.environ).start()
    eventually(lambda: service.lines("it is suspended on acme"), "the finding in the log")
    service.stop()
