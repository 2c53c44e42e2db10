"""Runs action.yml as GitHub's runner runs a composite action.

Each step's script is a file run by `bash --noprofile --norc -e -o pipefail`; the environment is the runner's (no
INPUT_*); outputs, environment and summary are files; a cancel sends SIGINT to the step's own process, SIGTERM 7.5 s
later and SIGKILL another 2.5 s later; steps with `if: always()` still run.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from tests.action.expressions import expand, holds
from tests.action.step_output import StepOutput
from tests.forked import Forked
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
SIGTERM_AFTER, KILL_AFTER = 7.5, 2.5
ENTRY_POINT = 'exec "$HOTFIX_ACTION_PYTHON" -I "$GITHUB_ACTION_PATH/action/entry_point.py"'
GOES_ON = 99
"""The exit status of a step's first lines if the entry point comes next."""


@dataclass
class Annotation:
    kind: str
    title: str
    message: str


@dataclass
class Result:
    """The result of one `uses:` step."""

    outcome: str
    """`success`, `failure` or `cancelled`."""
    outputs: dict[str, str]
    log: str
    summary: str
    statuses: dict[str, int]
    """Exit status of each step, by step ID."""

    @property
    def result(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.outputs["result"])
        return read

    @property
    def status(self) -> int:
        return self.statuses["run"]

    @property
    def annotations(self) -> list[Annotation]:
        """Return the workflow commands in the log that the runner would execute."""
        found, stopped = [], ""
        for line in self.log.splitlines():
            if stopped:
                stopped = "" if line.strip() == f"::{stopped}::" else stopped
            elif match := re.match(r"::stop-commands::(\S+)$", line.strip()):
                stopped = match[1]
            elif match := re.match(r"::(error|warning|notice)(?: title=([^:]*))?::(.*)$", line):
                found.append(Annotation(match[1], unescaped(match[2] or ""), unescaped(match[3])))
        return found

    @property
    def errors(self) -> list[Annotation]:
        return [each for each in self.annotations if each.kind == "error"]


def unescaped(text: str) -> str:
    for written, meant in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(written, meant)
    return text


@dataclass
class Job:
    """One job of a workflow run, as the runner sees it. `environ` is the job's own `env:`."""

    home: Path
    repo: str
    sha: str
    token: str
    api_url: str
    server_url: str
    ref: str = "refs/heads/hotfix/cart"
    event: Mapping[str, Any] = field(default_factory=dict)
    event_name: str = "workflow_dispatch"
    run_id: int = 1
    run_attempt: int = 1
    job: str = "ship"
    runner: str = "runner-1"
    environ: Mapping[str, str] = field(default_factory=dict)
    workspace: Path | None = None
    forked: bool = False
    """Whether the entry point's process is forked from a template that has imported it (tests/forked.py)."""

    def __post_init__(self) -> None:
        self.temp = self.home / "temp"
        self.temp.mkdir(parents=True, exist_ok=True)
        if self.workspace is None:
            self.workspace = self.home / "work"
        self.workspace.mkdir(exist_ok=True)

    def uses(self, **inputs: str) -> Result:
        """Run the Action and wait for it to end; interrupting the wait (Ctrl-C) ends all its processes."""
        running = self._running(inputs)
        try:
            running.start()
            return running.wait()
        except BaseException:
            running.end()
            raise

    def begin(self, **inputs: str) -> Running:
        running = self._running(inputs)
        running.start()
        return running

    def _running(self, inputs: Mapping[str, str]) -> Running:
        return Running(self, {name.replace("_", "-"): value for name, value in inputs.items()})

    def base_environment(self) -> dict[str, str]:
        event = self.temp / "event.json"
        event.write_text(json.dumps(dict(self.event)))
        here = {
            "ACTION": "__self",
            "ACTIONS": "true",
            "ACTION_PATH": str(ROOT),
            "ACTION_REPOSITORY": "hotfix/hotfix",
            "ACTION_REF": "v1",
            "ACTOR": "dev",
            "API_URL": self.api_url,
            "BASE_REF": "",
            "EVENT_NAME": self.event_name,
            "EVENT_PATH": str(event),
            "GRAPHQL_URL": self.api_url.replace("/v3", "/graphql"),
            "HEAD_REF": "",
            "JOB": self.job,
            "REF": self.ref,
            "REF_NAME": self.ref.removeprefix("refs/heads/"),
            "REPOSITORY": self.repo,
            "REPOSITORY_OWNER": self.repo.partition("/")[0],
            "RUN_ATTEMPT": str(self.run_attempt),
            "RUN_ID": str(self.run_id),
            "RUN_NUMBER": "1",
            "SERVER_URL": self.server_url,
            "SHA": self.sha,
            "WORKFLOW": "ship",
            "WORKSPACE": str(self.workspace),
        }
        kept = ("PATH", "LANG", "TZ", "SSL_CERT_FILE", "UV_CACHE_DIR", "XDG_CACHE_HOME")
        runner = {
            "NAME": self.runner,
            "OS": "Linux",
            "ARCH": "X64",
            "TEMP": str(self.temp),
            "ENVIRONMENT": "self-hosted",
        }
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
            "HOME": os.environ.get("HOME", str(self.home)),
            "CI": "true",
            **{f"GITHUB_{name}": value for name, value in here.items()},
            **{f"RUNNER_{name}": value for name, value in runner.items()},
            **self.environ,
        }


