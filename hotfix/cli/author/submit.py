"""Run `hotfix submit`: check, push, and open or update the pull request."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from hotfix import spec
from hotfix.cli import github_access
from hotfix.cli.author.check import CloneEvaluation, evaluate_clone
from hotfix.cli.clone import adding_github, opened, to_command_error
from hotfix.cli.console.exit_status import FAILED, PASS, CommandError
from hotfix.cli.console.printing import print_wrapped, say
from hotfix.cli.console.verdict_output import show
from hotfix.facts import Facts
from hotfix.finding import TECH_LEAD, Status
from hotfix.git import GitError, Repo
from hotfix.git.process import decoded, edited, run
from hotfix.rules.commits import one_issue
from hotfix.rules.severity import declared
from hotfix.rules.title import PREFIX
from hotfix.rules.title import RULE as TITLE
from hotfix.spec import Spec
from hotfix.text import placeholders
from hotfix.text.escaping import listed, one_line
from hotfix.text.globs import first_literal, matches_branch
from hotfix.verdict import Conclusion

_MARK = "<!-- hotfix:submit -->"
"""Marks a pull request body that this command wrote and may overwrite."""
_REVIEW_SECONDS = 3.0
"""Seconds to wait for the App to request a tech lead's review before this command requests it."""


def submit_hotfix(here: Path, *, base: str | None, tag: str | None, draft: bool, force: bool) -> int:
    """Push the branch and open or update its pull request. Raises CommandError; local checks run before the push."""
    repo = opened(here)
    found = evaluate_clone(repo, base=base, tag=tag, here=here)
    facts = found.facts
    if facts is None or not repo.branch or not matches_branch(found.policy.branches.head, repo.branch):
        where = repo.branch or "a detached HEAD"
        raise CommandError(f"{where} is not a hotfix branch: run `{found.next_command or 'hotfix check'}`.")
    _examine(repo)
    if found.verdict.conclusion is not Conclusion.PASS and not force:
        show(found.verdict, "text", repo.branch, next_command=found.next_command)
        say("hotfix: nothing was pushed, because rules fail; --force submits it anyway.")
        return FAILED
    remote = repo.push_remote(repo.branch)
    owner = repo.name_of(remote).partition("/")[0]
    if missing := adding_github(repo, repo.branch):
        raise CommandError(f"{repo.branch} has no GitHub remote to push to: run `{missing}`.")
    client = github_access.client()
    _push(repo, remote)
    from hotfix.github.transport.errors import NotFound, NotPermitted  # imported here because it is slow
    from hotfix.github.write.pull import pull_requests

    title, body = _title(repo, found), _body(repo, found, facts)
    head = f"{owner}:{repo.branch}"
    with github_access.explained(f"the pull request of {repo.branch} in {repo.name}"):
        pull = pull_requests.find(client, repo.name, head)
        if pull is None:
            default = found.repo.default_branch or "main"
            onto = base or first_literal(found.policy.bases(default)) or default
            pull = pull_requests.create(client, repo.name, head=head, base=onto, title=title, body=body, draft=draft)
        elif _MARK in pull.body and (pull.body != body or pull.title != title):
            pull_requests.edit(client, repo.name, pull.number, title=title, body=body)
        unlabelled: Sequence[str] = ()
        try:
            pull_requests.add_labels(client, repo.name, pull, labels(found, facts))
        except (NotPermitted, NotFound):  # the user may not add labels, for example from a fork
            unlabelled = pull.lacks(labels(found, facts))
        asked = pull_requests.reviewers(client, repo.name, pull.number)
        deadline = time.monotonic() + _REVIEW_SECONDS
        while not asked and pull.is_new and time.monotonic() < deadline:
            time.sleep(0.5)
            asked = pull_requests.reviewers(client, repo.name, pull.number)
        if not asked:
            login = pull_requests.ask_one(client, repo.name, pull, sorted(found.policy.people.tech_leads))
            asked = (login,) if login else ()
    print(f"{'Opened' if pull.is_new else 'Updated'} {pull.url}")
    print_wrapped(
        f"Asked to review: {', '.join(asked)}" if asked else "Nobody is asked to review yet: ask a tech lead."
    )
    print_wrapped(_next_step(found, asked))
    if unlabelled:
        added = "".join(f" --add-label {shlex.quote(label)}" for label in unlabelled)
        print("Its labels need someone with write access, who runs:")
        print(f"  gh pr edit {pull.number} --repo {repo.name}{added}")
    return PASS


