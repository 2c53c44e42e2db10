"""From the environment to a command and back: outputs, summary, exit status."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable

from action.deployment import deployment_state
from action.runner import inputs as all_inputs
from action.runner import interrupts
from action.runner import run_context as contexts
from action.runner.command_run import PatientToken, Run
from action.runner.errors import ActionError, Interrupted, Unknown, UsageError
from action.runner.inputs import Inputs, WrongInputs
from action.runner.report import Report
from action.runner.run_context import Context
from hotfix.github.transport.errors import AccessRestricted, GitHubError, NotPermitted, Refused, TransientError


def work_of(name: str) -> Callable[[Run], object]:
    """The function that carries a command out, of the module of the same name: only that one is loaded."""
    name = name.replace("-", "_")
    work: Callable[[Run], object] = getattr(importlib.import_module(f"action.commands.{name}"), name)
    return work


def main() -> int:
    """Run the command of the inputs, or with the argument `recover` what must run last."""
    interrupts.listen()
    recovering = sys.argv[1:] == ["recover"]
    report = Report(command=os.environ.get("HOTFIX_INPUT_COMMAND", "").strip() or "action")
    try:
        inputs, context = all_inputs.read(os.environ, recovering=recovering), contexts.read(os.environ)
    except WrongInputs as error:
        for problem in error.problems:
            report.fail(problem)
        return _end(report, UsageError.exit_status)
    except UsageError as error:
        report.fail(error)
        return _end(report, error.exit_status)
    report.dry_run = inputs.dry_run
    run = Run(inputs, context, PatientToken(inputs.token, context.api_url, inputs.retry_for), report)
    status = carried_out(run, work_of("recover" if recovering else inputs.command))
    if recovering and not status and not report.timeline:
        return 0
    return _end(report, status, context)


def carried_out(run: Run, work: Callable[[Run], object]) -> int:
    """Do the work; whatever stops it becomes the report's state, one line of error, and an exit status."""
    report = run.report
    try:
        _token(run.inputs)
        work(run)
        return 0
    except ActionError as error:
        report.fail(error)
        return error.exit_status
    except Interrupted:
        report.state = "cancelled"
        half_done = deployment_state.path(run.context.temp).exists()
        then = "the step after this one brings back what was half done" if half_done else "nothing was left half done"
        report.reason = f"The run was cancelled; {then}."
        report.warn(report.reason)
        return 1
    except TransientError as error:
        report.fail(Unknown(str(error), "Run the job again; it goes on from where it was."))
        return Unknown.exit_status
    except AccessRestricted as error:
        mend = "Use a runner or a token that the organization lets in."
        report.fail(UsageError(str(error), mend, about="token"))
        return UsageError.exit_status
    except NotPermitted as error:
        report.fail(UsageError(str(error), "See docs/action.md for the permissions.", about="token"))
        return UsageError.exit_status
    except Refused as error:
        unknown = any(words in str(error).casefold() for words in ("no commit found", "no ref found"))
        mend = "Push that commit to the repository first." if unknown else ""
        report.fail(UsageError(str(error), mend, about="sha") if unknown else ActionError(str(error)))
        return UsageError.exit_status if unknown else ActionError.exit_status
    except GitHubError as error:
        report.fail(ActionError(str(error)))
        return ActionError.exit_status
    except Exception as error:
        traceback.print_exc()
        kind = type(error).__name__
        report.fail(ActionError(f"Something went wrong that should not ({kind}: {error}).", "Please report the log."))
        return ActionError.exit_status


def _token(inputs: Inputs) -> None:
    if not inputs.token:
        raise UsageError(
            "There is no token.", "Leave the input unset for the job's own, or pass a GitHub App's.", about="token"
        )


def _end(report: Report, status: int, context: Context | None = None) -> int:
    if context is None:
        try:
            context = contexts.read(os.environ)
        except UsageError:
            return status
    report.write(context.output, context.summary)
    return status
