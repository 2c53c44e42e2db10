"""Links to pages of GitHub. URLs are always built here and never taken from user text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from hotfix.text.lazy_pattern import lazy_pattern

_SOURCE = lazy_pattern(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<sha>[0-9a-f]{7,64}):(?P<path>[^\s?#]+)", re.ASCII)
_NUMBERED = lazy_pattern(r"([\w.-]+/[\w.-]+)#(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Links:
    """Markdown links to the pages of a repository. Without `github_url` or `repo`, the text is returned unlinked."""

    github_url: str = ""
    repo: str = ""

    def issue(self, shown: str, issue: str) -> str:
        """Return a link to an issue.

        `shown` is Markdown; `issue` is a reference such as `acme/shop#7`, as returned by `issue_references.normal`.
        """
        found = _NUMBERED.fullmatch(issue)
        return self._link(shown, f"{found[1]}/issues/{found[2]}") if found else shown

    def tag(self, shown: str, tag: str) -> str:
        """Return a link to the page of a tag."""
        return self._own(shown, f"releases/tag/{quote(tag)}")

    def commit(self, shown: str, sha: str) -> str:
        """Return a link to the page of a commit."""
        return self._own(shown, f"commit/{sha}")

    def comparison(self, shown: str, base: str, head: str) -> str:
        """Return a link to the comparison of two revisions."""
        return self._own(shown, f"compare/{quote(base, safe='')}...{head}")

    def workflow(self, shown: str, file: str) -> str:
        """Return a link to the runs of a workflow."""
        return self._own(shown, f"actions/workflows/{quote(file, safe='')}")

    def policy(self, shown: str, source: str, line: int = 0) -> str:
        """Return a link to the policy at `source` (`owner/name@sha:path`), at `line` unless it is 0."""
        if not (found := _SOURCE.fullmatch(source)):
            return shown
        at = f"#L{line}" if line else ""
        return self._link(shown, f"{found['repo']}/blob/{found['sha']}/{quote(found['path'])}{at}")

    def _own(self, shown: str, path: str) -> str:
        return self._link(shown, f"{self.repo}/{path}") if self.repo else shown

    def _link(self, shown: str, path: str) -> str:
        if not self.github_url:
            return shown
        return f"[{shown}]({self.github_url}/{path.replace('(', '%28').replace(')', '%29')})"
