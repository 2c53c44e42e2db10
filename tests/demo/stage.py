"""The stage: a simulated GitHub and the real service, each in its own process, and a developer's clone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.github import App, GitHub, Issue, Pull, Repo, User
from tests.service.running import Service, eventually, settings

POLICY = ".github/hotfix.yml"
SHOP = {
    "README.md": "# shop\n",
    "package.json": (
        '{\n  "name": "shop",\n  "version": "1.2.3",\n  "dependencies": {\n    "express": "4.21.0"\n  }\n}\n'
    ),
    "src/session.js": (
        "import { verify } from './signature.js'\n\n"
        "export function open(token, now) {\n"
        "  const session = verify(token)\n"
        "  return session\n"
        "}\n"
    ),
    "src/signature.js": "export const verify = token => JSON.parse(atob(token))\n",
    "test/session.test.js": ("import { open } from '../src/session.js'\n\ntest('opens', () => open(good, 0))\n"),
    POLICY: (
        "branches:\n  base: main\n  back_merge: [main, develop]\n"
        "people:\n  tech_leads: acme/tech-leads\n  security: acme/security\n"
        "rules:\n  security-review:\n    paths: [src/payments/**]\n"
    ),
}


@dataclass
class Stage:
    """The participants and systems of the demo."""

    github: GitHub
    shop: Repo
    mia: User
    """The developer."""
    tara: User
    """The tech lead."""
    clone: Path
    home: Path
    service: Service

    def env(self, editor: str) -> dict[str, str]:
        """Return the developer's shell environment."""
        return {
            **os.environ,
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_EDITOR": editor,
            "GIT_TERMINAL_PROMPT": "0",
            "GITHUB_TOKEN": self.mia.token,
            "HOTFIX_GITHUB_API_URL": self.github.api_url,
        }

    def run(self, command: str, *, editor: str = "true") -> subprocess.CompletedProcess[str]:
        """Run a shell command in the developer's clone; `editor` is git's editor command."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.clone,
            env=self.env(editor),
            stdin=subprocess.DEVNULL,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )


@contextmanager
def service(github: GitHub, app: App, folder: Path, **others: str) -> Iterator[Service]:
    """Run `hotfix serve` in a separate process that receives GitHub's webhooks and logins."""
    login = {"HOTFIX_CLIENT_ID": app.client_id, "HOTFIX_CLIENT_SECRET": app.client_secret}
    running = Service(folder, settings(github, app, f"sqlite:///{folder / 'hotfix.db'}") | login | others)
    try:
        running.start()
        app.webhook_url = running.webhook_url
        app.callback_url(f"{running.url}/login/callback")
        yield running
    finally:
        running.stop()


@contextmanager
def stage(folder: Path, *, watch_hosts: str = "", policy: str = "") -> Iterator[Stage]:
    """Set everything up in `folder` and stop it at the end. `watch_hosts`: hosts that the service may query."""
    with GitHub(root=folder / "github", process=True) as github:
        org = github.create_org("acme")
        mia = github.create_user("mia", name="Mia", email="mia@example.com")
        tara = github.create_user("tara", name="Tara", email="tara@example.com")
        noor = github.create_user("noor", name="Noor", email="noor@example.com")
        for member in (mia, tara, noor):
            org.add_member(member)
        app = github.create_app("hotfix")
        # The job's own token can't read teams, so the Action relies on this App to determine eligible reviewers.
        files = {**SHOP, POLICY: f"app: {app.id}\n{SHOP[POLICY]}{policy}"}
        shop = github.create_repo("acme/shop", files=files, owner=tara)
        org.create_team("tech-leads", members=[tara], permission="maintain", repos=[shop])
        org.create_team("security", members=[noor], permission="push", repos=[shop])
        shop.add_collaborator(mia, "push")
        shop.tag("v1.2.3", message="Release 1.2.3")
        tara.deploy(shop, "v1.2.3", environment="production")
        shop.branch("develop", at="v1.2.3")
        shop.create_label("back-merge")
        shop.commit("main", {"src/wishlist.js": "export const wishes = []\n"}, message="Add wish lists", author=tara)
        with service(github, app, folder, HOTFIX_WATCH_HOSTS=watch_hosts) as running:
            github.install(app, "acme")
            github.settle()
            yield Stage(github, shop, mia, tara, clone(shop, mia, folder), folder, running)


def clone(shop: Repo, user: User, folder: Path) -> Path:
    """Clone the repository for a user in `folder`; return the clone's folder."""
    made = folder / "shop"
    git = ["git", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "clone", "--quiet", shop.clone_url(user), str(made)], check=True)
    for name, value in (
        ("user.name", user.name),
        ("user.email", user.email),
        ("advice.detachedHead", "false"),
        ("commit.gpgsign", "false"),
    ):
        subprocess.run(["git", "-C", str(made), "config", name, value], check=True)
    return made


def wait_for_verdict(pull: Pull, *, unlike: object = None, conclusion: str | None = None) -> dict[str, Any]:
    """Wait for a completed check run on the head that differs from `unlike` and has this conclusion; return it."""

    def found() -> dict[str, Any] | None:
        check = pull.check("hotfix")
        if not check or check["status"] != "completed" or check == unlike:
            return None
        return check if conclusion in (None, check["conclusion"]) else None

    return eventually(found, "the verdict") or {}


def wait_for_status(incident: Issue, *words: str) -> str:
    """Wait until the incident's status comment contains these words; return it."""

    def found() -> str:
        bodies = [str(one["body"]) for one in incident.comments() if "<!-- hotfix:status" in one["body"]]
        return next((body for body in bodies if all(word in body for word in words)), "")

    return eventually(found, f"the incident's status to show {', '.join(words)}")
