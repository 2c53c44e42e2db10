"""`back-merge`: every long-lived branch gets the fix, by one pull request each."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

from action.deployment.pull_metadata import HotfixPull, of_commit
from action.deployment.target import all_tags, tag_on
from action.runner.command_run import Run
from action.runner.errors import Refused, UsageError
from hotfix.github.transport import errors
from hotfix.github.write import back_merge as github
from hotfix.github.write.back_merge import BackMerge
from hotfix.render import safe_markdown
from hotfix.text.globs import matches_branch


def back_merge(run: Run) -> None:
    """Open or find the pull request that brings the hotfix to each branch that lacks it."""
    report = run.report
    known = all_tags(run)
    tag, sha = _shipped(run, known)
    pull = of_commit(run, sha)
    lacking, found, conflicting = [], [], []
    with run.needs("contents: write, pull-requests: write"):
        fixed = {base: _has_fix(run, base, sha) for base in _branches(run)}
        for base, has_fix in fixed.items():
            if has_fix:
                report.tell(f"{base} has {tag}")
                continue
            lacking.append(base)
            if run.inputs.dry_run:
                report.would(f"open or link the pull request that brings {tag} to {base}")
                continue
            there = _pull_for(run, tag, sha, base, pull)
            merged = run.inputs.auto_merge and not there.conflicts and _auto_merged(run, there)
            if there.conflicts:
                conflicting.append(base)
                _say_conflict(run, there, tag, pull)
            found.append({"into": base, "number": there.number, "url": there.url})
            if merged:
                lacking.remove(base)
        if not lacking and not run.inputs.dry_run:
            _clean_up(run, tag, sha)
    report.fact("Back-merge of", tag)
    report.output("pull-requests", json.dumps(found, separators=(",", ":")))
    report.output("conflicts", json.dumps(conflicting, separators=(",", ":")))


def _shipped(run: Run, known: dict[str, str]) -> tuple[str, str]:
    """The hotfix tag and its commit."""
    if name := run.inputs.tag:
        if name not in known:
            raise UsageError(f"There is no tag {name}.", "Name the hotfix's tag.", about="tag")
        return name, known[name]
    name = tag_on(run, known, run.sha) or ""
    if not name and (name := _solved(run, known)):
        return name, known[name]
    if not name:
        if run.inputs.dry_run:
            return "the hotfix", run.sha
        raise Refused(
            f"No tag names {run.sha[:12]}, so it was not shipped.", "Run 'command: tag' first, or name it.", about="tag"
        )
    return name, run.sha


def _solved(run: Run, known: dict[str, str]) -> str:
    """The tag of the back-merge whose pull request started the run: conflicts were solved on top of it."""
    pull, branch = run.context.pull, run.context.branch or ""
    if not pull or run.inputs.sha:
        return ""
    return next((tag for tag in known if branch == github.branch_name(tag, str(pull["base"]["ref"]))), "")


def _branches(run: Run) -> list[str]:
    """The branches that must have the fix: of the input, else of the policy, else the default branch."""
    named = run.inputs.into or run.policy.branches.back_merge or (run.default_branch,)
    if not any("*" in name for name in named):
        return list(named)
    every = run.patiently(lambda: [b["name"] for b in run.client.pages("/repos/{repo}/branches", repo=run.repo)])
    return [name for name in every if matches_branch(named, name) and not name.startswith("back-merge/")]


def _has_fix(run: Run, base: str, sha: str) -> bool:
    try:
        return run.patiently(lambda: github.has_fix(run.client, run.repo, base, sha))
    except errors.NotFound:
        raise UsageError(
            f"There is no branch {base}.",
            "Mend the input, or 'branches: {back_merge: ...}' of the policy.",
            about="into",
        ) from None


def _pull_for(run: Run, tag: str, sha: str, base: str, hotfix: HotfixPull | None) -> BackMerge:
    """The pull request that brings the fix to the branch: the hotfix's own where it goes there, else one of the tag."""
    report, name = run.report, github.branch_name(tag, base)
    own = hotfix and hotfix.open and hotfix.base == base
    if own and hotfix and run.patiently(lambda: github.branch_sha(run.client, run.repo, name)) is None:
        number = hotfix.number
        data = run.client.get("/repos/{repo}/pulls/{number}", repo=run.repo, number=number)
        there = github.of(data)
        report.tell(f"#{number}, the hotfix itself, brings {tag} to {base}: {there.url}")
    else:
        run.patiently(lambda: github.ensure_branch(run.client, run.repo, name, sha))
        there = _opened(run, tag, base, hotfix)
        report.tell(
            f"{'Opened' if there.created else 'Found'} #{there.number}, which brings {tag} to {base}: {there.url}"
        )
        if there.created and run.inputs.token == run.context.job_token:
            report.notice(
                f"#{there.number} was opened with the job's own token, so it starts no workflow. Where its checks "
                "must run, pass a GitHub App's: 'token: ${{ steps.app.outputs.token }}' of the action "
                "actions/create-github-app-token."
            )
        approvers = hotfix.approvers if hotfix else ()
        refused = run.patiently(
            lambda: github.apply_metadata(
                run.client,
                run.repo,
                there.number,
                label=github.LABEL,
                assignee=hotfix.author if hotfix else None,
                reviewers=approvers,
            )
        )
        for words in refused:
            report.notice(f"#{there.number} could not get {words}")
    report.fact(f"Into {base}", there.url)
    conflicts = run.patiently(lambda: github.conflicts(run.client, run.repo, there.number))
    return replace(there, conflicts=conflicts)


