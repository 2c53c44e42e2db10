"""Test handle for a repository."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.github.client.base import JSON, Wire
from tests.github.server.repository.objects import GIT_ENV

if TYPE_CHECKING:
    from tests.github.client.apps import App
    from tests.github.client.pull import Pull
    from tests.github.client.user import User

CHANGE = {
    "change_type": "added", "manifest": "requirements.txt", "ecosystem": "pip", "name": "left-pad", "version": "1.0.0",
    "package_url": "pkg:pypi/left-pad@1.0.0", "license": "MIT", "source_repository_url": "https://example.com/left-pad",
    "scope": "runtime",
}  # fmt: skip
ADVISORY = {
    "severity": "high", "advisory_ghsa_id": "GHSA-0000-0000-0000", "advisory_summary": "It breaks",
    "advisory_url": "https://example.com/GHSA-0000-0000-0000",
}  # fmt: skip
Files = Mapping[str, str | bytes | None]


def encoded(files: Files | None) -> JSON:
    return {
        path: {"base64": base64.b64encode(content).decode()} if isinstance(content, bytes) else content
        for path, content in (files or {}).items()
    }


def author_text(author: User | str | None) -> str | None:
    return author if author is None or isinstance(author, str) else author.login


class Repo:
    def __init__(self, wire: Wire, full_name: str, token: str) -> None:
        self.wire = wire
        self.full_name = full_name
        self.token = token
        """The token of a site admin, which can read everything."""

    def __repr__(self) -> str:
        return f"Repo({self.full_name})"

    @property
    def owner(self) -> str:
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        return self.full_name.partition("/")[2]

    @property
    def path(self) -> str:
        return f"/repos/{self.full_name}"

    @property
    def web_url(self) -> str:
        return f"{self.wire.url}/{self.full_name}"

    @property
    def info(self) -> JSON:
        shown: JSON = self.wire.sim("repo_info", name=self.full_name)
        return shown

    @property
    def id(self) -> int:
        number: int = self.info["id"]
        return number

    @property
    def default_branch(self) -> str:
        return str(self.info["default_branch"])

    @property
    def git_dir(self) -> Path:
        return Path(self.info["git_dir"])

    @property
    def data(self) -> JSON:
        shown: JSON = self.get("")
        return shown

    def get(self, rest: str) -> Any:
        return self.wire.must("GET", self.path + rest, self.token)

    def clone_url(self, user: User | str | None = None) -> str:
        token = user if user is None or isinstance(user, str) else user.token
        root = self.wire.url
        if token:
            root = root.replace("http://", f"http://x-access-token:{token}@")
        return f"{root}/{self.full_name}.git"

    # --- git ---

    def commit(
        self, branch: str, files: Files | None = None, message: str = "Change", author: User | str | None = None,
        committer: User | str | None = None, parents: Sequence[str] | None = None, at: str | None = None,
        rename: Mapping[str, str] | None = None, date: datetime | None = None, push: bool = True,
        pusher: User | None = None,
    ) -> str:  # fmt: skip
        one = {
            "files": files, "message": message, "author": author, "committer": committer, "parents": parents,
            "at": at, "rename": rename, "date": date,
        }  # fmt: skip
        return self.commits(branch, [one], push=push, pusher=pusher)[0]

    def commits(self, branch: str, commits: Iterable[JSON], push: bool = True, pusher: User | None = None) -> list[str]:
        said = [
            {
                "files": encoded(one.get("files")),
                "message": one.get("message", "Change"),
                "author": author_text(one.get("author")),
                "committer": author_text(one.get("committer")),
                "parents": list(one["parents"]) if one.get("parents") else None,
                "at": one.get("at"),
                "rename": dict(one.get("rename") or {}),
                "date": one["date"].isoformat() if one.get("date") else None,
            }
            for one in commits
        ]
        shas: list[str] = self.wire.sim(
            "commits", repo=self.full_name, branch=branch, commits=said, push=push, pusher=author_text(pusher)
        )
        return shas

    def _ref(self, ref: str, at: str | None, pusher: User | None = None, message: str | None = None) -> str:
        login = author_text(pusher)
        sha = self.wire.sim("set_ref", repo=self.full_name, ref=ref, at=at, pusher=login, message=message)
        return str(sha)

    def branch(self, name: str, at: str = "HEAD", pusher: User | None = None) -> str:
        return self._ref(f"refs/heads/{name}", at, pusher)

    def move(self, branch: str, sha: str, pusher: User | None = None) -> str:
        return self._ref(f"refs/heads/{branch}", sha, pusher)

    def delete_branch(self, name: str, pusher: User | None = None) -> None:
        self._ref(f"refs/heads/{name}", None, pusher)

    def tag(self, name: str, at: str = "HEAD", message: str | None = None, pusher: User | None = None) -> str:
        return self._ref(f"refs/tags/{name}", at, pusher, message)

    def delete_tag(self, name: str, pusher: User | None = None) -> None:
        self._ref(f"refs/tags/{name}", None, pusher)

    def sha(self, ref: str) -> str:
        return str(self.wire.sim("resolve", repo=self.full_name, ref=ref))

    def read(self, path: str, ref: str = "HEAD") -> str:
        return str(self.wire.sim("read", repo=self.full_name, path=path, ref=ref))

    def refs(self) -> dict[str, str]:
        shown: dict[str, str] = self.info["refs"]
        return shown

    def tags(self) -> dict[str, str]:
        shown: dict[str, str] = self.info["tags"]
        return shown

    def log(self, ref: str, limit: int = 250) -> list[str]:
        shas: list[str] = self.wire.sim("log", repo=self.full_name, ref=ref, limit=limit)
        return shas

    def git(self, *args: str) -> str:
        """Run real git in the bare repository. Raises CalledProcessError."""
        command = ["git", f"--git-dir={self.git_dir}", *args]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=GIT_ENV).stdout

    # --- settings ---

    def add_collaborator(self, user: User, role: str = "push") -> None:
        self.wire.sim("collaborator", repo=self.full_name, login=user.login, role=role)

    def remove_collaborator(self, user: User) -> None:
        self.wire.sim("collaborator", repo=self.full_name, login=user.login, role=None)

    def protect(
        self, branch: str = "main", required_checks: Iterable[str] = ("hotfix",), required_reviews: int = 0,
        merge_queue: bool = False, ruleset: bool = False, app: App | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Protect a branch. `more`: the fields `linear_history`, `signatures` and `merge_methods` of a `Protection`."""
        self.wire.sim(
            "protect", repo=self.full_name, branch=branch, required_checks=list(required_checks),
            required_reviews=required_reviews, merge_queue=merge_queue, ruleset=ruleset, app=app.id if app else None,
            **more,
        )  # fmt: skip

    def burn_tag(self, tag: str) -> None:
        """Reserve a tag name as a deleted immutable release does: the tag can't be created again."""
        self.wire.sim("burn_tag", repo=self.full_name, tag=tag)

    def restrict_refs(
        self, prefix: str, rule: str = "Cannot create ref due to creations being restricted.", *, deletion: bool = False
    ) -> None:
        """Add a ruleset that restricts the creation, or else the deletion, of refs such as `refs/tags/v`.

        `rule`: GitHub's words for the rule that refuses it.
        """
        self.wire.sim("restrict_refs", repo=self.full_name, prefix=prefix, rule=rule, deletion=deletion)

    def protect_tags(self, pattern: str = "v*", rules: Iterable[str] = ("creation", "update", "deletion")) -> None:
        """Add a ruleset that restricts matching tags to actors who may bypass it, such as the creator of `tag` here."""
        self.wire.sim("protect_tags", repo=self.full_name, pattern=pattern, rules=list(rules))

    def environment(
        self, name: str, protected: bool = False, reviewers: Iterable[User] = (), branches: Iterable[str] | None = None
    ) -> None:
        """Create an environment. `branches`: globs of branches that may deploy to it; empty for protected branches."""
        logins, globs = [user.login for user in reviewers], None if branches is None else list(branches)
        self.wire.sim(
            "environment", repo=self.full_name, name=name, protected=protected, reviewers=logins, branches=globs
        )

    def deploy_by_actions(self, ref: str, environment: str = "production", state: str = "success") -> JSON:
        """Create the deployment that GitHub records for a job with `environment:`."""
        token = str(self.wire.sim("workflow_token", repo=self.full_name, permissions={"deployments": "write"}))
        said = {"ref": ref, "environment": environment, "auto_merge": False, "required_contexts": []}
        made: JSON = self.wire.must("POST", f"{self.path}/deployments", token, said)
        self.wire.must("POST", f"{self.path}/deployments/{made['id']}/statuses", token, {"state": state})
        return made

    def request_protection(
        self, environment: str, ref: str, app: App | None = None, user: User | None = None, *, again: int | None = None
    ) -> int:
        """Request the environment's custom protection rule for a job; return the run ID. `again`: the run to rerun."""
        run: int = self.wire.sim(
            "request_protection", repo=self.full_name, environment=environment, ref=ref,
            app=app.id if app else None, login=author_text(user), again=again,
        )  # fmt: skip
        return run

    def start_run(self, ref: str) -> int:
        """Start a workflow run without jobs and return its ID."""
        run: int = self.wire.sim("start_run", repo=self.full_name, ref=ref)
        return run

    def set_run(self, run: int, status: str = "completed", attempt: int = 1) -> None:
        """Set the status (`in_progress` or `completed`) and the attempt of a run."""
        self.wire.sim("set_run", repo=self.full_name, run=run, status=status, attempt=attempt)

    def runs(self) -> list[JSON]:
        shown: list[JSON] = self.wire.sim("runs", repo=self.full_name)
        return shown

    def protection_answers(self, run_id: int) -> list[JSON]:
        return next(list(run["answers"]) for run in self.runs() if run["id"] == run_id)

    def release(self, tag: str, name: str | None = None, draft: bool = False, prerelease: bool = False) -> JSON:
        body = {"tag_name": tag, "name": name or tag, "draft": draft, "prerelease": prerelease}
        made: JSON = self.wire.must("POST", f"{self.path}/releases", self.token, body)
        return made

    def set_check(
        self, ref: str, name: str, conclusion: str | None = "success", app_slug: str = "ci", title: str = "done"
    ) -> int:
        number: int = self.wire.sim(
            "set_check", repo=self.full_name, ref=ref, name=name, conclusion=conclusion, app_slug=app_slug, title=title
        )
        return number

    def set_status(self, ref: str, context: str, state: str = "success") -> None:
        body = {"context": context, "state": state}
        self.wire.must("POST", f"{self.path}/statuses/{self.sha(ref)}", self.token, body)

    def set_dependency_review(self, base: str, head: str, changes: Iterable[JSON]) -> None:
        """Set the dependency review's answer. `changes` need only the fields under test; defaults fill in the rest."""
        said = [
            {**CHANGE, **one, "vulnerabilities": [{**ADVISORY, **v} for v in one.get("vulnerabilities", [])]}
            for one in changes
        ]
        self.wire.sim("dependency_review", repo=self.full_name, base=base, head=head, changes=said)

    def create_label(self, name: str) -> None:
        self.wire.must("POST", f"{self.path}/labels", self.token, {"name": name, "color": "d73a4a"})

    def delete_label(self, name: str) -> None:
        self.wire.sim("delete_label", repo=self.full_name, name=name)

    def update(self, **settings: Any) -> None:
        self.wire.sim("update_repo", name=self.full_name, **settings)

    def rename(self, name: str) -> None:
        self.wire.sim("rename_repo", name=self.full_name, to=name)
        self.full_name = f"{self.owner}/{name}"

    def delete(self) -> None:
        self.wire.sim("delete_repo", name=self.full_name)

    # --- contents ---

    def checks(self, ref: str, name: str | None = None) -> list[JSON]:
        """Return every check run on a commit, newest first."""
        named = f"&check_name={quote(name, safe='')}" if name else ""
        path = f"{self.path}/commits/{quote(ref)}/check-runs?filter=all{named}"
        return self.wire.all(path, self.token, "check_runs")

    def check(self, ref: str, name: str = "hotfix") -> JSON | None:
        return next(iter(self.checks(ref, name)), None)

    def statuses(self, ref: str) -> list[JSON]:
        return self.wire.all(f"{self.path}/commits/{quote(ref)}/statuses", self.token)

    def deployments(self, environment: str | None = None) -> list[JSON]:
        asked = f"?environment={quote(environment, safe='')}" if environment else ""
        found = self.wire.all(f"{self.path}/deployments{asked}", self.token)
        for one in found:
            one["statuses"] = self.wire.all(f"{self.path}/deployments/{one['id']}/statuses", self.token)
        return found

    def environments(self) -> list[JSON]:
        found: list[JSON] = self.get("/environments")["environments"]
        return found

    def issues(self, state: str = "all") -> list[JSON]:
        """Return the issues, excluding pull requests."""
        found = self.wire.all(f"{self.path}/issues?state={state}", self.token)
        return [issue for issue in found if "pull_request" not in issue]

    def pulls(self, state: str = "all") -> list[Pull]:
        from tests.github.client.pull import Pull

        found = self.wire.all(f"{self.path}/pulls?state={state}", self.token)
        return [Pull(self, one["number"]) for one in found]

    def pull(self, number: int) -> Pull:
        from tests.github.client.pull import Pull

        return Pull(self, number)

    def comments(self, number: int) -> list[JSON]:
        return self.wire.all(f"{self.path}/issues/{number}/comments", self.token)
