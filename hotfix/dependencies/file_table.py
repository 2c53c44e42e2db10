"""The table of all files that decide what is installed, from where, or by which toolchain, and how each is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hotfix.dependencies.path_kinds import is_code_binary, is_example, is_fixture, is_vendored
from hotfix.text.globs import matches

WHOLE = "whole"
"""Compared as a whole: any difference is a change."""

TABLE = """
# Read by a reader of their own, or by a schema. A name in brackets is the file's syntax.
package-json[json]        package.json
package-lock[json]        package-lock.json npm-shrinkwrap.json
pnpm-lock[yaml]           pnpm-lock.yaml
yarn                      yarn.lock
requirements              requirements*.txt requirements*.in requirements*.pip *[-_.]requirements.txt
requirements              *[-_.]requirements.in **/requirements/*.txt **/requirements/*.in **/requirements/*.pip
requirements              constraints*.txt **/constraints/*.txt reqs*.txt *[-_]reqs.txt **/deps/*.txt dependencies.txt
pyproject[toml]           pyproject.toml
setup-cfg[ini]            setup.cfg
pipfile[toml]             Pipfile
pipfile-lock[json]        Pipfile.lock
poetry-lock[toml]         poetry.lock pdm.lock
uv-lock[toml]             uv.lock
pylock[toml]              pylock.toml pylock.*.toml
go-mod                    go.mod go.work
go-sum                    go.sum go.work.sum
cargo[toml]               Cargo.toml
cargo-lock[toml]          Cargo.lock
maven[xml]                pom.xml *.pom
maven-extensions[xml]     .mvn/extensions.xml
gradle-catalog[toml]      *.versions.toml
gradle-lock               gradle.lockfile *-gradle.lockfile gradle/dependency-locks/*.lockfile
gemfile-lock              Gemfile.lock gems.locked *.gemfile.lock
composer[json]            composer.json
composer-lock[json]       composer.lock
nuget[xml]                *.csproj *.fsproj *.vbproj *.vcxproj *.sqlproj *.shproj *.proj *.props *.targets
nuget-packages[xml]       packages.config
nuget-lock[json]          packages.lock.json
pub[yaml]                 pubspec.yaml pubspec_overrides.yaml
pub-lock[yaml]            pubspec.lock
swift-lock[json]          Package.resolved
dockerfile                Dockerfile Dockerfile.* Dockerfile-* *.Dockerfile *.Dockerfile.* Containerfile
dockerfile                Containerfile.* *.containerfile
compose[yaml]             docker-compose*.yml docker-compose*.yaml compose.yml compose.yaml compose.*.yml
compose[yaml]             compose.*.yaml
workflow[yaml]            .github/workflows/*.yml .github/workflows/*.yaml action.yml action.yaml

# JavaScript
plain[json]               package.json5 bower.json .bowerrc lerna.json jsr.json import_map.json importmap.json
plain[json]               *.importmap rush.json common/config/rush/*.json elm.json elm-package.json bsconfig.json
plain[json]               rescript.json vlt.json deno.json esy.json
slash                     deno.jsonc bun.lock .pnpmfile.cjs .pnpmfile.js pnpmfile.cjs .pnpmfile.mjs .yarnrc.js
slash                     yarn.config.cjs
plain[yaml]               package.yaml pnpm-workspace.yaml .yarnrc.yml spago.yaml
hash                      .yarnrc .meteor/packages .meteor/versions .meteor/release .nvmrc .node-version .nodeenvrc
semicolon                 .npmrc npmrc
plain[toml]               bunfig.toml .bunfig.toml
plain[json]               deno.lock
dash                      spago.dhall packages.dhall
whole                     bun.lockb **/patches/*.patch **/patches/*.diff .yarn/patches/ common/config/rush/

# Python
setup-py                  setup.py
python                    noxfile.py conanfile.py SConstruct SConscript wscript
semicolon                 tox.ini pip.conf pip.ini .pypirc .pydistutils.cfg distutils.cfg buildout.cfg
semicolon                 pyvenv.cfg
plain[toml]               poetry.toml uv.toml pdm.toml .pdm.toml pixi.toml hatch.toml
plain[yaml]               environment.yml environment.yaml environment[-_]*.y*ml conda*.yml conda*.yaml .condarc
plain[yaml]               condarc conda-lock.yml pixi.lock cog.yaml MLproject /meta.yaml /recipe.yaml
plain[yaml]               **/conda*/**/meta.yaml **/recipe*/**/meta.yaml **/recipe*/**/recipe.yaml
hash                      .python-version .python-versions runtime.txt *.pth

