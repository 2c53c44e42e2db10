"""The schemas of the known formats: which keys are packages, which are harmless. All other keys are relevant."""

from __future__ import annotations

import re

from hotfix.dependencies.formats.pipeline_schemas import PIPELINES
from hotfix.dependencies.lock_keys import is_linked, is_pypi_source, npm_path, pnpm_key, yarn_key
from hotfix.dependencies.manifest_schema import ManifestSchema, of_section
from hotfix.text.words import words

_PAGE = words(
    "name description summary keywords categories tags homepage repository documentation bugs author authors"
    " maintainers contributors license licenses funding support readme private $schema"
)
"""Metadata of a published package, without its version, which changes with each release."""


_SCRIPTS = (
    "test test:* test-* lint lint:* format format:* fmt fmt:* check check:* typecheck type-check types coverage"
    " coverage:* start start:* dev dev:* serve watch watch:* storybook e2e e2e:* docs docs:* clean"
)
"""Scripts that are run neither to install nor to build the package."""

_PARTS = (
    "main module types typings exports sideEffects bin man files type unpkg jsdelivr eslintConfig prettier jest nyc"
    " commitlint stylelint browserslist"
)
"""Keys for a package's exports, and settings of tools that install nothing."""

_OWN_PAGE = f"version {' '.join(_PAGE)}"
_TASKS = words("tasks/* feature/*/tasks/* shell/scripts/*")
"""Commands that run only if invoked by name."""
_XCODE = words("settings settings/base targets/*/settings targets/*/settings/base")
_PLAIN = (
    *_PAGE,
    *words(
        "main ignore version appVersion uuid version-string version-semver version-date port-version VersionName",
        "Version",
    ),
    *of_section(
        "package/metadata", "version description authors owners releaseNotes tags projectUrl copyright summary title"
    ),
    *of_section("packageDirectories", "versionName versionNumber versionDescription"),
    *(f"{place}/{key}_VERSION" for place in _XCODE for key in ("MARKETING", "CURRENT_PROJECT")),
)
"""Keys for a project's own version and metadata, in formats without a schema of their own."""
_PNPM = "dependencies/* devDependencies/* optionalDependencies/*"
_MAVEN = (
    "dependencies/dependency dependencyManagement/dependencies/dependency build/plugins/plugin"
    " build/pluginManagement/plugins/plugin build/extensions/extension reporting/plugins/plugin"
)
_DOTNET = (
    "PackageReference PackageVersion GlobalPackageReference PackageDownload DotNetCliToolReference FrameworkReference"
    " Reference"
)
_DOTNET_PAGE = (
    "Version VersionPrefix VersionSuffix PackageVersion AssemblyVersion FileVersion InformationalVersion"
    " PackageValidationBaselineVersion Authors Company Product Description Copyright Title PackageId PackageTags"
    " PackageProjectUrl PackageLicenseExpression PackageReadmeFile PackageReleaseNotes PackageIcon RepositoryUrl"
    " RepositoryType ApplicationVersion ApplicationDisplayVersion AssemblyName RootNamespace AssemblyTitle"
)
_SERVICE = (
    "environment env_file ports expose restart depends_on healthcheck deploy labels logging networks volumes user"
    " working_dir container_name hostname stop_grace_period stop_signal mem_limit cpus profiles tmpfs ulimits"
    " read_only init tty stdin_open scale secrets configs"
)

_SECTIONS = words(
    # Packages and package sources.
    "*[dD]ependencies *_dependencies *dependency_overrides requires *_requires requirements prereqs packages",
    "extraPackages registr* scopedRegistries http-basic *-oauth *-token bearer package Deps GoVersion source",
    "collections channels settings/mirrors settings/profiles settings/pluginGroups settings/localRepository",
    "terraformProviders terraformModules recommendations plugins mcpServers package/*depend* package/dependencies",
    "manifest/project manifest/remote manifest/default manifest/include manifest/extend-project layers apt snap",
    # Toolchains.
    "frameworks runtime runtime_config toolchain tools sdk compiler installation modules nix packager type",
    "compatibility_date compatibility_flags require-dbt-version functions/runtime functions/*/runtime",
    "functions/*/layers provider/runtime provider/layers Globals/Function/Runtime Globals/Function/Layers",
    "Resources/*/Properties/Runtime Resources/*/Properties/Layers Resources/*/Properties/ImageUri",
    "applications/*/type applications/*/dependencies services/runtime services/env services/image",
    # Build commands.
    "installCommand buildCommand build builds provisioners builders runcmd bootcmd services/buildCommand app",
    "applications/*/build applications/*/hooks builds",
    # Others.
    "extensionBundle electron* *registries moduleAliases run/runtime-version widget/plugin widget/engine",
)
"""Relevant sections of files that are not only manifests."""

