"""The `one-thing` rule: a hotfix fixes one issue or incident."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hotfix import message, spec
from hotfix.facts import Facts
from hotfix.finding import Finding, Location, failed, passed, unknown
from hotfix.remedies import pull_commands, rebase
from hotfix.rules.base import Rule, RuleOptions
from hotfix.text import issue_references
from hotfix.text.escaping import listed
from hotfix.text.issue_references import Mention


class OneThingOptions(RuleOptions):
    """Options of the `one-thing` rule."""


@dataclass(frozen=True, slots=True)
class IssueNaming:
    """The issues that one place (spec, pull request, commit) says it fixes."""

    place: str
    """The place as shown: `specs/hotfix-x.md`, `the pull request`, `commit 1a2b3c4`."""
    issues: tuple[str, ...] = ()
    """Unique normalized references (`hotfix.text.issue_references.normal`)."""
    path: str = ""
    """The spec file's path; empty for other places."""
    line: int = 0
    commit: str = ""
    """The commit's SHA; empty for other places."""
    in_pull: bool = False


def namings(facts: Facts) -> tuple[IssueNaming, ...]:
    """Return the issues that each place says it fixes, in the order spec file, pull request, commits. Places that
    name no issue are left out."""
    found = spec.find(facts)
    places: list[tuple[IssueNaming, tuple[Mention, ...]]] = []
    if found and found.source:
        places.append((IssueNaming(found.where, path=found.source), found.spec.fixes(facts.repo)))
    if facts.pull:
        title = issue_references.fixed([(0, facts.pull.title)], facts.repo)
        body = found.spec if found and not found.source else spec.parse(facts.pull.body)
        places.append((IssueNaming("the pull request", in_pull=True), title + body.fixes(facts.repo)))
    places += [
        (IssueNaming(f"commit {commit.sha[:7]}", commit=commit.sha), message.parse(commit.message).mentions(facts.repo))
        for commit in facts.own_commits
    ]
    repo = "" if facts.repo else _only_repo(m.issue for _, mentions in places for m in mentions)
    return tuple(
        replace(naming, issues=_named(mentions, facts.host, repo), line=mentions[0].line)
        for naming, mentions in places
        if mentions
    )


def check(facts: Facts, options: OneThingOptions) -> Finding:
    """Fail unless exactly one issue is named. Not every place has to name it."""
    if why := spec.unread(facts):
        return unknown(why)
    named = namings(facts)
    distinct = tuple(dict.fromkeys(issue for n in named for issue in n.issues))
    if len(distinct) == 1:
        return passed(f"One thing is fixed: {issue_references.shown(distinct[0], facts.repo)}")
    if not distinct:
        return _nothing_named(facts)
    shown = [issue_references.shown(issue, facts.repo) for issue in distinct]
    count = {issue: sum(issue in n.issues for n in named) for issue in distinct}
    most = max(distinct, key=lambda issue: count[issue])
    often = list(count.values()).count(count[most]) == 1
    hint = f" (most often named: {issue_references.shown(most, facts.repo)})" if often else ""
    why = f"The hotfix covers {len(shown)} issues: {listed(shown)}"
    return failed(
        why,
        f"Keep the one issue that the change fixes{hint}, and name only that one in the commits, the pull "
        "request and the spec; give each other issue a hotfix branch of its own",
        commands=_commands(facts, named, most),
        locations=tuple(Location(n.path, n.line, why) for n in named if n.path),
        details=tuple(
            f"{n.place} names {', '.join(issue_references.shown(issue, facts.repo) for issue in n.issues)}"
            for n in named
        ),
    )


def _commands(facts: Facts, named: tuple[IssueNaming, ...], most: str) -> tuple[str, ...]:
    """Return the commands to edit the places that don't name the most frequently named issue."""
    commands = []
    others = [n for n in named if n.issues != (most,)]
    wrong = [n.commit for n in others if n.commit]
    if wrong == [facts.head_sha]:
        commands += [rebase.REWORD, *rebase.push(facts)]
    elif wrong and facts.production:
        commands += [rebase.interactive(facts, shlex.quote(facts.production.revision)), *rebase.push(facts)]
    if facts.pull and any(n.in_pull for n in others):
        commands.append(pull_commands.pull_command(facts, "edit"))
    return tuple(commands)


def _nothing_named(facts: Facts) -> Finding:
    if why := facts.missing.get("commits") or facts.missing.get("files"):
        return unknown(f"No issue is named in what could be read: {why}")
    return failed(
        "No issue or incident is named",
        "Name the issue in each commit by a line `Fixes #N` (or OWNER/REPO#N, a URL, a ticket: OPS-12)",
        commands=(rebase.REWORD, *rebase.push(facts)) if len(facts.own_commits) == 1 else (),
    )


def _only_repo(named: Iterable[str]) -> str:
    """Return the repository of `#7` in a clone without a remote: the only one that is named in full, if any."""
    repos = {repo for issue in named if "://" not in issue and "/" in (repo := issue.split("#")[0])}
    return repos.pop() if len(repos) == 1 else ""


def _named(mentions: tuple[Mention, ...], host: str, repo: str) -> tuple[str, ...]:
    found = (issue_references.on_host(issue, host) for issue in issue_references.named(mentions))
    return tuple(dict.fromkeys(repo + issue if issue.startswith("#") else issue for issue in found))


RULE = Rule(
    id="one-thing",
    summary="passes when commits, pull request and spec name the same one issue or incident",
    options=OneThingOptions,
    check=check,
)
