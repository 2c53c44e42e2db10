"""The changed files of a hotfix: all of them, and the whole texts of those that a rule reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hotfix import patterns
from hotfix.facts import File
from hotfix.github import changes, dependency_review
from hotfix.github.reads import Reads
from hotfix.github.request import Request
from hotfix.manifests import is_manifest


class FileReads:
    """Reads the files between `base` (the production tag's commit) and `head`; says in `missing` what is lacking."""

    def __init__(
        self,
        request: Request,
        reads: Reads,
        own: changes.Comparison,
        base: str | None,
        head: str,
        spec_path: str,
        missing: dict[str, str],
    ) -> None:
        self.request, self.reads, self.own = request, reads, own
        self.base, self.head = base, head
        self.spec = [spec_path]
        self.missing = missing

    def files(self, node: Mapping[str, Any], attributes: Mapping[str, str]) -> tuple[File, ...]:
        """`node`: the pull request as GraphQL gives it. What is wanted already goes in the same round."""
        pages = self._pages(node)
        for at, page in enumerate(pages):
            self.reads.want(("files", at), page)
        files = changes.files(self.own.files, attributes, self._is_whole)
        texts = self._texts(files, {})
        if pages:
            listed = (each for at in range(len(pages)) for each in self.reads["files", at])
            files = changes.files(listed, attributes, self._is_whole)
            texts |= self._texts(files, texts)
        return changes.with_texts(files, self.base, self.head, texts)

    def _is_whole(self, path: str) -> bool:
        """Is this a manifest, a lockfile or a spec?"""
        return is_manifest(path) or patterns.matches(self.spec, path)

    def _pages(self, node: Mapping[str, Any]) -> list[Callable[[], Any]]:
        """Work that lists all files, where a compare holds too few; only while both speak of the same change."""
        if len(self.own.files) < changes.MOST_COMPARED_FILES:
            return []
        request, into, count = self.request, node["baseRefName"], node["changedFiles"]
        self.reads.want(("compare", into, self.head), changes.compare(request.client, request.repo, into, self.head))
        self.reads.go()
        if self.reads["compare", into, self.head].merge_base != self.own.merge_base:
            self.missing["files"] = (
                f"GitHub lists only {changes.MOST_COMPARED_FILES} files between the production tag and the head: "
                "cut the branch from the production tag, or change fewer files"
            )
            return []
        if count > changes.MOST_FILES:
            self.missing["files"] = (
                f"GitHub lists only {changes.MOST_FILES} of the {count} changed files: change fewer files"
            )
        return changes.file_pages(request.client, request.repo, request.number, count)

    def _texts(self, files: Sequence[File], known: Mapping[str, str | None]) -> dict[str, str | None]:
        """Whole texts of manifests and specs on both sides, and the dependency review beside them."""
        request = self.request
        whole = [f for f in files if self._is_whole(f.path) or is_manifest(f.previous_path or "")]
        manifests = [f for f in whole if is_manifest(f.path) or is_manifest(f.previous_path or "")]
        if manifests and self.base:
            dependency_review.want(
                self.reads, request.client, request.caches, request.repo, self.base, self.head, request.now
            )
        wanted = [e for e in changes.expressions(whole, self.base, self.head) if e not in known]
        keys = []
        for some in changes.portions(wanted):
            key = ("texts", *some)
            self.reads.want(key, changes.text_read(request.client, request.repo, some))
            keys.append(key)
        self.reads.go()
        found: dict[str, str | None] = {}
        large: dict[str, str] = {}
        for key in keys:
            texts: changes.Texts = self.reads[key]
            found |= texts.found
            large |= texts.large
        for oid in large.values():
            self.reads.want(("blob", oid), changes.blob_text(request.client, request.repo, oid))
        self.reads.go()
        return found | {expression: self.reads["blob", oid] for expression, oid in large.items()}
