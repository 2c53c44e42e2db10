"""Run `hotfix init`: discover, ask and show, then write the files or open a pull request with them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix.cli import github_access
from hotfix.cli.clone import opened, policy_of
from hotfix.cli.console import questions
from hotfix.cli.console.exit_status import PASS, CommandError
from hotfix.cli.init import action_source, setup_files
from hotfix.cli.init import answers as asking
from hotfix.cli.init.answers import InitAnswers
from hotfix.cli.init.discovery import DiscoveredSetup, ProjectReader, detect
from hotfix.git import Repo
from hotfix.policy import PATH, Policy, PolicyError, load
from hotfix.text.escaping import one_line, printable
from hotfix.text.globs import matches_branch

if TYPE_CHECKING:
    from hotfix.github.transport.client import Client

_WRITE = "\nWrite this?"
_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


def is_repository(text: str) -> bool:
    """Return whether a text is a valid `OWNER/NAME`."""
    return bool(_REPO.fullmatch(text))


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
        detected, given, new = _prepared(reader, given, yes)
        return _write(here, new) if questions.agreed(_WRITE, yes=yes or not new, done="written") else PASS
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
        detected, given, new = _prepared(reader, given, yes)
        if not questions.agreed(_WRITE, yes=yes or not new, done="written"):
            return PASS
        return _propose(client, name, detected, given, new)


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


def _prepared(
    reader: ProjectReader, given: InitAnswers, yes: bool
) -> tuple[DiscoveredSetup, InitAnswers, dict[str, str]]:
    """Detect the set-up, ask the user, and show the files.

    Returns the detected set-up, the answers, and the files that the repository lacks. Raises CommandError if the
    policy would be invalid.
    """
    detected = detect(reader)
    if questions.can_ask() and not yes:
        given = asking.ask(given)
    made = setup_files.make(detected, given)
    try:
        load(made[PATH], PATH)
    except PolicyError as error:
        raise CommandError(f"the policy would not be valid ({one_line(error.lines[0])}): correct the flags.") from None
    new = {path: text for path, text in made.items() if reader.text(path) is None}
    _show(detected, made, new)
    return detected, given, new


def _show(detected: DiscoveredSetup, made: Mapping[str, str], new: Mapping[str, str]) -> None:
    print(f"Deploys by: {detected.deploy.source or 'nothing found; write it into ' + setup_files.SHIP}")
    print(f"Branches that get every fix: {', '.join(detected.back_merge)}")
    print(f"Release tags: {detected.tags}{f' (the newest is {detected.newest_tag})' if detected.newest_tag else ''}")
    for path in made:
        if path not in new:
            print(f"\n{path} exists and is not changed.")
            continue
        print(f"\n--- /dev/null\n+++ {path}")
        print("\n".join(f"+{printable(line)}" for line in new[path].splitlines()))
    if any(f"uses: {action_source.PLACEHOLDER}" in text for text in new.values()):
        print(
            f"\nThis hotfix was not released: copy or fork its repository to GitHub, and replace "
            f"{action_source.PLACEHOLDER} in the workflows\nby that copy's name, such as acme/hotfix, and @v1 by a "
            "branch or tag of it. --action OWNER/NAME writes the name."
        )


def _write(here: Path, new: Mapping[str, str]) -> int:
    if not new:
        print("\nNothing to write: every file is there.")
        return PASS
    root = opened(here).root
    for path, text in new.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    print(f"\nWrote {len(new)} file{'' if len(new) == 1 else 's'}. Next: look at them, commit and push them.")
    labels = ", ".join(setup_files.LABELS)
    print(f"The repository needs these labels: {labels} (`hotfix init` without --local creates them).")
    return PASS


def _propose(client: Client, name: str, detected: DiscoveredSetup, given: InitAnswers, new: Mapping[str, str]) -> int:
    from hotfix.github.write.setup import set_up_repository  # imported here because it is slow

    if made := set_up_repository.create_labels(client, name, setup_files.LABELS):
        print(f"\nCreated the labels {', '.join(made)}.")
    if new:
        print(f"Opened {set_up_repository.propose(client, name, detected.default_branch, new)}")
    if not given.require_check or given.app is None:
        print("Next: merge it, and require the check hotfix, pinned to the App:")
        print("  hotfix init --require-check --app ID")
    elif set_up_repository.require_check(client, name, given.app, detected.back_merge):
        print("The check hotfix is now required, from this App only.")
    else:
        print("A ruleset named hotfix already exists and is not changed.")
    return PASS
