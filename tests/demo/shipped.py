"""Second act: the Action ships the hotfix as in a workflow, rolls a second one back, and merges the first one back.

`action.yml` is run step by step as by GitHub's runner, against an application that is actually deployed on
loopback: one process per version, and a load balancer that splits the traffic.
"""

from __future__ import annotations

import os

from hotfix.cli.init import action_source
from tests.action.runner import ROOT, Job, Result
from tests.action.webapp import App
from tests.demo import show
from tests.demo.evaluated import BODY
from tests.demo.stage import Stage, wait_for_status, wait_for_verdict
from tests.forked import LINUX
from tests.github import Issue, Pull
from tests.service.running import eventually

PERMISSIONS = {
    "contents": "write",
    "deployments": "write",
    "actions": "read",
    "checks": "read",
    "pull_requests": "write",
}
"""Permissions of the jobs in the example workflows."""
RATE = "shop:error_ratio"
"""A Prometheus recording rule."""
MESSAGE = """hotfix: open sessions once

Fixes #1
Severity: P0

Changes:
- read the token once

Tested:
- npm test: a session opens

Rollback: deploy v1.2.4-hotfix.1 again
"""

ACTION = action_source.repository() or "acme/hotfix"
"""This repository as a workflow names it: from the clone's remote, otherwise as if it were on the simulated GitHub."""


class Ship:
    """Workflow jobs for one commit."""

    def __init__(self, stage: Stage, app: App, pull: Pull) -> None:
        self.stage, self.app, self.pull = stage, app, pull
        self.token = stage.github.workflow_token(stage.shop, PERMISSIONS)
        os.environ["PATH"] += f"{os.pathsep}{ROOT / '.tools/bin'}"
        self.job = Job(
            home=stage.home / f"runner-{pull.number}",
            repo=stage.shop.full_name,
            sha=pull.head_sha,
            token=self.token,
            api_url=stage.github.api_url,
            server_url=stage.github.url,
            ref=f"refs/heads/{pull.data['head']['ref']}",
            run_id=pull.number,
            # `make setup` has already downloaded what the Action installs, so the demo needs no network.
            environ={"WEBAPP": app.command, "UV_OFFLINE": "1"},
            forked=LINUX,
        )

    def uses(self, command: str, **inputs: str) -> Result:
        given = {"command": command, **{name.replace("_", "-"): value for name, value in inputs.items()}}
        written = [f"{name}: {value}" for name, value in given.items()]
        if len(written) > 5:
            show.code("\n".join([f"  - uses: {ACTION}@v1", "    with:", *(f"      {line}" for line in written)]))
        else:
            show.code(f"  - uses: {ACTION}@v1 with {', '.join(written)}")
        return self.run(command, **inputs)

    def run(self, command: str, **inputs: str) -> Result:
        done = self.job.uses(command=command, **inputs)
        if not done.outputs.get("result"):
            raise SystemExit(f"the demo's workflow failed:\n{done.log}")
        show.action(done.log, done.result)
        return done

    def to_production(self, *, again: bool = False) -> Result:
        inputs = {
            "environment": "production",
            "run": '$WEBAPP deploy "$HOTFIX_TAG" "$HOTFIX_PERCENTAGE"',
            "rollback_run": '$WEBAPP deploy "$HOTFIX_PREVIOUS_TAG" 100',
            "health_url": f"{self.app.url}/health",
            "canary_steps": "10,100",
            "gates": f'[{{prometheus: "{self.app.prometheus}", query: "{RATE}", max: 0.001}}]',
            "interval": "300ms",
            "count": "3",
        }
        return self.run("deploy", **inputs) if again else self.uses("deploy", **inputs)


