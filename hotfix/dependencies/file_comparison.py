"""Compare two versions of a known file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from hotfix.dependencies.changed_lines import LANGUAGES, compare_lines
from hotfix.dependencies.documents import DocumentReading, PackageIdentity, identity, read_document
from hotfix.dependencies.file_table import LOCKS, SECTIONS, FileTableRow, row_of
from hotfix.dependencies.formats import containers, go_text, lock_text, requirements_text
from hotfix.dependencies.manifest_comparison import compare
from hotfix.dependencies.package_change import (
    MAX_CHARS,
    MAX_WRITTEN,
    Dependency,
    PackageChange,
    RepositoryPackages,
    Unreadable,
    unread,
    whole_file,
)
from hotfix.dependencies.path_kinds import inside, is_example, is_fixture
from hotfix.dependencies.schemas import SCHEMAS
from hotfix.dependencies.syntax.document_tree import Table
from hotfix.dependencies.syntax.ini_text import read_ini
from hotfix.dependencies.syntax.json_text import read_json
from hotfix.dependencies.syntax.toml_text import read_toml
from hotfix.dependencies.syntax.xml_text import read_xml
from hotfix.dependencies.syntax.yaml_text import read_yaml


def _read_yaml(text: str) -> Table:
    documents = read_yaml(text)
    if len(documents) > 1 and list(documents[0]) == ["spec"]:
        # The inputs of a GitLab pipeline are declared in a document before the others.
        header = documents.pop(0)
        documents[0].put("spec", header["spec"], header.where("spec"))
    if len(documents) > 1:
        raise Unreadable("it contains several documents", documents[1].line)
    return documents[0] if documents else Table(1)


_SYNTAXES: Mapping[str, Callable[[str], Table]] = {
    "json": read_json,
    "toml": read_toml,
    "yaml": _read_yaml,
    "xml": read_xml,
    "ini": read_ini,
}


def read_syntax(syntax: str, text: str) -> Table:
    """Parse a document; an empty text is an empty table. Raises Unreadable."""
    text = text.removeprefix("\ufeff")
    return _SYNTAXES[syntax](text) if text.strip() else Table(1)


_YARN_BERRY = re.compile(r"^__metadata:", re.MULTILINE)
_NO_ALIASES: Mapping[str, tuple[str, int]] = {}


def compare_texts(
    path: str,
    before: str | None,
    after: str | None,
    *,
    path_before: str = "",
    repository: tuple[RepositoryPackages, RepositoryPackages] = (RepositoryPackages(), RepositoryPackages()),
) -> list[PackageChange]:
    """Return the differences between two texts of the file at `path`; None means that there is no file.

    `path_before`: the previous path, if the file was moved. `repository`: the repository's own packages before and
    after. A text that can't be read is reported as changed; equal texts are not read.
    """
    rows = row_of(path_before or path, repository[0].installed), row_of(path, repository[1].installed)
    if before == after and rows[0] == rows[1]:
        return []
    row = rows[1] or rows[0]
    if row is None:
        return []
    try:
        if row.reader in LANGUAGES:
            return _compare_lines(row, before if rows[0] else None, after if rows[1] else None)
        old = _side(path_before or path, before, rows[0], repository[0], " (at the production tag)")
        new = _side(path, after, rows[1], repository[1], "")
    except Unreadable as error:
        # A file with an ambiguous name may be a template, or of a different kind.
        return [] if row.reader == SECTIONS else [unread(str(error), error.line)]
    changes = [*compare(old.dependencies, new.dependencies), *_aliases(old, new)]
    return changes or _presence(row, before if rows[0] else None, after if rows[1] else None)


def _compare_lines(row: FileTableRow, before: str | None, after: str | None) -> list[PackageChange]:
    for text in (before, after):
        if text is not None and len(text) > MAX_WRITTEN:
            raise Unreadable(f"longer than {MAX_WRITTEN:,} characters")
    return compare_lines(before or "", after or "", LANGUAGES[row.reader]) or _presence(row, before, after)


def _presence(row: FileTableRow, before: str | None, after: str | None) -> list[PackageChange]:
    """Report an added or removed file.

    An empty `WORKSPACE` has an effect on Bazel, whereas a manifest without packages installs nothing.
    """
    if (before is None) == (after is None) or row.reader not in (*LANGUAGES, "plain"):
        return []
    return [whole_file("the file")]


def _side(
    path: str, text: str | None, row: FileTableRow | None, repository: RepositoryPackages, side: str
) -> DocumentReading:
    if text is None or row is None:
        return DocumentReading((), _NO_ALIASES, frozenset())
    try:
        return read(path, text, row, repository)
    except Unreadable as error:
        raise Unreadable(error.reason + side, 0 if side else error.line) from None


def read(
    path: str, text: str, row: FileTableRow, repository: RepositoryPackages = RepositoryPackages()
) -> DocumentReading:
    """Read one version of a file with its schema or custom reader. Raises only Unreadable."""
    limit = MAX_CHARS if row.reader in LOCKS else MAX_WRITTEN
    if len(text) > limit:
        raise Unreadable(f"longer than {limit:,} characters")
    if "\0" in text:
        raise Unreadable("it contains NUL bytes")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("not valid Unicode") from None
    text = text.removeprefix("\ufeff")
    name, syntax = row.reader, row.syntax
    if name == "yarn" and _YARN_BERRY.search(text):
        name, syntax = "yarn-berry", "yaml"
    if syntax:
        document = read_syntax(syntax, text)
        packages = repository.packages.get(name, {})
        return read_document(document, SCHEMAS[name], path=path, size=len(text), own=packages)
    return DocumentReading(tuple(_READERS[name](path, text, repository)), _NO_ALIASES, frozenset())


def own_package(path: str, text: str | None) -> tuple[str, PackageIdentity] | None:
    """Return a manifest's reader and own package; None if it is not declared or can't be read."""
    row = row_of(path)
    if row is None or text is None or len(text) > MAX_WRITTEN:
        return None
    if row.reader == "go-mod":
        found = go_text.module_path(text)
        return (row.reader, PackageIdentity(found, "")) if found else None
    schema = SCHEMAS.get(row.reader)
    if schema is None or not schema.identity[0]:
        return None
    try:
        mine = identity(read_syntax(row.syntax, text), schema)
    except (Unreadable, UnicodeEncodeError):
        return None
    return (row.reader, mine) if mine else None


def _aliases(old: DocumentReading, new: DocumentReading) -> list[PackageChange]:
    """Compare the values of aliases, except for changes that are visible in the packages that use them."""
    unused = {name for side in (old, new) for name in side.aliases if name not in side.used}
    sides = [
        [Dependency("", name, value, line) for name, (value, line) in side.aliases.items() if name in unused]
        for side in (old, new)
    ]
    return compare(*sides)


def _requirements(path: str, text: str, _: RepositoryPackages) -> Iterator[Dependency]:
    for found in requirements_text.requirements(text):
        target = _own_folder(path, found.version.removeprefix("file:"))
        if target is None or "." in target.rpartition("/")[2]:
            yield found


def _go_mod(path: str, text: str, repository: RepositoryPackages) -> Iterator[Dependency]:
    return go_text.go_mod(text, repository.is_own_module, lambda address: _own_folder(path, address) is not None)


def _own_folder(path: str, address: str) -> str | None:
    """Return the repository's directory, without fixtures and examples, that a relative address in a file leads to."""
    target = inside(path.rpartition("/")[0], address) if address.startswith(("./", "../")) else None
    return None if target is None or is_fixture(f"{target}/x") or is_example(f"{target}/x") else target


_READERS: Mapping[str, Callable[[str, str, RepositoryPackages], Iterator[Dependency]]] = {
    "requirements": _requirements,
    "go-mod": _go_mod,
    "go-sum": lambda _, text, __: lock_text.go_sum(text),
    "yarn": lambda _, text, __: lock_text.yarn_lock(text),
    "gradle-lock": lambda _, text, __: lock_text.gradle_lock(text),
    "gemfile-lock": lambda _, text, __: lock_text.gemfile_lock(text),
    "dockerfile": lambda _, text, __: containers.dockerfile(text),
}