# Java, Kotlin, Scala, Clojure
gradle                    *.gradle *.gradle.kts *.main.kts **/buildSrc/** **/build-logic/** **/gradle/plugins/**
properties                gradle.properties gradle-wrapper.properties maven-wrapper.properties
properties                gradle-daemon-jvm.properties **/project/build.properties /system.properties .sdkmanrc
plain[toml]               **/gradle/*.toml
xml                       settings.xml ivy.xml ivysettings.xml build.xml verification-metadata.xml toolchains.xml
xml                       *.ivy
hash                      .mvn/maven.config .mvn/jvm.config gradlew gradlew.bat mvnw mvnw.cmd .java-version .jvmopts
hash                      .sbtopts .mill-version jitpack.yml .scala-version sbt millw mill
whole                     .mvn/ **/gradle/wrapper/* verification-keyring.* **/gradle/*.gpg **/gradle/*.keys
sbt                       *.sbt build.sc build.mill *.mill **/project/*.scala !**/src/**
lisp                      project.clj profiles.clj deps.edn bb.edn shadow-cljs.edn build.boot
plain[yaml]               bleep.yaml

# .NET
plain[xml]                *.nuspec nuget.config paket.template phars.xml phive.xml
plain[json]               global.json dotnet-tools.json *.deps.json
hash                      paket.dependencies paket.references paket.local paket.lock Directory.Build.rsp

# Ruby, PHP
ruby                      Gemfile gems.rb *.gemfile Gemfile.* *.gemspec *.podspec Podfile Brewfile Appraisals
ruby                      Vagrantfile importmap.rb Berksfile Policyfile.rb Puppetfile Cheffile Fastfile Pluginfile
ruby                      Rakefile
hash                      .ruby-version .ruby-gemset .gemrc .bundle/config .php-version
plain[json]               /auth.json symfony.lock
plain[yaml]               .bundle/plugin/index *.info.yml

# Swift, Objective-C, Dart
slash                     Package.swift Package@swift-*.swift Project.swift Tuist/*.swift Tuist/**/*.swift
slash                     Workspace.swift
hash                      Cartfile Cartfile.private Cartfile.resolved .swift-version .xcode-version Mintfile
plain[yaml]               Podfile.lock melos.yaml /project.yml
plain[json]               *.podspec.json .fvmrc .fvm/fvm_config.json fvm_config.json

# Elixir, Erlang, Gleam
elixir                    mix.exs mix.lock
erlang                    rebar.config rebar.config.script rebar.lock
plain[toml]               gleam.toml
hash                      elixir_buildpack.config phoenix_static_buildpack.config .exenv-version

# Rust, Go, Zig, Nim, Crystal, D, V
plain[toml]               .cargo/config.toml .cargo/config rust-toolchain.toml Cross.toml Gopkg.toml Gopkg.lock
slash                     build.rs
hash                      rust-toolchain .rust-toolchain .go-version .zigversion .crystal-version go.env
plain[yaml]               glide.yaml glide.lock shard.yml shard.lock shard.override.yml
zig                       build.zig build.zig.zon
plain[json]               dub.json dub.selections.json nimble.lock
hash                      *.nimble
slash                     dub.sdl v.mod

# C, C++, embedded
cmake                     CMakeLists.txt *.cmake CMakeLists.*.txt
plain[json]               CMakePresets.json CMakeUserPresets.json vcpkg.json vcpkg-configuration.json conan.lock
plain[json]               /library.json
semicolon                 conanfile.txt *.wrap platformio.ini library.properties
hash                      meson.build meson_options.txt meson.options configure configure.ac configure.in *.m4
hash                      autogen.sh bootstrap bootstrap.sh Makefile makefile GNUmakefile Makefile.* makefile.* *.mk
hash                      *.mak Justfile justfile .justfile Taskfile.yml Taskfile.yaml Earthfile DEPS *.gn *.gni
plain[yaml]               conandata.yml west.yml idf_component.yml
dash                      xmake.lua premake5.lua

