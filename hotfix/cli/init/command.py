"""Run `hotfix init`: discover, ask and show, then write the files or open a pull request with them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix.cli import github_access
from hotfix.cli.clone import opened, policy_of
from hotfix.cli.console import printing, questions
from hotfix.cli.console.exit_status import PASS, CommandError
from hotfix.cli.init import answers as asking
from hotfix.cli.init import setup_files, setup_steps
from hotfix.cli.init.answers import InitAnswers
from hotfix.cli.init.discovery import DiscoveredSetup, ProjectReader, detect
from hotfix.cli.init.setup_steps import ExistingPolicy
from hotfix.git import Repo
from hotfix.policy import PATH, Policy, PolicyError, load
from hotfix.text import sentences
from hotfix.text.escaping import one_line, printable
from hotfix.text.globs import matches_branch

if TYPE_CHECKING:
    from hotfix.github.transport.client import Client

_WRITE = "\nWrite this?"
_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


def is_repository(text: str) -> bool:
    """Return whether a text is a valid `OWNER/NAME`."""
    return bool(_REPO.fullmatch(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPlan:
    """What `hotfix init` would write, and what remains to be done by hand."""

    detected: DiscoveredSetup
    given: InitAnswers
    new: Mapping[str, str]
    """Path -> text of the files that the repository lacks."""
    todo: Sequence[str]
    """What to complete before the files work, as in `setup_steps.to_complete`."""


class CloneReader:
    """A reader for the files in a clone's work tree, and for its branches and tags as last fetched."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.default_branch = repo.default_branch or repo.branch or "main"

    def text(self, path: str) -> str | None:
        try:
            return (self.repo.root / path).read_text("utf-8", "replace")
        except OSError:
            return None

    def branches(self) -> tuple[str, ...]:
        return self.repo.matching(("*", "**"))

    def tags(self) -> tuple[str, ...]:
        return self.repo.tags


def initialize(here: Path, target: str, given: InitAnswers, *, local: bool, yes: bool, force: bool = False) -> int:
    """Show the files for a repository, then write or propose them. Arguments are checked before anything is written."""
    if local:
        if target != ".":
            raise CommandError("--local writes into the clone you are in: leave out OWNER/REPO, or go without --local.")
        repo = opened(here)
        if not force:
            _refuse_hotfix_branch(repo)
        reader: ProjectReader = CloneReader(repo)
        plan = _prepared(reader, given, yes)
        return _write(here, plan) if questions.agreed(_WRITE, yes=yes or not plan.new, done="written") else PASS
    if target == ".":
        repo = opened(here)
        reader, name = CloneReader(repo), repo.name
        if not name:
            raise CommandError("no remote of this clone is a repository on GitHub: write the files here with --local.")
        client = github_access.client()
    elif _REPO.fullmatch(target):
        client, name = github_access.client(), target
        from hotfix.github.read.setup.repository_setup import (
            RepositoryReader,  # imported here because it is slow
        )

        with github_access.explained(name):
            reader = RepositoryReader(client, name)
    else:
        raise CommandError(f"{target!r} is not a repository: write OWNER/REPO, or `.` for the clone you are in.")
    if given.require_check and given.app is None:
        raise CommandError("--require-check needs the App's id, to which the check is pinned: add --app ID.")
    with github_access.explained(name):
        plan = _prepared(reader, given, yes, _owners_policy(client, name, reader))
        if not questions.agreed(_WRITE, yes=yes or not plan.new, done="written"):
            return PASS
        return _propose(client, name, plan)


def _refuse_hotfix_branch(repo: Repo) -> None:
    """Raise CommandError on a hotfix branch, where the files would become part of the hotfix and fail its rules."""
    try:
        policy, _ = policy_of(repo)
    except CommandError:
        policy = Policy()  # a broken policy doesn't define the hotfix branches
    if repo.branch and matches_branch(policy.branches.head, repo.branch):
        raise CommandError(
            f"{repo.branch} is a hotfix branch, and the hotfix would fail with these files: "
            f"run `git switch {shlex.quote(repo.default_branch or 'main')}` first, or add --force to write them here."
        )


def _owners_policy(client: Client, name: str, reader: ProjectReader) -> ExistingPolicy | None:
    """Return the policy of the repository's owner; None if the repository has its own, or the owner has none."""
    from hotfix.github.read.setup.repository_setup import file_text  # imported here because it is slow

    owner, _, repo = name.partition("/")
    if repo == ".github" or reader.text(PATH) is not None:
        return None
    text = file_text(client, f"{owner}/.github", PATH)
    return ExistingPolicy.parsed(text, f"{owner}/.github:{PATH}") if text is not None else None


