"""`back-merge`: open pull requests that merge the fix into each long-lived branch."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from action.deployment import back_merge_branches
from action.deployment.private_clone import private_clone
from action.deployment.pull_metadata import PullMetadata, of_commit
from action.deployment.ref_errors import refused_for_workflows
from action.deployment.same_change import has_change
from action.deployment.target import commit_of_tag, tag_at
from action.runner.command_errors import ActionError, CommandFailed, DeploymentRefused, OutcomeUnknown, UsageError
from action.runner.command_run import Run
from hotfix.github.read import git_refs
from hotfix.github.read.pull import rest_pulls
from hotfix.github.transport import errors
from hotfix.github.transport.refusals import BY_RULESET, RefusalCause
from hotfix.github.write.rollout import back_merge_pulls as github
from hotfix.github.write.rollout.back_merge_pulls import AutoMerge, BackMerge, BackMergeState, MergeRules
from hotfix.render import safe_markdown

PERMISSIONS = "contents: write, pull-requests: write"


@dataclass(slots=True)
class ShippedHotfix:
    """The hotfix to merge back, and the results so far."""

    tag: str
    sha: str
    pull: PullMetadata | None
    opened: list[BackMerge] = field(default_factory=list)
    """The open pull requests, including the hotfix's own."""
    lacking: list[str] = field(default_factory=list)
    """Branches that should have the fix but lack it."""
    declined: list[str] = field(default_factory=list)
    """Branches whose back-merge was closed without being merged."""
    problems: list[ActionError] = field(default_factory=list)
    clone: Path | None = None
    """A clone of the repository, created on first use."""


def back_merge(run: Run) -> None:
    """Open or find a pull request for each branch that lacks the hotfix.

    A failure for one branch does not stop the others. Raises CommandFailed at the end if any failed, UsageError if
    nothing was done.
    """
    report = run.report
    with run.needs(PERMISSIONS):
        shipped = _shipped(run)
        with contextlib.ExitStack() as cleanup:
            for base in back_merge_branches.required(run):
                with _one_branch(run, shipped, base):
                    _bring(run, shipped, base, cleanup)
        if not shipped.lacking and not shipped.problems and not run.inputs.dry_run:
            _clean_up(run, shipped)
    report.fact("Back-merge of", shipped.tag)
    found = [{"into": pull.base, "number": pull.number, "url": pull.url} for pull in shipped.opened]
    report.output("pull-requests", json.dumps(found, separators=(",", ":")))
    report.output("conflicts", json.dumps([p.base for p in shipped.opened if p.conflicts], separators=(",", ":")))
    if shipped.problems:
        raise _combined(shipped)


def check_before(run: Run) -> None:
    """Check the preconditions of `back_merge` before production is deployed to.

    Raises UsageError for a branch that does not exist, or a token that may not open pull requests.
    """
    names = back_merge_branches.required(run)
    back_merge_branches.check_exist(run, names)
    hotfix = of_commit(run, run.sha)
    if run.inputs.dry_run or (hotfix and hotfix.open and names == [hotfix.base]):
        return
    with run.needs(PERMISSIONS), _forbidden_by_settings():
        run.patiently(lambda: github.check_may_open(run.client, run.repo, names[0]))


# The hotfix


def _shipped(run: Run) -> ShippedHotfix:
    tag, sha = _tag_and_commit(run)
    return ShippedHotfix(tag, sha, of_commit(run, sha))


def _tag_and_commit(run: Run) -> tuple[str, str]:
    if name := run.inputs.tag or _of_solved_branch(run):
        sha = commit_of_tag(run, name)
        if sha is None:
            raise UsageError(f"There is no tag {name}.", "Name the hotfix's tag.", about="tag")
        return name, sha
    if name := tag_at(run, run.sha):
        return name, run.sha
    if run.inputs.dry_run:
        return "the hotfix", run.sha
    raise DeploymentRefused(
        f"No tag points to {run.sha[:12]}, so it was not shipped.", "Run 'command: tag' first, or name it.", about="tag"
    )


