"""Plan the answers to commands: their effects, a reaction, and a comment if the answer needs text."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix.life.incident_commands import CommandName
from hotfix.life.incident_life import Life
from hotfix.life.reconcile.writes import DispatchRun, PostComment, React, StartHotfix, Write
from hotfix.life.record import GivenCommand
from hotfix.life.words import command_answers
from hotfix.render.deploy_commands import NO_WORKFLOW, no_rollback_workflow
from hotfix.text.comment_commands import WORD


def replies(life: Life) -> Iterator[Write]:
    """Yield the answers to all comments that have none yet.

    The effects of a command come before the reaction that records it as done.
    """
    record = life.record
    accepted: dict[int, list[GivenCommand]] = {}
    refusals: dict[int, list[str]] = {}
    places: dict[int, int] = {}
    for command in life.incident.answered_commands.accepted:
        if not command.answered:
            places[command.id] = command.place
            if why := unfit(life, command):
                refusals.setdefault(command.id, []).append(why)
            else:
                accepted.setdefault(command.id, []).append(command)
    for command, why in life.incident.answered_commands.refused:
        if not command.answered:
            places[command.id] = command.place
            refusals.setdefault(command.id, []).append(why)
    for unclear in record.unanswered:
        places[unclear.id] = unclear.place
        refusals.setdefault(unclear.id, []).append(unclear.why)
    for comment, place in sorted(places.items()):
        done = accepted.get(comment, [])
        for command in done:
            yield from _effects(life, command)
        said = [sentence for command in done if (sentence := _sentence(life, command))]
        said += [command_answers.refused(why) for why in dict.fromkeys(refusals.get(comment, ()))]
        marker = f"answer {comment}"
        if said and not any(post.marker == marker for post in record.posts):
            yield PostComment(place=place, marker=marker, body=command_answers.answer(comment, said))
        if done:
            yield React(comment=comment, content="+1")
        if refusals.get(comment):
            yield React(comment=comment, content="confused")


def unfit(life: Life, command: GivenCommand) -> str:
    """Return why an authorized command can't be carried out now; empty if it can."""
    incident, deploy = life.incident, life.incident.policy.deploy
    match command.request.name:
        case CommandName.SHIP:
            if incident.pull is None:
                return "there is no single pull request to ship"
            if incident.pull.ruling is None or incident.pull.ruling.conclusion != "success":
                return f"the verdict on #{incident.pull.number} is not a pass, and nothing ships without one"
            if deploy.workflow is None:
                return f"{NO_WORKFLOW}; deploy it by hand"
        case CommandName.ROLLBACK:
            if deploy.rollback_workflow is None:
                return f"{no_rollback_workflow('')}; deploy the previous version by hand"
            if command.request.target and life.record.tags and command.request.target not in life.record.tags:
                return f"there is no tag {command.request.target}"
        case CommandName.VERIFIED:
            if not (incident.in_production_at or incident.restored):
                return f"nothing of this incident runs in production yet; write `{WORD} verified` once it does"
        case _:
            pass
    return ""


def _effects(life: Life, command: GivenCommand) -> Iterator[Write]:
    deploy = life.incident.policy.deploy
    match command.request.name:
        case CommandName.START if not life.incident.live_pulls:
            yield StartHotfix(command=command)
        case CommandName.SHIP if deploy.workflow:
            yield DispatchRun(command=command, workflow=deploy.workflow)
        case CommandName.ROLLBACK if deploy.rollback_workflow:
            yield DispatchRun(command=command, workflow=deploy.rollback_workflow, tag=command.request.target)
        case _:
            return


def _sentence(life: Life, command: GivenCommand) -> str:
    """Return the text of the answer as Markdown; empty if the reaction is enough.

    The answer to `start` is posted with the branch, by the write that creates it.
    """
    match command.request.name:
        case CommandName.HELP:
            return command_answers.usage()
        case CommandName.STATUS:
            return command_answers.status(life)
        case CommandName.START if life.incident.live_pulls:
            pull = life.incident.live_pulls[-1]
            return command_answers.started_again(pull.branch, pull.number)
        case _:
            return ""
