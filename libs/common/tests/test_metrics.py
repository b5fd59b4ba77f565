"""Every role tells how it is (OPS-5).

Workers and clocks do so on a port of their own, APIs beside their paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from flask import Flask
from prometheus_client import REGISTRY

from common import metrics
from common.web.app import add_health


@dataclass
class Role:
    """A role whose state a test decides."""

    is_alive: bool = True
    is_ready: bool = True
    url: str = ""

    @property
    def health(self) -> metrics.RoleHealth:
        return metrics.RoleHealth(lambda: self.is_alive, {"house-of-tests": lambda: self.is_ready})

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=5)


@pytest.fixture
def role(monkeypatch: pytest.MonkeyPatch) -> Iterator[Role]:
    monkeypatch.setattr(metrics, "SHUTDOWN_LOOK_SECONDS", 0.05)
    role = Role()
    server = metrics.serve("127.0.0.1", 0, role.health)
    role.url = f"http://127.0.0.1:{server.server_port}"
    yield role
    server.shutdown()
    server.server_close()


def test_a_role_without_other_http_shows_metrics_health_and_readiness(role):
    health, readiness = role.get("/healthz"), role.get("/readyz")
    assert (health.status_code, health.json()) == (200, {"status": "alive"})
    assert (readiness.status_code, readiness.json()) == (200, {"status": "ready"})
    page = role.get("/metrics")
    assert page.headers["Content-Type"].startswith("text/plain; version=")
    assert 'renraku_role_ready{service="house-of-tests"} 1.0' in page.text


def test_a_role_says_that_it_is_stuck_or_cannot_work_and_the_metric_says_so_too(role):
    role.is_alive = role.is_ready = False
    assert (role.get("/healthz").status_code, role.get("/readyz").status_code) == (503, 503)
    assert 'renraku_role_ready{service="house-of-tests"} 0.0' in role.get("/metrics").text


def test_a_role_without_other_http_has_no_other_pages(role):
    assert role.get("/").status_code == 404
    assert httpx.post(role.url + "/metrics", timeout=5).status_code == 501


def test_an_api_answers_the_same_three_pages():
    role, app = Role(), Flask("api")
    add_health(app, "api-of-tests", lambda: role.is_ready)
    client = app.test_client()
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path).status_code == 200, path
    role.is_ready = False
    assert client.get("/readyz").status_code == 503
    assert 'renraku_role_ready{service="api-of-tests"} 0.0' in client.get("/metrics").text


def test_what_was_known_of_the_present_is_forgotten_with_the_lead():
    metrics.record_outbox_age("left", 99.0)
    metrics.record_erasure_deadline("erasing", 33)
    assert REGISTRY.get_sample_value("renraku_erasure_oldest_day", {"state": "erasing"}) == 33
    metrics.forget_present()
    assert REGISTRY.get_sample_value("renraku_outbox_oldest_seconds", {"service": "left"}) is None
    assert REGISTRY.get_sample_value("renraku_erasure_oldest_day", {"state": "erasing"}) is None
