"""Watch a deployment's gates, report each measurement, and raise an error if a gate does not pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from action.gates.measurement_loop import MeasurementLoop
from action.runner import user_commands
from action.runner.command_errors import CommandFailed, OutcomeUnknown
from action.runner.command_run import Run
from action.runner.report import one_line
from hotfix.gates.gate import Gate
from hotfix.gates.tally import Measurement, Tally, WatchResult
from hotfix.render import safe_markdown


def watch(
    run: Run,
    gates: Sequence[Gate],
    extra: Mapping[str, str],
    *,
    where: str,
    duration: float | None = None,
    on_measurement: Callable[[Gate, Measurement], None] = lambda gate, measurement: None,
) -> int:
    """Measure the gates and return the number of measurements.

    Raises CommandFailed or OutcomeUnknown with the gate's message.
    """

    def show(gate: Gate, measurement: Measurement) -> None:
        user_commands.say(one_line(f"  {gate.name}: {measurement.kind} ({measurement.message})"))
        on_measurement(gate, measurement)

    outcome, tallies = MeasurementLoop(run.inputs, show)(gates, extra, duration=duration)
    run.report.output("samples", int(run.report.outputs.get("samples") or 0) + outcome.samples)
    run.report.details.append(_table(where, tallies))
    match outcome.result:
        case WatchResult.FAILED:
            raise CommandFailed(f"The gate '{outcome.gate}' failed {where}: {outcome.message}.", about="gates")
        case WatchResult.UNKNOWN:
            raise OutcomeUnknown(f"The gate '{outcome.gate}' gave no answer {where}: {outcome.message}.", about="gates")
        case WatchResult.PASSED:
            run.report.log(f"Every gate passed {where} ({outcome.samples} measurements)")
    return outcome.samples


def _table(where: str, tallies: Sequence[Tally]) -> str:
    rows = [
        [
            safe_markdown.text(tally.gate.name),
            str(tally.taken),
            str(tally.failed),
            safe_markdown.text(tally.last.message if tally.last else ""),
        ]
        for tally in tallies
    ]
    return safe_markdown.details(
        f"Gates {safe_markdown.text(where)}", safe_markdown.table(["gate", "measured", "failed", "last"], rows)
    )