def _opened(run: Run, tag: str, base: str, hotfix: HotfixPull | None) -> BackMerge:
    name, title, body = github.branch_name(tag, base), f"Back-merge {tag} into {base}", _body(tag, base, hotfix)
    try:
        return run.patiently(
            lambda: github.ensure_pull(run.client, run.repo, head=name, base=base, title=title, body=body)
        )
    except errors.NotPermitted as error:
        if "not permitted to create" not in str(error):
            raise
        raise UsageError(
            str(error),
            "Switch on 'Allow GitHub Actions to create and approve pull requests' under Settings, Actions, General, "
            "or pass a GitHub App's token.",
            about="token",
        ) from None


def _auto_merged(run: Run, pull: BackMerge) -> bool:
    """True when it was merged at once."""
    try:
        words = run.patiently(lambda: github.auto_merge(run.client, run.repo, pull))
    except errors.Refused as error:
        run.report.warn(f"#{pull.number} does not merge by itself: {error}")
        return False
    run.report.tell(f"#{pull.number} {words}")
    return words == "merged"


def _say_conflict(run: Run, pull: BackMerge, tag: str, hotfix: HotfixPull | None) -> None:
    lines = solving(pull, tag, own=bool(hotfix and pull.number == hotfix.number))
    run.report.warn(f"#{pull.number} conflicts with {pull.base}. These commands solve it:\n" + "\n".join(lines))
    run.report.details.append(
        f"#{pull.number} conflicts with {safe_markdown.code(pull.base)}:\n\n{safe_markdown.block(lines, 'bash')}"
    )


def solving(pull: BackMerge, tag: str, *, own: bool) -> list[str]:
    """The commands that solve a conflict. The judged branch is left alone: one of the tag takes its place."""
    name, base = shlex.quote(github.branch_name(tag, pull.base)), shlex.quote(pull.base)
    begin = f"git switch --create {name} {shlex.quote(tag)}" if own else f"git switch {name}"
    end = f"git push --set-upstream origin {name}   # then run the back-merge again" if own else "git push"
    return [
        "git fetch origin --tags",
        begin,
        f"git merge origin/{base}",
        "# solve the conflicts, git add them",
        "git commit --no-edit",
        end,
    ]


def _body(tag: str, base: str, hotfix: HotfixPull | None) -> str:
    of = f" of #{hotfix.number}" if hotfix else ""
    return (
        f"Brings the hotfix {safe_markdown.code(tag)}{of} to {safe_markdown.code(base)}.\n\n"
        "Merge it with a merge commit, so that the branch contains the tag.\n"
    )


def _clean_up(run: Run, tag: str, sha: str) -> None:
    """Every branch has the fix: the hotfix branch, where it stands still, has done its work."""
    hotfix = of_commit(run, sha)
    names = [github.branch_name(tag, base) for base in _branches(run)]
    if hotfix and not hotfix.open and hotfix.head_repo == run.repo:
        names.insert(0, hotfix.head)
    for name in names:
        if run.patiently(lambda name=name: github.delete_branch(run.client, run.repo, name, sha)):  # type: ignore[misc]
            run.report.tell(f"Deleted the branch {name}")