def _prepared(reader: ProjectReader, given: InitAnswers, yes: bool, owners: ExistingPolicy | None = None) -> SetupPlan:
    """Detect the set-up, ask the user, and show the files. Raises CommandError if the policy would be invalid.

    `owners`: the owner's policy if it applies; the repository then gets none of its own, which would replace it.
    """
    text = reader.text(PATH)
    existing = owners if text is None else ExistingPolicy.parsed(text, PATH)
    detected, policy = detect(reader), existing.policy if existing else None
    if policy is not None:  # the workflows deploy to its environments, unless others are given
        default, section = InitAnswers(), policy.production
        if given.production == default.production:
            given = replace(given, production=section.environment)
        if given.staging == default.staging:
            given = replace(given, staging=section.staging)
    if questions.can_ask() and not yes:
        given = asking.ask(given)
    made = setup_files.make(detected, given)
    try:
        load(made[PATH], PATH)
    except PolicyError as error:
        raise CommandError(f"the policy would not be valid ({one_line(error.lines[0])}): correct the flags.") from None
    if owners is not None:
        del made[PATH]
    new = {path: text for path, text in made.items() if reader.text(path) is None}
    _show(detected, made, new, in_full=not yes)
    if owners is not None:
        print(f"{owners.place} applies, so no policy is added.")
    todo = tuple(setup_steps.to_complete(detected, given, new, existing))
    return SetupPlan(detected=detected, given=given, new=new, todo=todo)


def _show(detected: DiscoveredSetup, made: Mapping[str, str], new: Mapping[str, str], *, in_full: bool) -> None:
    print(f"Deploys by: {detected.deploy.source or 'nothing found; write it into ' + setup_files.SHIP}")
    print(f"Branches that get every fix: {', '.join(detected.back_merge)}")
    print(f"Release tags: {detected.tags}{f' (the newest is {detected.newest_tag})' if detected.newest_tag else ''}")
    print()
    for path in made:
        if path not in new:
            print(f"{path} exists and is not changed.")
        elif in_full:
            print(f"--- /dev/null\n+++ {path}")
            print("\n".join(f"+{printable(line)}" for line in new[path].splitlines()))
        else:
            print(f"{path}: new, {len(new[path].splitlines())} lines")


def _write(here: Path, plan: SetupPlan) -> int:
    if not plan.new:
        print("\nNothing to write: every file is there.")
        _list_steps(plan.todo)
        return PASS
    root = opened(here).root
    for path, text in plan.new.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    print(f"\nWrote {len(plan.new)} file{'' if len(plan.new) == 1 else 's'}.")
    labels = ", ".join(setup_files.LABELS)
    create = f"Create the labels {labels} on GitHub (`hotfix init` without --local creates them)."
    _list_steps((*plan.todo, "Look at the files, commit and push them.", create))
    return PASS


def _propose(client: Client, name: str, plan: SetupPlan) -> int:
    from hotfix.github.write.setup import set_up_repository  # imported here because it is slow

    given, steps = plan.given, list[str]()
    print()
    if labels := set_up_repository.create_labels(client, name, setup_files.LABELS):
        print(f"Created the label{'' if len(labels) == 1 else 's'} {', '.join(labels)}.")
    if plan.new:
        print(f"Opened {set_up_repository.propose(client, name, plan.detected.default_branch, plan.new, plan.todo)}")
        steps += [*plan.todo, "Merge the pull request." if plan.todo else "Look at the pull request, and merge it."]
    else:
        print("Nothing to propose: every file is there.")
        steps += plan.todo
    if given.require_check and given.app is not None:
        if set_up_repository.require_check(client, name, given.app, plan.detected.back_merge):
            print("The check hotfix is now required, from this App only.")
        else:
            print("A ruleset named hotfix already exists and is not changed.")
    else:
        command = f"hotfix init {name} --require-check --app {given.app or 'ID'}"
        steps.append(f"Require the check hotfix, pinned to the App:\n\n    {command}")
    _list_steps(steps)
    return PASS


def _list_steps(steps: Sequence[str]) -> None:
    """Print what to do next as a numbered list, wrapped at a terminal; indented code is not wrapped."""
    if not steps:
        return
    print("\nNext:")
    columns = printing.width()
    for number, step in enumerate(steps, 1):
        for at, line in enumerate(step.splitlines()):
            start = f"  {number}. " if at == 0 else "     "
            if not line or line.startswith("    "):
                print(f"{start}{line.removeprefix('    ')}".rstrip() if line else "")
            else:
                print("\n".join(sentences.wrapped(line, columns, start, hang="     ") if columns else [start + line]))
