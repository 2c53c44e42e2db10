"""Manifest changes that add nothing: fixtures, the workspace's own packages, own versions and package metadata."""

# ruff: noqa: E501 - one case, one line

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from hotfix.dependencies.file_changes import changes_of, repository_of
from hotfix.facts import File
from tests.unit.dependencies.test_what_is_installed import a_changed_file

EVIL = '{"dependencies":{"evil":"1"}}'


def changes(*files: tuple[str, str | None, str | None], roots: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Return the changes of all these files together, in a repository acme/shop."""
    changed: list[File] = [a_changed_file(*file) for file in files]
    repository = repository_of("acme/shop", changed, roots)
    return [str(change) for file in changed for change in changes_of(file, repository)]


@pytest.mark.parametrize(
    ("root", "text"),
    [
        ("package.json", '{"workspaces":["packages/*","test/fixtures/*"]}'),
        ("package.json", '{"workspaces":{"packages":["./test/**"]}}'),
        ("package.json", '{"dependencies":{"login":"file:test/fixtures/login"}}'),
        ("pnpm-workspace.yaml", "packages: ['test/fixtures/login']\n"),
        ("Dockerfile", "FROM a\nCOPY --chown=a test/fixtures/login/package.json ./\n"),
    ],
)
def test_a_fixture_that_production_installs_from_counts(root: str, text: str) -> None:
    file = ("test/fixtures/login/package.json", None, EVIL)
    assert changes(file, roots={root: text}) == ["evil 1 added"]
    assert changes(file, roots={root: "packages: ['packages/*']\n" if root.endswith("yaml") else "{}"}) == []


@pytest.mark.parametrize(
    "path",
    ["tests/package.json", "e2e/package.json", "latest/a/package.json", "contest/a/package.json", "a/package.json"],
)
def test_a_test_suites_own_manifest_counts(path: str) -> None:
    assert changes((path, None, EVIL)) == ["evil 1 added"]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        # Links within the repository.
        ("crates/a/Cargo.toml", "[package]\nname='a'\n", "[package]\nname='a'\n[dependencies]\nb = { path = '../b' }\n"),
        ("crates/a/Cargo.toml", "", "[dependencies]\nb = { path = '../b', version = '1', features = ['x'] }\n"),
        ("packages/a/package.json", "{}", '{"dependencies":{"b":"workspace:*","c":"file:../c","d":"link:../../d"}}'),
        ("a/pyproject.toml", "", "[project]\ndependencies=['b']\n[tool.uv.sources]\nb = { path = '../b' }\n"),
        ("a/pyproject.toml", "", "[project]\ndependencies=['b']\n[tool.uv.sources]\nb = { workspace = true }\n"),
        ("a/pyproject.toml", "", "[tool.poetry.dependencies]\nb = { path = '../b', develop = true }\n"),
        ("requirements.txt", "", "-e ./libs/b\n./libs/c\n"),
        ("a/go.mod", "module a\n", "module a\nrequire b v0.0.0\nreplace b => ../b\n"),
        ("a/pubspec.yaml", "name: a\n", "name: a\ndependencies:\n  b:\n    path: ../b\n"),
        ("a/a.csproj", "<Project/>", "<Project><ItemGroup><ProjectReference Include='../b/b.csproj'/></ItemGroup></Project>"),
        ("package-lock.json", "{}", '{"packages":{"node_modules/b":{"resolved":"packages/b","link":true}}}'),
        ("Cargo.lock", "", "[[package]]\nname='b'\nversion='1'\n"),
        # Own modules.
        ("go.mod", "module github.com/acme/shop\n", "module github.com/acme/shop\nrequire github.com/acme/shop/api v1.2.4\n"),
        # Publishing metadata.
        ("build.gradle.kts", 'scm { connection.set("scm:git:https://a/a.git") }\n', 'scm { connection.set("scm:git:https://b/b.git") }\n'),
        ("build.gradle", "pom {\n  name = 'a'\n  url = 'https://a'\n  scm {\n    url = 'https://a'\n  }\n}\n", "pom {\n  name = 'b'\n  url = 'https://b'\n  scm {\n    url = 'https://b'\n  }\n}\n"),
        ("pom.xml", "<project/>", "<project><scm><url>https://a</url></scm><url>https://b</url><developers><developer><id>a</id></developer></developers></project>"),
        ("package.json", "{}", '{"homepage":"https://a","repository":{"url":"git+https://a"},"bugs":{"url":"https://a"},"author":"a","main":"a.js"}'),
        ("pyproject.toml", "", "[project.urls]\nHomepage = 'https://a'\n[tool.ruff]\nline-length = 100\n"),
        ("a.gemspec", "s.homepage = 'https://a'\n", "s.homepage = 'https://b'\ns.authors = ['a', 'b']\n"),
        ("setup.py", "setup(\n    url='https://a',\n)\n", "setup(\n    url='https://b',\n    author='a',\n)\n"),
        ("Cargo.toml", "[package]\nname='a'\n", "[package]\nname='a'\nrepository='https://a'\nlicense='MIT'\n"),
        ("composer.json", "{}", '{"homepage":"https://a","support":{"issues":"https://a"}}'),
        ("a.csproj", "<Project/>", "<Project><PropertyGroup><RepositoryUrl>https://a</RepositoryUrl></PropertyGroup></Project>"),
        # Own versions.
        ("gradle.properties", "VERSION_NAME=1.2.3\n", "VERSION_NAME=1.2.4\nPOM_URL=https://a\n"),
        ("gradle.properties", "apiBaselineVersion=1.2.2\n", "apiBaselineVersion=1.2.3\n"),
        ("build.gradle", "version = '1.2.3'\n", "version = '1.2.4'\n"),
        ("build.gradle", "allprojects {\n    version '1.2.3'\n}\n", "allprojects {\n    version '1.2.4'\n}\n"),
        ("app/build.gradle.kts", "android {\n  defaultConfig {\n    versionCode = 3\n    versionName = \"1.2.3\"\n  }\n}\n", "android {\n  defaultConfig {\n    versionCode = 4\n    versionName = \"1.2.4\"\n  }\n}\n"),
        ("pom.xml", "<project><version>1</version><properties><revision>1</revision></properties></project>", "<project><version>2</version><properties><revision>2</revision></properties></project>"),
        ("a.csproj", "<Project><PropertyGroup><Version>1</Version></PropertyGroup></Project>", "<Project><PropertyGroup><Version>2</Version><PackageValidationBaselineVersion>1</PackageValidationBaselineVersion></PropertyGroup></Project>"),
        ("mix.exs", '      version: "1.2.3",\n', '      version: "1.2.4",\n'),
        ("build.sbt", 'ThisBuild / version := "1.2.3"\n', 'ThisBuild / version := "1.2.4"\n'),
        ("project.clj", '(defproject acme/shop "1.2.3"\n', '(defproject acme/shop "1.2.4"\n'),
        ("a.gemspec", "s.version = '1.2.3'\n", "s.version = '1.2.4'\n"),
        ("setup.cfg", "[metadata]\nversion = 1\n[flake8]\nx = 1\n", "[metadata]\nversion = 2\n[flake8]\nx = 2\n"),
        ("CMakeLists.txt", "project(shop VERSION 1.2.3 LANGUAGES CXX)\n", "project(shop VERSION 1.2.4 LANGUAGES CXX)\n"),
        ("chart/Chart.yaml", "version: 1.2.3\nappVersion: 1.2.3\n", "version: 1.2.4\nappVersion: 1.2.4\n"),
        ("pubspec.yaml", "name: a\nversion: 1.2.3+4\n", "name: a\nversion: 1.2.4+5\n"),
        ("app.json", '{"expo":{"version":"1.2.3","ios":{"buildNumber":"3"}}}', '{"expo":{"version":"1.2.4","ios":{"buildNumber":"4"}}}'),
        ("DESCRIPTION", "Version: 1.2.3\n", "Version: 1.2.4\n"),
        # A version alias used on one side only, for the same version.
        (
            "gradle/libs.versions.toml",
            "[versions]\nx='1'\n[libraries]\na={module='g:a',version='1'}\n",
            "[versions]\nx='1'\n[libraries]\na={module='g:a',version.ref='x'}\n",
        ),
        ("gradle/libs.versions.toml", "[versions]\nx='1'\n[libraries]\na={module='g:a',version.ref='x'}\n", "[libraries]\na='g:a:1'\n"),
        (
            "pom.xml",
            "<project><properties><a.version>1</a.version></properties><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>1</version></dependency></dependencies></project>",
            "<project><properties><a.version>1</a.version></properties><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>${a.version}</version></dependency></dependencies></project>",
        ),
        # Comments, blank lines, the order of keys.
        ("Gemfile", "gem 'a'\n", "# why\n\ngem 'a'\n"),
        ("build.gradle", "a()\n", "// why\na()\n\n"),
        (".npmrc", "a=1\n", "; why\na=1\n"),
        ("package.json", '{"dependencies":{"a":"1","b":"2"}}', '{\n  "dependencies": {"b": "2", "a": "1"}\n}'),
    ],
)  # fmt: skip
def test_nothing_new_is_installed(path: str, before: str, after: str) -> None:
    assert changes((path, before, after)) == []


def test_a_release_of_the_whole_workspace_brings_nothing() -> None:
    """Each package pins its siblings, and all versions change together."""
    core = '{{"name":"@acme/core","version":"{0}"}}'
    web = '{{"name":"@acme/web","version":"{0}","dependencies":{{"@acme/core":"^{0}"}}}}'
    assert changes(
        ("packages/core/package.json", core.format("1.2.3"), core.format("1.2.4")),
        ("packages/web/package.json", web.format("1.2.3"), web.format("1.2.4")),
    ) == []  # fmt: skip
    parent = "<project><groupId>g</groupId><artifactId>p</artifactId><version>{0}</version></project>"
    child = (
        "<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>{0}</version></parent>"
        "<artifactId>c</artifactId></project>"
    )
    assert changes(
        ("pom.xml", parent.format("1"), parent.format("2")), ("c/pom.xml", child.format("1"), child.format("2"))
    ) == []  # fmt: skip


def test_a_package_cannot_be_declared_ones_own() -> None:
    """Otherwise a new manifest, or a new name in an existing one, could make any package a sibling."""
    pin = ("package.json", "{}", '{"dependencies":{"evil":"1"}}')
    assert changes(pin, ("packages/evil/package.json", None, '{"name":"evil","version":"1"}')) == ["evil 1 added"]
    renamed = ("packages/a/package.json", '{"name":"a","version":"1"}', '{"name":"evil","version":"1"}')
    assert changes(pin, renamed) == ["evil 1 added"]


def test_a_link_that_becomes_a_download_is_a_change() -> None:
    link, pin = '{"dependencies":{"b":"workspace:*"}}', '{"dependencies":{"b":"^1"}}'
    assert changes(("package.json", link, pin)) == ["b ^1 added"]
    assert changes(("go.mod", "module a\nrequire b v1.0.0\nreplace b => ./b\n", "module a\nrequire b v1.0.0\n")) == [
        "b v1.0.0 added"
    ]
    local = "[project]\ndependencies=['b']\n[tool.uv.sources]\nb = { path = 'b' }\n"
    assert changes(("pyproject.toml", local, "[project]\ndependencies=['b']\n")) == ["b added"]


def test_a_commit_of_an_own_module_is_not_a_release() -> None:
    pseudo = "module github.com/acme/shop\nrequire github.com/acme/shop/api v0.0.0-20260101000000-abcdefabcdef\n"
    assert len(changes(("go.mod", "module github.com/acme/shop\n", pseudo))) == 1


def test_a_moved_source_is_not_a_security_update() -> None:
    """The version, whether the same or a new one, comes from another address, which the finding names."""
    lock = '{{"packages":{{"node_modules/a":{{"version":"{}","resolved":"https://{}/a.tgz"}}}}}}'
    assert changes(("package-lock.json", lock.format("1", "registry.example"), lock.format("2", "evil.example"))) == [
        "a 1; https://registry.example/ -> 2; https://evil.example/"
    ]
