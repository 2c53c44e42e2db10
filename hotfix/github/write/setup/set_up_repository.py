"""Set up a repository for hotfixes: labels, a pull request with the files, the required check."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from hotfix.github.transport.client import Client
from hotfix.github.transport.errors import RequestRefused
from hotfix.github.write.pull import pull_requests
from hotfix.github.write.rollout import refs

BRANCH = "hotfix-setup"
_TITLE = "Set up hotfixes"
_BODY = """\
The policy, an incident form, a pull request template and the workflows that ship, roll back and back-merge hotfixes.

Before merging:

"""
_ALWAYS = "Look at how `hotfix-ship.yml` deploys."
RULESET = "hotfix"
CHECK = "hotfix"


def create_labels(client: Client, repo: str, labels: Mapping[str, tuple[str, str]]) -> list[str]:
    """Create and return the labels that are missing."""
    has = {label["name"].casefold() for label in client.pages("/repos/{repo}/labels", repo=repo)}
    missing = [name for name in labels if name.casefold() not in has]
    for name in missing:
        colour, description = labels[name]
        body = {"name": name, "color": colour, "description": description}
        client.post("/repos/{repo}/labels", body, repo=repo)
    return missing


def propose(client: Client, repo: str, base: str, files: Mapping[str, str], todo: Iterable[str] = ()) -> str:
    """Open a pull request that adds the files and lists what is to do; return its URL. An open one is left unchanged.

    Raises RequestRefused if the branch already exists without a pull request, because it may still be needed.
    """
    owner = repo.partition("/")[0]
    head = f"{owner}:{BRANCH}"
    if (known := pull_requests.find(client, repo, head)) is not None:
        return known.url
    tip = client.get("/repos/{repo}/git/ref/{ref}", repo=repo, ref=f"heads/{base}")["object"]["sha"]
    tree = client.get("/repos/{repo}/git/commits/{sha}", repo=repo, sha=tip)["tree"]["sha"]
    entries = [{"path": path, "mode": "100644", "type": "blob", "content": text} for path, text in files.items()]
    made = client.post("/repos/{repo}/git/trees", {"base_tree": tree, "tree": entries}, repo=repo)
    commit = {"message": _TITLE, "tree": made["sha"], "parents": [tip]}
    sha = client.post("/repos/{repo}/git/commits", commit, repo=repo)["sha"]
    if not refs.create(client, repo, f"heads/{BRANCH}", sha):
        raise RequestRefused(
            f"the branch {BRANCH} exists without an open pull request: delete it, or open one from it", 422
        )
    body = _BODY + "".join(f"- [ ] {textwrap.indent(item, '  ').lstrip()}\n" for item in (*todo, _ALWAYS))
    pull = pull_requests.create(client, repo, head=BRANCH, base=base, title=_TITLE, body=body, draft=False)
    return pull.url


def require_check(client: Client, repo: str, app_id: int, branches: Iterable[str]) -> bool:
    """Require this App's check on the branches; return False if a ruleset of that name already exists."""
    rulesets = client.get("/repos/{repo}/rulesets", params={"includes_parents": "false"}, repo=repo)
    if any(ruleset["name"] == RULESET for ruleset in rulesets):
        return False
    check = {"context": CHECK, "integration_id": app_id}
    client.post(
        "/repos/{repo}/rulesets",
        {
            "name": RULESET,
            "target": "branch",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": [f"refs/heads/{name}" for name in branches], "exclude": []}},
            "rules": [
                {
                    "type": "required_status_checks",
                    "parameters": {"strict_required_status_checks_policy": False, "required_status_checks": [check]},
                }
            ],
        },
        repo=repo,
    )
    return True
