"""deploy/: alerts, dashboards and the runbook fit the code and one another (OPS-5, OPS-8)."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from common import metrics  # noqa: F401  # puts our metrics into the registry

API, DOOR = 8000, 9100  # as test_deploy.py holds against compose.yaml
OUR_METRIC = re.compile(r"\brenraku_\w+")


def test_prometheus_looks_at_every_role(deploy, roles):
    config = yaml.safe_load((deploy / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    targets: set[str] = set()
    for job in config["scrape_configs"]:
        for static in job["static_configs"]:
            targets |= set(static["targets"])
    ours = {f"{name}:{API if name.endswith('-api') else DOOR}" for name in roles}
    assert targets == ours | {"rabbitmq:15692"}


@pytest.mark.parametrize(
    "check",
    [
        ["check", "rules", "rules.yml"],
        ["test", "rules", "rules_test.yml"],
        ["check", "config", "prometheus.yml"],
    ],
)
def test_promtool_agrees(deploy, check):
    """On Debian and Ubuntu it comes with the package `prometheus`; `make test` installs it."""
    done = subprocess.run(
        ["promtool", *check], cwd=deploy / "prometheus", capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def alerts(deploy: Path) -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((deploy / "prometheus/rules.yml").read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def test_every_alert_has_its_section_in_the_runbook_and_a_test_that_it_speaks_and_keeps_quiet(
    alerts, deploy, root
):
    runbook = (root / "docs/runbook.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### (\w+)$", runbook, re.MULTILINE)
    assert sections == list(alerts)
    assert [rule["annotations"]["runbook"] for rule in alerts.values()] == [
        f"docs/runbook.md#{name.lower()}" for name in alerts
    ]
    tests = yaml.safe_load((deploy / "prometheus/rules_test.yml").read_text(encoding="utf-8"))
    wanted = {f"{name} {what}" for name in alerts for what in ("is quiet", "speaks")}
    assert {test["name"] for test in tests["tests"]} == wanted


def our_metrics() -> set[str]:
    """Return every name that our metrics have on a page, with `_total`, `_count`, `_bucket`…"""
    suffixes = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"]}
    return {
        family.name + suffix
        for family in REGISTRY.collect()
        for suffix in suffixes.get(family.type, [])
    }


def test_rules_and_dashboard_ask_for_metrics_that_exist(alerts, deploy):
    dashboard = json.loads((deploy / "grafana/dashboards/renraku.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    asked += [rule["expr"] for rule in alerts.values()]
    names = {name for expression in asked for name in OUR_METRIC.findall(expression)}
    assert names
    assert names - our_metrics() == set()


def test_the_dashboard_is_found_and_shows_what_an_operator_asks(deploy, compose):
    text = (deploy / "grafana/dashboards/renraku.json").read_text(encoding="utf-8")
    wanted = (
        "settled_total",
        "deliveries_open",
        "oldest_unclaimed",
        "provider_seconds",
        "set_aside",
        "http_request_seconds",
    )
    assert [name for name in wanted if f"renraku_{name}" not in text and name not in text] == []
    provider = yaml.safe_load(
        (deploy / "grafana/provisioning/dashboards/renraku.yml").read_text(encoding="utf-8")
    )["providers"][0]
    mounted = f"./grafana/dashboards:{provider['options']['path']}:ro"
    assert mounted in compose["services"]["grafana"]["volumes"]
    source = yaml.safe_load(
        (deploy / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8")
    )["datasources"][0]
    panels = json.loads(text)["panels"]
    asked = {panel["datasource"]["uid"] for panel in panels if "datasource" in panel}
    assert asked == {source["uid"]}