# Bazel, Buck, Pants, Nix, Guix
hash                      MODULE.bazel WORKSPACE WORKSPACE.bazel WORKSPACE.bzlmod *.bzl .bazelversion .bazelrc
hash                      .bazeliskrc .buckconfig .buckversion .plzconfig .nix-channel .envrc
plain[json]               MODULE.bazel.lock maven_install.json *_install.json flake.lock devbox.json devbox.lock
plain[json]               npins/*.json nix/sources.json
plain[toml]               pants.toml
hash                      *.nix
lisp                      manifest.scm channels.scm guix.scm
plain[yaml]               devenv.yaml devenv.lock

# Haskell, OCaml, Perl, R, Julia, Lua, others
cabal                     *.cabal cabal.project cabal.project.* cabal.config
plain[yaml]               stack.yaml stack.yaml.lock stack-*.yaml snapshot.yaml
opam                      opam *.opam *.opam.locked *.opam.template
lisp                      dune-project dune-workspace
hash                      cpanfile cpanfile.snapshot Makefile.PL Build.PL dist.ini .perl-version .Rprofile alire.toml
plain[json]               renv.lock META.json META6.json
r                         DESCRIPTION
plain[toml]               Project.toml JuliaProject.toml Manifest.toml JuliaManifest.toml Manifest-v*.toml
plain[toml]               foundry.toml soldeer.lock Move.toml Move.lock Scarb.toml Scarb.lock Anchor.toml Nargo.toml
dash                      *.rockspec luarocks.lock
hash                      remappings.txt *.repos *.rosinstall /packages.yml /dependencies.yml
plain[json]               Packages/manifest.json **/Packages/manifest.json **/Packages/packages-lock.json *.uproject
plain[json]               *.uplugin sfdx-project.json
hash                      **/ProjectSettings/ProjectVersion.txt

# Images, clusters, machines
hash                      docker-bake.hcl docker-bake.json .terraform.lock.hcl .terraform-version .opentofu-version
hash                      *.pkr.hcl .terragrunt-version .terraformrc terraform.rc .tflint.hcl versions.tf
hash                      *versions.hcl app.nomad *.nomad
plain[yaml]               Chart.yaml Chart.lock **/charts/**/requirements.yaml requirements.yaml requirements.yml
plain[yaml]               requirements.lock galaxy.yml helmfile.yaml.lock helmfile.lock vendir.yml vendir.lock.yml
plain[yaml]               heroku.yml snapcraft.yaml .gitpod.yml .pre-commit-config.yaml .pre-commit-config.yml
plain[json]               jsonnetfile.json jsonnetfile.lock.json captain-definition nixpacks.json railpack.json
app-json[json]            /app.json apps/*/app.json packages/*/app.json
plain[toml]               nixpacks.toml project.toml buildpack.toml builder.toml fly.toml
slash                     devcontainer.json .devcontainer.json .devcontainer/**/*.json devcontainer-lock.json
whole                     .devcontainer/
plain[toml]               mise.toml .mise.toml mise.*.toml .mise.*.toml mise.lock .rtx.toml .prototools
plain[toml]               .config/mise/*.toml
hash                      .tool-versions .buildpacks Aptfile apt.txt apt-packages.txt packages.txt .apt .packages
hash                      system-packages.txt aqua.yaml .aqua/*.yaml .asdfrc .default-npm-packages .default-gems
hash                      .default-python-packages **/debian/control **/debian/rules PKGBUILD APKBUILD *.bb *.bbappend
hash                      *.ebuild

# git
semicolon                 .gitmodules .lfsconfig
"""
"""`reader  patterns`: the globs are those of `hotfix.text.globs`, in any case.