def _of_solved_branch(run: Run) -> str:
    """Return the tag of the back-merge whose pull request triggered the run, after its conflicts were resolved."""
    pull, branch = run.context.pull, run.context.branch or ""
    return github.tag_of_branch(branch, str(pull["base"]["ref"])) if pull and not run.inputs.sha else ""


# One branch


@contextlib.contextmanager
def _one_branch(run: Run, shipped: ShippedHotfix, base: str) -> Iterator[None]:
    """Collect the errors of one branch, so that the other branches still get the fix."""
    try:
        with run.needs(PERMISSIONS):
            yield
    except errors.GitHubError as error:
        shipped.problems.append(CommandFailed(f"{base}: {error}"))
    except ActionError as error:
        shipped.problems.append(error)
    else:
        return
    run.report.warn(f"The back-merge into {base} failed: {shipped.problems[-1]}")


def _bring(run: Run, shipped: ShippedHotfix, base: str, cleanup: contextlib.ExitStack) -> None:
    report, tag = run.report, shipped.tag
    if back_merge_branches.has_fix(run, base, shipped.sha):
        report.log(f"{base} has {tag}")
        return
    previous = run.patiently(lambda: github.latest_pull(run.client, run.repo, github.branch_name(tag, base), base))
    merged = previous if previous and previous.state is BackMergeState.MERGED else None
    if merged and back_merge_branches.has_commit(run, base, merged.merge_commit):
        report.log(f"{base} has {tag}, by #{merged.number}")
        return
    if previous and previous.state is BackMergeState.DECLINED:
        shipped.declined.append(base)
        report.log(f"{base} does not receive {tag}: #{previous.number} was closed without a merge ({previous.url})")
        return
    if not _is_own(shipped, base) and _has_same_change(run, shipped, base, cleanup):
        report.log(f"{base} already has the change of {tag} by other commits")
        return
    if merged:
        report.warn(f"{base} has lost {tag}, which #{merged.number} had merged: the branch was reset or force-pushed.")
    shipped.lacking.append(base)
    if run.inputs.dry_run:
        report.would(f"open or link the pull request that brings {tag} to {base}")
        return
    try:
        pull = _pull_for(run, shipped, base, previous)
    except errors.RequestRefused:
        if not back_merge_branches.has_fix(run, base, shipped.sha):
            raise
        report.log(f"{base} already contains {tag}")
        shipped.lacking.remove(base)
        return
    if pull.conflicts:
        _say_conflict(run, shipped, pull)
    elif run.inputs.auto_merge and _auto_merged(run, pull):
        shipped.lacking.remove(base)
    shipped.opened.append(pull)


def _is_own(shipped: ShippedHotfix, base: str) -> bool:
    return bool(shipped.pull and shipped.pull.open and shipped.pull.base == base)


def _has_same_change(run: Run, shipped: ShippedHotfix, base: str, cleanup: contextlib.ExitStack) -> bool:
    """Return whether other commits on the branch contain the change; False if git can't tell, so that it is merged."""
    try:
        if shipped.clone is None:
            shipped.clone = cleanup.enter_context(private_clone(run, shipped.sha, whole=False))
        return has_change(run, shipped.clone, base, shipped.sha)
    except OutcomeUnknown as error:
        run.report.log(f"Whether {base} has the change by other commits is not known: {error.what}")
        return False


