"""The same files under other names and in other folders, and unrelated files with similar names."""

# ruff: noqa: E501 - one case, one line

from __future__ import annotations

from dataclasses import replace

import pytest

from hotfix.dependencies.file_changes import changes_of, repository_of
from hotfix.facts import Change, File
from tests.unit.dependencies.test_what_is_installed import CHANGED, a_changed_file

ONLY_AT_THE_ROOT = ("auth.json", "app.json", ".github/workflows/ci.yml")
"""In other folders these are ordinary files, settings of an app, or workflows that GitHub doesn't run."""


def changes(file: File) -> list[str]:
    return [str(change) for change in changes_of(file, repository_of("acme/shop", [file]))]


@pytest.mark.parametrize("folder", ["services/api", "a/b/c"])
def test_a_monorepo_has_them_in_its_folders(folder: str) -> None:
    for path, before, after in CHANGED:
        leads_outside = "outside" in (after or "")
        if path not in ONLY_AT_THE_ROOT and not leads_outside:
            assert changes(a_changed_file(f"{folder}/{path}", before, after)), path


def test_case_does_not_matter() -> None:
    for path, before, after in CHANGED:
        if "Pods" not in path:  # `pods` in lower case is a Kubernetes term
            assert changes(a_changed_file(path.upper(), before, after)), path


def test_removal_counts_as_well() -> None:
    for path, before, after in CHANGED:
        assert changes(a_changed_file(path, after or before, None)), path


@pytest.mark.parametrize("path", ["Gemfile", "app/Dockerfile", "Makefile", "cabal.project", "package.json"])
def test_another_name_is_another_file(path: str) -> None:
    """Renamed to `Gemfile.old`, the file no longer installs anything, although some real manifests have such names."""
    file = replace(a_changed_file(f"{path}.old", "FROM a\n", "FROM a\n"), change=Change.RENAMED, previous_path=path)
    assert changes(file)


