"""Write the messages that explain why production is unknown, and how to resolve that.

Anyone with write access can create deployments, tags and releases. A commit is earned if it is contained in a branch
that production is released from, has a tag that a ruleset protects, or is a hotfix that passed at that head.

The first line states the problem; if there are several solutions, each is on a line of its own.
"""

from __future__ import annotations

from hotfix.facts import Production

_POLICY = ".github/hotfix.yml"


def unearned(production: Production, source: str, branches: str) -> str:
    """Return the message for a commit that isn't earned: the reason, and each solution with who can apply it."""
    name = f"{production.tag} ({production.sha[:7]})" if production.is_tagged else production.sha[:12]
    return (
        f"{name}, by {source}, may not be what runs in production: it is not contained in {branches}, and anyone with "
        "write access can create deployments, tags and releases. A tag ruleset, `production: {branches: ...}` or "
        "`production: {trust: write}` decides what counts.\n"
        "If production does not run it, anyone with write access deletes the deployment, tag or release that names "
        "it.\n"
        "If it does, and releases come from another branch, whoever may change "
        f"{_POLICY} names that branch there: `production: {{branches: ...}}`.\n"
        "If it does, and was tagged without a branch (as by `npm version` and a push of the tag), an administrator "
        "adds a tag ruleset that restricts who creates and updates release tags.\n"
        "If everyone with write access may decide what counts as production, whoever may change "
        f"{_POLICY} writes there: `production: {{trust: write}}`"
    )


def unearned_in_clone(production: Production, branches: str) -> str:
    """Return the sentence for a tag in a clone that GitHub may not accept as production."""
    return (
        f"{production.tag} is not contained in {branches}, so it counts as production on GitHub only if a tag ruleset "
        f"protects it, a hotfix passed there, or {_POLICY} says `production: {{trust: write}}`"
    )


def untagged(sha: str, source: str) -> str:
    """Return the message for a deployed commit without a version tag, which may be a background job's deployment."""
    return (
        f"{source} is of {sha[:7]}, which has no version tag: GitHub records deployments for cron jobs and other "
        "workflows too, so what runs in production is not known. Tag the commit that runs there, deploy tags, or name "
        f"the environment of your releases as `production: {{environment: ...}}` in {_POLICY}"
    )


def elsewhere(name: str, environment: str) -> str:
    """Return the message for deployments to an environment that may be production under a different name."""
    return (
        f"deployments go to the environment {name}, and none to {environment} holds, so what runs in production is not "
        f"known: whoever may change {_POLICY} writes there `production: {{environment: {name}}}`, or "
        f"`production: {{environment: {environment}}}` if {name} is something else"
    )


def broke(name: str, deployment: int, environment: str) -> str:
    """Return the message for a last deployment that failed after it had succeeded."""
    return (
        f"deployment {deployment} of {name} to {environment} failed after it had succeeded, so what runs there is not "
        "known: deploy again what should run, or let the deployment that runs there report `success`"
    )


def ambiguous(problem: str) -> str:
    """Return the message for ambiguous tags, and how to specify the production tag."""
    return (
        f"{problem}, so what runs in production is not known: name its tag with --tag, or say in {_POLICY} which tags "
        "releases get: `production.tags`, such as `production: {tags: 'v*'}`"
    )
