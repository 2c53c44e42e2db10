"""`tag`: the annotated hotfix tag on the judged commit, made once."""

from __future__ import annotations

import re

from action.deployment import preconditions, verdict_gate
from action.deployment.pull_metadata import HotfixPull, of_commit
from action.deployment.target import all_tags, production_now, ran_before
from action.runner.command_run import Run
from action.runner.errors import UsageError
from hotfix.github.transport.errors import NotFound, Refused
from hotfix.github.write import hotfix_tags
from hotfix.production import versions


def tag(run: Run) -> str:
    """Create the hotfix tag of the commit, or find it. Returns its name; sets the outputs."""
    preconditions.production_named(run)
    known = all_tags(run)
    sha = run.sha
    verdict_gate.permitted(run, sha)
    now = production_now(run, known)
    if now is None:
        there = "No tag here reads as a version such as v1.2.3" if known else "Nothing was ever released here"
        raise UsageError(
            f"{there}, so no tag can follow it.",
            "Tag what runs in production, such as v1.0.0, or name it.",
            about="production-tag",
        )
    pull = of_commit(run, sha)
    message = run.inputs.message or message_for(pull)
    report = run.report
    before = ran_before(run, known, run.production_environment, sha)
    previous = before[0] or now.tag
    report.output("previous-tag", previous)
    report.output("previous-sha", before[1] or now.sha)
    report.output("sha", sha)
    try:
        own = hotfix_tags.own_hotfix_tag(known, sha, now.tag, run.inputs.tag_format)
        name = own or versions.next_hotfix_tag(now.tag, known, run.inputs.tag_format)
    except ValueError as error:
        about = "tag-format" if run.inputs.tag_format else "production-tag"
        raise UsageError(f"{error}.", about=about) from None
    if run.inputs.dry_run:
        report.would(f"find the tag {own} on {sha[:12]}" if own else f"create the tag {name} on {sha[:12]}")
        report.output("tag", name)
        report.output("created", False)
        return name
    try:
        with run.needs("contents: write"):
            made = run.patiently(
                lambda: hotfix_tags.ensure_hotfix_tag(
                    run.client,
                    run.repo,
                    sha,
                    production=now.tag,
                    message=message,
                    tag_format=run.inputs.tag_format,
                )
            )
    except (Refused, NotFound) as error:
        what = f"GitHub does not take a tag on {sha[:12]}: {error}"
        if "rule violation" in str(error).casefold():
            raise UsageError(
                what, "Let the token's owner pass by the repository's rules for tags, or pass another.", about="token"
            ) from None
        raise UsageError(what, "Push that commit to the repository first.", about="sha") from None
    report.tell(f"{'Created' if made.created else 'Found'} the tag {made.name} on {sha[:12]} (production: {now.tag})")
    report.fact("Tag", made.name)
    report.fact("Previous tag", previous)
    report.fact("Commit", sha)
    report.output("tag", made.name)
    report.output("created", made.created)
    return made.name


def message_for(pull: HotfixPull | None) -> str:
    """The tag's message: what, issue, severity, pull request, approver."""
    if pull is None:
        return "Hotfix"
    title = re.sub(r"^\s*hotfix:\s*", "", pull.title, flags=re.IGNORECASE)
    lines = [
        f"Fixes {pull.issue}" if pull.issue else "",
        f"Severity: {pull.severity}" if pull.severity else "",
        f"Pull-request: #{pull.number}",
        f"Approved-by: {', '.join(pull.approvers)}" if pull.approvers else "",
    ]
    return "\n".join([f"Hotfix: {title}", "", *filter(None, lines)])
