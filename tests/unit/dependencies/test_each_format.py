"""Details of each format: what is a change, what is not, and what can't be read."""

# ruff: noqa: E501 - one case, one line

from __future__ import annotations

import pytest

from hotfix.dependencies import is_lockfile, is_manifest
from hotfix.dependencies.documents import DocumentReading
from hotfix.dependencies.file_comparison import compare_texts, read
from hotfix.dependencies.file_table import row_of
from hotfix.dependencies.package_change import Unreadable

GEMS = "GEM\n  remote: https://rubygems.org/\n  specs:\n    rails (7.0.1)\n      rack (>= 2)\n"
POM = (
    "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version>"
    "<properties><x.version>1</x.version><java.version>17</java.version></properties>{}</project>"
)
WORKFLOW = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: make\n"
MODULES = '[submodule "lib/x"]\n\tpath = lib/x\n\turl = https://h/x\n'

CHANGES: list[tuple[str, str, str, list[str]]] = [
    # npm
    ("package.json", '{"overrides": {"a": {"b": "1"}}}', '{"overrides": {"a": {"b": "2"}}}', ["a {b = 1} -> {b = 2}"]),
    ("package.json", '{"dependencies": {"a": "1"}}', '{"devDependencies": {"a": "1"}}', ["a 1; dependencies -> 1; devDependencies"]),
    ("package.json", '{"packageManager": "pnpm@8.1.0"}', '{"packageManager": "pnpm@9.0.0"}', ["packageManager pnpm@8.1.0 -> pnpm@9.0.0"]),
    ("package.json", '{"scripts": {"build": "tsc"}}', '{"scripts": {"build": "tsc -b"}}', ["scripts.build tsc -> tsc -b"]),
    ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "jest --ci"}}', []),
    ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "npx evil"}}', ["scripts.test npx evil added"]),
    (
        "package-lock.json",
        '{"packages": {"node_modules/a": {"version": "1", "integrity": "sha512-a"}}}',
        '{"packages": {"node_modules/a": {"version": "1", "integrity": "sha512-b"}}}',
        ["a 1; {integrity = sha512-a} -> 1; {integrity = sha512-b}"],
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
        ["a 1.0.0(react@18.0.0) -> 1.1.0(react@18.0.0)"],
    ),
    ("pnpm-workspace.yaml", "catalog:\n  a: ^1\n", "catalog:\n  a: ^2\n", ["catalog.a ^1 -> ^2"]),
    # Python
    ("requirements.txt", "-r base.txt\n", "", ["-r base.txt removed"]),
    ("requirements.txt", "a==1 --hash=sha256:x\n", "a==1 --hash=sha256:y\n", ["a ==1; hashes fe8eb9ab9836 -> ==1; hashes 5ddc8ecd2296"]),
    ("requirements.txt", "a==1\n", "a==1; python_version < '3'\n", ["a ==1; nothing more -> ==1; python_version < '3'"]),
    ("requirements.txt", "A_b==1\n", "a-B == 1 # same\n", []),
    ("requirements.txt", "a[x,y]>=1,<2\n", "a[y, x] <2, >=1\n", []),
    ("requirements.txt", "-e git+https://h/x@1#egg=a\n", "-e git+https://h/x@2#egg=a\n", ["a git+https://h/x@1#egg=a -> git+https://h/x@2#egg=a"]),
    ("requirements.txt", "a\n", "--index-url https://evil.example\na\n", ["--index-url https://evil.example added"]),
    ("requirements.txt", "a==1\n", "a==1 --config-settings=x=y\n", ["a ==1; nothing more -> ==1; --config-settings=x=y"]),
    ("requirements.txt", "--require-hashes\n", "", ["--require-hashes removed"]),
    ("requirements.txt", "a \\\n  ==1\n", "a==1\n", []),
    ("pyproject.toml", "[build-system]\nrequires = ['a']\n", "[build-system]\nrequires = ['a>1']\n", ["a any version -> >1"]),
    ("pyproject.toml", "[dependency-groups]\nx = ['a>1']\n", "[dependency-groups]\nx = ['a>2']\n", ["a >1 -> >2"]),
    ("pyproject.toml", "[project.optional-dependencies]\nx = []\n", "[project.optional-dependencies]\nx = ['a']\n", ["a added"]),
    ("pyproject.toml", "[project]\nversion = '1'\nrequires-python = '>3'\n", "[project]\nversion = '2'\nrequires-python = '>4'\n", ["project.requires-python >3 -> >4"]),
    ("pyproject.toml", "[tool.poetry.dependencies]\na = {version='1'}\n", "[tool.poetry.dependencies]\na = {version='1', extras=['x']}\n", ["a 1; nothing more -> 1; {extras = [x]}"]),
    ("Pipfile", "[packages]\na = '*'\n", "[packages]\na = '==1'\n", ["a * -> ==1"]),
    ("setup.cfg", "[metadata]\nversion=1\n[options.extras_require]\nx = a\n", "[metadata]\nversion=2\n[options.extras_require]\nx =\n  a>1\n", ["options.extras_require.x a -> a>1"]),
    # Go
    ("go.mod", "module x\nrequire a v1\nreplace a => ../../a\n", "module x\nrequire a v1\n", ["a => ../../a removed"]),
    ("go.mod", "module x\nrequire a v1 // indirect\n", "module x\nrequire (\n\ta v1\n)\n", []),
    ("go.work", "go 1.22\nuse ./a\n", "go 1.22\nuse (\n\t./a\n\t./b\n)\nreplace x => y v1\n", ["use ./b added", "x => y v1 added"]),
    ("go.mod", "module x\ngo 1.21\n", "module x\ngo 1.22\n", ["go 1.21 -> 1.22"]),
    ("go.mod", "module x\nexclude a v1\n", "module x\nexclude (\n  a v2\n)\n", ["a v1 -> v2"]),
    ("go.sum", "a v1 h1:x=\n", "a v1 h1:y=\n", ["a v1; h1:x= -> v1; h1:y="]),
    # Rust
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { version = '1' }\n", []),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { version = '1', features = ['x'] }\n", ["a 1; nothing more -> 1; {features = [x]}"]),
    ("Cargo.toml", "[target.'cfg(unix)'.dependencies]\na = '1'\n", "[target.'cfg(unix)'.dependencies]\na = '2'\n", ["a 1 -> 2"]),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { package = 'b', version = '1' }\n", ["a 1; nothing more -> 1; {package = b}"]),
    ("Cargo.toml", "[workspace.dependencies]\na = '1'\n", "[workspace.dependencies]\na = '2'\n", ["a 1 -> 2"]),
    ("Cargo.toml", "[features]\ndefault = []\n", "[features]\ndefault = ['x/net']\n", ["features.default [] -> [x/net]"]),
    # Maven and Gradle
    ("pom.xml", POM.format(""), POM.format("").replace("17", "21"), ["java.version 17 -> 21"]),
    ("pom.xml", POM.format(""), POM.format("").replace("<version>1<", "<version>2<"), []),
    (
        "pom.xml",
        POM.format("<build><plugins><plugin><artifactId>p</artifactId><version>1</version></plugin></plugins></build>"),
        POM.format("<build><plugins><plugin><artifactId>p</artifactId><version>2</version></plugin></plugins></build>"),
        ["p 1 -> 2"],
    ),
    (
        "pom.xml",
        POM.format("<parent><groupId>b</groupId><artifactId>p</artifactId><version>1</version></parent>"),
        POM.format("<parent><groupId>b</groupId><artifactId>p</artifactId><version>2</version></parent>"),
        ["b:p 1 -> 2"],
    ),
    ("gradle.properties", "version=1\nkotlinVersion=1\n", "version=2\nkotlinVersion=2\n", ["`kotlinVersion=1` removed", "`kotlinVersion=2` added"]),
    ("gradle/libs.versions.toml", "[versions]\na='1'\n[libraries]\nx={module='g:x',version.ref='a'}\n", "[versions]\na='2'\n[libraries]\nx={module='g:x',version.ref='a'}\n", ["g:x 1 -> 2"]),
    ("gradle/wrapper/gradle-wrapper.properties", "distributionUrl=h\n", "#\ndistributionUrl=i\n", ["`distributionUrl=h` removed", "`distributionUrl=i` added"]),
    # Ruby
    ("Gemfile", "ruby '3.2'\ngem 'a'\n", "ruby '3.3'\n# why\n\ngem 'a'\n", ["`ruby '3.2'` removed", "`ruby '3.3'` added"]),
    ("Gemfile", "group :test do\n  gem 'a'\nend\ngem 'b'\n", "gem 'b'\ngroup :test do\n  gem 'a'\nend\n", ["the order of the lines changed"]),
    ("Gemfile.lock", GEMS, GEMS.replace("7.0.1", "7.0.2"), ["rails 7.0.1 -> 7.0.2"]),
    ("Gemfile.lock", GEMS, GEMS.replace(">= 2", ">= 3"), ["rails 7.0.1; rack (>= 2) -> 7.0.1; rack (>= 3)"]),
    ("Gemfile.lock", GEMS, GEMS.replace("rubygems.org", "evil.example"), ["rails 7.0.1; remote: https://rubygems.org/ -> 7.0.1; remote: https://evil.example/"]),
    ("Gemfile.lock", "PATH\n  remote: .\n  specs:\n    me (1)\n      a\n", "PATH\n  remote: .\n  specs:\n    me (2)\n      a\n", []),
    # PHP
    ("composer.json", '{"require": {"php": ">=8.1", "ext-intl": "*"}, "require-dev": []}', '{"require": {"php": ">=8.1"}}', ["ext-intl * removed"]),
    # .NET
    ("a.csproj", "<Project><ItemGroup><PackageReference Include='A' Version='1'/></ItemGroup></Project>", "<Project><ItemGroup><PackageReference Include='A'><Version>1</Version></PackageReference></ItemGroup></Project>", []),
    ("Directory.Packages.props", "<Project><PropertyGroup><V>1</V></PropertyGroup><ItemGroup><PackageVersion Include='A' Version='$(V)'/></ItemGroup></Project>", "<Project><PropertyGroup><V>2</V></PropertyGroup><ItemGroup><PackageVersion Include='A' Version='$(V)'/></ItemGroup></Project>", ["A 1 -> 2"]),
    ("packages.lock.json", '{"dependencies": {"net8.0": {"me": {"type": "Project"}}}}', '{"dependencies": {"net8.0": {}}}', []),
    # Docker
    ("Dockerfile", "ARG V=1\nFROM a:$V\n", "ARG V=2\nFROM a:$V\n", ["ARG V=1 removed", "ARG V=2 added"]),
    ("Dockerfile", "FROM a:1 AS build\nFROM build\nCOPY --from=build /x /x\n", "FROM a:1 as b\nFROM b\nCOPY --from=b /x /x\n", []),
    ("Dockerfile", "FROM a:1\nCOPY --from=b:1 /x /x\n", "FROM a:1\nCOPY --from=b:2 /x /x\n", ["b 1 -> 2"]),
    ("Dockerfile", "FROM a@sha256:1\n", "FROM a@sha256:2\n", ["a @sha256:1 -> @sha256:2"]),
    ("Dockerfile", "FROM a:1\n", "FROM --platform=linux/arm64 a:1\n", ["a 1; nothing more -> 1; --platform=linux/arm64"]),
    ("api.dockerfile", "FROM h:5000/a\nRUN <<EOF\nmake 1\nEOF\n", "FROM \\\n  h:5000/a\nRUN <<EOF\nmake 2\nEOF\n", ["RUN <<EOF make 1 EOF removed", "RUN <<EOF make 2 EOF added"]),
    ("Dockerfile", "FROM a:1\nRUN echo $((1<<X))\nFROM b:1\n", "FROM a:1\nRUN echo $((1<<X))\nFROM b:2\n", ["b 1 -> 2"]),
    ("Dockerfile", "FROM a:1\nUSER x\nCOPY a .\nCMD [\"a\"]\n", "FROM a:1\nUSER y\nCOPY b .\nCMD [\"b\"]\n", []),
    ("Dockerfile", "FROM a:1\n", "FROM a:1\nCOPY <<EOF /etc/pip.conf\n[global]\nEOF\n", ["COPY <<EOF /etc/pip.conf [global] EOF added"]),
    ("compose.yaml", "services:\n  s:\n    image: a:1\n", "services:\n  s:\n    image: a:2\n", ["a 1 -> 2"]),
    ("compose.yaml", "services:\n  s:\n    build: .\n    image: me:1\n", "services:\n  s:\n    build: .\n    image: me:2\n", []),
    ("compose.yaml", "services:\n  s:\n    build: .\n", "services:\n  s:\n    build: ./evil\n", ["services.s.build . -> ./evil"]),
    # Actions
    (".github/workflows/a.yml", WORKFLOW, WORKFLOW.replace("make", "make test"), []),
    (".github/workflows/a.yml", WORKFLOW, WORKFLOW.replace("make", "pip install evil"), ["jobs.a.steps.run pip install evil added"]),
    (".github/workflows/a.yml", WORKFLOW, WORKFLOW.replace("v4", "v5"), ["actions/checkout v4 -> v5"]),
    (".github/workflows/a.yml", WORKFLOW, WORKFLOW.replace("actions/checkout@v4", "./local"), ["actions/checkout v4 removed"]),
    (".github/workflows/a.yaml", "jobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@v1\n", "jobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@v2\n", ["o/r/.github/workflows/x.yml v1 -> v2"]),
    (".github/workflows/a.yml", "jobs:\n  a:\n    container: node:18\n", "jobs:\n  a:\n    container:\n      image: node:20\n", ["node 18 -> 20"]),
    ("deploy/action.yml", "runs:\n  steps:\n  - uses: docker://a:1\n", "runs:\n  steps:\n  - uses: docker://a:2\n", ["a 1 -> 2"]),
    # git
    (".gitmodules", MODULES, MODULES.replace("h/x", "evil/x"), ["`url = https://h/x` removed", "`url = https://evil/x` added"]),
]  # fmt: skip