An exact name comes before a pattern, then the first row that matches decides.
"""

LOCKS = frozenset(
    [
        "package-lock",
        "pnpm-lock",
        "yarn",
        "pipfile-lock",
        "poetry-lock",
        "uv-lock",
        "pylock",
        "go-sum",
        "cargo-lock",
        "gradle-lock",
        "gemfile-lock",
        "composer-lock",
        "nuget-lock",
        "pub-lock",
        "swift-lock",
    ]
)
"""Readers of large lockfiles."""
ROOTS = (
    "package.json",
    "pnpm-workspace.yaml",
    "lerna.json",
    "Cargo.toml",
    "pyproject.toml",
    "go.work",
    "go.mod",
    "requirements.txt",
    "Dockerfile",
)
"""Manifests at the root that may install from folders that otherwise hold fixtures or examples."""
_KINDS = [
    "*.lock",
    "*.lockb",
    "*.lockfile",
    "*.lock.json",
    "*.lock.y*ml",
    "*.lock.hcl",
    "*-lock.json",
    "*-lock.y*ml",
    "*_lock.json",
    "*.locked",
    "*.resolved",
    "*.shrinkwrap",
    "*.lock.toml",
    ".*-version",
    ".*-versions",
    "*.toolchain",
    ".*toolchain*",
    "*toolchain.toml",
    "*toolchain.json",
    "*toolchain.cmake",
    ".*registry",
    "*.nupkg.metadata",
]
"""Names of files of that kind that no row knows: they are compared as a whole."""


@dataclass(frozen=True, slots=True)
class FileTableRow:
    """How one kind of file is read."""

    reader: str
    syntax: str = ""
    """`json`, `toml`, `yaml`, `xml` or `ini`, if `reader` is the name of a schema."""


def _rows() -> Iterator[tuple[str, FileTableRow]]:
    for line in TABLE.splitlines():
        if line and not line.startswith("#"):
            reader, *patterns = line.split()
            name, _, syntax = reader.rstrip("]").partition("[")
            for pattern in patterns:
                yield pattern, FileTableRow(name, syntax)


def _is_plain(pattern: str) -> bool:
    return not any(sign in pattern for sign in "*?[/")


_NAMES = {pattern.casefold(): row for pattern, row in reversed(list(_rows())) if _is_plain(pattern)}
_PATTERNS: dict[FileTableRow, list[str]] = {}
for _pattern, _row in _rows():
    if not _is_plain(_pattern):
        _PATTERNS.setdefault(_row, []).append(_pattern)


@lru_cache(maxsize=8192)
def row_of(path: str, installed: tuple[str, ...] = ()) -> FileTableRow | None:
    """Return how a file is read; None if it decides nothing about what is installed.

    Fixtures of tests, examples and documentation bring nothing to production, unless the globs `installed` say that
    it installs from them. Code of others that lies in the repository, and binaries that are run, are compared as a
    whole.
    """
    aside = not (installed and (matches(installed, path) or matches(installed, path.rpartition("/")[0])))
    if not path or (aside and is_fixture(path)):
        return None
    if is_vendored(path) or is_code_binary(path):
        return FileTableRow(WHOLE)
    return None if aside and is_example(path) else _named(path)


def _named(path: str) -> FileTableRow | None:
    name = path.rpartition("/")[2].casefold()
    if name.endswith(".dockerignore"):
        return None
    if found := _NAMES.get(name):
        return found
    for row, patterns in _PATTERNS.items():
        if matches(patterns, path, ignore_case=True):
            return row
    return FileTableRow(WHOLE) if matches(_KINDS, path, ignore_case=True) else None


@lru_cache(maxsize=8192)
def is_manifest(path: str) -> bool:
    """Is the whole text of this file needed to know what its change brings?"""
    row = None if is_vendored(path) or is_code_binary(path) else _named(path)
    return row is not None and row.reader != WHOLE


def needs_roots(path: str) -> bool:
    """Is it a manifest that counts only if the root manifests install from its folder?"""
    return is_manifest(path) and row_of(path) is None


def is_lockfile(path: str) -> bool:
    """Is this a lockfile, written by a tool, whose every line is accounted for?"""
    row = row_of(path)
    return row is not None and (
        row.reader in LOCKS or (row.reader != WHOLE and matches(_KINDS, path, ignore_case=True))
    )