CHANGED_UNDER_OTHER_NAMES: list[tuple[str, str, str]] = [
    # JavaScript.
    ("pnpm-workspace.yml", "packages: [a]\n", "packages: [a]\ncatalog: {x: 1}\n"),
    (".pnp.cjs", "a\n", "b\n"),
    (".pnpmrc", "", "registry=x\n"),
    (".volta.json", "{}", '{"node":"22"}'),
    ("nx.json", "{}", '{"installation":{"version":"20"}}'),
    ("web/import-map.json", "{}", '{"imports":{"a":"https://evil"}}'),
    ("src/a.ts", "", '/// <reference types="https://evil/a.d.ts" />\n'),
    ("src/a.ts", "", '// @deno-types="npm:evil"\n'),
    ("src/a.tsx", "", '<script src="https://evil/a.js"/>'),
    ("src/a.jsx", "", 's.src = "https://evil/a.js"'),
    ("templates/a.html", "", "<SCRIPT SRC=//evil/x.js></SCRIPT>"),
    # Python.
    *((path, "a==1\n", "a==2\n") for path in ("requirements/prod/base.txt", "requires.txt", "pip.txt", "deps.txt", "upper-constraints.txt", "constraints.in", "dev-requirements.pip", "server/frozen.txt", "ops/wheels.lst")),
    ("env.yml", "dependencies: [a]\n", "dependencies: [evil]\n"),
    ("environments/prod.yml", "dependencies: [a]\n", "dependencies: [evil]\n"),
    ("versions.cfg", "[versions]\na=1\n", "[versions]\na=2\n"),
    ("sitecustomize.py", "", "import evil\n"),
    ("hatch_build.py", "", "evil()\n"),
    ("tasks.py", "", "c.run('pip install evil')\n"),
    ("scripts/x.py", "", "subprocess.run(['pip', 'install', 'evil'])\n"),
    ("modal_app.py", "", "image.pip_install('evil')\n"),
    (".pdm-python", "a", "b"),
    # Java and other JVM languages, .NET.
    ("versions.properties", "version.kotlin=1\n", "version.kotlin=2\n"),
    ("pom-parent.xml", "<project/>", "<project><parent><groupId>evil</groupId></parent></project>"),
    ("ci/ci_settings.xml", "<settings/>", "<settings><mirrors><mirror><url>evil</url></mirror></mirrors></settings>"),
    (".scalafmt.conf", 'version = "1"\n', 'version = "2"\n'),
    ("deps.sc", "", "x\n"),
    ("Jenkinsfile", "", "@Library('evil') _\n"),
    *((f"a.{kind}", "<Project/>", "<Project Sdk='evil'/>") for kind in ("wixproj", "esproj", "pyproj", "sfproj", "msbuild", "pubxml")),
    ("project.json", "{}", '{"dependencies":{"evil":"1"}}'),
    ("libman.json", "{}", '{"libraries":[{"library":"evil@1"}]}'),
    ("build.cake", "", "#addin nuget:?package=evil\n"),
    ("a.psd1", "", "@{RequiredModules='evil'}"),
    # Ruby, PHP, Swift.
    ("Gemfile.next.lock", "GEM\n", "GEM\n  specs:\n    evil (1)\n"),
    ("rbs_collection.yaml", "gems: [a]\n", "gems: [b]\n"),
    ("cookbooks/a/metadata.rb", "", "depends 'evil'\n"),
    ("backend/auth.json", "{}", '{"github-oauth":{"github.com":"x"}}'),
    ("package.xml", "<package/>", "<package><dependencies/></package>"),
    ("php.ini", "", "extension=evil"),
    ("ios/project.yml", "packages: {a: 1}\n", "packages: {b: 1}\n"),
    ("pubspec.yml", "a: 1\n", "dependencies: {e: 1}\n"),
    # Toolchains and machines.
    (".mise/config.toml", "", "[tools]\nnode='22'\n"),
    (".tool-versions.local", "a", "b"),
    ("aqua.yml", "packages: [a]\n", "packages: [b]\n"),
    ("hermit.hcl", "", "x"),
    (".moon/toolchain.yml", "node: {version: '1'}\n", "node: {version: '2'}\n"),
    ("app.yaml", "runtime: python39\n", "runtime: python312\n"),
    ("serverless.yml", "provider: {runtime: nodejs18.x}\n", "provider: {runtime: nodejs22.x}\n"),
    ("netlify.toml", "[build]\ncommand='x'\n", "[build]\ncommand='npx evil'\n"),
    ("vercel.json", "{}", '{"installCommand":"npm i evil"}'),
    ("firebase.json", '{"functions":{"runtime":"nodejs18"}}', '{"functions":{"runtime":"nodejs22"}}'),
    ("salt/top.sls", "a\n", "evil:\n  pkg.installed\n"),
    ("playbook.yml", "a\n", "    - pip: name=evil\n"),
    ("roles/a/tasks/main.yml", "a\n", "    - apt:\n        name: evil\n"),
    ("roles/a/meta/main.yml", "dependencies: []\n", "dependencies: [{role: evil}]\n"),
    ("packer.json", "{}", '{"provisioners":[{"inline":["apt install evil"]}]}'),
    ("cdk.json", "{}", '{"app":"npx evil"}'),
    ("Pulumi.yaml", "runtime: nodejs\n", "runtime: python\n"),
    # Images and clusters.
    *((path, "FROM a\n", "FROM evil\n") for path in ("Dockerfile_prod", "prod-Dockerfile", "dockerfiles/prod", "Modelfile")),
    ("app.def", "From: a\n", "From: evil\n"),
    ("web.container", "[Container]\n", "[Container]\nImage=evil\n"),
    ("k8s/kustomization.yaml", "images: []\n", "images:\n- name: a\n  newTag: evil\n"),
    ("k8s/kustomization.yaml", "resources: []\n", "resources:\n- https://github.com/evil/x?ref=1\n"),
    ("helmfile.d/a.yaml", "releases: []\n", "releases:\n- chart: evil/x\n"),
    ("argocd/app.yaml", "a: 1\n", "repoURL: https://evil/x\n"),
    ("infra/main.tf", "", 'terraform {\n required_providers { a = { source = "evil" } }\n}\n'),
    (".gitea/workflows/ci.yml", "jobs: {}\n", "jobs: {a: {steps: [{uses: evil/x@v1}]}}\n"),
    ("action.yml", "runs: {using: node16}\n", "runs: {using: node20}\n"),
    ("cloudbuild.yaml", "a\n", "- name: gcr.io/evil\n"),
    ("mcp.json", "{}", '{"mcpServers":{"a":{"command":"npx","args":["evil"]}}}'),
    # C, Go, others.
    ("binding.gyp", "{}", "{'targets':[{'sources':['evil.c']}]}"),
    ("game.pro", "", "LIBS += -levil\n"),
    (".bingo/lint.mod", "module _\n", "module _\nrequire evil v1.0.0\n"),
    ("rpm/x.spec", "Requires: a\n", "Requires: evil\n"),
    ("lib/a/library.json", "{}", '{"dependencies":{"e":"1"}}'),
    ("x.MODULE.bazel", "", "bazel_dep(name='e')\n"),
    ("ci.bazelrc", "", "common --registry=https://evil\n"),
    ("wally.toml", "[dependencies]\n", "[dependencies]\ne='e/e@1'\n"),
    ("Artifacts.toml", "", "[e]\nurl='x'\n"),
    ("dbt/packages.yml", "packages: [a]\n", "packages: [e]\n"),
    ("META.json", '{"prereqs":{}}', '{"prereqs":{"e":"1"}}'),
    # Templates of such files, and lists of dependencies in unrecognized files.
    ("Cargo.toml.in", '[dependencies]\nx="1"\n', '[dependencies]\nx="2"\n'),
    ("package.json.tmpl", '{"a":1}', '{"a":2}'),
    ("config/unheard-of.toml", "", "[tool.dependencies]\nevil = 1\n"),
    ("config/unheard-of.json", "{\n}\n", '{\n  "dependencies": ["evil"]\n}\n'),
    # Vendored code in nested folders.
    *((path, "a\n", "b\n") for path in ("services/api/vendor/autoload.php", "web/vendor/bundle/a.rb", "static/vendor/a.js", "app/vendor/modules.txt", "3rd_party/a.c")),
    # Folders that look like tests but may be part of the product.
    *((path, "{}", '{"dependencies":{"evil":"1"}}') for path in ("speed-test/api/package.json", "openapi-spec/server/package.json", "services/fixtures/package.json", "SpeedTest/web/package.json")),
]  # fmt: skip

