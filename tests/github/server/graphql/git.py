"""Views of commits, refs, trees, blobs and comparisons."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import Any

from tests.github.server.clock import iso
from tests.github.server.graphql import branch_rules
from tests.github.server.graphql.context import JSON, Context, View, connection, directed
from tests.github.server.graphql.people import GitActor
from tests.github.server.repository import compare
from tests.github.server.repository.objects import Entry, NoObject
from tests.github.server.show.checks import combined, newest, newest_statuses
from tests.github.server.state import Protection, Pull, Repo

CO_AUTHOR = re.compile(r"^co-authored-by:\s*(.*?)\s*<(.*?)>\s*$", re.IGNORECASE | re.MULTILINE)
BINARY_LOOK = 8000


class GitObject(View):
    def __init__(self, context: Context, repo: Repo, oid: str) -> None:
        super().__init__(context)
        self._repo = repo
        self.oid = oid
        self.id = f"{self.typename}_{repo.id}_{oid}"
        self.abbreviatedOid = oid[:7]
        self.commitResourcePath = f"/{repo.full_name}/commit/{oid}"
        self.commitUrl = self._world.url + self.commitResourcePath

    @property
    def repository(self) -> View:
        from tests.github.server.graphql.repository import Repository

        return Repository(self._context, self._repo)


class Commit(GitObject):
    typename = "Commit"

    def __init__(self, context: Context, repo: Repo, oid: str) -> None:
        super().__init__(context, repo, oid)
        self._commit = repo.git.objects.commit(oid)
        self.message = self._commit.message.removesuffix("\n")
        headline, _, rest = self.message.partition("\n")
        self.messageHeadline = headline
        self.messageBody = rest.strip("\n")
        self.authoredDate = iso(self._commit.author.when)
        self.committedDate = iso(self._commit.committer.when)
        self.resourcePath = self.commitResourcePath
        self.url = self.commitUrl
        self.committedViaWeb = False

    @property
    def author(self) -> View:
        return GitActor(self._context, self._commit.author)

    @property
    def committer(self) -> View:
        return GitActor(self._context, self._commit.committer)

    @property
    def authoredByCommitter(self) -> bool:
        return self._commit.author.email == self._commit.committer.email

    def authors(self, **page: Any) -> JSON:
        """Return the author and the co-authors from trailers."""
        author = self._commit.author
        found = [author]
        for name, email in CO_AUTHOR.findall(self.message):
            if email not in {one.email for one in found}:
                found.append(type(author)(name, email, author.when))
        return connection(found, lambda who: GitActor(self._context, who), **page)

    def parents(self, **page: Any) -> JSON:
        return connection(self._commit.parents, lambda sha: Commit(self._context, self._repo, sha), **page)

    @property
    def tree(self) -> View:
        return Tree(self._context, self._repo, self._commit.tree)

    def _diff(self) -> tuple[Any, ...]:
        parents = self._commit.parents
        return compare.diff(self._repo.git, parents[0] if parents else None, self.oid)

    @property
    def additions(self) -> int:
        return sum(f.additions for f in self._diff())

    @property
    def deletions(self) -> int:
        return sum(f.deletions for f in self._diff())

    @property
    def changedFilesIfAvailable(self) -> int:
        return len(self._diff())

    def file(self, path: str) -> View | None:
        entry = self._repo.git.objects.entry_at(self._commit.tree, path)
        return TreeEntry(self._context, self._repo, entry, path) if entry else None

    def history(self, first: int | None = None, last: int | None = None, **args: Any) -> JSON:
        shas = self._repo.git.history.log(self.oid)
        page = {k: args.get(k) for k in ("after", "before")}
        return connection(shas, lambda s: Commit(self._context, self._repo, s), first=first, last=last, **page)

    def associatedPullRequests(self, orderBy: JSON | None = None, **page: Any) -> JSON:
        from tests.github.server.graphql.pull import PullRequest

        found = compare.pulls_with(self._repo, self.oid)
        found = directed(found, orderBy, lambda p: (p.issue.created_at, p.number))
        return connection(found, lambda p: PullRequest(self._context, p), **page)

    def checkSuites(self, filterBy: JSON | None = None, **page: Any) -> JSON:
        from tests.github.server.graphql.checks import CheckSuite

        self._context.need(self._repo, "checks")
        found = list(self._repo.suites_by_sha.get(self.oid, []))
        if filterBy and filterBy.get("appId") is not None:
            found = [s for s in found if s.app.id == filterBy["appId"]]
        if filterBy and filterBy.get("checkName"):
            found = [s for s in found if any(r.name == filterBy["checkName"] for r in s.runs)]
        return connection(found, lambda s: CheckSuite(self._context, s), **page)

    @property
    def statusCheckRollup(self) -> View | None:
        rollup = Rollup(self._context, self._repo, self.oid)
        return rollup if rollup.contexts_found else None

    def deployments(self, environments: list[str] | None = None, orderBy: JSON | None = None, **page: Any) -> JSON:
        from tests.github.server.graphql.deployments import deployments

        return deployments(self._context, self._repo, environments, orderBy, self.oid, **page)


class Rollup(View):
    typename = "StatusCheckRollup"

    def __init__(self, context: Context, repo: Repo, sha: str) -> None:
        super().__init__(context)
        self._repo, self._sha = repo, sha
        self.id = f"SCR_{repo.id}_{sha}"
        runs = [run for suite in repo.suites_by_sha.get(sha, []) for run in newest(suite.runs)]
        self.contexts_found: list[Any] = [*sorted(runs, key=lambda r: r.id), *newest_statuses(repo, sha)]

    @property
    def commit(self) -> View:
        return Commit(self._context, self._repo, self._sha)

    def contexts(self, **page: Any) -> JSON:
        from tests.github.server.graphql.checks import context_view

        self._context.need(self._repo, "checks", "statuses")
        return connection(self.contexts_found, lambda c: context_view(self._context, self._repo, c), **page)

    @property
    def state(self) -> str:
        states = []
        for one in self.contexts_found:
            if hasattr(one, "context"):
                states.append(one.state)
            elif one.status != "completed":
                states.append("pending")
            else:
                states.append("success" if one.conclusion in ("success", "neutral", "skipped") else "failure")
        return combined(states).upper()


class Tree(GitObject):
    typename = "Tree"

    @property
    def entries(self) -> list[View]:
        return [TreeEntry(self._context, self._repo, e, e.name) for e in self._repo.git.objects.tree(self.oid)]


class TreeEntry(View):
    typename = "TreeEntry"

    def __init__(self, context: Context, repo: Repo, entry: Entry, path: str) -> None:
        super().__init__(context)
        self._repo = repo
        self.name = path.rpartition("/")[2]
        self.path = path
        self.oid = entry.sha
        self.type = "tree" if entry.is_tree else "blob"
        self.mode = int(entry.mode, 8)
        self.isGenerated = False

    @property
    def object(self) -> View | None:
        return any_object(self._context, self._repo, self.oid)

    @property
    def size(self) -> int:
        return 0 if self.type == "tree" else len(self._repo.git.objects.blob(self.oid))


class Blob(GitObject):
    typename = "Blob"

    @property
    def _data(self) -> bytes:
        return self._repo.git.objects.blob(self.oid)

    @property
    def byteSize(self) -> int:
        return len(self._data)

    @property
    def isBinary(self) -> bool:
        return b"\0" in self._data[:BINARY_LOOK]

    @property
    def isTruncated(self) -> bool:
        return len(self._data) > 512_000

    @property
    def text(self) -> str | None:
        return None if self.isBinary else self._data[:512_000].decode(errors="replace")


class Tag(GitObject):
    typename = "Tag"

    def __init__(self, context: Context, repo: Repo, oid: str) -> None:
        super().__init__(context, repo, oid)
        self._tag = repo.git.objects.tag(oid)
        self.name = self._tag.tag
        self.message = self._tag.message

    @property
    def tagger(self) -> View:
        return GitActor(self._context, self._tag.tagger)

    @property
    def target(self) -> View | None:
        return any_object(self._context, self._repo, self._tag.object_sha)


def any_object(context: Context, repo: Repo, sha: str) -> View | None:
    try:
        kind, _ = repo.git.objects.read(sha)
    except NoObject:
        return None
    if sha in repo.git.hidden:
        return None
    return {"commit": Commit, "tree": Tree, "blob": Blob, "tag": Tag}[kind](context, repo, sha)


def object_at(context: Context, repo: Repo, expression: str) -> View | None:
    """Return the object for `rev`, `rev:path` or `rev^{commit}`; None if it doesn't exist."""
    rev, colon, path = expression.partition(":")
    peeled = re.fullmatch(r"(.*)\^\{(?:commit)?\}", rev)
    if peeled:
        rev = peeled.group(1)
    git = repo.git
    sha = git.resolve(repo.default_branch if rev == "HEAD" else rev)
    if sha is None:
        return any_object(context, repo, rev) if not colon and len(rev) == 40 else None
    if not colon:
        tag = git.refs.get(f"refs/tags/{rev.removeprefix('refs/tags/')}")
        return any_object(context, repo, tag if tag and not peeled and rev not in git.branches() else sha)
    entry = git.objects.entry_at(git.objects.commit(sha).tree, path)
    return any_object(context, repo, entry.sha) if entry else None


