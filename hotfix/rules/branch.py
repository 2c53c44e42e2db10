"""The `branch` rule: the branch has a hotfix name and an allowed base, and was cut from the production tag."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

from hotfix.facts import Branches, Facts, LongLived, Production, PullRequest
from hotfix.finding import AUTHOR, Finding, Status, passed
from hotfix.remedies import pull_commands, rebase
from hotfix.rules.base import Rule, RuleOptions, capped
from hotfix.text.globs import first_literal, matches_branch

_SHOWN = 10
"""Maximum number of foreign commits listed in a finding."""


class BranchOptions(RuleOptions):
    """Options of the `branch` rule. The names it allows are the policy's `branches.head` and `branches.base`."""


@dataclass(slots=True)
class _Found:
    """The problems found so far, and their fixes."""

    wrong: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    remediation: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    fix: tuple[str, ...] = ()
    details: list[str] = field(default_factory=list)
    more_details: int = 0


def check(facts: Facts, options: BranchOptions) -> Finding:
    """Check the branch and report all problems at once. Commands are in the order in which they must be run."""
    found = _Found()
    _check_origin(facts, found)
    _check_name(facts, found)
    _check_base(facts, found)
    if found.wrong or found.unknown:
        return Finding(
            status=Status.FAILED if found.wrong else Status.UNKNOWN,
            message="; ".join(found.wrong + found.unknown),
            remediation="; ".join(found.remediation),
            commands=tuple(found.commands),
            fix=found.fix,
            actors=(AUTHOR,) if found.wrong else (),
            details=tuple(found.details),
            more_details=found.more_details,
        )
    if facts.production and facts.production.shipped_as and (merged := rebase.merged_into(facts)):
        return passed(f"the fix, which runs in production, is already in {' and '.join(merged)}")
    tag = facts.production.tag if facts.production else ""
    onto = f" and goes to {facts.branches.base}" if facts.branches.base else ""
    return passed(f"the branch {facts.branches.head} was cut from {tag}{onto}")


def _check_origin(facts: Facts, found: _Found) -> None:
    production, branches = facts.production, facts.branches
    if why := facts.missing.get("production"):
        reason, *ways_out = why.split("\n")
        found.unknown.append(reason.rstrip(".") if ways_out else reason)
        found.details += [way_out.rstrip(".") for way_out in ways_out]
        if ways_out:
            found.remediation.append("do the first of these that applies")
    elif production is None:
        found.unknown.append("no production tag is known: nothing was released yet")
        found.remediation.append(
            "tag the commit that runs in production (git tag -a v1.0.0 COMMIT, then git push origin v1.0.0), "
            "or say in the policy which tags and which environment are production"
        )
    if production is None:
        return
    if branches.head in (branch.name for branch in branches.long_lived):
        return  # the name is already reported, and a rebase would rewrite published commits
    if merged := rebase.merged_into(facts):
        if production.shipped_as:
            return  # back-merged, as is required once it runs in production
        found.wrong.append(f"the branch is already merged into {' and '.join(merged)}: it has no commit of its own")
        found.remediation.append(
            "if production lacks the fix, start a new branch with `hotfix start` and cherry-pick it; otherwise leave it"
        )
        return
    foreign = [branch for branch in branches.long_lived if branch.foreign]
    if foreign:
        _name_foreign(facts, production, foreign, found)
    if branches.tag_is_ancestor is False:
        found.wrong.append(_not_in_production(branches, production))
    if foreign or branches.tag_is_ancestor is False:
        found.fix = rebase.commands(facts, production)
        found.commands += rebase.published(facts, found.fix)
        if "commits" not in facts.missing and not rebase.own(facts):
            start = f"start again from {production.tag} and cherry-pick the commits of the fix"
            found.remediation.append(f"{start}: the branch has none of its own")
        else:
            found.remediation.append(f"move your own commits onto {production.tag}")
    for missing in ("branches", "commits"):
        if why := facts.missing.get(missing):
            found.unknown.append(why)
    if branches.tag_is_ancestor is None and "branches" not in facts.missing:
        found.unknown.append(f"it is not known whether the branch contains {production.tag}")


def _name_foreign(facts: Facts, production: Production, foreign: list[LongLived], found: _Found) -> None:
    subjects = {commit.sha: commit.subject for commit in facts.commits}
    shas = list(dict.fromkeys(sha for branch in foreign for sha in branch.foreign))
    where = " and ".join(branch.name for branch in foreign)
    commits, are = ("commit", "is") if len(shas) == 1 else ("commits", "are")
    found.wrong.append(
        f"the branch carries {len(shas)} {commits} of {where} that {are} not "
        f"in {production.tag}: {', '.join(sha[:7] for sha in shas[:3])}{' ...' if len(shas) > 3 else ''}"
    )
    shown, found.more_details = capped([f"{sha[:7]} {subjects.get(sha, '')}".strip() for sha in shas], _SHOWN)
    found.details += shown


