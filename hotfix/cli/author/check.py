"""Run `hotfix check`: evaluate the branch of this clone, and print the verdict and the next command."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix import git, message, spec
from hotfix.cli.author import start_record
from hotfix.cli.author.start_record import StartRecord
from hotfix.cli.author.work_tree import COMMIT_AGAIN, editing, remark, spec_in, uncommitted, under_way
from hotfix.cli.clone import adding_github, opened, policy_text, to_command_error
from hotfix.cli.console.exit_status import FAILED
from hotfix.cli.console.printing import print_wrapped
from hotfix.cli.console.verdict_output import reported, show
from hotfix.evaluate import evaluate
from hotfix.facts import Facts
from hotfix.finding import Status
from hotfix.git import GitError, Repo
from hotfix.policy import PATH, Policy, PolicyError, load
from hotfix.remedies import rebase
from hotfix.rules.branch import RULE as BRANCH
from hotfix.rules.commits import RULE as COMMITS
from hotfix.rules.one_thing import RULE as ONE_THING
from hotfix.rules.one_thing import namings
from hotfix.rules.severity import RULE as SEVERITY
from hotfix.rules.severity import declarations
from hotfix.rules.spec import RULE as SPEC
from hotfix.spec import Spec
from hotfix.text.escaping import one_line
from hotfix.text.globs import matches_branch
from hotfix.verdict import Conclusion, RuleResult, Verdict, VerdictKind

if TYPE_CHECKING:
    from hotfix.cli.author.corrections import Correction


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneEvaluation:
    """The verdict on a clone's HEAD, and the data it is based on."""

    repo: Repo
    policy: Policy
    branch: str
    verdict: Verdict
    facts: Facts | None
    """The facts of the clone; None if the policy is broken."""
    uncommitted: tuple[str, ...]
    """Paths with uncommitted changes, which were not evaluated."""
    written: Spec | None = None
    """The branch's spec in the work tree."""
    policy_file: Path | None = None
    """The policy to use instead of the repository's."""
    here: Path = Path()
    """The directory in which the user will run the suggested commands."""

    @property
    def next_command(self) -> str:
        """The command to run next; empty if no command helps."""
        verdict = self.verdict
        if verdict.conclusion is Conclusion.PASS:
            return adding_github(self.repo, self.branch) or "hotfix submit"
        if self.facts is None:
            return shlex.join(["hotfix", "policy", "validate", *([str(self.policy_file)] if self.policy_file else [])])
        if not self.branch or rebase.on_long_lived(self.facts) or not self._is_hotfix_branch:
            branch = next((r.finding for r in verdict.findings if r.rule == BRANCH.id), None)
            return branch.commands[0] if branch and branch.commands else ""
        failing = verdict.of(Status.FAILED)
        if self.facts.commits and any(result.finding.fix for result in failing):
            return "hotfix check --fix"
        if not self.facts.commits or {COMMITS.id, SPEC.id} & {result.rule for result in failing}:
            name = spec.file_name(self.branch, self.policy.spec_path)
            if self.written and spec.check(self.written, is_file=True):
                return editing(self.repo, name, self.here)
            if not self.facts.commits:
                return "hotfix commit"
            missing = next((r.finding.commands for r in failing if r.rule == SPEC.id and not self.written), ())
            if missing:  # first, as the message is made from the spec
                return missing[0]
            if self._is_amended_next(name):
                return COMMIT_AGAIN
        return next((result.finding.commands[0] for result in failing if result.finding.commands), "")

    def _is_amended_next(self, name: str) -> bool:
        """Return whether the last commit lacks the spec as it is now, or is the only one with a wrong message."""
        own = rebase.own(self.facts) if self.facts else ()
        wrong = [commit.sha for commit in own if message.problems(commit.message)]
        return bool(own) and (wrong == [self.verdict.head_sha] or (bool(self.written) and name in self.uncommitted))

    @property
    def _is_hotfix_branch(self) -> bool:
        return matches_branch(self.policy.branches.head, self.branch)


def check_clone(
    here: Path,
    *,
    base: str | None,
    tag: str | None,
    format: str,
    policy_file: Path | None = None,
    verbose: bool = False,
) -> int:
    """Print the verdict on the current branch and return the exit status.

    Raises CommandError if the clone's state prevents an evaluation.
    """
    with reported(format):
        found = evaluate_clone(opened(here), base=base, tag=tag, policy_file=policy_file, here=here)
    if format == "text" and not verbose and (sentence := no_hotfix(found)):
        print_wrapped(sentence)
        return FAILED
    return show(
        found.verdict,
        format,
        found.branch or "a detached HEAD",
        next_command=found.next_command,
        verbose=verbose,
        uncommitted=list(found.uncommitted),
    )


def no_hotfix(found: CloneEvaluation) -> str:
    """Return a sentence if a long-lived branch such as main is checked out: its commits follow other rules.

    Empty otherwise.
    """
    branch = next((r.finding for r in found.verdict.of(Status.FAILED) if r.rule == BRANCH.id), None)
    if not branch or not found.facts or not rebase.on_long_lived(found.facts):
        return ""
    words = f"{one_line(found.branch)} is not a hotfix branch: start one with `hotfix start NAME`"
    if found.uncommitted:
        words += ", which moves your uncommitted changes to it"
    if picking := next((line for line in branch.commands if line.startswith("git cherry-pick ")), ""):
        words += f", then bring your commits there with `{picking}`"
    return f"{words}."