def _pull_for(run: Run, shipped: ShippedHotfix, base: str, previous: BackMerge | None) -> BackMerge:
    """Return the pull request that merges the fix into the branch: the hotfix's own if that is its base, or another."""
    report, name = run.report, github.branch_name(shipped.tag, base)
    lost = previous.number if previous and previous.state is BackMergeState.MERGED else 0
    if previous is None and _is_own(shipped, base) and shipped.pull:
        number = shipped.pull.number
        if run.patiently(lambda: git_refs.object_at(run.client, run.repo, f"heads/{name}")) is None:
            pull = github.of(rest_pulls.read(run.client, run.repo, number))
            report.log(f"#{number}, the hotfix itself, brings {shipped.tag} to {base}: {pull.url}")
            return _with_conflicts(run, pull)
    with refused_for_workflows(run, shipped.sha), _refused_by_ruleset(shipped, base):
        run.patiently(lambda: github.ensure_branch(run.client, run.repo, name, shipped.sha))
    pull = _opened(run, shipped, base, besides=lost)
    verb = "Opened" if pull.created else "Found"
    report.log(f"{verb} #{pull.number}, which brings {shipped.tag} to {base}: {pull.url}")
    if pull.created and run.inputs.token == run.context.job_token:
        report.notice(
            f"#{pull.number} was opened with the job's own token: its workflow runs start once someone with write "
            "access approves them on the pull request. A GitHub App's token needs no approval: "
            "'token: ${{ steps.app.outputs.token }}' after actions/create-github-app-token."
        )
    refused = run.patiently(
        lambda: github.apply_metadata(
            run.client,
            run.repo,
            pull.number,
            label=github.LABEL,
            assignee=shipped.pull.author if shipped.pull else None,
            reviewers=shipped.pull.approvers if shipped.pull else (),
        )
    )
    for words in refused:
        report.notice(f"#{pull.number} could not get {words}")
    return _with_conflicts(run, pull)


def _with_conflicts(run: Run, pull: BackMerge) -> BackMerge:
    run.report.fact(f"Into {pull.base}", pull.url)
    conflicts = run.patiently(lambda: github.conflicts(run.client, run.repo, pull.number))
    return replace(pull, conflicts=conflicts)


def _opened(run: Run, shipped: ShippedHotfix, base: str, *, besides: int) -> BackMerge:
    name, title = github.branch_name(shipped.tag, base), f"Back-merge {shipped.tag} into {base}"
    rules = run.patiently(lambda: github.merge_rules(run.client, run.repo, base))
    body = _body(shipped, base, rules)
    with _forbidden_by_settings():
        return run.patiently(
            lambda: github.ensure_pull(
                run.client, run.repo, head=name, base=base, title=title, body=body, besides=besides
            )
        )


def _auto_merged(run: Run, pull: BackMerge) -> bool:
    """Enable auto-merge. Return whether the pull request was merged immediately."""
    rules = run.patiently(lambda: github.merge_rules(run.client, run.repo, pull.base))
    try:
        done = run.patiently(lambda: github.auto_merge(run.client, run.repo, pull, rules))
    except errors.RequestRefused as error:
        run.report.warn(f"#{pull.number} is not merged automatically: {error}")
        return False
    said = {
        AutoMerge.MERGED: "was merged",
        AutoMerge.PENDING: "merges when its checks pass",
        AutoMerge.QUEUED: f"is merged by the merge queue of {pull.base} when its checks pass",
    }
    run.report.log(f"#{pull.number} {said[done]}")
    return done is AutoMerge.MERGED


# Messages


@contextlib.contextmanager
def _forbidden_by_settings() -> Iterator[None]:
    """Name the setting that prevents the job's own token from opening pull requests."""
    try:
        yield
    except errors.NotPermitted as error:
        if RefusalCause.ACTIONS_MAY_NOT_CREATE not in error.causes:
            raise
        raise UsageError(
            str(error),
            "Switch on 'Allow GitHub Actions to create and approve pull requests' under Settings, Actions, General, "
            "or pass a GitHub App's token.",
            about="token",
        ) from None