def play(stage: Stage, incident: Issue, pull: Pull) -> None:
    app = App(stage.home / "app")
    try:
        app.deploy("v1.2.3")
        first = Ship(stage, app, pull)
        show.step("A workflow ships it: staging first")
        _must(first.uses("deploy", environment="staging", run="true", smoke="true"))
        show.step("The tag, annotated, at the very commit that was evaluated")
        _must(first.uses("tag"))
        show.step("Production: 10 % of the traffic, watched, then all of it")
        _must(first.to_production())
        show.traffic(app.routes)
        show.step("Watched for a while: fifteen minutes in earnest, two seconds here")
        _must(first.uses("monitor", duration="2s", interval="500ms", health_url=f"{app.url}/health"))
        _worse_one(stage, app)
        show.step("The fix is merged back to main, so that the next release contains it")
        _must(first.uses("back-merge"))
        show.step("The incident: what the hotfix still owes is opened and chased")
        stage.tara.comment(incident, "/hotfix verified an expired session is refused")
        eventually(lambda: len(incident.sub_issues()) >= 6, "the follow-ups and the post-mortem")
        show.status(wait_for_status(incident, "stage **follow-up**"), debts=True)
        _close(stage, incident)
    finally:
        app.close()


def _close(stage: Stage, incident: Issue) -> None:
    show.step("Unmerged for a day (eight seconds here): one reminder, then all is settled")

    def reminders() -> list[str]:
        bodies = [str(one["body"]) for one in incident.comments()]
        return [body for body in bodies if "<!-- hotfix:reminder back-merge" in body]

    (reminder,) = eventually(reminders, "the reminder")
    show.code(f"  {reminder.splitlines()[0]}")
    for pull in stage.shop.pulls("open"):
        if pull.data["base"]["ref"] == "develop" or pull.head_ref == "hotfix/expired-sessions":
            stage.tara.merge(pull)
    for one in incident.sub_issues():
        if "Post-mortem" not in one["title"]:
            stage.mia.close_issue(stage.shop, one["number"])
    stage.tara.comment(incident, "/hotfix done post-mortem")
    show.status(wait_for_status(incident, "stage **closed**"))


def _worse_one(stage: Stage, app: App) -> None:
    show.step("A second approved hotfix, by the same job: half of its answers are errors")
    branch = "hotfix/open-once"
    issue = f"#{stage.mia.open_issue(stage.shop, 'Sessions are opened twice')['number']}"
    stage.shop.branch(branch, at="v1.2.4-hotfix.1")
    source = stage.shop.read("src/session.js", branch).replace("const session", "const once")
    tests = stage.shop.read("test/session.test.js", branch) + "test('opens once', () => open(good, 1))\n"
    files = {"src/session.js": source.replace("session.", "once."), "test/session.test.js": tests}
    stage.shop.commit(branch, files, message=MESSAGE.replace("#1", issue), author=stage.mia)
    labels = ["hotfix", "priority:critical"]
    body = BODY.replace("#1", issue).replace("Deploy v1.2.3 again", "Deploy v1.2.4-hotfix.1 again")
    pull = stage.mia.open_pull(stage.shop, branch, title="HOTFIX: open sessions once", body=body, labels=labels)
    wait_for_verdict(pull)
    stage.tara.review(pull, "APPROVE")
    show.check_run(wait_for_verdict(pull, conclusion="success"))
    second = Ship(stage, app, pull)
    for name in ("deploy", "tag"):
        inputs = {"environment": "staging", "run": "true"} if name == "deploy" else {}
        _must(second.job.uses(command=name, **inputs))
    app.set_version("v1.2.4-hotfix.2", error_rate=0.5)
    failed = second.to_production(again=True)
    show.traffic(app.routes)
    if failed.outputs["rolled-back"] != "true" or app.routes != {"v1.2.4-hotfix.1": 100}:
        raise SystemExit(f"the demo's second hotfix was not rolled back:\n{failed.log}")
    show.say(
        f"  #{pull.number} stays open, rolled back. Its issue is not an incident: the rest is about the first hotfix."
    )


def _must(done: Result) -> Result:
    if done.outcome != "success":
        raise SystemExit(f"the demo's workflow failed:\n{done.log}")
    return done
