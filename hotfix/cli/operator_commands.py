"""The commands for setting up hotfixes and running the service: init, serve, doctor and policy."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hotfix.cli.commands import HelpfulCommand, app

__all__ = ["app"]


class DoctorFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


@app.command(cls=HelpfulCommand, short_help="Set up a repository for hotfixes.")
def init(
    target: Annotated[
        str, typer.Argument(metavar="[OWNER/REPO | .]", help="The repository; `.` means this clone's.")
    ] = ".",
    local: Annotated[bool, typer.Option("--local", help="Write the files here; open no pull request.")] = False,
    tech_leads: Annotated[str, typer.Option(metavar="LIST", help="Who approves hotfixes: LOGIN,ORG/TEAM.")] = "",
    security: Annotated[str, typer.Option(metavar="LIST", help="Who also approves changes of sensitive paths.")] = "",
    production: Annotated[str, typer.Option(metavar="NAME", help="GitHub's environment of production.")] = "production",
    staging: Annotated[str, typer.Option(metavar="NAME", help="GitHub's environment of staging.")] = "staging",
    canary: Annotated[str, typer.Option(metavar="STEPS", help="Percentages of production's traffic.")] = "10,100",
    app_id: Annotated[int | None, typer.Option("--app", metavar="ID", help="The id of the hotfix App.")] = None,
    require_check: Annotated[
        bool, typer.Option("--require-check", help="Require the check, pinned to the App (needs --app).")
    ] = False,
    action: Annotated[
        str,
        typer.Option("--action", metavar="OWNER/NAME", help="Take the Action from this repository, such as your copy."),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="With --local: also write on a hotfix branch.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> int:
    """Write policy, incident form, pull request template and workflows, and create the labels.

    The repository's deployment, long-lived branches and tags are detected. No file that
    exists is overwritten. Without --yes, the files are shown first, and at a terminal you are asked for the rest; each
    question has a flag.

    \b
    Examples:
      hotfix init                # a pull request for this clone's repository
      hotfix init acme/shop --tech-leads acme/leads --app 12345 --require-check
      hotfix init --local        # write the files, look at them
    """
    from hotfix.cli.init.answers import InitAnswers, are_people, people
    from hotfix.cli.init.command import initialize, is_repository

    for option, names in (("--tech-leads", tech_leads), ("--security", security)):
        if not are_people(names):
            raise typer.BadParameter(f"{option} takes logins and teams: LOGIN,ORG/TEAM.")
    if action and not is_repository(action):
        raise typer.BadParameter("--action takes a repository: OWNER/NAME.")
    given = InitAnswers(
        tech_leads=people(tech_leads),
        security=people(security),
        production=production,
        staging=staging,
        canary=canary,
        app=app_id,
        require_check=require_check,
        action=action,
    )
    return initialize(Path.cwd(), target, given, local=local, yes=yes, force=force)


@app.command(cls=HelpfulCommand, short_help="Run the service.")
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 selects a free one.")] = 8000,
    print_credentials: Annotated[
        bool, typer.Option("--print", help="Set-up prints the new App's credentials instead of writing .env.")
    ] = False,
) -> int:
    """Run the service that evaluates pull requests as GitHub's webhooks arrive.

    Settings come from the environment (HOTFIX_APP_ID, HOTFIX_PRIVATE_KEY, HOTFIX_WEBHOOK_SECRET ...) or .env. Without
    these three, the service prints a link that registers the GitHub App in your browser,
    writes .env and then runs the service.

    \b
    Examples:
      hotfix serve
      hotfix serve --host 0.0.0.0 --port 8080
    """
    from hotfix.cli.serve import run_service

    return run_service(host, port, print_credentials=print_credentials)


@app.command("doctor", cls=HelpfulCommand, short_help="Report what is wrong with the set-up and how to fix it.")
def doctor(
    subject: Annotated[
        str, typer.Argument(metavar="[OWNER/REPO[#N]]", help="A repository, or a pull request without a check.")
    ] = "",
    format: Annotated[DoctorFormat, typer.Option(help="The output format.")] = DoctorFormat.TEXT,
) -> int:
    """Report what is wrong with the set-up of the service, a repository or a pull request, and how to fix it.

    Run it in the folder of the service: it reads the service's settings (environment or .env) and GitHub. It changes
    nothing. Exit status: 0 no problem was found, 1 a problem was found.

    \b
    Examples:
      hotfix doctor               # settings, database, key, permissions, webhook
      hotfix doctor acme/shop     # policy, labels, environments, required check
      hotfix doctor acme/shop#42  # why the pull request has no check
    """
    from hotfix.cli.serve import run_doctor

    return run_doctor(subject, format.value)


policy = typer.Typer(rich_markup_mode=None, help="Check, describe and explain the policy, .github/hotfix.yml.")
app.add_typer(policy, name="policy", short_help="Check, describe and explain the policy.")

PolicyFile = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="The policy; `-` reads stdin. [.github/hotfix.yml of this clone]"),
]


@policy.command("validate", cls=HelpfulCommand, short_help="Print all errors in a policy.")
def policy_validate(file: PolicyFile = None) -> int:
    """Print all errors in a policy with line and column; exit status 1 if there is one.

    \b
    Examples:
      hotfix policy validate
      hotfix policy validate drafts/hotfix.yml
    """
    from hotfix.cli.policy import validate

    return validate(Path.cwd(), file)


@policy.command("schema", cls=HelpfulCommand, short_help="Print the JSON Schema.")
def policy_schema() -> int:
    """Print the JSON Schema of the policy, for editors.

    \b
    Example:
      hotfix policy schema > .github/hotfix-policy.schema.json
    """
    from hotfix.cli.policy import print_schema

    return print_schema()


@policy.command("explain", cls=HelpfulCommand, short_help="Print the rules' settings, and what each means.")
def policy_explain(
    what: Annotated[
        str | None, typer.Argument(metavar="[RULE | SECTION | FILE]", help="A rule, section or setting, or the policy.")
    ] = None,
    policy_file: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="The policy. [.github/hotfix.yml of this clone]")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every setting with its meaning.")] = False,
) -> int:
    """Print each rule's settings on a line, and what the policy changes; with a name, what each setting means.

    \b
    Examples:
      hotfix policy explain
      hotfix policy explain size
      hotfix policy explain people
      hotfix policy explain sla.P0
      hotfix policy explain --all --policy drafts/hotfix.yml
    """
    from hotfix.cli.policy import explain

    return explain(Path.cwd(), what, policy_file, everything=everything)
