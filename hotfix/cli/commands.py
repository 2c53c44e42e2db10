"""The commands for authors and observers of a hotfix, with their help texts.

A command's implementation is imported when the command runs, so that `hotfix --help` is fast.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from hotfix.severities import Severity

_DOCUMENTATION = "https://github.com/OWNER/REPO#readme"
"""Releases insert their repository here; until then no link is shown."""


class _Group(TyperGroup):
    """The command group. Hides the option that prints the completion script; the one that installs it is shown."""

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        params: list[Any] = super().get_params(ctx)
        for param in params:
            if param.name == "show_completion":
                param.hidden = True
        return params


class HelpfulCommand(TyperCommand):
    """A command whose usage line shows arguments as `NAME`, not `{NAME}`."""

    def collect_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        arguments = [param for param in self.get_params(ctx) if isinstance(param, TyperArgument)]
        names = [param.metavar or f"[{str(param.name).upper()}]" for param in arguments]
        return ["[OPTIONS]", *names]


app = typer.Typer(
    name="hotfix",
    cls=_Group,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""\
Checks hotfixes against your repository's rules, and helps you make one that passes.

\b
In an emergency:
  hotfix start fix-login --issue 123   cut the branch, write a spec to fill in
  hotfix commit                        commit the fix and its spec
  hotfix check                         see what fails, and how to fix it
  hotfix submit                        push, open the pull request
""",
    epilog=None if "/OWNER/" in _DOCUMENTATION else f"Documentation: {_DOCUMENTATION}",
)


class OutputFormat(StrEnum):
    text = "text"
    json = "json"
    github = "github"


class ReportFormat(StrEnum):
    text = "text"
    json = "json"
    csv = "csv"
    svg = "svg"


def _severity(text: str) -> str:
    """Parse the severity of a hotfix, ignoring case."""
    if text.upper() not in ("P0", "P1"):
        raise typer.BadParameter(f"{text!r} is not one of 'P0', 'P1'.")
    return text.upper()


PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="Try this policy instead of the repository's."),
]
BaseBranch = Annotated[
    str | None,
    typer.Option("--base", metavar="BRANCH", help="The branch the hotfix goes to. [the policy's first base]"),
]
ProductionTag = Annotated[
    str | None, typer.Option("--tag", metavar="TAG", help="What runs in production. [the highest release tag]")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every detail, however long.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"hotfix {version('hotfix-workflow')}")
        raise typer.Exit


