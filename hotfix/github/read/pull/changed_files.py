"""Read the changed files of a hotfix, and the full contents of those that a rule needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hotfix.dependencies import is_manifest, needs_roots
from hotfix.dependencies.file_table import ROOTS
from hotfix.facts import File
from hotfix.github.read.pull import changes
from hotfix.github.read.pull.evaluation_request import EvaluationRequest
from hotfix.github.read.repository_queries import portions
from hotfix.github.transport.parallel_reads import Reads
from hotfix.text import globs


class FileReads:
    """Reads the files between `base` (the production tag's commit) and `head`; adds to `missing` what it can't read."""

    def __init__(
        self,
        request: EvaluationRequest,
        reads: Reads,
        own: changes.CommitComparison,
        base: str | None,
        head: str,
        spec_path: str,
        missing: dict[str, str],
    ) -> None:
        self.request, self.reads, self.own = request, reads, own
        self.base, self.head = base, head
        self.spec = [spec_path]
        self.missing = missing
        self.root_manifests: dict[str, str] = {}
        """Contents by path; filled by `files`."""

    def files(self, node: Mapping[str, Any], attributes: Mapping[str, str]) -> tuple[File, ...]:
        """Return the changed files.

        `node`: the pull request's GraphQL node. Reads that are already scheduled are sent in the same round.
        """
        pages = self._pages(node)
        for at in pages:
            request = self.request
            self.reads.add(("files", at), changes.read_file_page, request.client, request.repo, request.number, at)
        nodes: Sequence[Mapping[str, Any]] = self.own.files
        files = changes.files(nodes, attributes, self._is_whole)
        self._request_entries(nodes)
        texts = self._texts(files, {})
        if pages:
            nodes = [each for at in pages for each in self.reads["files", at]]
            files = changes.files(nodes, attributes, self._is_whole)
            self._request_entries(nodes)
            texts |= self._texts(files, texts)
        return self._with_entries(nodes, changes.with_texts(files, self.base, self.head, texts))

    def _unclear(self, nodes: Sequence[Mapping[str, Any]]) -> list[Sequence[tuple[str, str]]]:
        """Return the paths, before and at the head, of files whose kind of change can only be read from the trees."""
        pairs = [
            (node.get("previous_filename") or node["filename"], node["filename"])
            for node in nodes
            if self.base and changes.is_unclear(node)
        ]
        return portions(pairs, changes.ENTRIES_A_QUERY)

    def _request_entries(self, nodes: Sequence[Mapping[str, Any]]) -> None:
        for pairs in self._unclear(nodes):
            client, repo = self.request.client, self.request.repo
            self.reads.add(("entries", *pairs), changes.read_entries, client, repo, str(self.base), self.head, pairs)

    def _with_entries(self, nodes: Sequence[Mapping[str, Any]], files: Sequence[File]) -> tuple[File, ...]:
        """Fill in kinds and modes, and whether the content of a file without changed lines differs."""
        entries: dict[str, changes.TreeSides] = {}
        for pairs in self._unclear(nodes):
            entries |= self.reads["entries", *pairs]
        return tuple(
            replace(
                file,
                kind=entry.kind,
                binary=changes.has_no_lines(node) and entry.binary,
                mode_changed=entry.mode_changed,
                before=file.before if changes.is_file(entry.before) else None,
                after=file.after if changes.is_file(entry.head) else None,
            )
            if (entry := entries.get(file.path))
            else file
            for node, file in zip(nodes, files, strict=True)
        )

    def _is_whole(self, path: str) -> bool:
        """Return whether this is a manifest, a lockfile or a spec."""
        return is_manifest(path) or globs.matches(self.spec, path)

    def _pages(self, node: Mapping[str, Any]) -> range:
        """Return the pages of the pull request's own list to read instead of the comparison, if that is truncated.

        There are none if the list is of another change than the comparison.
        """
        if len(self.own.files) < changes.MOST_COMPARED_FILES:
            return range(0)
        request, into, count = self.request, node["baseRefName"], node["changedFiles"]
        changes.add_comparison(self.reads, request.client, request.repo, into, self.head)
        self.reads.send()
        if self.reads["compare", into, self.head].merge_base != self.own.merge_base:
            self.missing["files"] = (
                f"GitHub lists only {changes.MOST_COMPARED_FILES} files between the production tag and the head: "
                "cut the branch from the production tag, or change fewer files"
            )
            return range(0)
        if count > changes.MOST_FILES:
            self.missing["files"] = (
                f"GitHub lists only {changes.MOST_FILES} of the {count} changed files: change fewer files"
            )
        return range(1, (min(count, changes.MOST_FILES) + 99) // 100 + 1)

    def _texts(self, files: Sequence[File], known: Mapping[str, str | None]) -> dict[str, str | None]:
        """Read the full contents of manifests and specs on both sides."""
        request = self.request
        whole = [f for f in files if self._is_whole(f.path) or is_manifest(f.previous_path or "")]
        roots = self._roots(files)
        wanted = [e for e in (*changes.expressions(whole, self.base, self.head), *roots.values()) if e not in known]
        keys = []
        for some in portions(wanted, changes.TEXTS_A_QUERY):
            key = ("texts", *some)
            self.reads.add(key, changes.read_texts, request.client, request.repo, some)
            keys.append(key)
        self.reads.send()
        found: dict[str, str | None] = {}
        large: dict[str, str] = {}
        for key in keys:
            texts: changes.FileTexts = self.reads[key]
            found |= texts.found
            large |= texts.large
        for oid in large.values():
            self.reads.add(("blob", oid), changes.read_blob, request.client, request.repo, oid)
        self.reads.send()
        found |= {expression: self.reads["blob", oid] for expression, oid in large.items()}
        self.root_manifests |= {name: text for name, each in roots.items() if (text := found.get(each))}
        return found

    def _roots(self, files: Sequence[File]) -> dict[str, str]:
        """Return the expressions of the root manifests, if a changed manifest matters only when they use its folder."""
        if not any(needs_roots(path) for file in files for path in (file.path, file.previous_path or "")):
            return {}
        return {name: f"{self.head}:{name}" for name in ROOTS}
