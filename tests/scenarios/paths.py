"""The five scenarios, each as the steps required by its playbook and the workflow."""

from __future__ import annotations

from collections.abc import Callable

from tests.action.runner import Running
from tests.scenarios.walk import Walk, posts

SEVERITY = "Severity correctly assessed (P0/P1)"
DECLARED = "Incident declared in #incidents"
NOTIFIED = "Stakeholders notified"
BRANCH = "Hotfix branch created from production tag"
SPEC = "Minimal spec created"
FIX = "Fix implemented (minimal changes only)"
TESTS = "Tests pass"
REVIEWED = "Code reviewed (fast-track)"
STAGED = "Deployed to staging"
STAGING = "Staging verification passed"
INITIATED = "Production deployment initiated"
SUCCESSFUL = "Deployment successful"
HEALTH = "Health checks passing"
ERRORS = "No new errors in logs"
RESOLVED = "Original issue resolved"
MONITORED = "Monitoring for 1 hour"
UPDATED = "Stakeholders updated"
PAGE = "Status page updated"
MERGED = "Hotfix back-merged to main"
TICKETS = "Follow-up tickets created"
MEETING = "Post-mortem scheduled"
RUNBOOKS = "Runbooks updated"

IN_PRODUCTION = (INITIATED, SUCCESSFUL, HEALTH, ERRORS, UPDATED, TICKETS)
SHIPPED = (STAGED, STAGING, *IN_PRODUCTION)
WATCH_ENDS = "An hour passes without a failing gate"


def endpoint(walk: Walk) -> None:
    """Canary rollout, each step in a separate job."""
    _declared(walk, "Identify the failing endpoint", "a rollback is probably faster", "`/hotfix rollback v1.2.2`")
    walk.step(
        "Kim decides against the rollback: `/hotfix note ...`",
        walk.says(walk.kim, "note v1.2.2 can't read the new orders, so a hotfix it is"),
        stage="declared",
        shows=("read the new orders",),
    )
    _started(walk)
    _fixed(walk)
    _approved(walk)
    staging = {"environment": "staging", "run": "true", "health_url": f"{walk.app.url}/health"}
    walk.step(
        "The Action deploys to staging and checks its health",
        lambda: walk.uses("deploy", staging),
        stage="staging",
        ticks=(STAGED, STAGING),
    )
    production = {"environment": "production", "run": '$WEBAPP deploy "$HOTFIX_TAG" "$HOTFIX_PERCENTAGE"'}
    walk.step("The Action tags the approved commit", lambda: walk.uses("tag"), stage="staging")
    walk.step(
        "The Action deploys to production: 10 %, measured, then 100 %",
        lambda: walk.uses("deploy", {**walk.deploys, **production}),
        stage="watching",
        ticks=IN_PRODUCTION,
        later=(MONITORED,),
        shows=("**kim** must act: verify",),
    )
    walk.step(WATCH_ENDS, stage="watching", ticks=(MONITORED,))
    _verified(walk)
    walk.step("The Action opens the back-merge", lambda: walk.uses("back-merge"), stage="follow-up")
    _settled(walk)


def security(walk: Walk) -> None:
    """Deploy immediately after the review: the passing verdict starts the workflow."""
    _declared(walk, "Security reviews the vulnerability report", "Security team: acme/security")
    _started(walk)
    _fixed(walk)
    _approved(walk, sensitive=True)

    def shipped() -> None:
        run = walk.started("hotfix-ship.yml")
        assert run["sha"] == walk.pull.head_sha
        walk.ship()

    walk.step(
        "The pass starts the deploy workflow, which ships it", shipped, stage="watching", ticks=SHIPPED,
        later=(MONITORED,),
    )  # fmt: skip
    walk.step(WATCH_ENDS, stage="watching", ticks=(MONITORED,))
    _verified(walk)
    _settled(walk)


def data(walk: Walk) -> None:
    """Stop writes first and cut the branch by hand. Only the Action and people check production."""
    _declared(walk, "STOP writes first", agent="debug")
    walk.step(
        "Mia stops the writes, and says so: `/hotfix note ...`",
        walk.says(walk.mia, "note read-only since 03:20, 14 rows are damaged"),
        stage="declared",
        shows=("14 rows are damaged",),
    )

    def by_hand() -> None:
        walk.branch()
        walk.push()
        walk.open_pull()
        walk.ready()

    walk.step(
        "Mia cuts the branch from the tag, commits the fix with its spec, opens the pull request",
        by_hand,
        stage="reviewing",
        ticks=(BRANCH, SPEC, FIX, TESTS),
    )
    _approved(walk)
    walk.step(
        "The Action ships it: staging, tag, production, back-merge",
        walk.ship,
        stage="watching",
        ticks=SHIPPED,
    )
    walk.step(
        "Mia repairs the rows and watches for an hour: `/hotfix done monitoring`",
        walk.says(walk.mia, "done monitoring 14 rows repaired, nothing new"),
        stage="watching",
        ticks=(MONITORED,),
    )
    _verified(walk)
    _settled(walk)


