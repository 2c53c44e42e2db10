"""The stage: a simulated GitHub and the real service, each in its own process, and a developer's clone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.github import App, GitHub, Org, Pull, Repo, User

ROOT = Path(__file__).resolve().parents[2]

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
    ".github/hotfix.yml": (
        "people:\n  tech_leads: acme/tech-leads\n  security: acme/security\n"
        "rules:\n  security-review:\n    paths: [src/payments/**]\n"
    ),
}


@dataclass
class Stage:
    """Everything that acts in the demo."""

    github: GitHub
    org: Org
    shop: Repo
    app: App
    mia: User
    """The developer."""
    tara: User
    """The tech lead."""
    service_url: str
    clone: Path
    home: Path

    def env(self) -> dict[str, str]:
        """What the developer's shell has set."""
        return {
            **os.environ,
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_EDITOR": "true",
            "GIT_TERMINAL_PROMPT": "0",
            "GITHUB_TOKEN": self.mia.token,
            "HOTFIX_GITHUB_API_URL": self.github.api_url,
        }

    def run(self, command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """One shell line in the developer's clone."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.clone,
            env=self.env(),
            input=stdin,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def service(github: GitHub, app: App, port: int, database: Path) -> Iterator[str]:
    """`hotfix serve` in a process of its own; its URL once it is ready. Its log is beside the database."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HOTFIX_")},
        "HOTFIX_APP_ID": str(app.id),
        "HOTFIX_PRIVATE_KEY": app.private_key,
        "HOTFIX_WEBHOOK_SECRET": app.webhook_secret,
        "HOTFIX_GITHUB_API_URL": github.api_url,
        "HOTFIX_GITHUB_URL": github.url,
        "HOTFIX_DATABASE_URL": f"sqlite:///{database}",
    }
    log_path = database.with_suffix(".log")
    command = [str(Path(sys.executable).parent / "hotfix"), "serve", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with log_path.open("w") as log:
        process = subprocess.Popen(command, env=env, cwd=database.parent, stdout=log, stderr=log)
        try:
            _wait_until_ready(url, process, log_path)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/readyz", timeout=1).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"the service did not get ready; its log says:\n{log.read_text()[-3000:]}")


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Set everything up in `folder`; at the end nothing is left running."""
    with GitHub(root=folder / "github", process=True) as github:
        org = github.create_org("acme")
        mia = github.create_user("mia", name="Mia", email="mia@example.com")
        tara = github.create_user("tara", name="Tara", email="tara@example.com")
        noor = github.create_user("noor", name="Noor", email="noor@example.com")
        for member in (mia, tara, noor):
            org.add_member(member)
        shop = github.create_repo("acme/shop", files=SHOP, owner=tara)
        org.create_team("tech-leads", members=[tara], permission="maintain", repos=[shop])
        org.create_team("security", members=[noor], permission="push", repos=[shop])
        shop.add_collaborator(mia, "push")
        shop.tag("v1.2.3", message="Release 1.2.3")
        tara.deploy(shop, "v1.2.3", environment="production")
        shop.commit("main", {"src/wishlist.js": "export const wishes = []\n"}, message="Add wish lists", author=tara)
        port = free_port()
        app = github.create_app("hotfix", webhook_url=f"http://127.0.0.1:{port}/webhooks/github")
        with service(github, app, port, folder / "hotfix.db") as url:
            github.install(app, "acme")
            github.settle()
            yield Stage(github, org, shop, app, mia, tara, url, _clone(shop, mia, folder), folder)


def _clone(shop: Repo, user: User, folder: Path) -> Path:
    clone = folder / "shop"
    git = ["git", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "clone", "--quiet", shop.clone_url(user), str(clone)], check=True)
    for name, value in (
        ("user.name", user.name),
        ("user.email", user.email),
        ("advice.detachedHead", "false"),
        ("commit.gpgsign", "false"),
    ):
        subprocess.run(["git", "-C", str(clone), "config", name, value], check=True)
    return clone


def wait_for_verdict(pull: Pull, *, unlike: object = None, timeout: float = 20.0) -> dict[str, object]:
    """The concluded check run on the pull request's head, once its title and summary differ from `unlike`'s."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        check = pull.check("hotfix")
        if check and check["status"] == "completed" and check != unlike:
            return check
        time.sleep(0.05)
    raise SystemExit(f"no verdict within {timeout:.0f} s; the service's log is in the demo's folder")
