"""Check one repository: policy, labels, environments, required check and workflows."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import quote

from app.doctor import messaging_checks
from app.doctor.diagnosis import Diagnosis, ok, problem, warning
from app.doctor.service_checks import guarded
from app.notify.recipients import NotifySettings
from hotfix.github.read.setup import repository_setup
from hotfix.github.read.setup.repository_setup import CHECK, RepositorySetup
from hotfix.github.transport.errors import GitHubError, NotFound
from hotfix.github.transport.github_app import GitHubApp, Installation
from hotfix.policy.model import SHIP_WORKFLOW
from hotfix.rules.base import Level
from hotfix.rules.title import RULE as TITLE
from hotfix.text import yaml_tree
from hotfix.text.globs import matches_branch

_SENT: Mapping[str, str] = {"sha": "the commit of a branch that lacks the file", "to": "a tag to go back to"}
"""The inputs that the service dispatches workflows with, and their meaning."""


def installed(app: GitHubApp, repo: str) -> tuple[Installation | None, Diagnosis]:
    """Return a client for the App's installation on the repository, None if not installed, and the diagnosis."""
    try:
        return app.installation(app.installation_of(repo)), ok("installed", f"the App is installed on {repo}")
    except NotFound:
        return None, problem(
            "installed",
            f"the App is not installed on {repo}, or there is no such repository",
            "Install it: the App's page, Install App; check the spelling of the name.",
        )
    except GitHubError as error:
        return None, problem("installed", str(error), "Run hotfix doctor without a repository first.")


def policy(setup: RepositorySetup, repo: str) -> Iterator[Diagnosis]:
    """Check that the policy is valid."""
    known = setup.policy
    if known.error is not None:
        for line in known.error.lines:
            yield problem("policy", line, "Correct it, and run hotfix policy validate.")
    elif not known.blob:
        yield ok("policy", "there is no .github/hotfix.yml: the defaults apply")
    else:
        yield ok("policy", f"{known.source.partition('@')[0]} has a valid policy")


def labels(setup: RepositorySetup, repo: str) -> Iterator[Diagnosis]:
    """Check that the labels for hotfixes, incidents and priorities exist."""
    policy = setup.policy.policy
    title = policy.options(TITLE)
    priorities = (title.p0_labels[0], title.p1_labels[0]) if title.level is not Level.OFF else ()
    wanted = [(policy.label, True), (policy.incident.label, False), *((name, False) for name in priorities)]
    missing = [(name, needed) for name, needed in wanted if name.casefold() not in setup.labels]
    for name, needed in missing:
        make = problem if needed else warning
        yield make(f"label {name}", f"{repo} has no label {name}", f"gh label create {shlex.quote(name)} --repo {repo}")
    if not missing:
        yield ok("labels", f"{', '.join(name for name, _ in wanted)} exist")


def environments(setup: RepositorySetup, repo: str) -> Iterator[Diagnosis]:
    """Check that the policy's staging and production environments exist."""
    section = setup.policy.policy.production
    wanted = list(dict.fromkeys((section.staging, section.environment)))
    missing = [name for name in wanted if name.casefold() not in setup.environments]
    for name in missing:
        yield problem(
            f"environment {name}",
            f"{repo} has no environment {name}",
            f"gh api --method PUT repos/{repo}/environments/{quote(name, safe='')}; or set "
            f"`production.{'environment' if name == section.environment else 'staging'}` in the policy.",
        )
    if not missing:
        yield ok("environments", f"{' and '.join(wanted)} exist")


def required_check(setup: RepositorySetup, repo: str, app_id: int) -> Iterator[Diagnosis]:
    """Check that the status check is required on each hotfix base branch, and pinned to this App."""
    bases = sorted(branch for branch in setup.branches if matches_branch(setup.policy.bases, branch))
    sound = True
    for branch in bases:
        found = [each for each in setup.required if each.branch == branch]
        settings = f"{repo}: Settings, Rules, Rulesets, require status checks"
        if not found:
            sound = False
            yield problem(
                f"required check {branch}",
                f"the check {CHECK} is not required on {branch}: a failing hotfix can be merged",
                f"Require it ({settings}), with this App as its source.",
            )
        elif not any(each.app_id == app_id for each in found):
            sound = False
            who = (
                "any App can report it" if any(each.app_id is None for each in found) else "another App must report it"
            )
            yield problem(
                f"required check {branch}",
                f"the check {CHECK} on {branch} is not pinned to this App: {who}",
                f"Choose this App as the check's source ({settings}).",
            )
    if sound and bases:
        yield ok("required check", f"{CHECK} is required on {', '.join(bases)}, pinned to this App")


