"""The project's own version does not affect what is installed, in any format."""

# ruff: noqa: E501 - one case, one line

from __future__ import annotations

import pytest

from tests.unit.dependencies.test_commands_and_settings import changes

OWN: list[tuple[str, str, str]] = [
    ("x.psd1", "@{\nModuleVersion = '1.2.3'\n", "@{\nModuleVersion = '1.2.4'\n"),
    ("dune-project", "(lang dune 3.0)\n(version 1.2.3)\n", "(lang dune 3.0)\n(version 1.2.4)\n"),
    ("dist.ini", "name = A\nversion = 1.2\n", "name = A\nversion = 1.3\n"),
    ("x-1.0-1.rockspec", 'version = "1.2.3-1"\n', 'version = "1.2.4-1"\n'),
    ("a.nimble", 'version       = "0.1.0"\n', 'version       = "0.1.1"\n'),
    ("dub.sdl", 'name "a"\nversion "1.2.3"\n', 'name "a"\nversion "1.2.4"\n'),
    ("v.mod", "Module {\n\tname: 'a'\n\tversion: '0.0.1'\n}\n", "Module {\n\tname: 'a'\n\tversion: '0.0.2'\n}\n"),
    ("meson.build", "project('a', 'c',\n  version : '1.2.3',\n)\n", "project('a', 'c',\n  version : '1.2.4',\n)\n"),
    ("meson.build", "project('a', 'c', version: '1.2.3')\n", "project('a', 'c', version: '1.2.4')\n"),
    ("MODULE.bazel", 'module(name = "a", version = "1.2.3")\n', 'module(name = "a", version = "1.2.4")\n'),
    ("MODULE.bazel", 'module(\n    name = "a",\n    version = "1.2.3",\n)\n', 'module(\n    name = "a",\n    version = "1.2.4",\n)\n'),
    ("CMakeLists.txt", "project(a\n  VERSION 1.2.3\n  LANGUAGES CXX)\n", "project(a\n  VERSION 1.2.4\n  LANGUAGES CXX)\n"),
    ("CMakeLists.txt", "project(\n  a\n  VERSION 1.2.3)\n", "project(\n  a\n  VERSION 1.2.4)\n"),
    ("configure.ac", "AC_INIT([a], [1.2.3], [x@a.example])\n", "AC_INIT([a], [1.2.4], [x@a.example])\n"),
    ("library.properties", "name=A\nversion=1.2.3\n", "name=A\nversion=1.2.4\n"),
    ("a.uplugin", '{"VersionName":"1.2.3","Version":3}', '{"VersionName":"1.2.4","Version":4}'),
    ("sfdx-project.json", '{"packageDirectories":[{"path":"a","versionNumber":"1.2.3.NEXT"}]}', '{"packageDirectories":[{"path":"a","versionNumber":"1.2.4.NEXT"}]}'),
    ("Scarb.toml", "[package]\nname='a'\nversion='1.2.3'\n", "[package]\nname='a'\nversion='1.2.4'\n"),
    ("Move.toml", "[package]\nname='a'\nversion='1.2.3'\n", "[package]\nname='a'\nversion='1.2.4'\n"),
    ("wally.toml", "[package]\nname='a'\nversion='1.2.3'\n", "[package]\nname='a'\nversion='1.2.4'\n"),
    ("pixi.toml", "[project]\nname='a'\nversion='1.2.3'\n", "[project]\nname='a'\nversion='1.2.4'\n"),
    ("pixi.toml", "[workspace]\nname='a'\nversion='1.2.3'\n", "[workspace]\nname='a'\nversion='1.2.4'\n"),
    ("alire.toml", 'name = "a"\nversion = "1.2.3"\n', 'name = "a"\nversion = "1.2.4"\n'),
    ("buildpack.toml", "[buildpack]\nid='a'\nversion='1.2.3'\n", "[buildpack]\nid='a'\nversion='1.2.4'\n"),
    ("Eask", '(package "a" "1.2.3" "x")\n', '(package "a" "1.2.4" "x")\n'),
    ("a.asd", '  :version "1.2.3"\n', '  :version "1.2.4"\n'),
    ("info.rkt", '(define version "1.2.3")\n', '(define version "1.2.4")\n'),
    ("Makefile", "VERSION = 1.2.3\n", "VERSION = 1.2.4\n"),
    ("Makefile", "VERSION := 1.2.3\n", "VERSION := 1.2.4\n"),
    ("a.nuspec", "<package><metadata><version>1.2.3</version></metadata></package>", "<package><metadata><version>1.2.4</version></metadata></package>"),
    ("vcpkg.json", '{"name":"a","version-string":"1.2.3"}', '{"name":"a","version-string":"1.2.4"}'),
    ("vcpkg.json", '{"name":"a","version-semver":"1.2.3","port-version":1}', '{"name":"a","version-semver":"1.2.4","port-version":2}'),
    ("build.xml", '<property name="version" value="1.2.3"/>\n', '<property name="version" value="1.2.4"/>\n'),
    ("project.yml", "settings: {MARKETING_VERSION: 1.2.3}\n", "settings: {MARKETING_VERSION: 1.2.4}\n"),
    ("Cask", '(package "a" "1.2.3" "d")\n', '(package "a" "1.2.4" "d")\n'),
    ("Makefile.PL", "VERSION => '1.2.3',\n", "VERSION => '1.2.4',\n"),
    ("mops.toml", "[package]\nversion='1.2.3'\n", "[package]\nversion='1.2.4'\n"),
    ("Scarb.toml", "[package]\nname='a'\nversion='1'\n[dependencies]\nb='1'\n", "[package]\nname='a'\nversion='2'\n[dependencies]\nb='1'\n"),
]  # fmt: skip

