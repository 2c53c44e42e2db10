"""Tell by a path whether the file is a test, prose, text, or written by tools (generated, vendored, a lockfile)."""

from __future__ import annotations

from functools import lru_cache

from hotfix.dependencies import is_lockfile, is_manifest
from hotfix.dependencies.path_kinds import is_vendored
from hotfix.text.globs import matches
from hotfix.text.words import words

TESTS = words(
    "test_*.py *_test.* *_tests.* *.test.* *.spec.* *_spec.* *-test.* *-spec.* !*[-_]spec.y*ml !*[-_]spec.json test/",
    "tests/ __tests__/ spec/fixtures/ spec/support/ spec/factories/ testdata/ __mocks__/ __snapshots__/ e2e/",
    "cypress/ test.* tests.* conftest.py *.Tests/ *.snap *.feature",
    # Pipelines and images may also have such names.
    "!.github/ !.circleci/ !*.Dockerfile !*compose*.y*ml",
)
_CAMEL_TESTS = words(
    "*Test.* *Tests.* *TestCase.* *[a-z]IT.java *Spec.* !*Spec.y*ml !*Spec.json Test[A-Z]*.java src/*[a-z]Test/"
)
"""Case-sensitive globs, which distinguish tests (`LoginTest.java`) from other words (`latest.py`)."""

GENERATED = words(
    "*.min.js *.min.css *.map *.generated.* *_generated.* *.g.dart *.g.cs *.designer.cs *.pb.go *.pb.h *.pb.cc",
    "*_pb2.py *_pb2.pyi *_pb2_grpc.py *_pb.js *_pb.d.ts zz_generated.* __generated__/",
)
DOCS = words(
    "docs/ doc/ *.md *.markdown *.rst *.adoc *.txt !CMakeLists.txt LICEN[CS]E LICEN[CS]E-* NOTICE AUTHORS CODEOWNERS",
    "CHANGELOG CHANGES HISTORY README VERSION",
)

_AMBIGUOUS = (".mo", ".bc", ".bpl", ".pack")
"""Suffixes of languages that binary files also have: compiled translations and code, packages, packed data."""
_TEXT = words(".csv .tsv .svelte .env .jsonc .adoc .log .conf .mdx .ejs .erb .njk .astro")
"""Suffixes of text files for which Pygments has no lexer."""
_TEXT_NAMES = frozenset(words(".gitignore .gitattributes .gitmodules .dockerignore license jenkinsfile codeowners"))


@lru_cache(maxsize=8192)
def is_test(path: str) -> bool:
    """Return whether the file is a test, or belongs to tests (fixtures, snapshots)."""
    return matches(TESTS, path, ignore_case=True) or matches(_CAMEL_TESTS, path)


@lru_cache(maxsize=8192)
def is_written_by_tools(path: str) -> bool:
    """Return whether the file is generated, vendored, or a lockfile."""
    return matches(GENERATED, path, ignore_case=True) or is_vendored(path) or is_lockfile(path)


@lru_cache(maxsize=8192)
def is_text(path: str) -> bool:
    """Return whether the file is hand-written text according to its name, using Pygments' some 500 languages."""
    from pygments.lexers import find_lexer_class_for_filename  # here, because it is slow to load and rarely needed

    name = path.rpartition("/")[2].casefold()
    if name.endswith(_AMBIGUOUS):
        return False
    return (
        name in _TEXT_NAMES
        or name.endswith(_TEXT)
        or any(map(find_lexer_class_for_filename, {name, path.rpartition("/")[2]}))
    )


@lru_cache(maxsize=8192)
def is_prose(path: str) -> bool:
    """Return whether the file is documentation, which tests can't cover."""
    return matches(DOCS, path, ignore_case=True) and not is_manifest(path)
