"""Run a command as a workflow step, with its outputs, summary and exit status."""

from __future__ import annotations

import importlib
import io
import sys
import traceback
from collections.abc import Callable, Mapping

from action.deployment import deployment_state
from action.runner import inputs as all_inputs
from action.runner import interrupts, runner_files, user_commands
from action.runner import run_context as contexts
from action.runner.command_errors import (
    ActionError,
    CommandFailed,
    Interrupted,
    OutcomeUnknown,
    UsageError,
    as_action_error,
    is_full_disk,
    refused_token,
)
from action.runner.command_run import PatientToken, Run
from action.runner.inputs import Command, WrongInputs, require_token
from action.runner.report import RunReport
from hotfix.github.transport.errors import (
    GitHubError,
    NotPermitted,
    RequestRefused,
    TransientError,
)
from hotfix.github.transport.refusals import RefusalCause


def work_of(name: str) -> Callable[[Run], object]:
    """Return the function that implements a command. Only the module of the same name is imported."""
    name = name.replace("-", "_")
    work: Callable[[Run], object] = getattr(importlib.import_module(f"action.commands.{name}"), name)
    return work


def main(environ: Mapping[str, str]) -> int:
    """Run the command given by the inputs, or `recover` if that is the argument. Return the exit status."""
    interrupts.listen()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # a runner's locale must not stop a deployment
    recovering = sys.argv[1:] == ["recover"]
    report = RunReport(command=environ.get("HOTFIX_INPUT_COMMAND", "").strip() or "action")
    try:
        inputs, context = all_inputs.read(environ, recovering=recovering), contexts.read(environ)
    except WrongInputs as error:
        for problem in error.problems:
            report.fail(problem)
        return _end(report, environ, UsageError.exit_status)
    except UsageError as error:
        report.fail(error)
        return _end(report, environ, error.exit_status)
    report.dry_run = inputs.dry_run
    run = Run(inputs, context, PatientToken(inputs.token, context.api_url, inputs.retry_for), report)
    status = carried_out(run, work_of("recover" if recovering else inputs.command), recovering=recovering)
    if recovering and not status and not report.timeline:
        return 0
    return _end(report, environ, status)


def carried_out(run: Run, work: Callable[[Run], object], *, recovering: bool = False) -> int:
    """Run a command. An error becomes the report's state, an error annotation and an exit status.

    `recovering`: an earlier step was interrupted, which may have run one of the user's commands.
    """
    report = run.report
    user_commands.started = recovering
    try:
        if not recovering and run.inputs.command is not Command.ROLLBACK:  # both work without GitHub
            require_token(run.inputs)
        work(run)
        return 0
    except Interrupted:
        report.state = "cancelled"
        half_done = deployment_state.path(run.context.temp).exists()
        then = "the next step undoes or records what is unfinished" if half_done else "nothing was left unfinished"
        cancelled = "The run was cancelled"
        report.reason = f"{report.reason} {cancelled}." if report.reason else f"{cancelled}; {then}."
        report.warn(report.reason)
        return 1
    except Exception as raised:
        error = _as_action_error(raised)
        if isinstance(error, UsageError) and user_commands.started:
            error = CommandFailed(error.what, error.remediation, about=error.about)  # 2 means that nothing was changed
        report.fail(error)
        return error.exit_status


def _as_action_error(error: Exception) -> ActionError:
    match error:
        case ActionError():
            return error
        case TransientError():
            return OutcomeUnknown(str(error), "Run the job again; it continues where it stopped.")
        case NotPermitted():
            return refused_token(error, "See docs/action.md for the permissions.")
        case RequestRefused() if RefusalCause.NO_SUCH_COMMIT in error.causes:
            return UsageError(str(error), "Push that commit to the repository first.", about="sha")
        case GitHubError():
            return ActionError(str(error))
        case OSError() if is_full_disk(error):
            return as_action_error(error)
    traceback.print_exc()
    return ActionError(f"This is a bug in hotfix ({type(error).__name__}: {error}).", "Please report it with the log.")


def _end(report: RunReport, environ: Mapping[str, str], status: int) -> int:
    try:
        context = contexts.read(environ)
    except UsageError:
        return status
    for file in filter(runner_files.size, context.not_ours):
        try:
            runner_files.write(file, "")
        except OSError as error:
            report.fail(CommandFailed(f"A command wrote to a file that changes the job's later steps ({error})."))
            status = status or CommandFailed.exit_status
        else:
            report.warn("A command wrote to a file that changes the job's later steps. Its content was discarded.")
    report.write(context.output, context.summary)
    return status