class Ref(View):
    typename = "Ref"

    def __init__(self, context: Context, repo: Repo, ref: str) -> None:
        super().__init__(context)
        self._repo, self._ref = repo, ref
        parts = ref.split("/", 2)
        self.id = f"REF_{repo.id}_{ref}"
        self.prefix = f"{parts[0]}/{parts[1]}/"
        self.name = parts[2]

    @property
    def target(self) -> View | None:
        return any_object(self._context, self._repo, self._repo.git.refs[self._ref])

    @property
    def repository(self) -> View:
        from tests.github.server.graphql.repository import Repository

        return Repository(self._context, self._repo)

    @property
    def branchProtectionRule(self) -> JSON | None:
        self._context.need(self._repo, "administration")
        protection = self._protection
        if protection is None or protection.ruleset:
            return None
        return {
            "id": f"BPR_{self._repo.id}_{self.name}",
            "pattern": self.name,
            "requiredStatusCheckContexts": list(protection.required_checks),
            "requiredApprovingReviewCount": protection.required_reviews,
            "requiredStatusChecks": [
                {"context": name, "app": app and {"id": f"A_{app}", "databaseId": app}}
                for name, app in protection.required_checks.items()
            ],
            "requiresStatusChecks": bool(protection.required_checks),
            "requiresApprovingReviews": bool(protection.required_reviews),
        }

    @property
    def refUpdateRule(self) -> JSON | None:
        return branch_rules.update_rule(self.name, self._protection)

    @property
    def _protection(self) -> Protection | None:
        return self._repo.protections.get(self.name) if self.prefix == "refs/heads/" else None

    def rules(self, orderBy: JSON | None = None, **page: Any) -> JSON:
        protection = self._protection
        found: list[Any] = branch_rules.of_rulesets(protection) if protection else []
        if self.prefix == "refs/tags/":
            types = [t for glob, types in self._repo.tag_rules.items() if fnmatch(self.name, glob) for t in types]
            found = [{"id": f"RRU_{at}", "type": t.upper(), "parameters": None} for at, t in enumerate(types)]
        return connection(found, lambda rule: rule, **page)

    def compare(self, headRef: str) -> View | None:
        base = self._repo.git.resolve(self._ref)
        head = self._repo.git.resolve(headRef)
        return Comparison(self._context, self._repo, base, head) if base and head else None

    def associatedPullRequests(
        self, states: list[str] | None = None, orderBy: JSON | None = None, baseRefName: str | None = None,
        headRefName: str | None = None, labels: list[str] | None = None, **page: Any,
    ) -> JSON:  # fmt: skip
        from tests.github.server.graphql.pull import PullRequest, pull_state

        found = [p for p in self._repo.pulls if self.name == p.head_ref and p.head_repo is self._repo]
        found = [p for p in found if (not states or pull_state(p) in states) and baseRefName in (None, p.base_ref)]
        return connection(found, lambda p: PullRequest(self._context, p), **page)