def performance(walk: Walk) -> None:
    """Roll back the first fix, which makes the problem worse; the second one works."""
    _declared(walk, "profile the slow component", agent="performance")
    _started(walk)
    _fixed(walk)
    _approved(walk)

    shipping: list[Running] = []

    def shipped() -> None:
        walk.started("hotfix-ship.yml")
        shipping.append(walk.begin_ship())

    walk.step("The pass starts the deploy workflow, which ships it", shipped, stage="watching", ticks=SHIPPED)
    broken = walk.pull.head_sha
    worse = lambda: walk.app.set_version(broken, error_rate=0.5)  # noqa: E731
    walk.step(
        "Under load every second search fails: the service's gate alerts",
        worse,
        stage="watching",
        shows=("Failing in production: prometheus errors",),
        loses=(HEALTH, ERRORS),
    )
    assert shipping[0].wait().outcome == "success"
    (alert,) = walk.eventually(lambda: posts(walk.issue, "gate "), "the alert")
    assert "/hotfix rollback v1.2.3" in alert["body"]

    def rolled_back() -> None:
        walk.kim.comment(walk.issue, "/hotfix rollback v1.2.3")
        run = walk.started("hotfix-rollback.yml")
        assert run["inputs"] == {"to": "v1.2.3"}
        inputs = {"to": "v1.2.3", "rollback_run": walk.deploys["rollback_run"], "health_url": f"{walk.app.url}/health"}
        done = walk.uses("rollback", inputs, ref="refs/heads/main", sha=walk.shop.sha("main"))
        assert done.outputs["rolled-back"] == "true"
        assert walk.app.routes == {"v1.2.3": 100}

    walk.step(
        "Kim rolls back: `/hotfix rollback v1.2.3` starts the rollback workflow",
        rolled_back,
        stage="rolled back",
        loses=(SUCCESSFUL,),
        shows=("**mia** must act",),
    )
    page = lambda: walk.world.page.incidents[-1]["status"] == "investigating"  # noqa: E731
    walk.eventually(page, "the status page to be back to investigating")

    def announced() -> bool:
        said = "Hotfix rolled back - investigating alternative fix: Searching"
        return any(said in message["text"] for message in walk.world.slack.replies("#incidents"))

    walk.eventually(announced, "the rollback to be announced")
    better = walk.case.fixed.replace("rows[:50]", "rows[:20]")
    again = {walk.case.path: better}

    def second() -> None:
        walk.push(again)
        walk.ready()

    walk.step(
        "Mia pushes a smaller fix",
        second,
        stage="reviewing",
        loses=(REVIEWED, STAGED, STAGING),
    )
    walk.step("Tara approves it", walk.approve(walk.tara), stage="staging", ticks=(REVIEWED,))
    walk.app.set_version(broken, error_rate=0.0)

    def shipped_again() -> None:
        walk.kim.comment(walk.issue, "/hotfix ship")
        walk.started("hotfix-ship.yml", 2)
        walk.ship()

    walk.step(
        "Kim ships it: `/hotfix ship`",
        shipped_again,
        stage="watching",
        ticks=(STAGED, STAGING, SUCCESSFUL, HEALTH, ERRORS),
    )
    walk.step(
        "Mia watches CPU, memory and response times: `/hotfix done monitoring`",
        walk.says(walk.mia, "done monitoring all as before the incident"),
        stage="watching",
        ticks=(MONITORED,),
    )
    _verified(walk)
    _settled(walk)


def payment(walk: Walk) -> None:
    """Security reviews every change; test transactions run in staging; every payment method is verified."""
    _declared(walk, "the security team reviews every change of payment code")
    _started(walk)
    _fixed(walk)
    _approved(walk, sensitive=True)
    staging = {"environment": "staging", "run": "true"}
    walk.step("The Action deploys to staging", lambda: walk.uses("deploy", staging), stage="staging", ticks=(STAGED,))
    walk.step(
        "Mia processes test transactions there: `/hotfix done staging`",
        walk.says(walk.mia, "done staging 12 test transactions, each booked once"),
        stage="staging",
        ticks=(STAGING,),
    )
    walk.step(
        "The Action ships it to production",
        walk.ship,
        stage="watching",
        ticks=IN_PRODUCTION,
        later=(MONITORED,),
    )
    walk.step(WATCH_ENDS, stage="watching", ticks=(MONITORED,))
    _verified(walk)
    _settled(walk, resolve=True)


