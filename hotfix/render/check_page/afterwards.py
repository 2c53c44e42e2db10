"""Render the next steps: how to ship a passing hotfix, and what remains to be done once it runs in production."""

from __future__ import annotations

import shlex

from hotfix.facts import Facts
from hotfix.policy import Policy
from hotfix.policy.model import SHIP_WORKFLOW
from hotfix.remedies import rebase
from hotfix.render import verdict_parts
from hotfix.render.check_page import opening
from hotfix.render.check_page.github_links import Links
from hotfix.render.check_page.rule_blocks import HARDEST
from hotfix.render.clock import length
from hotfix.render.deploy_commands import NO_WORKFLOW
from hotfix.render.safe_markdown import block, code, details, text
from hotfix.text.globs import matches_branch
from hotfix.verdict import Conclusion, Verdict


def now(verdict: Verdict, policy: Policy, facts: Facts | None, links: Links, squeeze: int) -> str:
    """Return the next steps of a hotfix that passes or is in production; empty otherwise."""
    if squeeze == HARDEST:
        return ""
    if verdict.production and verdict.production.shipped_as:
        incident = f" of {found}" if facts and (found := opening.issue(facts, links)) else ""
        tracked = f"The status comment{incident} says what is done, and when the rest is due."
        return f"#### Remaining tasks\n\n{_owed(policy, facts)}\n{tracked}\n"
    if verdict.conclusion is not Conclusion.PASS:
        return ""
    return (
        "#### What happens next\n\n"
        "**Don't merge until this commit is in production:** merging creates a different commit.\n\n"
        f"{_shipping(verdict, policy, facts, links)}"
    )


def after(verdict: Verdict, policy: Policy, facts: Facts | None, squeeze: int) -> str:
    """Return a collapsible section with the tasks that remain once the fix is in production."""
    if squeeze == HARDEST or (verdict.production and verdict.production.shipped_as):
        return ""
    watch = "- Watch it for 15 minutes, then every 10 minutes for an hour; roll back if it makes things worse.\n"
    return details("After the fix", watch + _owed(policy, facts))


def _shipping(verdict: Verdict, policy: Policy, facts: Facts | None, links: Links) -> str:
    """Return how to deploy the hotfix. The SHA is included so that exactly the evaluated commit is shipped."""
    workflow = policy.deploy.workflow
    repo = f" --repo {shlex.quote(links.repo)}" if links.repo else ""
    command = block(f"gh workflow run {shlex.quote(workflow or SHIP_WORKFLOW)} -f sha={verdict.head_sha}{repo}", "sh")
    if workflow is None:
        return (
            f"Nothing starts automatically: {NO_WORKFLOW}. To ship this commit, run the workflow that has the Action's "
            f"`command: ship`, such as `{SHIP_WORKFLOW}`, which `hotfix init` writes:\n\n{command}\n"
            "To have the App start it, set `deploy.workflow` in the policy.\n"
        )
    page = links.workflow(code(workflow), workflow)
    if verdict_parts.ended(verdict):
        return (
            f"The App does not start {page} again for this commit. If nothing in the hotfix must change, anyone with "
            f"write access can:\n\n{command}"
        )
    if opening.starts_automatically(facts):
        return (
            f"The App starts {page} for this commit: staging, then production. If no run appears within a few minutes, "
            f"anyone with write access can start it:\n\n{command}"
        )
    by_hand = f"Anyone with write access starts {page} for this commit"
    return f"A fork's hotfix is not shipped automatically. {by_hand}:\n\n{command}"


def _owed(policy: Policy, facts: Facts | None) -> str:
    """Return the tasks that remain once the fix is in production, as a Markdown list."""
    stakeholders = ", ".join(text(name, 100) for name in policy.notify.stakeholders)
    where = text(policy.notify.channel, 100)
    lines = [
        f"- Tell {where}{f' and {stakeholders}' if stakeholders else ''} what was deployed, when, and whether it is "
        "verified."
    ]
    if policy.notify.status_page.page:
        lines.append("- Update the status page.")
    lines.append(_back_merge(policy, facts))
    if policy.follow_ups.tickets:
        within = length(policy.follow_ups.within)
        lines.append(f"- Within {within} of production, complete the follow-up tickets, which the App opens:")
        lines += [f"  - {text(ticket, 200)}" for ticket in policy.follow_ups.tickets]
    lines.append(f"- Within {length(policy.post_mortem.within)} of production, hold the post-mortem.")
    if policy.contacts:
        lines.append("- Contacts:")
        lines += [f"  - {text(role, 100)}: {text(how, 200)}" for role, how in policy.contacts.items()]
    return "\n".join(lines) + "\n"


def _back_merge(policy: Policy, facts: Facts | None) -> str:
    """Return the list item for the back-merge: the branches that lack the fix, and those that already have it."""
    into = [branch.name for branch in facts.branches.long_lived] if facts else []
    into += [glob for glob in policy.branches.back_merge if not any(matches_branch([glob], name) for name in into)]
    have = rebase.merged_into(facts) if facts else ()
    lack = [name for name in into if name not in have]
    there = f"{' and '.join(code(name) for name in have)} {'has' if len(have) == 1 else 'have'} it already"
    if have and not lack:
        return f"- Delete the hotfix branch: {there}."
    branches = " and ".join(code(name) for name in lack) or "the default branch"
    return f"- Merge it back to {branches} and delete the hotfix branch{f'; {there}' if have else ''}."