@contextlib.contextmanager
def _refused_by_ruleset(shipped: ShippedHotfix, base: str) -> Iterator[None]:
    """Say how the branch of a back-merge can be created although a ruleset refuses it."""
    try:
        yield
    except errors.RequestRefused as error:
        if not error.causes & BY_RULESET:
            raise
        name, tag = github.branch_name(shipped.tag, base), shipped.tag
        push = f"git push origin {shlex.quote(f'{shipped.sha}:refs/heads/{name}')}"
        raise CommandFailed(
            f"{base}: a ruleset refuses the branch {name}: {error}",
            f"Exclude '{github.LABEL}/**' from the ruleset, or let the token's owner bypass it. Or someone who may "
            f"bypass it creates the branch, and the back-merge is run again: git fetch origin tag {shlex.quote(tag)} "
            f"&& {push}",
        ) from None


def _combined(shipped: ShippedHotfix) -> ActionError:
    """Return one error for all problems: a usage error only if all of them are, and nothing was done."""
    texts = dict.fromkeys(str(problem) for problem in shipped.problems)
    usage = all(isinstance(problem, UsageError) for problem in shipped.problems) and not shipped.opened
    kind: type[ActionError] = UsageError if usage else CommandFailed
    return kind(" ".join(texts), about=shipped.problems[0].about)


def _say_conflict(run: Run, shipped: ShippedHotfix, pull: BackMerge) -> None:
    lines = resolving(pull, shipped.tag, own=bool(shipped.pull and pull.number == shipped.pull.number))
    run.report.warn(f"#{pull.number} conflicts with {pull.base}. These commands resolve it:\n" + "\n".join(lines))
    run.report.details.append(
        f"#{pull.number} conflicts with {safe_markdown.code(pull.base)}:\n\n{safe_markdown.block(lines, 'bash')}"
    )


def resolving(pull: BackMerge, tag: str, *, own: bool) -> list[str]:
    """Return the commands that resolve a conflict on a branch of the tag, without changing the approved branch."""
    name, base = shlex.quote(github.branch_name(tag, pull.base)), shlex.quote(pull.base)
    begin = f"git switch --create {name} {shlex.quote(f'refs/tags/{tag}')}" if own else f"git switch {name}"
    end = f"git push --set-upstream origin {name}   # then run the back-merge again" if own else "git push"
    return [
        "git fetch origin --tags",
        begin,
        f"git merge origin/{base}",
        "# resolve the conflicts, git add them",
        "git commit --no-edit",
        end,
    ]


def _body(shipped: ShippedHotfix, base: str, rules: MergeRules) -> str:
    of, into = f" of #{shipped.pull.number}" if shipped.pull else "", safe_markdown.code(base)
    others = " or ".join(method for method in rules.methods if method != "merge")
    if rules.queue:
        how = f"Add it to the merge queue of {into}, which merges it."
    elif "merge" in rules.methods:
        how = "Merge it with a merge commit, so that the branch contains the tag."
    elif others:
        how = f"Merge commits are not allowed in {into}: {others} it. The branch then has the change without the tag."
    else:
        how = f"The rules for {into} allow no merge method: someone must change or bypass them."
    return (
        f"Brings the hotfix {safe_markdown.code(shipped.tag)}{of} to {into}.\n\n{how}\n\n"
        f"If {into} must not receive the hotfix, close this without merging: it is not opened again.\n"
    )


def _clean_up(run: Run, shipped: ShippedHotfix) -> None:
    """Delete the hotfix and back-merge branches that have no new commits, once no long-lived branch lacks the fix."""
    hotfix = of_commit(run, shipped.sha)
    names = [
        github.branch_name(shipped.tag, base)
        for base in back_merge_branches.required(run)
        if base not in shipped.declined
    ]
    if hotfix and not hotfix.open and hotfix.head_repo == run.repo:
        names.insert(0, hotfix.head)
    for name in names:
        _delete_branch(run, name, shipped.sha)


def _delete_branch(run: Run, name: str, sha: str) -> None:
    try:
        if run.patiently(lambda: github.delete_branch(run.client, run.repo, name, sha)):
            run.report.log(f"Deleted the branch {name}")
    except (errors.RequestRefused, errors.NotPermitted) as error:
        run.report.notice(f"The branch {name}, which is no longer needed, could not be deleted: {error}")