# Steps that the scenarios share


def _declared(walk: Walk, *shows: str, agent: str = "planner") -> None:
    walk.step(
        "Mia declares the incident by the form",
        walk.declare,
        stage="declared",
        ticks=(SEVERITY, DECLARED, NOTIFIED),
        shows=(*shows, "On call: Ada Lovelace", "**kim** must act"),
    )
    assert walk.issue.assignees == ["kim"]
    walk.eventually(lambda: posts(walk.issue, f"agent {agent}"), f"the {agent} to be asked")
    assert any("support@acme.test" in to for to, _ in walk.world.mail.mails)


def _started(walk: Walk) -> None:
    walk.step(
        f"Mia starts the hotfix: `/hotfix start {walk.case.name}`",
        walk.says(walk.mia, f"start {walk.case.name}"),
        stage="fixing",
        ticks=(BRANCH,),
        shows=("**mia** must act",),
    )


def _fixed(walk: Walk) -> None:
    def act() -> None:
        walk.clone()
        walk.push()
        walk.ready()

    walk.step(
        "Mia fills in the spec, commits the fix, pushes it and asks for review",
        act,
        stage="reviewing",
        ticks=(SPEC, FIX, TESTS),
        shows=("**tara** must act",),
    )
    walk.eventually(lambda: posts(walk.issue, "agent builder"), "the builder to be asked")


def _approved(walk: Walk, *, sensitive: bool = False) -> None:
    if sensitive:
        walk.eventually(lambda: posts(walk.issue, "agent security"), "the agent for security to be asked")
        walk.step("Tara, the tech lead, approves", walk.approve(walk.tara), stage="reviewing")
        walk.step("Noor, of the security team, approves", walk.approve(walk.noor), stage="staging", ticks=(REVIEWED,))
    else:
        walk.step("Tara, the tech lead, approves", walk.approve(walk.tara), stage="staging", ticks=(REVIEWED,))


def _verified(walk: Walk) -> None:
    """Verify the incident as commander, which updates the status page and resolves the PagerDuty alert."""
    page = (PAGE,) if walk.case.customer_facing else ()
    walk.step(
        "Kim verifies it: `/hotfix verified`",
        walk.says(walk.kim, f"verified {walk.case.verification}"),
        stage="follow-up",
        ticks=(RESOLVED, *page),
    )
    key = f"hotfix:{walk.shop.full_name}#{walk.issue.number}"

    def ended() -> bool:
        events = [event for event in walk.world.pager.events if event["dedup_key"] == key]
        return bool(events and events[-1]["event_action"] == "resolve")

    walk.eventually(ended, "the alert to be resolved")


def _settled(walk: Walk, *, resolve: bool = False) -> None:
    """Back-merge, complete the follow-ups and the post-mortem, and close the incident."""
    walk.step("Tara merges it into main and develop", walk.merge, stage="follow-up", ticks=(MERGED,))
    gone = lambda: f"refs/heads/{walk.pull.head_ref}" not in walk.shop.refs()  # noqa: E731
    walk.eventually(gone, "the hotfix branch to be deleted")
    walk.eventually(lambda: posts(walk.issue, "reopened"), "the App to reopen what the merge closed")
    walk.step(
        "Kim dates the post-mortem: `/hotfix post-mortem 2030-01-02T15:00+01:00`",
        walk.says(walk.kim, "post-mortem 2030-01-02T15:00+01:00"),
        stage="follow-up",
        ticks=(MEETING,),
    )
    walk.step(
        "Mia updates the runbook: `/hotfix done runbooks`",
        walk.says(walk.mia, "done runbooks https://wiki.acme.test/runbooks"),
        stage="follow-up",
        ticks=(RUNBOOKS,),
    )
    assert len(walk.issue.sub_issues()) == 6
    if resolve:
        walk.step("Kim resolves it, debts open: `/hotfix resolve`", walk.says(walk.kim, "resolve"), stage="closed")
        assert "This stays open" in posts(walk.issue, "resolved")[0]["body"]
    else:
        walk.step("The five follow-ups are done", walk.close_follow_ups, stage="follow-up")
        walk.step("The post-mortem was held", walk.says(walk.kim, "done post-mortem"), stage="closed")
    assert walk.issue.state == "closed"
    walk.eventually(lambda: walk.status(walk.pull) == walk.status(), "both places to show the same")


PATHS: dict[str, Callable[[Walk], None]] = {
    "security": security,
    "data": data,
    "endpoint": endpoint,
    "performance": performance,
    "payment": payment,
}