def read_text(path: str, text: str) -> DocumentReading:
    row = row_of(path)
    assert row is not None
    return read(path, text, row)


@pytest.mark.parametrize(("path", "before", "after", "expected"), CHANGES)
def test_what_counts_as_a_change(path: str, before: str, after: str, expected: list[str]) -> None:
    assert sorted(str(change) for change in compare_texts(path, before, after)) == sorted(expected)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("package.json", '{\n"a": 1,\n"b" 2}', 3),
        ("package.json", '{\n"a": 1,\n"a": 2}', 3),
        ("package.json", "[]", 1),
        ("requirements.txt", "a==1\nThe thing must be fast\n", 2),
        ("pyproject.toml", "[project\n", 1),
        ("setup.cfg", "[options]\n<<<<<<< HEAD\n", 2),
        ("go.mod", "module x\n<<<<<<< HEAD\n", 2),
        ("go.mod", "module x\nrequire (\na v1\n", 0),
        ("go.sum", "a v1\n", 1),
        ("gradle.lockfile", "g:a:1=x\ng\n", 2),
        ("Gemfile.lock", "<<<<<<< HEAD\n", 1),
        ("pom.xml", "<!DOCTYPE a [<!ENTITY x 'y'>]><project>&x;</project>", 1),
        ("pom.xml", "<project>\n<a></b></project>", 2),
        ("compose.yml", "a:\n\tb\n", 2),
        ("compose.yml", "a: *b\n", 1),
        ("compose.yml", "a: b\n---\nc: d\n", 3),
        ("Dockerfile", "FROM a b\n", 1),
        ("Dockerfile", "RUN make\n", 0),
        ("Dockerfile", "FROM a\nRUN <<EOF\nFROM b\n", 2),
        ("yarn.lock", "a@1\n", 1),
        ("package.json", '{"a": "\0"}', 0),
    ],
)
def test_an_unreadable_text_is_reported_with_its_line(path: str, text: str, line: int) -> None:
    with pytest.raises(Unreadable) as caught:
        read_text(path, text)
    assert caught.value.line == line
    [change] = compare_texts(path, "", text)
    assert "can't be read" in str(change)
    assert change.line == line


