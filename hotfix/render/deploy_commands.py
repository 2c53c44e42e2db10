"""Say whether `/hotfix ship` and `/hotfix rollback` start something, in the same words wherever this is said."""

from __future__ import annotations

from hotfix.policy import Policy
from hotfix.render.safe_markdown import code
from hotfix.text.comment_commands import WORD

NO_WORKFLOW = f"the policy names no `deploy.workflow`, so `{WORD} ship` starts nothing"


def no_rollback_workflow(tag: str) -> str:
    """Return why the command starts nothing, as Markdown; `tag` is its argument, or empty."""
    return f"the policy names no `deploy.rollback_workflow`, so {_command(tag)} starts nothing"


def roll_back(policy: Policy, tag: str) -> str:
    """Return what rolls back to `tag`, or if it is empty to the previous version, as a sentence in Markdown."""
    if policy.deploy.rollback_workflow:
        return f"Roll back with {_command(tag)}."
    version = code(tag, 200) if tag else "the previous version"
    return f"Roll back by deploying {version} again: {no_rollback_workflow(tag)}."


def _command(tag: str) -> str:
    return code(f"{WORD} rollback {tag}".strip(), 200)
