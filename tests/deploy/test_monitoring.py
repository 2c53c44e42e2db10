"""The alert rules fire as documented, and rules and dashboard use only metrics that the service exports."""

from __future__ import annotations

import json
import re
import subprocess

import prometheus_client
import yaml

import app.metrics  # noqa: F401  (registers the service's metrics)
from tests.deploy.conftest import ROOT, needed

DEPLOY = ROOT / "deploy"
NAME = re.compile(r"\bhotfix_[a-z_]+")


def exported() -> set[str]:
    return {sample.name for metric in prometheus_client.REGISTRY.collect() for sample in metric.samples} | {
        name for metric in prometheus_client.REGISTRY.collect() for name in _names(metric.name, metric.type)
    }


def _names(name: str, kind: str) -> list[str]:
    """Return the series names of a metric that has labels but no samples yet."""
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(kind, [""])
    return [name + suffix for suffix in suffixes]


def test_alerts_fire_when_they_should_and_only_then() -> None:
    promtool = needed("promtool", "prometheus")
    subprocess.run([promtool, "check", "rules", DEPLOY / "helm" / "alerts.yml"], check=True)
    subprocess.run([promtool, "test", "rules", DEPLOY / "alerts.test.yml"], check=True)


def test_every_alert_has_a_test() -> None:
    rules = yaml.safe_load((DEPLOY / "helm" / "alerts.yml").read_text())["groups"][0]["rules"]
    cases = yaml.safe_load((DEPLOY / "alerts.test.yml").read_text())["tests"]
    fired = {t["alertname"] for case in cases for t in case["alert_rule_test"] if t.get("exp_alerts")}
    assert fired == {rule["alert"] for rule in rules}


def test_alerts_ask_for_metrics_that_exist() -> None:
    rules = yaml.safe_load((DEPLOY / "helm" / "alerts.yml").read_text())["groups"][0]["rules"]
    asked = {name for rule in rules for name in NAME.findall(rule["expr"])}
    assert asked
    assert asked <= exported()


def test_the_dashboard_queries_existing_metrics() -> None:
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]
    asked = {name for panel in panels for target in panel["targets"] for name in NAME.findall(target["expr"])}
    assert asked
    assert asked <= exported()


def test_the_dashboards_panels_do_not_overlap() -> None:
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
