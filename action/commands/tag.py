"""`tag`: create the annotated hotfix tag on the commit that passed, unless it exists."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from action.deployment import preconditions, verdict_gate
from action.deployment.previous_version import reading_of
from action.deployment.pull_metadata import PullMetadata, of_evaluated
from action.deployment.ref_errors import refused_for_workflows, warn_of_workflows
from action.deployment.verdict_gate import DeploymentGround
from action.runner.command_errors import UsageError
from action.runner.command_run import Run
from hotfix.facts import Production
from hotfix.github.transport.errors import NotFound, RequestRefused
from hotfix.github.transport.refusals import BY_RULESET
from hotfix.github.write.rollout import hotfix_tags
from hotfix.github.write.rollout.hotfix_tags import HotfixTag
from hotfix.github.write.rollout.refs import RefInTheWay
from hotfix.production import versions
from hotfix.production.release_tags import choose


def tag(run: Run) -> str:
    """Create or find the hotfix tag of the commit and set the outputs. Returns the tag's name."""
    preconditions.check_named_production(run)
    preconditions.check_named_staging(run)
    sha, report = run.sha, run.report
    ground = verdict_gate.permitted(run, sha)
    production = _production(run, ground)
    report.output("previous-tag", production.tag if production.is_tagged else "")
    report.output("previous-sha", production.sha)
    follows = production.tag if production.is_tagged else _latest_version(run, production)
    report.output("sha", sha)
    message = run.inputs.message or message_for(of_evaluated(ground.read))
    if run.inputs.dry_run:
        made = _planned(run, sha, follows)
    else:
        made = _made(run, sha, follows, message)
        verb = "Created" if made.created else "Found"
        report.log(f"{verb} the tag {made.name} on {sha[:12]} (production: {production.tag})")
        report.fact("Tag", made.name)
        report.fact("Previous tag", production.tag)
        report.fact("Commit", sha)
    report.output("tag", made.name)
    report.output("created", made.created)
    return made.name


def _production(run: Run, ground: DeploymentGround) -> Production:
    """Return what runs in production, or ran there before this commit was deployed."""
    production = ground.previous_version(run)
    if production is None:
        raise UsageError(
            "Nothing has been released here yet, so there is no tag to follow.",
            "Tag what runs in production, such as v1.0.0.",
            about="production-tag",
        )
    return production


def _latest_version(run: Run, production: Production) -> str:
    """Return the tag of the latest release, which the hotfix tag follows if what runs in production has no version."""
    reading = reading_of(run, run.production_environment)
    with run.needs("contents: read"):
        run.patiently(lambda: reading.running)
    latest = choose(dict(reading.tags), run.policy.production.tags, lambda commit, others: ()).tag
    if not latest:
        raise UsageError(
            f"Production runs {production.sha[:12]}, which has no version tag, and no other version is known.",
            "Tag that commit, such as v1.0.0, or name the version by 'production-tag: ...'.",
            about="production-tag",
        )
    run.report.notice(f"Production runs {production.sha[:12]}, which has no version tag; the tag follows {latest}.")
    return latest


def _planned(run: Run, sha: str, follows: str) -> HotfixTag:
    with run.needs("contents: read"), _wrong_format(run):
        there = run.patiently(
            lambda: hotfix_tags.tags_with_next_prefix(run.client, run.repo, follows, run.inputs.tag_format)
        )
        if own := hotfix_tags.own_hotfix_tag(there, sha, follows, run.inputs.tag_format):
            run.report.would(f"find the tag {own} on {sha[:12]}")
            return HotfixTag(name=own, created=False)
        name = versions.next_hotfix_tag(follows, there, run.inputs.tag_format)
    warn_of_workflows(run, sha)
    run.report.would(f"create the tag {name} on {sha[:12]}")
    return HotfixTag(name=name, created=False)


def _made(run: Run, sha: str, follows: str, message: str) -> HotfixTag:
    try:
        with run.needs("contents: write"), _wrong_format(run), refused_for_workflows(run, sha):
            return run.patiently(
                lambda: hotfix_tags.ensure_hotfix_tag(
                    run.client,
                    run.repo,
                    sha,
                    production=follows,
                    message=message,
                    tag_format=run.inputs.tag_format,
                )
            )
    except RefInTheWay as error:
        raise UsageError(
            f"GitHub refuses the tag: {error}.", "Or choose another 'tag-format'.", about="tag-format"
        ) from None
    except (RequestRefused, NotFound) as error:
        if error.causes & BY_RULESET:
            raise UsageError(
                f"A ruleset of the repository refuses such tags: {error}",
                "Let the token's owner bypass that ruleset, or pass a token that can: 'token: ...'.",
                about="token",
            ) from None
        raise UsageError(
            f"GitHub refuses a tag on {sha[:12]}: {error}",
            "Push that commit to the repository first.",
            about="sha",
        ) from None


@contextlib.contextmanager
def _wrong_format(run: Run) -> Iterator[None]:
    """Turn a ValueError about the tag into a UsageError that names the responsible input."""
    try:
        yield
    except ValueError as error:
        about = "tag-format" if run.inputs.tag_format else "production-tag"
        raise UsageError(f"{error}.", about=about) from None


def message_for(pull: PullMetadata) -> str:
    """Return the tag's message: title, issue, severity, pull request and approvers."""
    title = re.sub(r"^\s*hotfix:\s*", "", pull.title, flags=re.IGNORECASE)
    lines = [
        f"Fixes {pull.issue}" if pull.issue else "",
        f"Severity: {pull.severity}" if pull.severity else "",
        f"Pull-request: #{pull.number}",
        f"Approved-by: {', '.join(pull.approvers)}" if pull.approvers else "",
    ]
    return "\n".join([f"Hotfix: {title}", "", *filter(None, lines)])