def tagged_at(repo: Repo, ref: str) -> float:
    """Return the commit time of a ref; tags of trees and files sort last."""
    objects, sha = repo.git.objects, repo.git.refs[ref]
    kind, _ = objects.read(sha)
    while kind == "tag":
        sha = objects.tag(sha).object_sha
        kind, _ = objects.read(sha)
    return objects.commit(sha).committer.when.timestamp() if kind == "commit" else 0.0


class Comparison(View):
    typename = "Comparison"

    def __init__(self, context: Context, repo: Repo, base: str, head: str) -> None:
        super().__init__(context)
        self._repo, self._base, self._head = repo, base, head
        self.id = f"CMP_{base}_{head}"
        history = repo.git.history
        self._ahead = history.between(base, head)[::-1] if base != head else []
        self.aheadBy = len(self._ahead)
        self.behindBy = len(history.ancestors(base) - history.ancestors(head))
        if self.aheadBy and self.behindBy:
            self.status = "DIVERGED"
        else:
            self.status = "AHEAD" if self.aheadBy else "BEHIND" if self.behindBy else "IDENTICAL"

    @property
    def baseTarget(self) -> View:
        return Commit(self._context, self._repo, self._base)

    @property
    def headTarget(self) -> View:
        return Commit(self._context, self._repo, self._head)

    def commits(self, **page: Any) -> JSON:
        authors = len({self._repo.git.objects.commit(s).author.email for s in self._ahead})
        return connection(self._ahead, lambda s: Commit(self._context, self._repo, s), **page, authorCount=authors)


def required(repo: Repo, name: str, number: int | None) -> bool:
    """Return whether the pull request's base branch requires the check; GitHub requires the pull request's number."""
    pull: Pull | None = repo.issues[number].pull if number in repo.issues else None
    protection = repo.protections.get(pull.base_ref) if pull else None
    return protection is not None and name in protection.required_checks


__all__ = ["Blob", "Commit", "Comparison", "Ref", "Rollup", "Tag", "Tree", "any_object", "object_at", "tagged_at"]