def workflows(setup: RepositorySetup, repo: str) -> Iterator[Diagnosis]:
    """Check that the ship and rollback workflows are on the default branch and can be dispatched."""
    deploy = setup.policy.policy.deploy
    if deploy.workflow:
        yield from _workflow(setup, repo, "workflow", "deploy.workflow", deploy.workflow, "sha")
    elif setup.workflows[SHIP_WORKFLOW] is None:
        yield ok("workflow", "the policy names no deploy.workflow: people ship by hand")
    else:
        yield warning(
            "workflow",
            f"{SHIP_WORKFLOW} exists, but the policy names no deploy.workflow: nothing starts it automatically",
            f"Set `deploy: {{workflow: {SHIP_WORKFLOW}}}` in the policy, or let people start it.",
        )
    if deploy.rollback_workflow:
        name = "deploy.rollback_workflow"
        yield from _workflow(setup, repo, "rollback workflow", name, deploy.rollback_workflow, "to")


def _workflow(setup: RepositorySetup, repo: str, check: str, setting: str, file: str, sent: str) -> Iterator[Diagnosis]:
    text = setup.workflows[file]
    if text is None:
        yield problem(
            check,
            f"{repo} has no .github/workflows/{file} on its default branch {setup.policy.default_branch}",
            f"hotfix init {repo} writes it; or correct {setting} in the policy.",
        )
    elif (inputs := _inputs(text)) is None:
        yield problem(
            check, f"{file} has no trigger workflow_dispatch: it can't be started", f"Add it, with the input {sent}."
        )
    elif sent not in inputs:
        yield warning(
            check,
            f"{file} has no input {sent}, so GitHub refuses to start it with {_SENT[sent]}",
            f"Add the input {sent} to its trigger workflow_dispatch.",
        )
    else:
        yield ok(check, f"{file} can be started")


def _inputs(text: str) -> Collection[str] | None:
    """Return the inputs of a workflow's `workflow_dispatch` trigger.

    None if it has no such trigger; all inputs if its YAML can't be parsed but mentions one.
    """
    tree, mistakes = yaml_tree.parse(text)
    if mistakes:
        return _SENT if "workflow_dispatch" in text else None
    triggers = found.get("on") if isinstance(found := tree.plain(unset=True), dict) else None
    if not isinstance(triggers, dict):
        return () if "workflow_dispatch" in (triggers if isinstance(triggers, list) else [triggers]) else None
    if "workflow_dispatch" not in triggers:
        return None
    trigger = triggers["workflow_dispatch"]
    inputs = trigger.get("inputs") if isinstance(trigger, dict) else None
    return tuple(inputs) if isinstance(inputs, dict) else ()


def state(setup: RepositorySetup, repo: str) -> Iterator[Diagnosis]:
    """Check that the repository is not archived and has issues enabled."""
    if setup.archived:
        yield problem("repository", f"{repo} is archived: nothing in it can change", "Unarchive it in its settings.")
    elif not setup.issues:
        yield warning(
            "issues", f"{repo} has no issues: incidents can't be declared there", "Enable issues in its settings."
        )


def everything(app: GitHubApp, repo: str, notify: NotifySettings) -> Iterator[Diagnosis]:
    """Run all checks of a repository."""
    client, found = installed(app, repo)
    yield found
    if client is None:
        return
    try:
        setup = repository_setup.read(client, repo)
    except GitHubError as error:
        yield problem(
            "repository",
            str(error),
            "Run hotfix doctor without a repository: a permission may be missing.",
        )
        return
    for name, look in (
        ("repository", state(setup, repo)),
        ("policy", policy(setup, repo)),
        ("labels", labels(setup, repo)),
        ("environments", environments(setup, repo)),
        ("required check", required_check(setup, repo, app.app_id)),
        ("workflow", workflows(setup, repo)),
        ("messages", messaging_checks.recipients(notify, setup.policy.policy)),
    ):
        yield from guarded(name, look)
