"""Check one pull request: why it has no check run, or not the expected one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from app.doctor.diagnosis import Diagnosis, ok, problem, warning
from app.doctor.repository_checks import installed
from hotfix.github.read.pull import rest_pulls
from hotfix.github.read.setup import repository_setup
from hotfix.github.read.setup.repository_setup import CHECK
from hotfix.github.transport.errors import GitHubError
from hotfix.github.transport.github_app import GitHubApp
from hotfix.verdict import VerdictKind


def everything(app: GitHubApp, repo: str, number: int) -> Iterator[Diagnosis]:
    """Diagnose why a pull request has no check run, or report the check run's result."""
    where = f"{repo}#{number}"
    client, found = installed(app, repo)
    yield found
    if client is None:
        return
    try:
        pull = rest_pulls.read(client, repo, number)
        policy = repository_setup.read(client, repo).policy
        checks = repository_setup.checks_on(client, repo, pull["head"]["sha"])
    except GitHubError as error:
        yield problem("pull request", str(error), "Check the number, and the App's permissions by hotfix doctor.")
        return
    head = pull["head"]["sha"][:12]
    if pull["state"] != "open":
        yield warning(
            "state",
            f"{where} is {'merged' if pull.get('merged') else 'closed'}: it is no longer evaluated",
            "Reopen it.",
        )
    kind = policy.kind_of([label["name"] for label in pull["labels"]], pull["head"]["ref"])
    labels = policy.policy.label
    match kind:
        case VerdictKind.HOTFIX:
            yield ok("kind", f"{where} is a hotfix: it has the label {labels}")
        case VerdictKind.MISSING_LABEL:
            yield problem(
                "kind",
                f"{where} is on a hotfix branch without the label {labels}: it fails until it has it",
                f"gh pr edit {number} --repo {repo} --add-label {shlex.quote(policy.policy.label)}",
            )
        case VerdictKind.BROKEN_POLICY:
            yield problem(
                "kind",
                f"the policy is invalid, so {where} can't be evaluated",
                f"hotfix doctor {repo} names the lines.",
            )
        case _:
            yield ok("kind", f"{where} is not a hotfix (no label {labels}): it passes at once")
    ours = [check for check in checks if (check.get("app") or {}).get("id") == app.app_id]
    others = [check for check in checks if check not in ours]
    if ours:
        newest = max(ours, key=lambda check: int(check["id"]))
        result = newest["conclusion"] or newest["status"]
        yield ok(
            "check",
            f"the check on {head} is {result}: {(newest.get('output') or {}).get('title') or 'without a title'}",
        )
    elif pull["state"] == "open":
        yield problem(
            "check",
            f"there is no check {CHECK} of this App on {head}",
            f"Comment /hotfix recheck on {where}; if nothing happens, hotfix doctor says whether webhooks arrive.",
        )
    for check in others:
        name = (check.get("app") or {}).get("slug") or "unknown"
        yield warning(
            "check of another App",
            f"the App {name} publishes a check named {CHECK} on {head} as well",
            "Pin the required check to this App, so that the other one can't satisfy it.",
        )