def _not_in_production(branches: Branches, production: Production) -> str:
    if branches.merge_base is None:
        return f"the branch has no history in common with {production.tag}, which is in production now"
    return (
        f"the branch does not contain {production.tag}, which is in production now: "
        f"it was cut from {branches.merge_base[:7]}, before it or next to it"
    )


def _check_name(facts: Facts, found: _Found) -> None:
    branches = facts.branches
    allowed = " or ".join(branches.head_patterns)
    if not branches.head:
        found.unknown.append("no branch is checked out, so its name is not known")
        if name := _new_name(branches, "fix"):
            found.remediation.append("name the branch")
            found.commands.append(f"git switch --create {shlex.quote(name)}")
    elif not matches_branch(branches.head_patterns, branches.head):
        found.wrong.append(f"the branch is named {branches.head}, not {allowed}")
        if branches.head in (branch.name for branch in branches.long_lived):
            _start_new_branch(facts, found)
            return
        name = _new_name(branches, branches.head)
        found.remediation.append(f"rename it to {name or allowed}{', in a new pull request' if facts.pull else ''}")
        if name:
            found.commands += _renaming(facts, name)


def _start_new_branch(facts: Facts, found: _Found) -> None:
    """Add commands that start a branch: a long-lived one is never renamed, its unpushed commits are cherry-picked."""
    found.remediation.append("start a hotfix branch, named after what is broken; uncommitted edits are moved to it")
    found.commands.append("hotfix start fix")
    picks = [commit.sha[:12] for commit in rebase.own(facts) if not commit.is_merge]
    if picks:
        found.remediation.append("bring your commits there")
        # One by one: `git cherry-pick --abort` of several would drop staged edits that stopped the first one.
        found.commands.append(" && ".join(f"git cherry-pick {sha}" for sha in picks))


def _new_name(branches: Branches, old: str) -> str | None:
    """Return an allowed name that is close to the old one; None if no pattern is simple enough."""
    words = re.sub(r"[^A-Za-z0-9._-]+", "-", old.rpartition("/")[2]).strip("-.") or "fix"
    candidates = [pattern.removesuffix("*").rstrip("*") + words for pattern in branches.head_patterns if "*" in pattern]
    return next((name for name in candidates if matches_branch(branches.head_patterns, name)), None)


def _renaming(facts: Facts, name: str) -> list[str]:
    """Return commands that rename the branch. GitHub then closes its pull request, so a new one is opened."""
    old, new = shlex.quote(facts.branches.head), shlex.quote(name)
    commands = [f"git branch --move {old} {new}"]
    if facts.repo:
        commands.append(f"git push --set-upstream {shlex.quote(facts.branches.remote)} {new}")
    if pull := facts.pull:
        commands += [_opening_again(facts, pull, new), pull_commands.pull_command(facts, "close")]
    return commands


def _opening_again(facts: Facts, pull: PullRequest, new: str) -> str:
    base = f" --base {shlex.quote(_good_base(facts.branches) or facts.branches.base or '')}"
    labels = "".join(f" --label {shlex.quote(label)}" for label in pull.labels)
    body = f'--body "$({pull_commands.pull_command(facts, "view", "--json body --jq .body")})"'
    repo = f" --repo {shlex.quote(facts.repo)}" if facts.repo else ""
    return f"gh pr create{repo} --head {new}{base}{labels} --title {shlex.quote(pull.title)} {body}"


def _check_base(facts: Facts, found: _Found) -> None:
    branches = facts.branches
    if branches.base is None or not branches.allowed_bases or matches_branch(branches.allowed_bases, branches.base):
        return
    found.wrong.append(f"it goes to {branches.base}, not to {' or '.join(branches.allowed_bases)}")
    base = _good_base(branches)
    found.remediation.append(f"point it at {base or 'an allowed base'}")
    renamed = not matches_branch(branches.head_patterns, branches.head)
    if facts.pull and base and not renamed:
        found.commands.append(pull_commands.pull_command(facts, "edit", f"--base {shlex.quote(base)}"))


def _good_base(branches: Branches) -> str | None:
    """Return the current base if it is allowed, otherwise the first allowed base without wildcards."""
    if branches.base and matches_branch(branches.allowed_bases, branches.base):
        return branches.base
    return first_literal(branches.allowed_bases)


RULE = Rule(
    id="branch",
    summary="passes when the branch is named as a hotfix, points at an allowed base, and was cut from the production "
    "tag with no unreleased work of other branches on it",
    options=BranchOptions,
    check=check,
)