UNCHANGED_UNDER_SUCH_NAMES: list[tuple[str, str, str]] = [
    ("locales/en/auth.json", '{"login":"Log in"}', '{"login":"Sign in"}'),
    ("public/manifest.json", '{"name":"a","icons":[{"src":"/a.png"}]}', '{"name":"b","icons":[]}'),
    ("k8s/app.yaml", "kind: Deployment\nspec: {replicas: 1}\n", "kind: Deployment\nspec: {replicas: 2}\n"),
    ("apps/web/project.json", '{"name":"web","targets":{}}', '{"name":"web","targets":{"b":{}}}'),
    ("vercel.json", '{"rewrites":[]}', '{"rewrites":[{"source":"/a","destination":"/b"}]}'),
    ("serverless.yml", "provider:\n  runtime: nodejs18.x\n  timeout: 3\n", "provider:\n  runtime: nodejs18.x\n  timeout: 30\n"),
    ("netlify.toml", "[[headers]]\nfor='/a'\n", "[[headers]]\nfor='/b'\n"),
    ("environments/prod.yaml", "replicas: 1\n", "replicas: 2\n"),
    ("charts/app.yaml.tpl", "{{ a }}\n", "{{ b }}\n"),
    ("i18n/en.json", '{"dependencies": "Dependencies"}', '{"dependencies": "Requirements"}'),
    ("res/xml/settings_menu.xml", "<menu/>", "<menu><a/></menu>"),
    ("src/environments/environment.prod.ts", "a\n", "b\n"),
    ("config/default.json5", "{a:1}", "{a:2}"),
    ("data/notes.txt", "we have a >= 3 items\n", "we have a >= 4 items\n"),
    ("src/Domain/Project.swift", "let a = 1\n", "let a = 2\n"),
    ("roles/web/tasks/main.yml", "- name: a\n", "- name: b\n"),
    ("src/image.js", "", "img.src = 'https://x.example/a.png'\n"),
    ("app/vendors/views.py", "a\n", "b\n"),
    ("integration-tests/app/package.json", "{}", '{"dependencies":{"a":"1"}}'),
    ("packages/app/fixtures/login/package.json", "{}", '{"dependencies":{"a":"1"}}'),
    ("pkg/x/testdata/go.mod", "module a\n", "module a\nrequire b v1.0.0\n"),
    ("src/functionalTest/resources/build.gradle", "a\n", "b\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after"), CHANGED_UNDER_OTHER_NAMES)
