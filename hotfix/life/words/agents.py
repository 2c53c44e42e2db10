"""Decide which coding agents an incident needs now, and write the comment that mentions each and states its task."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.life.incident_life import Life
from hotfix.life.words.markers import marker
from hotfix.render.safe_markdown import code, text
from hotfix.severities import Category


def requests(life: Life) -> Iterator[tuple[str, str]]:
    """Yield the agents that are needed in the current phase: the name in the policy, and the comment."""
    incident = life.incident
    agents, category, pull = incident.policy.agents, incident.about.category, incident.pull
    issue = f"#{life.record.number}: {text(incident.about.problem or life.record.title, 300)}"
    if agents.planner:
        task = (
            f"Create the emergency hotfix spec for {issue}. It includes only the problem, the minimal fix, the "
            f"verification steps and the rollback plan; its file matches {code(incident.policy.spec_path, 100)}."
        )
        yield "planner", _asked(agents.planner, "planner", task)
    if agents.debug and category is Category.DATA_LOSS:
        task = f"Analyze the extent of the data corruption of {issue}. Since when, which records, what can be restored?"
        yield "debug", _asked(agents.debug, "debug", task)
    if agents.performance and category is Category.PERFORMANCE:
        task = f"Profile the slow component of {issue}. Name the bottleneck and the smallest change that relieves it."
        yield "performance", _asked(agents.performance, "performance", task)
    rules = pull.ruling.rules if pull and pull.ruling else {}
    if agents.builder and pull and rules.get("spec") in ("passed", "overridden"):
        task = (
            f"Implement ONLY the hotfix of the spec of #{pull.number} on its branch {code(pull.branch, 200)}. Minimal "
            f"changes, no refactoring, no dependency updates, no formatting; update only the affected tests."
        )
        yield "builder", _asked(agents.builder, "builder", task)
    if agents.security and pull and rules.get("security-review") in ("pending", "failed", "warning"):
        task = f"Review the sensitive changes of #{pull.number}. Your approval doesn't count as the security team's."
        yield "security", _asked(agents.security, "security", task)


def _asked(login: str, name: str, task: str) -> str:
    return f"@{login} {task}\n\n{marker(f'agent {name}')}\n"
