"""A local clone: its branches, tags and remotes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from hotfix.facts import Production
from hotfix.git.process import GitError, GitFailed, decoded, lines, run
from hotfix.policy import Policy
from hotfix.production.explanations import ambiguous, unearned_in_clone
from hotfix.text.globs import is_literal, matches_branch
from hotfix.text.issue_references import GITHUB
from hotfix.text.lazy_pattern import lazy_pattern

_REFS = "--format=%(refname)%00%(objectname)%00%(*objectname)%00%(symref)%00%(HEAD)%00%(objecttype)%00%(*objecttype)"
_DATES = "%00%(committerdate:unix)%00%(*committerdate:unix)"
_LATEST = 253_370_764_800
"""The year 9999 in seconds since the epoch: a limit for dates, since a commit can claim any date."""
_REMOTE_URL = lazy_pattern(
    r"(?:[a-z+]+://(?P<host>[^/]+)/|(?:[^@/:]+@)?(?P<ssh_host>[^/:]{2,}):)/?(?P<repo>[^/]+/[^/]+?)(?:\.git)?/?\Z"
)
_USUAL = ("main", "master", "trunk", "develop")
"""Common names of the default branch, for clones that do not record it."""


@dataclass(frozen=True)
class Repo:
    """The state of a clone before its history is read. Created by `Repo.open`."""

    root: Path
    """The top directory of the work tree."""
    git_dir: Path
    """The git directory of this work tree: `.git`, or its subdirectory for a linked work tree."""
    objects: Path
    config: Path
    """The clone's configuration file."""
    head_sha: str
    branch: str
    """The current branch; empty if HEAD is detached."""
    branches: Mapping[str, str]
    """Local branch -> SHA."""
    remote_branches: Mapping[str, Mapping[str, str]]
    """Remote -> branch as last fetched -> SHA, beginning with the remote that pull requests are opened on."""
    tag_objects: Mapping[str, str]
    """Tag -> SHA of its commit, or of the tag object if git could not resolve an annotated tag."""
    defaults: tuple[str, ...]
    """Candidates for the default branch: those recorded for the remotes, then common names, if they exist."""
    shallow: frozenset[str] = frozenset()
    """Commits whose parents are missing in a shallow clone."""
    urls: Mapping[str, str] = field(default_factory=dict)
    tag_dates: Mapping[str, datetime] = field(default_factory=dict)
    """Tag -> date of its commit, if the clone has the commit."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """The settings of branches and remotes, with sections and keys in lower case."""

    @classmethod
    def open(cls, path: Path) -> Repo:
        """Open the clone that contains a path. Raises GitError if it has no commit or no work tree."""
        root, git_dir, objects, config, head_sha, shallow = _open(path)
        settings = _settings(root)
        of_remotes = {key: url for key, url in settings.items() if key.startswith("remote.") and key.endswith(".url")}
        urls = {key.removeprefix("remote.").removesuffix(".url"): url for key, url in of_remotes.items()}
        order = sorted(urls, key=lambda name: ({"upstream": 0, "origin": 1}.get(name, 2), name))
        local: dict[str, str] = {}
        remote: dict[str, dict[str, str]] = {name: {} for name in order}
        tags: dict[str, str] = {}
        dates: dict[str, datetime] = {}
        current, defaults = "", {}
        for line in run(root, "for-each-ref", _REFS + _DATES, "refs/heads", "refs/remotes", "refs/tags").split(b"\n"):
            if not line:
                continue
            ref, sha, peeled, symref, is_head, kind, peeled_kind, *at = (decoded(part) for part in line.split(b"\0"))
            if name := _below(ref, "refs/heads/"):
                local[name] = sha
                current = name if is_head == "*" else current
            elif name := _below(ref, "refs/tags/"):
                if (peeled_kind or kind) not in ("tree", "blob"):
                    tags[name] = peeled or sha
                    if when := "".join(at):
                        dates[name] = datetime.fromtimestamp(min(int(when), _LATEST), UTC)
            elif (name := _below(ref, "refs/remotes/")) and (owner := _owner(name, order)):
                if name == f"{owner}/HEAD":
                    defaults[owner] = symref.removeprefix(f"refs/remotes/{owner}/")
                else:
                    remote.setdefault(owner, {})[name.removeprefix(f"{owner}/")] = sha
        known = {*local, *(name for names in remote.values() for name in names)}
        likely = dict.fromkeys([*(defaults[name] for name in order if name in defaults), *_USUAL])
        found = tuple(name for name in likely if name in known)
        return cls(
            root,
            git_dir,
            objects,
            config,
            head_sha,
            current,
            local,
            remote,
            tags,
            found,
            shallow,
            urls,
            dates,
            settings,
        )

    def push_remote(self, branch: str) -> str:
        """Return the remote that a branch is pushed to according to the clone's configuration, or `origin`.

        The upstream's remote is only used if the upstream has the same name, unlike after
        `git switch -c fix upstream/main`.
        """
        follows = self.settings.get(f"branch.{branch}.remote", "")
        if self.settings.get(f"branch.{branch}.merge") != f"refs/heads/{branch}":
            follows = ""
        default = self.settings.get("remote.pushdefault", "")
        asked = (self.settings.get(f"branch.{branch}.pushremote", ""), default, follows, "origin")
        return next((name for name in asked if name in self.urls), next(iter(self.urls), "origin"))

    @property
    def name(self) -> str:
        """The repository's `owner/name` on GitHub, from the remotes' URLs; empty if no remote has such a URL."""
        return next((name for remote in self.remote_branches if (name := self.name_of(remote))), "")

    @property
    def host(self) -> str:
        """The host of the repository `name`; empty if its remote uses an alias, such as one from `~/.ssh/config`."""
        remote = next((remote for remote in self.remote_branches if self.name_of(remote)), "")
        if not remote:
            return GITHUB
        match = _REMOTE_URL.match(self.urls[remote])
        host = (match["host"] or match["ssh_host"] or "").casefold() if match else ""
        host = host.rpartition("@")[2].removeprefix("ssh.").removeprefix("www.")
        host = host.partition(":")[0] if self.urls[remote].startswith("ssh") else host
        return host if "." in host else ""

    def name_of(self, remote: str) -> str:
        """Return `owner/name` of a remote; empty if its URL does not have this form."""
        match = _REMOTE_URL.match(self.urls.get(remote, ""))
        return match["repo"] if match else ""

    @property
    def default_branch(self) -> str | None:
        """The likeliest default branch, ignoring hotfix branches."""
        return next((name for name in self.defaults if not name.startswith("hotfix/")), None)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.tag_objects)

    def tip(self, branch: str) -> str | None:
        """Return the branch's SHA as last fetched, as GitHub would compare with it.

        The local branch is used if no remote has it; None if there is none.
        """
        for names in self.remote_branches.values():
            if sha := names.get(branch):
                return sha
        return self.branches.get(branch)

    def has_branch(self, name: str) -> bool:
        """Return whether there is a branch with this name, locally or on a remote as last fetched."""
        return name in self.branches or any(name in names for names in self.remote_branches.values())

    def matching(self, globs: Iterable[str]) -> tuple[str, ...]:
        """Return the names of matching branches, both local and remote."""
        names = {*self.branches, *(name for names in self.remote_branches.values() for name in names)}
        return tuple(sorted(name for name in names if matches_branch(tuple(globs), name)))

    def fetching(self, globs: Iterable[str] = ("*",)) -> str:
        """Return the command that fetches missing branches, which also works in a single-branch clone."""
        remote = next(iter(self.urls and self.remote_branches), "")
        if not remote:
            return "git branch --list"
        name, globs = shlex.quote(remote), tuple(globs)
        if not all(map(is_literal, globs)):
            return f"git remote set-branches {name} '*' && git fetch {name}"
        return f"git fetch {name} {shlex.join(f'{branch}:refs/remotes/{remote}/{branch}' for branch in globs)}"

    @property
    def fetching_tags(self) -> str:
        """The command that fetches tags from the remote of the pull requests: a fork may lack the newest ones."""
        remote = next(iter(self.urls and self.remote_branches), "origin")
        return "git fetch --tags" if remote == "origin" else f"git fetch {shlex.quote(remote)} --tags"

    def head_name(self, patterns: tuple[str, ...]) -> str:
        """Return the current branch, or for a detached HEAD a branch that points there, preferring hotfix branches."""
        if self.branch:
            return self.branch
        here = [name for name, sha in self.branches.items() if sha == self.head_sha]
        for names in self.remote_branches.values():
            here += [name for name, sha in names.items() if sha == self.head_sha]
        return next((name for name in here if matches_branch(patterns, name)), here[0] if here else "")

    def production(self, policy: Policy, tag: str | None = None) -> Production:
        """Return the given tag, or the highest release among the policy's tags.

        Raises GitError if there is none, or if the tags are ambiguous.
        """
        if tag is not None:
            name = tag.removeprefix("refs/tags/")
            if name not in self.tag_objects:
                raise GitError(f"there is no tag {name} in this clone", self.fetching_tags)
            return self._production(name, "option")
        from hotfix.production.release_tags import choose  # here, because `hotfix start` records the tag of a branch

        choice = choose(self.tag_objects, policy.production.tags, self._descendants, dates=self.tag_dates)
        if choice.problem:
            raise GitError(ambiguous(choice.problem))
        if not choice.tag:
            raise self._without_tags(policy)
        found = self._production(choice.tag, "tag")
        return replace(found, doubt=self._doubt(found, policy))

    def _production(self, tag: str, known_from: str) -> Production:
        shadowed = self.has_branch(tag) or tag.startswith("-")
        return Production(tag=tag, sha=self._commit(tag), known_from=known_from, shadowed=shadowed)

    def _descendants(self, commit: str, others: Sequence[str]) -> set[str]:
        wanted = set(others)
        names = lines(self.root, "for-each-ref", "--format=%(refname:lstrip=2)", f"--contains={commit}", "refs/tags")
        return {sha for name in names if (sha := self.tag_objects.get(name)) in wanted and sha}

    def _doubt(self, production: Production, policy: Policy) -> str:
        """Return why the commit might not be accepted as production on GitHub; empty if there is no reason to doubt it.

        A clone only shows which branches contain the commit.
        """
        default = self.default_branch
        if policy.production.trust == "write" or default is None or self.shallow:
            return ""
        tip = self.tip(default)
        if tip and policy.is_origin(default, default) and self.is_ancestor(production.sha, tip):
            return ""
        origins = [name for name in self.matching(("**",)) if policy.is_origin(name, default)]
        if any((tip := self.tip(name)) and self.is_ancestor(production.sha, tip) for name in origins):
            return ""
        return unearned_in_clone(production, " or ".join(policy.origins(default)))

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Return whether the history of `of`, as far as the clone has it, contains the commit."""
        if commit == of:
            return True
        try:
            run(self.root, "merge-base", "--is-ancestor", commit, of)
        except GitFailed as error:
            if error.says_no:
                return False
            raise
        return True

    def text(self, revision: str, path: str) -> str | None:
        """Return a file's text at a commit; None if it does not exist there. Raises GitError if it can't be read."""
        try:
            return decoded(run(self.root, "cat-file", "blob", f"{revision}:{path}"))
        except GitFailed:
            if run(self.root, "ls-tree", "--full-tree", "--name-only", "-z", revision, "--", path):
                raise
            return None

    def _commit(self, tag: str) -> str:
        if tag in self.tag_dates:
            return self.tag_objects[tag]
        try:
            return decoded(
                run(self.root, "rev-parse", "--verify", "--quiet", f"{self.tag_objects[tag]}^{{commit}}").strip()
            )
        except GitFailed as error:
            if error.broken:
                raise
            raise GitError(f"the tag {tag} names no commit that this clone has", self.fetching_tags) from None

    def _without_tags(self, policy: Policy) -> GitError:
        globs = " ".join(policy.production.tags)
        what = f"no tag that reads as a version matches {globs}" if self.tags else "this clone has no tags"
        if self.shallow:
            return GitError(
                f"{what}, and it is shallow: what runs in production is not known", "git fetch --unshallow --tags"
            )
        if self.urls and not self.tags:
            return GitError(f"{what}: what runs in production is not known", self.fetching_tags)
        if self.tags:
            return GitError(f"{what}: what runs in production is not known; name its tag with --tag", "git tag --list")
        return GitError(
            f"{what}: tag the commit that runs in production", "git tag -a v1.0.0 COMMIT -m 'Release 1.0.0'"
        )


