"""The changed files of a hotfix: all of them, and the whole texts of those that a rule reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hotfix.dependencies import is_manifest
from hotfix.facts import Change, File
from hotfix.github.read import changes, dependency_review
from hotfix.github.read.request import Request
from hotfix.github.transport.parallel_reads import Reads
from hotfix.text import globs


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
        nodes: Sequence[Mapping[str, Any]] = self.own.files
        files = changes.files(nodes, attributes, self._is_whole)
        self._want_oids(nodes, files)
        texts = self._texts(files, {})
        if pages:
            nodes = [each for at in range(len(pages)) for each in self.reads["files", at]]
            files = changes.files(nodes, attributes, self._is_whole)
            self._want_oids(nodes, files)
            texts |= self._texts(files, texts)
        return self._with_uncountable(nodes, changes.with_texts(files, self.base, self.head, texts))

    def _before(self, nodes: Sequence[Mapping[str, Any]], files: Sequence[File]) -> dict[str, str]:
        """Path -> where its content was before, of files whose lines are not counted and that are not new."""
        doubtful = changes.without_lines(nodes)
        return {
            f.path: f"{self.base}:{f.previous_path or f.path}"
            for f in files
            if self.base and f.path in doubtful and f.change is not Change.ADDED
        }

    def _want_oids(self, nodes: Sequence[Mapping[str, Any]], files: Sequence[File]) -> None:
        for some in changes.portions(list(self._before(nodes, files).values()), changes.OIDS_A_QUERY):
            self.reads.want(("oids", *some), changes.oid_read(self.request.client, self.request.repo, some))

    def _with_uncountable(self, nodes: Sequence[Mapping[str, Any]], files: Sequence[File]) -> tuple[File, ...]:
        """The texts of which no line is counted, although their content is another than it was."""
        doubtful = changes.without_lines(nodes) if self.base else {}
        before = self._before(nodes, files)
        oids: dict[str, str | None] = {}
        for some in changes.portions(list(before.values()), changes.OIDS_A_QUERY):
            oids |= self.reads["oids", *some]
        return tuple(
            replace(f, uncountable=True)
            if f.path in doubtful and doubtful[f.path] != oids.get(before.get(f.path, ""))
            else f
            for f in files
        )

    def _is_whole(self, path: str) -> bool:
        """Is this a manifest, a lockfile or a spec?"""
        return is_manifest(path) or globs.matches(self.spec, path)

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
