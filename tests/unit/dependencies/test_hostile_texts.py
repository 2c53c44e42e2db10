"""No text makes a reader slow: time grows at most linearly with the length."""

from __future__ import annotations

import pytest

from hotfix.dependencies.file_changes import changes_of, repository_of
from hotfix.facts import Change, File
from tests.unit.growth import assert_linear

LENGTH = 10_000
"""In characters; a reader with quadratic running time would need many seconds for this many."""
PATHS = [
    "package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "requirements.txt", "pyproject.toml", "go.mod",
    "go.sum", "pom.xml", "libs.versions.toml", "gradle.lockfile", "Gemfile.lock", "Dockerfile", "compose.yml",
    ".github/workflows/a.yml", "build.gradle", "Gemfile", "setup.py", "build.sbt", "setup.cfg", "gradle.properties",
    "index.html", "a.sh", "a.ts", "values.yaml", ".gitlab-ci.yml", ".env", "a.py", "meson.build", "lists/a.txt",
]  # fmt: skip
PIECES = [
    "a", "a ", " ", "\t", "(", "{", "[", '"', "'", "\\\n", "a.b", "<a>", "<script ", "npm -a ", "pip\n", "curl | ",
    "version = ", "scm { ", "scm { connection = 'a' ", "'a' ", "- ", "a: ", "# ", "//", "a==1;", "a,", "a=1\n", "[a]\n",
    "[[a]]\n", "RUN <<A ", "FROM a\n", "x(y(", "- &a [*a]\n", "image: a", "from 'https:", '{"a":', "a = [",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_text_takes_more_than_linear_time(path: str) -> None:
    def read(length: int) -> None:
        for piece in PIECES:
            text = piece * (length // len(piece))
            patch = "@@ -0,0 +1 @@\n" + "\n".join(f"+{line}" for line in text.split("\n"))
            file = File(path=path, change=Change.MODIFIED, additions=1, deletions=0, patch=patch, before="", after=text)
            changes_of(file, repository_of("acme/shop", [file]))

    assert_linear(read, LENGTH)