def _next_step(found: CloneEvaluation, asked: Sequence[str]) -> str:
    """Return a sentence about the next step on GitHub, and what the check still needs to pass."""
    if found.verdict.conclusion is Conclusion.PASS:
        lacks = f"is pending until {' or '.join(asked) or TECH_LEAD} approves this commit"
    else:
        open_rules = [r.rule for r in (*found.verdict.of(Status.FAILED), *found.verdict.of(Status.UNKNOWN))]
        lacks = f"does not pass before this is fixed: {', '.join(open_rules)}"
    return f"Next: the check `hotfix` follows on that page, where the App is installed; it {lacks}."


def _examine(repo: Repo) -> None:
    try:
        changed = edited(repo.root, "--untracked-files=no")
    except GitError as error:
        raise to_command_error(error) from None
    if changed:
        raise CommandError(f"uncommitted changes would be left out ({listed(changed)}): run `hotfix commit` first.")


def _push(repo: Repo, remote: str) -> None:
    """Push the branch, without overwriting commits that others pushed. git may prompt for a password."""
    command = ["git", "push", "--quiet", *_lease(repo, remote), "--set-upstream", remote, repo.branch]
    done = subprocess.run(command, cwd=repo.root, env=os.environ.copy(), check=False)
    if done.returncode:
        raise CommandError(
            f"{remote} rejected the push (see above); if others pushed to {repo.branch}, "
            "run `git pull --rebase` and submit again."
        )


def _lease(repo: Repo, remote: str) -> tuple[str, ...]:
    """Return the options with which a push overwrites only an earlier state of this branch.

    In a new clone `--force-if-includes` refuses even that, because it compares with the tracking branch's reflog, which
    is empty there. So the branch's own reflog is read, and the commit to overwrite is passed explicitly.
    """
    try:
        tracked = decoded(run(repo.root, "rev-parse", "--verify", f"refs/remotes/{remote}/{repo.branch}")).strip()
        was = decoded(run(repo.root, "reflog", "show", "--format=%H", f"refs/heads/{repo.branch}", "--")).split()
    except GitError:
        was, tracked = [], ""
    if tracked and tracked in was:
        return (f"--force-with-lease={repo.branch}:{tracked}",)
    return "--force-with-lease", "--force-if-includes"


def labels(found: CloneEvaluation, facts: Facts) -> list[str]:
    """Return the labels that the pull request needs: the hotfix label and the priority label."""
    return [found.policy.label, *found.policy.options(TITLE).labels(declared(facts))[:1]]


def _spec(repo: Repo, found: CloneEvaluation) -> tuple[str, Spec]:
    name = spec.file_name(repo.branch, found.policy.spec_path)
    return name, spec.parse(repo.text(repo.head_sha, name) or "")


def _title(repo: Repo, found: CloneEvaluation) -> str:
    title = one_line(_spec(repo, found)[1].title)
    if not title or placeholders.is_whole(title):
        title = repo.branch.rpartition("/")[2].replace("-", " ").replace("_", " ")
    return f"{PREFIX}{title}"


def _body(repo: Repo, found: CloneEvaluation, facts: Facts) -> str:
    """Return the body of the pull request: the problem, the issue, and a reference to the spec."""
    name, written = _spec(repo, found)
    problem = written.sections.get("Problem")
    lines = [line.text for line in problem.lines] if problem and problem.filled else []
    issue = one_issue(facts)
    if issue and not any(issue in line for line in lines):
        lines += ["", f"Fixes {issue}"]
    if written.sections:
        lines += ["", f"The spec is `{name}`: the fix, how to verify it and how to roll it back."]
    return "\n".join([*lines, "", _MARK]).strip() + "\n"
