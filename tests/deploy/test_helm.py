"""The Helm chart is valid, and reports invalid values in one sentence."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import ROOT, built

CHART = ROOT / "deploy" / "helm"
SECRET = ("--set", "existingSecret=hotfix-settings")
KUBERNETES = ("--kube-version", "1.31.0")
"""The Kubernetes version to assume: Helm built by `go install` defaults to an old one."""


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([built("helm"), *arguments], capture_output=True, text=True)


def rendered(*arguments: str) -> dict[str, Any]:
    """Return the chart's objects by kind."""
    done = helm("template", "shop", str(CHART), *KUBERNETES, *arguments)
    assert done.returncode == 0, done.stderr
    return {item["kind"]: item for item in yaml.safe_load_all(done.stdout) if item}


def test_the_chart_passes_helms_lint() -> None:
    done = helm("lint", "--strict", str(CHART), *SECRET)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_release_has_two_replicas_that_survive_a_drain() -> None:
    objects = rendered(*SECRET)
    assert set(objects) == {"Deployment", "Service", "PodDisruptionBudget"}
    assert objects["Deployment"]["spec"]["replicas"] == 2
    assert objects["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    selector = objects["Deployment"]["spec"]["selector"]["matchLabels"]
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert selector.items() <= labels.items()
    assert objects["Service"]["spec"]["selector"] == selector


def test_the_pod_is_confined_and_its_secrets_come_by_reference() -> None:
    pod = rendered(*SECRET)["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["envFrom"] == [{"secretRef": {"name": "hotfix-settings"}}]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert {probe for probe in container if probe.endswith("Probe")} == {
        "startupProbe",
        "livenessProbe",
        "readinessProbe",
    }


def test_monitoring_and_network_policy_are_optional() -> None:
    objects = rendered(
        *SECRET,
        *("--set", "serviceMonitor.enabled=true", "--set", "prometheusRule.enabled=true"),
        *("--set", "serviceMonitor.authorization.credentials.name=hotfix"),
        *(
            "--set",
            "networkPolicy.enabled=true",
            "--set",
            "ingress.enabled=true",
            "--set",
            "ingress.host=hotfix.acme.test",
        ),
        *("--set", "env.HOTFIX_GITHUB_API_URL=https://github.acme.test/api/v3"),
    )
    assert {"ServiceMonitor", "PrometheusRule", "NetworkPolicy", "Ingress"} <= set(objects)
    (endpoint,) = objects["ServiceMonitor"]["spec"]["endpoints"]
    assert endpoint["authorization"] == {"credentials": {"name": "hotfix"}}
    assert objects["PrometheusRule"]["spec"] == yaml.safe_load((CHART / "alerts.yml").read_text())
    environment = objects["Deployment"]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert environment == [{"name": "HOTFIX_GITHUB_API_URL", "value": "https://github.acme.test/api/v3"}]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((), "existingSecret is not set: create a Secret with"),
        ((*SECRET, "--set", "env.HOTFIX_PRIVATE_KEY=x"), "env.HOTFIX_PRIVATE_KEY is a secret: put it into the Secret"),
        ((*SECRET, "--set", "replica=3"), "replica"),
        ((*SECRET, "--set", "replicas=0"), "replicas"),
        ((*SECRET, "--set", "ingress.enabled=true"), "ingress.host is not set"),
    ],
)
def test_wrong_values_are_refused_with_the_reason(values: tuple[str, ...], message: str) -> None:
    done = helm("template", "shop", str(CHART), *KUBERNETES, *values)
    assert done.returncode != 0
    assert message in done.stderr