OF_OTHERS: list[tuple[str, str, str]] = [
    ("Scarb.lock", "[[package]]\nname='a'\nversion='1'\n", "[[package]]\nname='a'\nversion='2'\n"),
    ("Scarb.toml", "[dependencies.b]\nversion='1'\n", "[dependencies.b]\nversion='2'\n"),
    ("meson.build", "dependency('x',\n  version : '1.2.3',\n)\n", "dependency('x',\n  version : '1.2.4',\n)\n"),
    ("meson.build", "project('a', default_options: [\n  version: '1.2.3',\n])\n", "project('a', default_options: [\n  version: '1.2.4',\n])\n"),
    ("meson.build", "x = 'project('\ndependency('x',\n  version : '1.2.3',\n)\n", "x = 'project('\ndependency('x',\n  version : '1.2.4',\n)\n"),
    ("MODULE.bazel", 'bazel_dep(\n    name = "a",\n    version = "1.2.3",\n)\n', 'bazel_dep(\n    name = "a",\n    version = "1.2.4",\n)\n'),
    ("CMakeLists.txt", "find_package(a\n  VERSION 1.2.3\n)\n", "find_package(a\n  VERSION 1.2.4\n)\n"),
    ("a.psd1", "@{\nRequiredModules = @(@{ModuleName='a'\nModuleVersion='1.2.3'})\n}\n", "@{\nRequiredModules = @(@{ModuleName='a'\nModuleVersion='1.2.4'})\n}\n"),
    ("Makefile", "VERSION = 1.2.3\nx:\n\tcurl -LO https://a/$(VERSION)/x.tgz\n", "VERSION = 1.2.4\nx:\n\tcurl -LO https://a/$(VERSION)/x.tgz\n"),
    ("Makefile", "NODE_VERSION = 18\n", "NODE_VERSION = 20\n"),
    ("dune-project", "(lang dune 3.0)\n", "(lang dune 3.1)\n"),
    ("a.asd", '  :depends-on ((:version "b" "1"))\n', '  :depends-on ((:version "b" "2"))\n'),
    ("dub.sdl", 'dependency "b" version="1.2.3"\n', 'dependency "b" version="1.2.4"\n'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after"), OWN)
def test_a_releases_own_version_is_no_dependency(path: str, before: str, after: str) -> None:
    assert changes(path, before, after) == []


@pytest.mark.parametrize(("path", "before", "after"), OF_OTHERS)
def test_the_version_of_something_else_counts(path: str, before: str, after: str) -> None:
    assert changes(path, before, after)
