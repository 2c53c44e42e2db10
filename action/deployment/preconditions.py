"""Check the preconditions of a deployment before it changes anything, and add the previous version to its target."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

from action.deployment import verdict_gate
from action.deployment.previous_version import previous_version, with_previous_version
from action.deployment.target import Target, canonical_name
from action.runner.command_errors import DeploymentRefused, OutcomeUnknown, UsageError
from action.runner.command_run import Run
from hotfix.gates.gate import HttpGate, PrometheusGate
from hotfix.gates.measure import Probe, sample
from hotfix.gates.tally import Measurement, MeasurementKind
from hotfix.github.write.rollout import deployments
from hotfix.production.versions import Version

_USUAL = "production"
"""The usual name of production. It is not treated as another environment just because the policy does not name it."""


def check_named_production(run: Run) -> str:
    """Return the policy's production environment. Raises UsageError if the input names another one."""
    named = run.inputs.environment
    if named and not deployments.same_environment(named, run.production_environment):
        raise _unguarded(run, named)
    return run.production_environment


def _unguarded(run: Run, named: str) -> UsageError:
    production = run.production_environment
    return UsageError(
        f"The policy's production is '{production}', so neither verdict nor staging would guard '{named}'.",
        f"Write 'environment: {production}' here, or 'production: {{environment: {named}}}' in the policy.",
        about="environment",
    )


def check(run: Run, target: Target) -> Target:
    """Check a target and return it with the previous version.

    Raises UsageError, DeploymentRefused or OutcomeUnknown. Afterwards only the deployment itself can fail.
    """
    target = _for_production(run, target) if target.production else with_previous_version(run, target)
    check_gates(run)
    _checked_out(run, target)
    return target


def _checked_out(run: Run, target: Target) -> None:
    """Warn if another commit is checked out, such as GitHub's merge commit of a pull request."""
    if not Path(".git").exists():
        return
    asked = ["git", "-c", "safe.directory=*", "rev-parse", "HEAD"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, timeout=10
        )
        head = done.stdout.strip()
        if head != target.sha:
            run.report.warn(
                f"{head[:12]} is checked out, not {target.sha[:12]}: a command that deploys what is there deploys what "
                f"was not evaluated. Give the checkout 'ref: {target.sha}'."
            )


def environment_exists(run: Run, name: str) -> None:
    """Raise UsageError if the environment does not exist: GitHub would create it without protection."""
    if canonical_name(run, name) in (run.production_environment, run.staging_environment):
        return
    if deployments.same_environment(name, _USUAL):
        raise _unguarded(run, name)
    with run.needs("actions: read"):
        known = run.patiently(lambda: deployments.environments(run.client, run.repo))
    if name not in known:
        there = f"There are: {', '.join(known)}" if known else "There is none yet"
        raise UsageError(
            f"The environment '{name}' does not exist.",
            f"{there}. Create it under Settings, Environments, or correct the name.",
            about="environment",
        )


def check_named_staging(run: Run) -> str:
    """Return the staging environment. Raises UsageError if the policy names another one than the input.

    The policy is protected, and what an input names can be any environment with less protection.
    """
    name, given = run.staging_environment, run.inputs.staging_environment
    if given and not deployments.same_environment(given, name):
        raise UsageError(
            f"The policy's staging environment is '{name}', not '{given}'.",
            "Correct the input, or 'production: {staging: ...}' of the policy.",
            about="staging-environment",
        )
    return name


def _for_production(run: Run, target: Target) -> Target:
    previous = verdict_gate.permitted(run, target.sha).previous_version(run)
    if _has_own_history(run, target):
        previous = previous_version(run, target.environment, target.sha)
    target = target.following(previous)
    if not run.inputs.rollback_run and target.previous_sha:
        raise UsageError(
            f"Production requires a command that restores {target.previous_name}.",
            "Add 'rollback-run: ...'; it receives the version in HOTFIX_PREVIOUS_SHA.",
            about="rollback-run",
        )
    if problem := missing_tag(target.previous_tag, target.previous_sha, run.inputs.rollback_run):
        raise UsageError(
            f"{problem}, and could bring nothing back.",
            "Use HOTFIX_PREVIOUS_SHA, or ${HOTFIX_PREVIOUS_TAG:-$HOTFIX_PREVIOUS_SHA}.",
            about="rollback-run",
        )
    _no_step_back(target)
    staged = run.history(run.staging_environment).succeeded(target.sha)
    if not staged and not run.inputs.dry_run:
        raise DeploymentRefused(
            f"{target.sha[:12]} was not deployed to {run.staging_environment} successfully.",
            f"Run 'command: deploy' with 'environment: {run.staging_environment}' for this commit first.",
            about="environment",
        )
    if not (run.inputs.health_url or run.inputs.gates or run.inputs.smoke):
        run.report.warn(
            "Nothing but the command's exit status will tell how it goes: add 'health-url: ...' or 'gates'."
        )
    if not target.tag:
        run.report.warn(
            f"No tag names {target.sha[:12]}; run 'command: tag' first, so that the next hotfix can follow it."
        )
    return target


def missing_tag(tag: str, sha: str, rollback_run: str) -> str:
    """Return the problem if the rollback command relies on the tag of a version without one; empty otherwise."""
    if tag or not sha or "HOTFIX_PREVIOUS_TAG" not in rollback_run or "HOTFIX_PREVIOUS_SHA" in rollback_run:
        return ""
    return f"No tag names {sha[:12]}, which ran before, so 'rollback-run' would find HOTFIX_PREVIOUS_TAG empty"


def _has_own_history(run: Run, target: Target) -> bool:
    """Return whether the Action has deployed to this target before, so its version may differ from other targets'."""
    if not run.inputs.target or run.inputs.production_tag:
        return False
    records = run.history(target.environment).records
    return any(each.is_ours and each.task == run.task for each in records)


def _no_step_back(target: Target) -> None:
    """Raise DeploymentRefused if a newer version runs, so that re-running an old workflow deploys no old version."""
    own, now = Version.parse(target.tag), Version.parse(target.previous_tag)
    same_product = own and now and own.prefix.rstrip("vV") == now.prefix.rstrip("vV")
    if own and now and same_product and own < now:
        raise DeploymentRefused(
            f"{target.environment} runs {now.tag}, which is newer than {own.tag}.",
            f"Cut the hotfix from {now.tag}; to go back intentionally, use 'command: rollback' with 'to: ...'.",
        )


def check_gates(run: Run) -> None:
    """Check the environment variables of the gates, and that each Prometheus responds, before anything is changed.

    This also detects queries that can never return a single sample. Raises UsageError or OutcomeUnknown.
    """
    for at, gate in enumerate(run.inputs.gates):
        if not isinstance(gate, HttpGate):
            continue
        if missing := [name for name in gate.variables if not os.environ.get(name)]:
            raise UsageError(
                f"gates[{at}]: the environment variable {missing[0]} of a header is not set.",
                "Set it by 'env:' at the step or the job.",
                about="gates",
            )
        if not isinstance(gate, PrometheusGate):
            continue
        for query in filter(None, (gate.query, gate.samples_query)):
            seen = sample(gate, query, Probe(os.environ))
            if not isinstance(seen, Measurement):
                continue
            if seen.wrong_use:
                raise UsageError(f"gates[{at}]: {seen.wrong_use}", about="gates")
            if seen.kind is MeasurementKind.ERROR:
                raise OutcomeUnknown(
                    f"gates[{at}]: Prometheus does not respond: {seen.message}.", "Fix it first.", about="gates"
                )