def test_a_bomb_of_aliases_takes_no_time() -> None:
    levels = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 30)]
    with pytest.raises(Unreadable, match="too much"):
        read_text("compose.yml", "x0: &x0 [a]\n" + "\n".join(levels) + "\nservices:\n  s:\n    image: a:1\n")
    merges = [f"x{n}: &x{n}\n  k{n}: 1\n  <<: *x{n - 1}" for n in range(1, 800)]
    with pytest.raises(Unreadable, match="merges too many keys"):
        read_text("compose.yml", "x0: &x0\n  a: 1\n" + "\n".join(merges))


def test_an_upgraded_lockfile_with_other_packages_is_a_change() -> None:
    old = '{"lockfileVersion": 1, "dependencies": {"a": {"version": "1"}}}'
    new = '{"lockfileVersion": 3, "packages": {"": {"version": "9"}, "node_modules/a": {"version": "2"}}}'
    assert [str(change) for change in compare_texts("package-lock.json", old, new)] == ["a 1 -> 2"]


def test_equal_texts_are_not_even_read() -> None:
    assert compare_texts("package.json", "{", "{") == []


def test_an_empty_manifest_holds_nothing() -> None:
    assert read_text("requirements.txt", "").dependencies == ()
    assert read_text("compose.yml", "").dependencies == ()


@pytest.mark.parametrize(
    "path",
    ["a/requirements/base.txt", "dev-requirements.txt", "requirements-dev.in", "Containerfile", "web/Dockerfile.prod",
     "docker-compose.override.yml", ".github/actions/x/action.yml", "pylock.dev.toml", "Gems.rb", "buildscript-gradle.lockfile"],
)  # fmt: skip
def test_other_names_of_manifests_are_known(path: str) -> None:
    assert is_manifest(path)


@pytest.mark.parametrize(
    "path",
    ["src/app.py", "README.md", "docs/workflows/ci.yml", "Dockerfile.dockerignore", "notes.txt", "package.json.bak", "",
     "src/main/scala/acme/project/Project.scala", "app/tasks.py"],
)  # fmt: skip
def test_other_files_are_not_manifests(path: str) -> None:
    assert not is_manifest(path)


def test_lockfiles_are_those_that_tools_write() -> None:
    assert is_lockfile("web/package-lock.json")
    assert is_lockfile("go.sum")
    assert is_lockfile("flake.lock")
    assert not is_lockfile("package.json")
    assert not is_lockfile("unheard-of.lock"), "its name alone doesn't say that its lines are read"
