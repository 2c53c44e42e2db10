"""What is particular to a format: what counts, what does not, and what cannot be read."""

# ruff: noqa: E501 - one case, one line

from __future__ import annotations

import pytest

from hotfix.dependencies import Unreadable, diff, is_lockfile, is_manifest
from hotfix.dependencies.reading import parse

GEMS = "GEM\n  remote: https://rubygems.org/\n  specs:\n    rails (7.0.1)\n      rack (>= 2)\n"
POM = (
    "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version>"
    "<properties><x.version>1</x.version><java.version>17</java.version></properties>{}</project>"
)
WORKFLOW = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: make\n"

WRAPPER = "gradle/wrapper/gradle-wrapper.properties"
MODULES = '[submodule "lib/x"]\n\tpath = lib/x\n\turl = https://h/x\n\tbranch = main ; stable\n'
CHANGES: list[tuple[str, str, str, list[str]]] = [
    # those that are compared as a whole
    ("bun.lock", "a@1", "a@2", ["the locked packages hashes e351959bb58d -> hashes 09841728342d"]),
    ("ios/Podfile.lock", "a", "a", []),
    # npm
    (
        "package.json",
        '{"overrides": {"a": {"b": "1"}}}',
        '{"overrides": {"a": {"b": "2"}}}',
        ["a > b 1 -> 2"],
    ),
    ("package.json", '{"dependencies": {"a": "1"}}', '{"devDependencies": {"a": "1"}}', ["a 1; dependencies -> 1; devDependencies"]),
    ("package.json", '{"packageManager": "pnpm@8.1.0"}', '{"packageManager": "pnpm@9.0.0"}', ["pnpm 8.1.0 -> 9.0.0"]),
    (
        "package-lock.json",
        '{"packages": {"node_modules/a": {"version": "1", "integrity": "sha512-a"}}}',
        '{"packages": {"node_modules/a": {"version": "1", "integrity": "sha512-b"}}}',
        ["a 1; sha512-a -> 1; sha512-b"],
    ),
    (
        "package-lock.json",
        '{"packages": {"node_modules/a": {"version": "1"}, "node_modules/b/node_modules/a": {"version": "2"}}}',
        '{"packages": {"node_modules/a": {"version": "2"}, "node_modules/b/node_modules/a": {"version": "1"}}}',
        ["a 1 -> 2", "a 2 -> 1"],
    ),
    (
        "package-lock.json",
        '{"dependencies": {"a": {"version": "1", "dependencies": {"b": {"version": "1"}}}}}',
        '{"dependencies": {"a": {"version": "1", "dependencies": {"b": {"version": "2"}}}}}',
        ["b 1 -> 2"],
    ),
    (
        "pnpm-lock.yaml",
        "lockfileVersion: 5.4\npackages:\n  /@a/b/1.0.0_react@17.0.0:\n    resolution: {integrity: x}\n",
        "lockfileVersion: 5.4\npackages:\n  /@a/b/1.1.0_react@17.0.0:\n    resolution: {integrity: x}\n",
        ["@a/b 1.0.0 -> 1.1.0"],
    ),
    (
        "pnpm-lock.yaml",
        "importers:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(react@18.0.0)\n",
        "importers:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.1.0(react@18.0.0)\n",
        ["a 1.0.0 -> 1.1.0"],
    ),
    ("pnpm-workspace.yaml", "catalog:\n  a: ^1\n", "catalog:\n  a: ^2\n", ["a ^1 -> ^2"]),
    # Python
    ("requirements.txt", "-r base.txt\n", "", ["--requirement base.txt removed"]),
    ("requirements.txt", "a==1 --hash=sha256:x\n", "a==1 --hash=sha256:y\n", ["a ==1; hashes fe8eb9ab9836 -> ==1; hashes 5ddc8ecd2296"]),
    ("requirements.txt", "a==1\n", "a==1; python_version < '3'\n", ["a ==1; no more -> ==1; python_version < '3'"]),
    ("requirements.txt", "A_b==1\n", "a-B == 1 # same\n", []),
    ("requirements.txt", "a[x,y]>=1,<2\n", "a[y, x] <2, >=1\n", []),
    ("requirements.txt", "-e git+https://h/x@1#egg=a\n", "-e git+https://h/x@2#egg=a\n", ["a git+https://h/x@1#egg=a -> git+https://h/x@2#egg=a"]),
    ("requirements.txt", "a\n", "--index-url https://evil.example\na\n", ["--index-url https://evil.example added"]),
    ("requirements.txt", "a \\\n  ==1\n", "a==1\n", []),
    ("pyproject.toml", "[build-system]\nrequires = ['a']\n", "[build-system]\nrequires = ['a>1']\n", ["a any version -> >1"]),
    ("pyproject.toml", "[dependency-groups]\nx = ['a>1']\n", "[dependency-groups]\nx = ['a>2']\n", ["a >1 -> >2"]),
    ("pyproject.toml", "[project.optional-dependencies]\nx = []\n", "[project.optional-dependencies]\nx = ['a']\n", ["a added"]),
    ("pyproject.toml", "[project]\nversion = '1'\nrequires-python = '>3'\n", "[project]\nversion = '2'\nrequires-python = '>4'\n", []),
    ("pyproject.toml", "[tool.poetry.dependencies]\na = {version='1'}\n", "[tool.poetry.dependencies]\na = {version='1', extras=['x']}\n", ["a 1; no more -> 1; extras = [x]"]),
    ("Pipfile", "[packages]\na = '*'\n", "[packages]\na = '==1'\n", ["a * -> ==1"]),
    ("uv.lock", "[[package]]\nname='me'\nversion='1'\nsource={editable='.'}\n", "[[package]]\nname='me'\nversion='2'\nsource={editable='.'}\n", []),
    ("setup.cfg", "[metadata]\nversion=1\n[options.extras_require]\nx = a\n", "[metadata]\nversion=2\n[options.extras_require]\nx =\n  a>1\n", ["a any version -> >1"]),
    ("setup.py", "setup(version='1', install_requires=['a>=1'])\n", "needs = ['a>=2']\nsetup(version='2', install_requires=needs)\n", ["a >=1 -> >=2"]),
    ("setup.py", "setup(extras_require={'x': ['a']})\n", "setup(extras_require={'x': read('x')})\n", ["a removed", "read('x') added"]),
    # Go
    ("go.mod", "module x\nrequire a v1\nreplace a => ../a\n", "module x\nrequire a v1\n", ["a ../a removed"]),
    ("go.mod", "module x\nrequire a v1 // indirect\n", "module x\nrequire (\n\ta v1\n)\n", []),
    ("go.work", "go 1.22\nuse ./a\n", "go 1.22\nuse (\n\t./a\n\t./b\n)\nreplace x => y v1\n", ["x y v1 added"]),
    ("go.mod", "module x\ngo 1.21\n", "module x\ngo 1.22\n", ["go 1.21 -> 1.22"]),
    ("go.mod", "module x\nexclude a v1\n", "module x\nexclude (\n  a v2\n)\n", ["a v1 -> v2"]),
    ("go.sum", "a v1 h1:x=\n", "a v1 h1:y=\n", ["a v1; h1:x= -> v1; h1:y="]),
    # Rust
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { version = '1' }\n", []),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { version = '1', features = ['x'] }\n", ["a 1; no more -> 1; features = [x]"]),
    ("Cargo.toml", "[target.'cfg(unix)'.dependencies]\na = '1'\n", "[target.'cfg(unix)'.dependencies]\na = '2'\n", ["a 1 -> 2"]),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { package = 'b', version = '1' }\n", ["a 1 -> b 1"]),
    ("Cargo.toml", "[workspace.dependencies]\na = '1'\n", "[workspace.dependencies]\na = '2'\n", ["a 1 -> 2"]),
    ("Cargo.lock", "[[package]]\nname='me'\nversion='1'\n", "[[package]]\nname='me'\nversion='2'\n", []),
    # Maven
    ("pom.xml", POM.format(""), POM.format("").replace("<x.version>1<", "<x.version>2<").replace("17", "21"), ["x.version 1 -> 2"]),
    ("pom.xml", POM.format(""), POM.format("").replace("<version>1<", "<version>2<"), []),
    (
        "pom.xml",
        POM.format("<build><plugins><plugin><artifactId>p</artifactId><version>1</version></plugin></plugins></build>"),
        POM.format("<build><plugins><plugin><artifactId>p</artifactId><version>2</version></plugin></plugins></build>"),
        ["org.apache.maven.plugins:p 1 -> 2"],
    ),
    (
        "pom.xml",
        POM.format("<parent><groupId>b</groupId><artifactId>p</artifactId><version>1</version></parent>"),
        POM.format("<parent><groupId>b</groupId><artifactId>p</artifactId><version>2</version></parent>"),
        ["b:p 1 -> 2"],
    ),
    (
        "pom.xml",
        "<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent></project>",
        "<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>2</version></parent></project>",
        [],
    ),
    # Gradle
    ("build.gradle", "plugins { id 'x' version '1' }\n", 'plugins {\n  id("x").version("2")\n}\n', ["x 1 -> 2"]),
    ("build.gradle", "dependencies { api group: 'g', name: 'a', version: '1' }", "dependencies { api 'g:a:1' }", []),
    ("build.gradle", "version = '1'\n// api 'g:a:1'\n", "version = '2'\n", []),
    ("build.gradle.kts", "dependencies { api(libs.a) }", "dependencies { api(libs.b) }", ["libs.a removed", "libs.b added"]),
    ("gradle.properties", "version=1\nkotlinVersion=1\n", "version=2\nkotlinVersion=2\n", ["kotlinVersion 1 -> 2"]),
    ("gradle/libs.versions.toml", "[versions]\na='1'\n[libraries]\nx={module='g:x',version.ref='a'}\n", "[versions]\na='2'\n[libraries]\nx={module='g:x',version.ref='a'}\n", ["g:x 1 -> 2"]),
    # Wrappers of build tools
    (WRAPPER, "#\ndistributionUrl=https\\://h/gradle-8.5-bin.zip\n", "distributionUrl : https://h/gradle-8.6-bin.zip\n", ["distributionUrl https://h/gradle-8.5-bin.zip -> https://h/gradle-8.6-bin.zip"]),
    (WRAPPER, "distributionUrl=https\\://h/a.zip\nzipStorePath=a\n", "zipStorePath=b\ndistribution\\u0055rl = https://h/\\\n  a.zip\n", []),
    (WRAPPER, "distributionUrl=h\ndistributionSha256Sum=1\n", "distributionUrl=h\n", ["distributionUrl h; sha256 1 -> h; no more"]),
    (".mvn/wrapper/maven-wrapper.properties", "distributionUrl=a\n", "distributionUrl=b\n", ["distributionUrl a -> b"]),
    # Submodules
    (".gitmodules", MODULES, MODULES.replace("h/x", "evil/x"), ["lib/x https://h/x -> https://evil/x"]),
    (".gitmodules", MODULES, MODULES.replace("main", "next"), ["lib/x https://h/x; branch main -> https://h/x; branch next"]),
    (".gitmodules", MODULES, '[Submodule "lib/x"] URL = "https://h/x" # same\nbranch=ma\\\nin\n', []),
    (".gitmodules", "", MODULES, ["lib/x https://h/x added"]),
    # Ruby
    ("Gemfile", "ruby '3.2'\ngroup :test do\n  gem 'a'\nend\ngem 'b'\n", "ruby '3.3'\ngem 'a'\ngem 'b'\n", ["ruby 3.2 -> 3.3", "a group :test -> top level"]),
    ("Gemfile", "if x\n  gem 'a'\nend\ngroup :test do\n  gem 'b'\nend\n", "group :test do\n  gem 'b'\nend\ngem 'a' if x\n", []),
    ("Gemfile", "gem 'a', '~> 1', require: false\n", 'gem("a", "~> 1")\n', []),
    ("Gemfile", "gem 'a', '~> 1'\n", "gem 'a', '~> 1', git: 'https://h/x'\n", ['a ~> 1; no more -> ~> 1; git: "https://h/x"']),
    ("a.gemspec", "Gem::Specification.new do |s|\n  s.version = '1'\n  s.add_dependency 'a', '>= 1'\nend\n", "Gem::Specification.new do |s|\n  s.version = '2'\n  s.add_dependency(%q<a>.freeze, ['>= 2'])\nend\n", ["a >= 1 -> >= 2"]),
    ("Gemfile.lock", GEMS, GEMS.replace("7.0.1", "7.0.2").replace(">= 2", ">= 3"), ["rails 7.0.1 -> 7.0.2"]),
    ("Gemfile.lock", "PATH\n  remote: .\n  specs:\n    me (1)\n", "PATH\n  remote: .\n  specs:\n    me (2)\n", []),
    # PHP
    ("composer.json", '{"require": {"php": ">=8.1", "ext-intl": "*"}, "require-dev": []}', '{"require": {"php": ">=8.2"}}', ["ext-intl * removed"]),
    # .NET
    ("a.csproj", "<Project><ItemGroup><PackageReference Include='A' Version='1'/></ItemGroup></Project>", "<Project><ItemGroup><PackageReference Include='A'><Version>1</Version></PackageReference></ItemGroup></Project>", []),
    ("Directory.Packages.props", "<Project><PropertyGroup><V>1</V></PropertyGroup><ItemGroup><PackageVersion Include='A' Version='$(V)'/></ItemGroup></Project>", "<Project><PropertyGroup><V>2</V></PropertyGroup><ItemGroup><PackageVersion Include='A' Version='$(V)'/></ItemGroup></Project>", ["A 1 -> 2"]),
    ("packages.lock.json", '{"dependencies": {"net8.0": {"me": {"type": "Project"}}}}', '{"dependencies": {"net8.0": {}}}', []),
    # Docker
    ("Dockerfile", "ARG V=1\nFROM a:$V\n", "ARG V=2\nFROM a:${V}\n", ["a 1 -> 2"]),
    ("Dockerfile", "FROM a:1 AS build\nFROM build\nCOPY --from=build /x /x\n", "FROM a:1 as b\nFROM b\nCOPY --from=b /x /x\n", []),
    ("Dockerfile", "FROM a:1\nCOPY --from=b:1 /x /x\n", "FROM a:1\nCOPY --from=b:2 /x /x\n", ["b 1 -> 2"]),
    ("Dockerfile", "FROM a@sha256:1\n", "FROM a@sha256:2\n", ["a @sha256:1 -> @sha256:2"]),
    ("Dockerfile", "FROM a:1\n", "FROM --platform=linux/arm64 a:1\n", ["a 1; no more -> 1; platform linux/arm64"]),
    ("api.dockerfile", "FROM h:5000/a\nRUN <<EOF\nFROM x:1\nEOF\n", "FROM \\\n  h:5000/a\nRUN <<EOF\nFROM x:2\nEOF\n", []),
    ("Dockerfile", "FROM a:1\nRUN echo $((1<<X))\nFROM b:1\n", "FROM a:1\nRUN echo $((1<<X))\nFROM b:2\n", ["b 1 -> 2"]),
    ("Dockerfile.dev", "FROM a:${V:-1}\n", "FROM a:${V:-2}\n", ["a 1 -> 2"]),
    ("compose.yaml", "x: &x\n  image: a:1\nservices:\n  s:\n    <<: *x\n", "x: &x\n  image: a:2\nservices:\n  s:\n    <<: *x\n", ["a 1 -> 2"]),
    ("compose.yaml", "services:\n  s:\n    build: .\n    image: me:1\n", "services:\n  s:\n    build: .\n    image: me:2\n", []),
    # Actions
    (".github/workflows/a.yml", WORKFLOW, WORKFLOW.replace("make", "make test"), []),
    (".github/workflows/a.yml", WORKFLOW, WORKFLOW.replace("v4", "v5"), ["actions/checkout v4 -> v5"]),
    (".github/workflows/a.yml", WORKFLOW, WORKFLOW.replace("actions/checkout@v4", "./local"), ["actions/checkout v4 removed"]),
    (".github/workflows/a.yaml", "jobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@v1\n", "jobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@v2\n", ["o/r/.github/workflows/x.yml v1 -> v2"]),
    (".github/workflows/a.yml", "jobs:\n  a:\n    container: node:18\n", "jobs:\n  a:\n    container:\n      image: node:20\n", ["node 18 -> 20"]),
    ("deploy/action.yml", "runs:\n  steps:\n  - uses: docker://a:1\n", "runs:\n  steps:\n  - uses: docker://a:2\n", ["a 1 -> 2"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after", "expected"), CHANGES)
def test_what_counts_as_a_change(path: str, before: str, after: str, expected: list[str]) -> None:
    assert sorted(str(change) for change in diff(path, before, after)) == sorted(expected)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("package.json", '{\n"dependencies": ["a"]\n}', 2),
        ("package.json", '{\n"a": 1,\n"b" 2}', 3),
        ("package.json", "[]", 1),
        ("requirements.txt", "a==1\nThe thing must be fast\n", 2),
        ("pyproject.toml", "[project]\ndependencies = 'a'\n", 2),
        ("pyproject.toml", "[project\n", 1),
        ("go.mod", "module x\n<<<<<<< HEAD\n", 2),
        ("go.mod", "module x\nrequire (\na v1\n", 0),
        ("go.sum", "a v1\n", 1),
        ("setup.py", "x = 1\nsetup(\n", 2),
        ("Gemfile.lock", "<<<<<<< HEAD\n", 1),
        ("pom.xml", "<!DOCTYPE a [<!ENTITY x 'y'>]><project>&x;</project>", 1),
        ("pom.xml", "<settings/>", 1),
        ("pom.xml", "<project>\n<a></b></project>", 2),
        ("compose.yml", "services:\n  a: b\n", 2),
        ("compose.yml", "a:\n\tb\n", 2),
        ("compose.yml", "a: *b\n", 1),
        ("Dockerfile", "FROM a b\n", 1),
        ("Dockerfile", "RUN make\n", 0),
        ("Dockerfile", "FROM a\nRUN <<EOF\nFROM b\n", 2),
        ("yarn.lock", "a@1\n", 1),
        (".gitmodules", '[submodule "a"]\n<<<<<<< HEAD\n', 2),
        (".gitmodules", '[submodule "a"]\n\turl = "x\n', 2),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(path: str, text: str, line: int) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(path, text)
    assert caught.value.line == line


def test_a_bomb_of_aliases_is_no_harm() -> None:
    levels = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert parse("compose.yml", "x0: &x0 [a]\n" + "\n".join(levels) + "\nservices:\n  s:\n    image: a:1\n")
    merges = [f"x{n}: &x{n}\n  k{n}: 1\n  <<: *x{n - 1}" for n in range(1, 800)]
    with pytest.raises(Unreadable, match="merges too many keys"):
        parse("compose.yml", "x0: &x0\n  a: 1\n" + "\n".join(merges))


def test_an_upgraded_lockfile_with_the_same_packages_is_no_change() -> None:
    old = '{"lockfileVersion": 1, "dependencies": {"a": {"version": "1", "dependencies": {"b": {"version": "2"}}}}}'
    new = (
        '{"lockfileVersion": 3, "packages": {"": {"version": "9"}, "node_modules/a": {"version": "1"},'
        ' "node_modules/a/node_modules/b": {"version": "2"}, "node_modules/me": {"link": true, "resolved": "me"}}}'
    )
    assert diff("package-lock.json", old, new) == []


def test_equal_texts_are_not_even_read() -> None:
    assert diff("package.json", "{", "{") == []


def test_an_empty_manifest_holds_nothing() -> None:
    assert parse("requirements.txt", "") == ()
    assert parse("compose.yml", "") == ()


@pytest.mark.parametrize(
    "path",
    ["a/requirements/base.txt", "dev-requirements.txt", "requirements-dev.in", "Containerfile", "web/Dockerfile.prod",
     "docker-compose.override.yml", ".github/actions/x/action.yml", "pylock.dev.toml", "Gems.rb", "buildscript-gradle.lockfile"],
)  # fmt: skip
def test_other_names_of_manifests_are_known(path: str) -> None:
    assert is_manifest(path)


@pytest.mark.parametrize(
    "path",
    ["src/app.py", "README.md", "docs/workflows/ci.yml", "x/node_modules/a/package.json", "vendor/a/go.mod",
     "Dockerfile.dockerignore", "notes.txt", "package.json.bak", ""],
)  # fmt: skip
def test_other_files_are_no_manifests(path: str) -> None:
    assert not is_manifest(path)


def test_lockfiles_are_those_that_tools_write() -> None:
    assert is_lockfile("web/package-lock.json")
    assert is_lockfile("go.sum")
    assert not is_lockfile("package.json")
    assert not is_lockfile("node_modules/x/yarn.lock")
