"""What all scenarios share: a simulated GitHub, the real service, and servers for Slack, Statuspage and others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.github import App, GitHub, Repo, User
from tests.github.acme import TAG
from tests.scenarios.cases import FILES, Case
from tests.service.running import Service, settings
from tests.services import pagerduty, slack, statuspage
from tests.services.pagerduty import FakePagerDuty
from tests.services.slack import FakeSlack
from tests.services.smtp import FakeSmtp
from tests.services.statuspage import FakeStatuspage

ROOT = Path(__file__).parents[2]
MAIL = "from=hotfix@acme.test&to=support@acme.test&mode=insecure"
WORKFLOWS = ".github/workflows"
POLICY = """\
app: {app}
branches: {{base: main, back_merge: [main, develop]}}
people: {{tech_leads: acme/tech-leads, security: acme/security, incident_commanders: acme/incident-commanders}}
agents: {{planner: plan-bot, builder: build-bot, security: sec-bot, debug: debug-bot, performance: perf-bot}}
notify:
  channel: "#incidents"
  stakeholders: {{product: "#product", support: "mailto:support@acme.test"}}
  status_page: {{page: PAGE1, components: [c1]}}
  pagerduty: {{service: S1, schedule: SCHED1}}
contacts: {{devops: "Dee, +1 555 0100"}}
clocks: {{watch: [1s, {hour}], poll: [300ms, 500ms]}}
"""
WATCH = """\
watch:
  health: {url}/health
  gates: [{{prometheus: {url}/prometheus, query: errors, max: 0.1%}}]
"""


@dataclass
class World:
    """Everything that scenarios share: users, servers and the service."""

    github: GitHub
    app: App
    service: Service
    slack: FakeSlack
    page: FakeStatuspage
    pager: FakePagerDuty
    mail: FakeSmtp
    folder: Path
    users: dict[str, User] = field(default_factory=dict)

    def shop(self, case: Case, url: str) -> Repo:
        """Create a repository whose `v1.2.3` has long been in production and whose main has newer commits."""
        policy = (
            POLICY.format(app=self.app.id, hour=case.hour) + (WATCH.format(url=url) if case.watch else "") + case.policy
        )
        rollback = (ROOT / "examples/rollback/hotfix-rollback.yml").read_text()
        ship = "on:\n  workflow_dispatch: {inputs: {sha: {description: The approved head}}}\njobs: {}\n"
        workflows = {f"{WORKFLOWS}/hotfix-rollback.yml": rollback, f"{WORKFLOWS}/hotfix-ship.yml": ship}
        files = {**FILES, ".github/hotfix.yml": policy, **workflows}
        mia, tara = self.users["mia"], self.users["tara"]
        repo = self.github.create_repo(f"acme/{case.name}", files=files, owner=mia)
        for login, role in (("tara", "maintain"), ("noor", "push"), ("kim", "push")):
            repo.add_collaborator(self.users[login], role)
        for version in case.releases:
            repo.tag(version, message=f"Release {version}")
            tara.deploy(repo, version, "production", "success")
            repo.commit("main", {"CHANGES.md": f"After {version}\n"}, message=f"Begin after {version}", author=mia)
        repo.branch("develop", at=TAG)
        return repo


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Start all servers; stop them at the end."""
    with ExitStack() as stack:
        github = stack.enter_context(GitHub())
        chat = stack.enter_context(closing(FakeSlack("#incidents", "#product")))
        page = stack.enter_context(closing(FakeStatuspage("PAGE1")))
        pager = stack.enter_context(closing(FakePagerDuty("Ada Lovelace")))
        mail = stack.enter_context(closing(FakeSmtp()))
        org = github.create_org("acme")
        users = {login: github.create_user(login) for login in ("mia", "tara", "noor", "kim")}
        for user in users.values():
            org.add_member(user)
        for team, login in (("tech-leads", "tara"), ("security", "noor"), ("incident-commanders", "kim")):
            org.create_team(team, members=[users[login]])
        app = github.create_app("hotfix")
        github.install(app, "acme")
        known = settings(github, app, f"sqlite:///{folder}/hotfix.db") | {
            "HOTFIX_SLACK_TOKEN": slack.TOKEN,
            "HOTFIX_SLACK_API_URL": f"{chat.url}/api",
            "HOTFIX_STATUSPAGE_KEY": statuspage.KEY,
            "HOTFIX_STATUSPAGE_API_URL": f"{page.url}/v1",
            "HOTFIX_PAGERDUTY_KEY": pagerduty.KEY,
            "HOTFIX_PAGERDUTY_ROUTING_KEY": pagerduty.ROUTING_KEY,
            "HOTFIX_PAGERDUTY_API_URL": pager.url,
            "HOTFIX_PAGERDUTY_EVENTS_URL": pager.url,
            "HOTFIX_NOTIFY_URLS": f"support=mailto://127.0.0.1:{mail.port}/?{MAIL}",
            "HOTFIX_WATCH_HOSTS": "127.0.0.1",
        }
        service = Service(folder, known)
        stack.callback(service.stop)
        service.start()
        app.webhook_url = service.webhook_url
        yield World(github, app, service, chat, page, pager, mail, folder, users)
        github.check()
        assert "Traceback" not in service.output
        assert chat.wrong + page.wrong + pager.wrong == []