@app.callback()
def _hotfix(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Handle the options that need no command."""


@app.command(cls=HelpfulCommand, short_help="Cut a hotfix branch and write its spec.")
def start(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What is broken, in a few words; the branch is hotfix/NAME.")
    ],
    tag: ProductionTag = None,
    severity: Annotated[
        str | None,
        typer.Option(
            metavar="P0|P1", parser=_severity, help=f"P0: {Severity.P0.meaning}; P1: {Severity.P1.meaning}. [P0]"
        ),
    ] = None,
    issue: Annotated[
        str | None, typer.Option(metavar="ISSUE", help="The issue or incident: 123, owner/repo#123, OPS-12 or a URL.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Don't ask the remote for newer tags.")] = False,
) -> int:
    """Cut hotfix/NAME from the production tag and write its spec, specs/hotfix-NAME.md.

    Uncommitted edits are moved to the branch. Newer tags are fetched first, for 3 seconds at most. At a
    terminal, you are asked for what is missing; press Enter to accept the value in brackets, or to skip a question.

    \b
    Examples:
      hotfix start fix-login
      hotfix start fix-login --severity P1 --issue 123
      hotfix start fix-login --tag v1.2.3 --offline
    """
    from hotfix.cli.author.start import start_hotfix
    from hotfix.severities import Severity

    declared = Severity(severity) if severity else None
    return start_hotfix(Path.cwd(), name, tag=tag, severity=declared, issue=issue, offline=offline)


@app.command(cls=HelpfulCommand, short_help="Commit the fix with a message made from its spec.")
def commit(
    amend: Annotated[bool, typer.Option("--amend", help="Replace the branch's last commit.")] = False,
    all: Annotated[bool, typer.Option("--all", "-a", help="Add untracked files too.")] = False,
) -> int:
    """Commit the fix: the message is made from the spec and the diff, and opened in your editor.

    What is staged is committed; if nothing is, every change of a tracked file and the spec. What message and spec still
    lack is listed. --amend updates what came from the spec and keeps what you wrote in the message.

    \b
    Examples:
      hotfix commit
      hotfix commit --all
      hotfix commit --amend
    """
    from hotfix.cli.author.commit import commit_fix

    return commit_fix(Path.cwd(), amend=amend, untracked=all)


@app.command(cls=HelpfulCommand, short_help="Check this clone's branch; no network.")
def check(
    base: BaseBranch = None,
    tag: ProductionTag = None,
    format: Annotated[OutputFormat, typer.Option(help="The output format.")] = OutputFormat.text,
    policy_file: PolicyOption = None,
    verbose: Verbose = False,
    fix: Annotated[bool, typer.Option("--fix", help="Show the safe fixes, ask once, and apply them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --fix: don't ask.")] = False,
) -> int:
    """Evaluate the rules on the current branch of this clone. Needs no network.

    Exit status: 0 the rules pass, 1 rules fail, 2 no verdict. Only commits are evaluated, without what only GitHub has
    (the review, labels); the output names uncommitted files and the rules left out. The policy is
    .github/hotfix.yml of the remote's default branch as last fetched; without a remote, the file in your work tree.

    --fix moves the branch onto production, removes files that don't belong in a hotfix and corrects commit
    messages. It pushes nothing, keeps a backup and prints how to undo it.

    \b
    Examples:
      hotfix check
      hotfix check --fix
      hotfix check --base main --tag v1.2.3
      hotfix check --policy drafts/hotfix.yml
      hotfix check --format json | jq .findings
      hotfix check --format github     # in a workflow: annotations on the lines
    """
    from hotfix.cli.author.check import check_clone

    if fix:
        from hotfix.cli.author.fix import fix_clone

        return fix_clone(Path.cwd(), base=base, tag=tag, policy_file=policy_file, yes=yes, verbose=verbose)
    here = Path.cwd()
    return check_clone(here, base=base, tag=tag, format=format.value, policy_file=policy_file, verbose=verbose)


@app.command(cls=HelpfulCommand, short_help="Check, push and open the pull request.")
def submit(
    base: BaseBranch = None,
    tag: ProductionTag = None,
    draft: Annotated[bool, typer.Option("--draft", help="Open the pull request as a draft.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Submit even if rules fail.")] = False,
) -> int:
    """Check the branch, push it and open its pull request, with title, labels and body. Running it again updates both.

    The token comes from GITHUB_TOKEN or GH_TOKEN, otherwise from `gh auth token`; HOTFIX_GITHUB_API_URL names another
    GitHub (GitHub Enterprise Server: https://HOST/api/v3).

    \b
    Examples:
      hotfix submit
      hotfix submit --draft --force     # show work in progress
    """
    from hotfix.cli.author.submit import submit_hotfix

    return submit_hotfix(Path.cwd(), base=base, tag=tag, draft=draft, force=force)


@app.command(cls=HelpfulCommand, short_help="Check a pull request; posts nothing.")
def judge(
    pull: Annotated[str, typer.Argument(metavar="OWNER/REPO#N", help="The pull request; its URL will do.")],
    format: Annotated[OutputFormat, typer.Option(help="The output format.")] = OutputFormat.text,
    policy_file: PolicyOption = None,
    verbose: Verbose = False,
) -> int:
    """Evaluate the rules on a pull request, and post nothing.

    Exit status: 0 pass, 1 rules fail or a person must act, 2 no verdict. The token comes from GITHUB_TOKEN or GH_TOKEN,
    otherwise from `gh auth token`; HOTFIX_GITHUB_API_URL names another GitHub (GitHub Enterprise Server:
    https://HOST/api/v3).

    \b
    Examples:
      hotfix judge acme/shop#42
      hotfix judge https://github.com/acme/shop/pull/42 --format json
      hotfix judge acme/shop#42 --policy drafts/hotfix.yml
    """
    from hotfix.cli.judge import judge_pull_request

    return judge_pull_request(pull, format=format.value, policy_file=policy_file, verbose=verbose)


@app.command(cls=HelpfulCommand, short_help="Show the state of an incident; posts nothing.")
def status(
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="[PR|INCIDENT]", help="OWNER/REPO#N, #N, a URL; OWNER/REPO: all open ones. [this clone's]"
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep running, and print again on every change.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the whole timeline and checklist, also beyond 40 lines.")
    ] = False,
) -> int:
    """Show an incident: its stage, who must act, the checklist, what remains to be done, and the timeline.

    Everything is read from GitHub; nothing is posted. The token comes from GITHUB_TOKEN or GH_TOKEN, otherwise from
    `gh auth token`.

    \b
    Examples:
      hotfix status
      hotfix status acme/shop#7 --watch
    """
    from hotfix.cli.incidents import show_status

    return show_status(Path(), subject, watch=watch, verbose=verbose)


@app.command(cls=HelpfulCommand, short_help="Print figures about past incidents.")
def report(
    repo: Annotated[str | None, typer.Argument(metavar="[OWNER/REPO]", help="The repository. [this clone's]")] = None,
    since: Annotated[str, typer.Option(metavar="DURATION", help="How far to look back.")] = "90d",
    format: Annotated[ReportFormat, typer.Option(help="The output format.")] = ReportFormat.text,
) -> int:
    """Print medians of the times to declare, review, stage, ship and restore, and the share within the SLA.

    Everything is read from GitHub. The token comes from GITHUB_TOKEN or GH_TOKEN, otherwise from `gh auth token`.

    \b
    Examples:
      hotfix report acme/shop --since 30d
      hotfix report --format csv
    """
    from hotfix.cli.console.exit_status import CommandError
    from hotfix.cli.incidents import show_report
    from hotfix.text import durations

    try:
        length = durations.parse(since)
    except ValueError as error:
        raise CommandError(f"--since: {error}.") from None
    return show_report(Path(), repo, since=length, format=format.value)


@app.command("commit-msg", cls=HelpfulCommand, short_help="Git hook: check a commit message.")
def commit_msg(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file with the message, as git passes it to the hook.")
    ],
) -> int:
    """Reject a commit message without the format of hotfixes. As a git hook, it acts on hotfix branches only.

    It prints what is missing and one command that commits with a corrected message. Your text stays in the file.

    \b
    As a plain git hook:
      printf '#!/bin/sh\\nexec hotfix commit-msg "$1"\\n' > .git/hooks/commit-msg
      chmod +x .git/hooks/commit-msg
    With pre-commit, in .pre-commit-config.yaml:
      - repo: https://github.com/OWNER/REPO
        rev: v1
        hooks: [{id: hotfix-commit-msg}, {id: hotfix-policy}]
    and then:
      pre-commit install --hook-type commit-msg --hook-type pre-commit
    """
    from hotfix.cli.commit_msg import check_message

    return check_message(Path.cwd(), file)


@app.command("next-tag", cls=HelpfulCommand, short_help="Print the next hotfix tag.")
def next_tag(
    production: Annotated[
        str | None,
        typer.Option("--production", "--tag", metavar="TAG", help="What runs in production. [the highest release tag]"),
    ] = None,
    tag_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="The Action's input `tag-format`, if your workflow sets it."),
    ] = None,
) -> int:
    """Print the tag that the next hotfix gets: v1.2.3 -> v1.2.4-hotfix.1 -> v1.2.4-hotfix.2.

    \b
    Examples:
      hotfix next-tag
      hotfix next-tag --production v1.2.3
    """
    from hotfix.cli.next_tag import print_next_tag

    return print_next_tag(Path.cwd(), production, tag_format)
