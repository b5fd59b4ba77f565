"""Every role of the whole suite, as a process, tells how it is (OPS-5)."""

from __future__ import annotations

import httpx
import pytest

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


def test_every_role_shows_metrics_health_and_readiness(suite):
    roles = [role for name, role in suite.supervisor.roles.items() if name != "town"]
    assert len({role.ready_url for role in roles}) == len(roles)
    for role in roles:
        base = role.ready_url.removesuffix("/readyz")
        answers = {
            path: httpx.get(base + path, timeout=10) for path in ("/healthz", "/readyz", "/metrics")
        }
        assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
            answers, 200
        ), role.name
        service = role.name.rpartition(".")[0]
        assert f'renraku_role_ready{{service="{service}"}} 1.0' in answers["/metrics"].text, (
            role.name
        )