def _open(path: Path) -> tuple[Path, Path, Path, Path, str, frozenset[str]]:
    """Return the fields of a Repo from `root` to `head_sha`, and `shallow`."""
    asked = ("--is-bare-repository", "--is-inside-work-tree", "--show-toplevel", "--absolute-git-dir")
    places = ("--git-path", "shallow", "--git-path", "objects", "--git-path", "config")
    try:
        out = lines(path, "rev-parse", *asked, *places, "HEAD")
    except GitFailed as error:
        out = [decoded(line) for line in error.out.split(b"\n") if line]
        if len(out) < 2 or error.broken:
            raise
    if out[0] == "true" or out[1] != "true":
        raise GitError(f"{path} is a bare repository or a .git directory; go to a clone with files")
    if not re.fullmatch(r"[0-9a-f]{40,64}", head := out[-1]):
        raise GitError("there is no commit yet to check")
    file, objects, config = (path / place for place in out[4:7])
    cut = frozenset(file.read_text("ascii", "replace").split()) if file.is_file() else frozenset()
    return Path(out[2]), Path(out[3]), objects, config, head, cut


def _settings(root: Path) -> dict[str, str]:
    try:
        out = run(root, "config", "-z", "--get-regexp", r"^(remote|branch)\.")
    except GitFailed as error:
        if error.says_no:
            return {}
        raise
    found: dict[str, str] = {}
    for entry in out.split(b"\0"):
        key, _, value = decoded(entry).partition("\n")
        if not key.endswith(".url") or key not in found:  # a remote is fetched from the first of its URLs
            found[key] = value
    return found


def _below(ref: str, prefix: str) -> str:
    return ref.removeprefix(prefix) if ref.startswith(prefix) else ""


def _owner(name: str, remotes: list[str]) -> str:
    """Return the remote of a remote-tracking branch. Names of remotes may contain slashes."""
    known = [remote for remote in remotes if name.startswith(f"{remote}/")]
    return max(known, key=len) if known else name.partition("/")[0]