def test_they_have_more_names(path: str, before: str, after: str) -> None:
    assert changes(a_changed_file(path, before, after))


@pytest.mark.parametrize(("path", "before", "after"), UNCHANGED_UNDER_SUCH_NAMES)
def test_a_name_alone_is_not_a_dependency(path: str, before: str, after: str) -> None:
    assert changes(a_changed_file(path, before, after)) == []


SERDE = '[[package]]\nname = "serde"\nversion = "{}"\nsource = "registry+https://x.example"\nchecksum = "a"\n'
CARGO = (
    'version = 3\n[[package]]\nname = "shop"\nversion = "1.0.0"\ndependencies = [{}]\n'
    + SERDE.format("1.0")
    + SERDE.format("2.0")
)
UV_SHOP = '[[package]]\nname = "shop"\nversion = "1"\nsource = { editable = "." }\ndependencies = [{ name = "attrs", version = "%s" }]\n'


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("Cargo.lock", CARGO.format('"serde 1.0"'), CARGO.format('"serde 2.0"')),
        ("uv.lock", UV_SHOP % "1", UV_SHOP % "2"),
        ("uv.lock", UV_SHOP % "1", (UV_SHOP % "1").replace('"."', '"../evil"')),
        ("Gemfile.lock", "GEM\n\nBUNDLED WITH\n   2.1\n", "GEM\n\nBUNDLED WITH\n   2.5\n"),
        ("Gemfile.lock", "GEM\n", "GEM\n\nEVIL\n"),
        ("yarn.lock", '__metadata:\n  version: 8\n"a@npm:^1":\n  version: 1\n', '__metadata:\n  version: 8\n"a@npm:^2":\n  version: 1\n'),
        ("package-lock.json", '{"packages":{"":{}}}', '{"packages":{"":{"workspaces":["evil"]}}}'),
        ("package-lock.json", "{}", '{"packages":{"node_modules/a":{"link":true,"resolved":"../evil"}}}'),
    ],
)  # fmt: skip
def test_a_lockfile_alone_chooses_something_else(path: str, before: str, after: str) -> None:
    assert changes(a_changed_file(path, before, after))


def test_a_part_of_the_repository_needs_another_part() -> None:
    part = '[[package]]\nname = "core"\nversion = "1.0.0"\n'
    file = a_changed_file("Cargo.lock", CARGO.format("") + part, CARGO.format('"core"') + part)
    assert changes(file) == []
