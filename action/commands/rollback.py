"""`rollback`: deploys again what ran before."""

from __future__ import annotations

from dataclasses import replace

from action.deployment import claim, deployment_state, preconditions, undo
from action.deployment.deployment_state import Phase
from action.deployment.target import Target, all_tags, latest_change, previous_deployment, spelled, tag_of
from action.runner.command_run import Run
from action.runner.errors import Refused, UsageError
from hotfix.github.write import deployments
from hotfix.github.write.deployments import Deployment


def rollback(run: Run) -> None:
    """Bring back what ran before the latest change, or `to`. Does nothing when that runs already."""
    report, inputs = run.report, run.inputs
    environment = spelled(run, inputs.environment or run.production_environment)
    preconditions.environment_exists(run, environment)
    known = all_tags(run)
    with run.needs("deployments: write"):
        current = run.patiently(lambda: deployments.running(run.client, run.repo, environment))
        latest, settled = run.patiently(lambda: latest_change(run, environment))
    if latest is None:
        raise Refused(
            f"Nothing runs in {environment} by a deployment, so nothing can be rolled back.", about="environment"
        )
    tag, sha = _goal(run, latest, known, environment)
    name = tag or sha[:12]
    report.fact("Environment", environment)
    report.fact("Back to", name)
    report.output("rolled-back", False)
    # With no success on record, the latest change was taken back to what it wrote down.
    if settled and (current.sha == sha if current else not inputs.to):
        report.tell(f"{name} runs in {environment} already; 'to: ...' leads further back")
        report.output("rolled-back-to", name)
        return
    broken = current if settled else _broken(run, latest)
    target = Target(
        environment=environment,
        production=deployments.same_environment(environment, run.production_environment),
        sha=broken.sha if broken else sha,
        tag=(tag_of(run, broken, known) or "") if broken else "",
        previous_tag=tag,
        previous_sha=sha,
    )
    if inputs.dry_run:
        report.would(f"run rollback-run to bring {name} back to {environment} in place of {target.name}")
        report.output("rolled-back-to", name)
        return
    taken = claim.take(
        run,
        environment=environment,
        production=target.production,
        ref=tag or sha,
        sha=sha,
        description=f"Roll back {target.name} to {name}",
        payload={"kind": "rollback", "tag": tag, "broken": broken.id if broken else None},
        done=lambda _mine: _brought_back(run, environment, sha, since=latest),
    )
    report.output("deployment-id", taken.deployment.id)
    if not taken.mine:
        report.tell(f"Another run has brought {name} back")
        report.output("rolled-back", True)
        report.output("rolled-back-to", name)
        return
    state = replace(
        undo.begun(run, target, taken.deployment),
        broken=broken.id if broken else 0,
        percentage=100,
        phase=Phase.ROLLING_BACK,
        reason="a rollback was asked for",
    )
    undo.bring_back(run, state)
    deployment_state.clear(run.context.temp)
    report.output("rolled-back-to", name)


def _brought_back(run: Run, environment: str, sha: str, *, since: Deployment) -> Deployment | None:
    """The rollback to a commit that another run has ended since we looked."""
    now = run.patiently(lambda: deployments.running(run.client, run.repo, environment))
    newer = now is not None and now.id > since.id and now.sha == sha
    return now if newer and now and now.payload.get("kind") == "rollback" else None


def _goal(run: Run, latest: Deployment, known: dict[str, str], environment: str) -> tuple[str, str]:
    """Tag and commit to go back to: what ran before the latest change. A rollback's own goal stays the goal."""
    if to := run.inputs.to:
        if to not in known:
            raise UsageError(f"There is no tag {to}.", "Name a tag that exists.", about="to")
        return to, known[to]
    if latest.payload.get("kind") == "rollback":
        return tag_of(run, latest, known) or "", latest.sha
    if before := run.patiently(lambda: previous_deployment(run, latest, known)):
        return before
    raise UsageError(
        f"Nobody wrote down what ran in {environment} before {latest.ref}.", "Say which tag with 'to: ...'.", about="to"
    )


def _broken(run: Run, cut_off: Deployment) -> Deployment:
    """The deployment that a cut-off one deployed, or was about to take back."""
    number = cut_off.payload.get("broken")
    if cut_off.payload.get("kind") != "rollback" or not isinstance(number, int):
        return cut_off
    return run.patiently(lambda: deployments.read(run.client, run.repo, number))