def evaluate_clone(
    repo: Repo,
    *,
    base: str | None = None,
    tag: str | None = None,
    policy_file: Path | None = None,
    here: Path | None = None,
) -> CloneEvaluation:
    """Evaluate HEAD. `here` is the directory in which the user will run the suggested commands."""
    now = datetime.now(UTC)
    text, source = policy_text(repo, policy_file)
    try:
        try:
            policy = load(text, str(policy_file or PATH))
        except PolicyError as error:
            policy, facts, branch = Policy(), None, repo.branch
            verdict = _broken(error, repo, now, source)
        else:
            record = start_record.found_in(repo.settings, repo.branch)
            facts = git.read(repo, policy=policy, now=now, base=base, tag=tag or _known_tag(repo, record))
            facts = replace(facts, spec_path=policy.spec_path)
            branch = facts.branches.head
        left = uncommitted(repo, policy, branch)
        name = spec.file_name(branch, policy.spec_path)
        written = spec_in(repo, name)
        draft = written if name in left else None
        if facts is not None:
            verdict = _with_commands(evaluate(facts, policy, source), repo, facts, record, here or repo.root, draft)
    except GitError as error:
        raise to_command_error(error) from None
    doubt = verdict.production.doubt if verdict.production else ""
    notes = (verdict.note, doubt, under_way(repo), remark(left))
    verdict = replace(verdict, note="\n".join(note for note in notes if note))
    return CloneEvaluation(
        repo=repo,
        policy=policy,
        branch=branch,
        verdict=verdict,
        facts=facts,
        uncommitted=left,
        written=written,
        policy_file=policy_file,
        here=here or repo.root,
    )


def _known_tag(repo: Repo, record: StartRecord) -> str | None:
    return record.tag if record.tag in repo.tag_objects else None


def _with_commands(
    verdict: Verdict, repo: Repo, facts: Facts, record: StartRecord, here: Path, draft: Spec | None
) -> Verdict:
    """Add commands that are only possible in a clone, and those that switch to the right directory and branch first."""
    first = []
    if here.resolve() != repo.root.resolve():
        first.append(f"cd {shlex.quote(str(repo.root))}")
    if not repo.branch and facts.branches.head:  # if only a remote has it, git creates it at the same commit
        first.append(f"git switch {shlex.quote(facts.branches.head)}")
    published = rebase.on_long_lived(facts) or bool(rebase.merged_into(facts))
    results = []
    for result in verdict.findings:
        if not published:
            result = _corrected(result, repo, facts, record, draft)
            result = _bound(result, facts.branches.head)
        if first and result.finding.commands:
            commands = (*first, *result.finding.commands)
            result = replace(result, finding=replace(result.finding, commands=commands))
        results.append(result)
    return replace(verdict, findings=tuple(results))


def _bound(result: RuleResult, branch: str) -> RuleResult:
    """Let each command that amends whatever is checked out, or prepares that, switch to the branch first.

    git refuses to switch during a rebase or if edits would be overwritten; the command then changes nothing.
    """
    finding = result.finding
    if not branch or not any(line.startswith("git commit --amend") for line in finding.commands):
        return result

    def bound(commands: tuple[str, ...]) -> tuple[str, ...]:
        switch = f"git switch --quiet {shlex.quote(branch)} && "
        return tuple(line if rebase.is_push(line) else f"{switch}{line}" for line in commands)

    return replace(result, finding=replace(finding, commands=bound(finding.commands), fix=bound(finding.fix)))


def _corrected(result: RuleResult, repo: Repo, facts: Facts, record: StartRecord, draft: Spec | None) -> RuleResult:
    finding = result.finding
    if finding.status is not Status.FAILED:
        return result
    from hotfix.cli.author import corrections  # here, because most checks correct nothing

    if result.rule == COMMITS.id and not rebase.own(facts):
        return replace(result, finding=replace(finding, commands=("hotfix commit",), suggestion_in_file=True))
    if result.rule == COMMITS.id and (correction := corrections.messages(repo, facts, record)):
        finding = replace(
            finding,
            remediation=_remediation(correction),
            commands=rebase.published(facts, correction.commands),
            fix=correction.commands if correction.complete else (),
            suggestion_in_file=True,
        )
    elif result.rule == SEVERITY.id and draft and draft.severity and not declarations(facts):
        name = spec.file_name(facts.branches.head, facts.spec_path)
        finding = replace(
            finding,
            message=f"No severity is committed: {name} declares {draft.severity}, but not in a commit",
            remediation="commit the spec",
        )
    elif result.rule == ONE_THING.id and draft and draft.issue and not namings(facts):
        name = spec.file_name(facts.branches.head, facts.spec_path)
        finding = replace(
            finding,
            message=f"No issue is committed: {name} names {draft.issue}, but not in a commit",
            remediation="commit the spec",
            commands=(),
        )
    elif result.rule == SPEC.id and not spec.spec_files(facts):
        commands = corrections.missing_spec(repo, facts, record)
        finding = replace(finding, commands=commands, suggestion="" if commands else finding.suggestion)
    return replace(result, finding=finding)


def _remediation(correction: Correction) -> str:
    if correction.drops:
        commits = "the commit that changes" if correction.drops == 1 else "the commits that change"
        return f"drop {commits} nothing"
    return "use the corrected message" + ("" if correction.complete else ", and fill in what is in brackets")


def _broken(error: PolicyError, repo: Repo, now: datetime, source: str) -> Verdict:
    return Verdict(
        kind=VerdictKind.BROKEN_POLICY,
        conclusion=Conclusion.FAIL,
        head_sha=repo.head_sha,
        at=now,
        note="\n".join(error.lines),
        policy_source=source,
    )