class Running:
    """A `uses:` step in progress, run in a thread."""

    def __init__(self, job: Job, given: Mapping[str, str]) -> None:
        self.job = job
        self._action = yaml.safe_load((ROOT / "action.yml").read_text())
        unknown = set(given) - set(self._action["inputs"])
        if unknown:
            raise ValueError(f"unknown inputs: {unknown}")
        github = {"token": job.token}
        inputs = {
            name: given.get(name, expand(spec.get("default", ""), {"github": github}))
            for name, spec in self._action["inputs"].items()
        }
        self._contexts: dict[str, Any] = {"inputs": inputs, "github": github, "steps": {}}
        self._process: Forked | subprocess.Popen[bytes] | None = None
        self._cancelled = threading.Event()
        self._over = threading.Event()
        self._log: list[str] = []
        self._summary = ""
        self._statuses: dict[str, int] = {}
        self._failed = False
        self.step = ""
        """The ID of the current step."""
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def log(self) -> str:
        return "".join(self._log)

    @property
    def going_on(self) -> bool:
        return self._thread.is_alive()

    def wait(self, timeout: float = 5 * PATIENCE) -> Result:
        self._thread.join(timeout)
        if self.going_on:
            self.kill()
            raise TimeoutError(f"the Action is still running after {timeout} s:\n{self.log}")
        outputs = {name: expand(spec["value"], self._contexts) for name, spec in self._action["outputs"].items()}
        outcome = "cancelled" if self._cancelled.is_set() else "failure" if self._failed else "success"
        return Result(outcome, outputs, self.log, self._summary, self._statuses)

    def wait_for(self, text: str) -> None:
        """Wait until the log contains a text."""
        until = time.monotonic() + PATIENCE
        while True:
            going_on = self.going_on
            if text in self.log:
                return
            if time.monotonic() > until or not going_on:
                raise TimeoutError(f"{text!r} is not in the log:\n{self.log}")
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the step's own process."""
        if self._process:
            self._process.send_signal(number)

    def cancel(self) -> None:
        """Cancel as the runner does when a user clicks Cancel."""
        self._cancelled.set()
        process = self._process
        if not process:
            return
        for number, grace in ((signal.SIGINT, SIGTERM_AFTER), (signal.SIGTERM, KILL_AFTER)):
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(grace)
                return
        process.kill()

    def kill(self) -> None:
        """Kill the step's process immediately, but not the processes it started."""
        self.send(signal.SIGKILL)

    def end_with_this_step(self) -> None:
        """Skip all later steps; the test runs them."""
        self._over.set()

    def end(self) -> None:
        """Simulate the loss of the machine: kill the step with all its processes and run no later step.

        A process that is just being started may have to be killed, too.
        """
        self._over.set()
        until = time.monotonic() + PATIENCE
        while self.going_on and time.monotonic() < until:
            if self._process and self._process.poll() is None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    step = psutil.Process(self._process.pid)
                    for process in (step, *step.children(recursive=True)):
                        with contextlib.suppress(psutil.NoSuchProcess):
                            process.kill()
            self._thread.join(0.05)

    def _run(self) -> None:
        environment = self.job.base_environment()
        for step in self._action["runs"]["steps"]:
            if self._over.is_set():
                return
            if not holds(step.get("if"), failed=self._failed, cancelled=self._cancelled.is_set()):
                self._contexts["steps"][step["id"]] = {"outcome": "skipped", "outputs": {}}
                continue
            status, outputs = self._step(step, environment)
            self._statuses[step["id"]] = status
            self._failed = self._failed or status != 0
            self._contexts["steps"][step["id"]] = {"outcome": "failure" if status else "success", "outputs": outputs}

    def _step(self, step: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        if step["shell"] != "bash":
            raise ValueError(step["shell"])
        files = {
            n: self.job.temp / f"{n.lower()}-{uuid.uuid4()}" for n in ("OUTPUT", "ENV", "STEP_SUMMARY", "PATH", "STATE")
        }
        for file in files.values():
            file.touch()
        if "${{" in step["run"]:
            raise ValueError("an expression inside run:")
        self.step = step["id"]
        env = {
            **environment,
            **{f"GITHUB_{name}": str(file) for name, file in files.items()},
            **{name: expand(value, self._contexts) for name, value in (step.get("env") or {}).items()},
        }
        before, entry, arguments = step["run"].partition(ENTRY_POINT)
        if entry and self.job.forked:
            status = self._start(f"{before}exit {GOES_ON}\n", env) if before else GOES_ON
            if status == GOES_ON:
                status = self._wait(lambda files: Forked(arguments.split(), self._workspace, env, files, "action"))
        else:
            status = self._start(step["run"], env)
        self._summary += files["STEP_SUMMARY"].read_text()
        if files["ENV"].read_text() or files["PATH"].read_text():
            raise AssertionError("the Action changed the environment of the user's later steps")
        return status, assignments(files["OUTPUT"].read_text())

    @property
    def _workspace(self) -> Path:
        assert self.job.workspace is not None
        return self.job.workspace

    def _start(self, script: str, env: Mapping[str, str]) -> int:
        """Run a script as the runner does, and return its exit status."""
        file = self.job.temp / f"{uuid.uuid4()}.sh"
        file.write_text(script)
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(file)]

        def start(files: tuple[int, int, int]) -> subprocess.Popen[bytes]:
            given, out, err = files
            return subprocess.Popen(
                command, env=env, cwd=self._workspace, stdin=given, stdout=out, stderr=err, start_new_session=True
            )

        return self._wait(start)

    def _wait(self, start: Callable[[tuple[int, int, int]], Forked | subprocess.Popen[bytes]]) -> int:
        """Start a process with input, output and error; log what it prints, and return its exit status."""
        shown, out = os.pipe()
        try:
            with open(os.devnull, "rb") as nothing:
                self._process = start((nothing.fileno(), out, out))
        finally:
            os.close(out)
        output = StepOutput(shown, self._log)
        threading.Thread(target=output.read_on, daemon=True).start()
        status = self._process.wait()
        output.read_rest()
        return status


def assignments(text: str) -> dict[str, str]:
    """Return the assignments in a GITHUB_OUTPUT file."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if match := re.match(r"([\w-]+)<<(\S+)$", line):
            value = []
            for each in lines:
                if each == match[2]:
                    break
                value.append(each)
            else:
                raise ValueError(f"{match[1]} has no end")
            found[match[1]] = "\n".join(value)
        elif match := re.match(r"([\w-]+)=(.*)$", line):
            found[match[1]] = match[2]
        elif line:
            raise ValueError(f"no assignment: {line!r}")
    return found