SCHEMAS: dict[str, ManifestSchema] = {
    **PIPELINES,
    # Any known file in a structured format without a schema of its own.
    "plain": ManifestSchema(harmless=_PLAIN, commands=_TASKS),
    "deno": ManifestSchema(
        harmless=(*_PLAIN, *words("fmt lint test bench exclude publish exports")), commands=_TASKS
    ),
    "chart": ManifestSchema(harmless=(*_PLAIN, *words("home icon annotations sources deprecated"))),
    "own-package": ManifestSchema(
        commands=_TASKS,
        harmless=(
            *_PLAIN,
            *(key for table in words("package project workspace buildpack") for key in of_section(table, _OWN_PAGE)),
        ),
    ),
    "sections": ManifestSchema(settings=_SECTIONS),
    "package-json": ManifestSchema(
        ecosystem="npm",
        packages=words(
            "dependencies/* devDependencies/* peerDependencies/* optionalDependencies/* resolutions/* overrides/*",
            "pnpm/overrides/*",
        ),
        commands=(*of_section("scripts", _SCRIPTS), "lint-staged/*"),
        harmless=(*_PAGE, "version", "displayName", "publisher", "icon", *words(_PARTS)),
        identity=(("name",), "version"),
    ),
    "package-lock": ManifestSchema(
        ecosystem="npm",
        packages=(
            *words("packages/* dependencies/*"),
            *of_section("packages/", "dependencies/* devDependencies/* optionalDependencies/* peerDependencies/*"),
        ),
        harmless=(
            *words("name version lockfileVersion requires"),
            *of_section("packages/", "name version license bin engines"),
        ),
        split=npm_path,
        nested="dependencies",
        own=is_linked,
    ),
    "pnpm-lock": ManifestSchema(
        ecosystem="npm",
        packages=(*words("packages/* snapshots/*"), *words(_PNPM), *of_section("importers/*", _PNPM)),
        harmless=words("lockfileVersion settings/autoInstallPeers settings/excludeLinksFromLockfile"),
        split=pnpm_key,
        own=lambda _, package: package.text("version").startswith("link:"),
    ),
    "yarn-berry": ManifestSchema(
        ecosystem="npm", packages=("*",), split=yarn_key,
        own=lambda key, package: key == "__metadata" or package.text("linkType") == "soft",
    ),
    "pyproject": ManifestSchema(
        ecosystem="pip",
        requirements=(
            *words("build-system/requires project/dependencies project/optional-dependencies/* dependency-groups/*"),
            *of_section("tool/uv", "dev-dependencies constraint-dependencies override-dependencies"),
            *words("tool/uv/build-constraint-dependencies tool/pdm/dev-dependencies/*"),
            *of_section("tool/hatch/envs/*", "dependencies extra-dependencies"),
        ),
        packages=(
            *of_section("tool/poetry", "dependencies/* dev-dependencies/* group/*/dependencies/*"),
            "tool/uv/sources/*",
        ),
        harmless=(
            *of_section("project", f"urls classifiers license-files {_OWN_PAGE}"),
            *of_section("project", "scripts gui-scripts entry-points"),
            *of_section("tool/poetry", f"classifiers urls scripts plugins {_OWN_PAGE}"),
            *of_section(
                "tool",
                "ruff black isort mypy pyright pylint flake8 pytest coverage bandit bumpversion commitizen towncrier"
                " interrogate vulture codespell djlint pydocstyle semantic_release importlinter ty basedpyright yapf"
                " autopep8 docformatter deptry tbump bump-my-version",
            ),
        ),
        commands=of_section("tool", "poe/tasks/* taskipy/tasks/* hatch/envs/*/scripts/* pixi/tasks/*"),
        identity=(("project/name",), "project/version"),
        local_sources="tool/uv/sources",
    ),
    "poetry-lock": ManifestSchema(
        ecosystem="pip",
        packages=("package",),
        names=("name",),
        harmless=of_section("metadata", "content-hash content_hash lock-version lock_version"),
    ),
    "uv-lock": ManifestSchema(
        ecosystem="pip", packages=("package",), names=("name",), own=is_pypi_source,
        needs=words("dependencies optional-dependencies dev-dependencies"),
        harmless=("version", "revision"),
    ),
    "pylock": ManifestSchema(
        ecosystem="pip", packages=("packages",), names=("name",), own=is_pypi_source,
        harmless=("lock-version", "created-by"),
    ),
    "pipfile": ManifestSchema(ecosystem="pip", packages=("packages/*", "dev-packages/*"), commands=("scripts/*",)),
    "pipfile-lock": ManifestSchema(
        ecosystem="pip", packages=("default/*", "develop/*"), harmless=("_meta/hash", "_meta/pipfile-spec")
    ),
    "cargo": ManifestSchema(
        ecosystem="cargo",
        packages=tuple(
            f"{place}{kind}dependencies/*"
            for place in ("", "target/*/", "workspace/")
            for kind in ("", "dev-", "build-", "dev_", "build_")
        ),
        harmless=(
            *of_section("package", f"documentation publish {_OWN_PAGE}"),
            *of_section("workspace/package", _OWN_PAGE),
            *words("lints workspace/lints profile lib bin test bench example badges package/metadata"),
        ),
        identity=(("package/name",), "package/version"),
    ),
    "cargo-lock": ManifestSchema(
        ecosystem="cargo", packages=("package",), names=("name",), own=lambda _, package: "source" not in package,
        needs=("dependencies",),
        harmless=("version",),
    ),
    "maven": ManifestSchema(
        ecosystem="maven",
        packages=(*of_section("project", _MAVEN), *of_section("project/profiles/profile", _MAVEN), "project/parent"),
        names=("groupId", "artifactId"),
        aliases=("project/properties/*", "project/profiles/profile/properties/*"),
        reference=re.compile(r"\$\{([^${}]{1,200})\}"),
        harmless=of_section(
            "project",
            "modelVersion groupId artifactId version packaging name description url inceptionYear organization licenses"
            " developers contributors mailingLists scm issueManagement ciManagement distributionManagement xsi"
            " schemaLocation properties/revision properties/changelist properties/sha1 properties/project.version"
            " properties/app.version properties/release.version properties/project.build.sourceEncoding"
            " properties/project.reporting.outputEncoding properties/project.build.outputTimestamp"
            " properties/*[bB]aseline*",
        ),
        identity=(
            ("project/groupId|project/parent/groupId", "project/artifactId"),
            "project/version|project/parent/version",
        ),
    ),
    "maven-extensions": ManifestSchema(
        ecosystem="maven", packages=("extensions/extension",), names=("groupId", "artifactId")
    ),
    "gradle-catalog": ManifestSchema(
        ecosystem="maven", packages=("libraries/*", "plugins/*"), names=("module", "group", "name", "id"),
        aliases=("versions/*",),
        reference=re.compile(r"^\{ref = (.+)\}$"),
        coordinates=True,
    ),
    "composer": ManifestSchema(
        ecosystem="composer",
        packages=("require/*", "require-dev/*"),
        harmless=(*_PAGE, "version", "time", "type", "extra/branch-alias"),
        commands=of_section("scripts", "test test:* lint lint:* cs cs:* stan phpstan"),
        identity=(("name",), "version"),
    ),
    "composer-lock": ManifestSchema(
        ecosystem="composer", packages=("packages", "packages-dev"), names=("name",),
        harmless=("content-hash", "_readme", "plugin-api-version"),
    ),
    "nuget": ManifestSchema(
        ecosystem="nuget",
        packages=(
            *of_section("Project/ItemGroup", _DOTNET), *of_section("Project/Choose/When/ItemGroup", _DOTNET),
            *of_section("Project/Choose/Otherwise/ItemGroup", _DOTNET),
        ),
        names=("Include", "Update", "Remove"),
        versions=("Version", "VersionOverride"),
        aliases=("Project/PropertyGroup/*",),
        reference=re.compile(r"\$\(([\w.]{1,200})\)"),
        harmless=(
            *of_section("Project/PropertyGroup", _DOTNET_PAGE),
            *of_section(
                "Project/ItemGroup", "Compile None Content EmbeddedResource Folder Resource Using ProjectReference"
            ),
        ),
    ),
    "nuget-packages": ManifestSchema(ecosystem="nuget", packages=("packages/package",), names=("id",)),
    "nuget-lock": ManifestSchema(
        ecosystem="nuget", packages=("dependencies/*/*",), versions=("resolved",),
        own=lambda _, package: package.text("type") == "Project",
        harmless=("version",),
    ),
    "pub": ManifestSchema(
        ecosystem="pub",
        packages=("dependencies/*", "dev_dependencies/*", "dependency_overrides/*"),
        harmless=(
            *_PAGE,
            *words("version issue_tracker topics screenshots publish_to"),
            *of_section("flutter", "assets fonts uses-material-design generate"),
        ),
        identity=(("name",), "version"),
    ),
    "pub-lock": ManifestSchema(ecosystem="pub", packages=("packages/*",)),
    "swift-lock": ManifestSchema(
        ecosystem="swift", packages=("pins", "object/pins"), names=("identity", "package"), versions=("state",),
        harmless=("version", "originHash"),
    ),
    "app-json": ManifestSchema(
        harmless=(
            *_PAGE, *words("displayName website logo formation"),
            *of_section("expo", "name slug version icon splash orientation scheme userInterfaceStyle notification"),
            *of_section("expo", "ios/buildNumber ios/bundleIdentifier android/versionCode android/package"),
        )
    ),
    "setup-cfg": ManifestSchema(
        harmless=(
            *of_section("metadata", f"url long_description classifiers project_urls author_email {_OWN_PAGE}"),
            *words("flake8 mypy mypy-* isort pylint pycodestyle pydocstyle pytest tool:pytest coverage:* bumpversion*"),
        )
    ),
    "compose": ManifestSchema(
        built="build",
        images=("services/*/image",),
        commands=("services/*/command", "services/*/entrypoint"),
        # Changes in `x-*` are visible in the services that refer to them.
        harmless=("name", "version", "networks", "volumes", "x-*", *of_section("services/*", _SERVICE)),
    ),
}  # fmt: skip
