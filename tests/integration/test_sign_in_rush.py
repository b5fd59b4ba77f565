"""Everybody wants to sign in at once, and nobody is kept from reading (ID-1, ADR 32).

Behind real gunicorn, with passwords that take as long to check as in production.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hands import VICE_PRINCIPAL, Suite
from rush import Visits, rush_to, visit

from common.errors import Busy, Unauthenticated
from suite.loading import PASSWORD

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

PEOPLE = 200
VISITS = 30
# Whoever reads shares two cores with two hundred who press, with this test, and perhaps with
# others. Without places for sign-ins a page waited for all passwords before it.
PATIENCE_SECONDS = 10.0


@pytest.fixture
def slow(mended: Suite) -> Iterator[Suite]:
    """Give the suite with an identity that takes its time to check a password."""
    supervisor = mended.supervisor
    supervisor.terminate("identity.api")
    supervisor.start("identity.api", RENRAKU_BCRYPT_COST="12")
    supervisor.wait_ready("identity.api")
    yield mended
    supervisor.terminate("identity.api")


def open_session(suite: Suite) -> str:
    """Return a session of the vice principal, as her browser keeps it."""
    body = {
        "mail": suite.staff_mail(VICE_PRINCIPAL),
        "password": PASSWORD,
        "remote_address": "127.0.0.1",
    }
    answer = suite.client("identity").call("POST", "/sessions", json=body)
    return str(answer["session_id"])


def a_link(suite: Suite, office: Any) -> str:
    """Return the path of a family's page."""
    sent = office.send("4年")
    sent.wait_complete()
    accepted = sent.deliveries("state = 'accepted'")[0]
    mails = suite.town("mails.json")
    text = next(mail["text"] for mail in mails if accepted.id.hex in mail["message_id"])
    found = re.search(r"http://localhost:\d+(/r/[\w-]+)", text)
    assert found is not None
    return found[1]


def say(sign_ins: Counter[int], visits: dict[str, Visits]) -> None:
    """Say how long pages took: a slow machine is no fault, but it is worth knowing."""
    lines = [f"{name}: p95 {visited.p95 * 1000:.0f} ms" for name, visited in visits.items()]
    sys.stdout.write("\n".join([f"sign-ins: {dict(sign_ins)}", *lines, ""]))


def test_two_hundred_sign_ins_at_once_keep_nobody_from_reading(slow: Suite, office: Any) -> None:
    session_id = open_session(slow)
    link = a_link(slow, office)
    url = f"http://127.0.0.1:{slow.supervisor.ports['gateway']}"
    cookie = {"Cookie": f"renraku={session_id}"}

    def read(path: str, **headers: str) -> Any:
        with httpx.Client(base_url=url, headers=headers, timeout=30) as browser:
            return visit(VISITS, lambda: browser.get(path).status_code)

    def resolve() -> int:
        asked = {"session_id": session_id}
        slow.client("identity").call("POST", "/sessions/resolve", json=asked)
        return 200

    with ThreadPoolExecutor(3) as pool, rush_to(url, PEOPLE) as rush:
        reading = {
            "/r/<token>": pool.submit(read, link),
            "/": pool.submit(read, "/", **cookie),
            "/sessions/resolve": pool.submit(visit, VISITS, resolve),
        }
        visits = {name: each.result() for name, each in reading.items()}
    say(rush.answers, visits)
    assert set(rush.answers) == {401, 429}
    assert rush.answers[429] >= PEOPLE / 2
    for name, visited in visits.items():
        assert visited.answers == {200: VISITS}, name
        assert visited.p95 < PATIENCE_SECONDS, name


def test_identity_says_at_once_that_it_is_busy_and_answers_for_open_sessions(slow: Suite) -> None:
    """Several gateways may each hand it as many sign-ins as they have places."""
    people = 12
    session_id = open_session(slow)
    together = Barrier(people + 1)

    def sign_in(number: int) -> str:
        body = {
            "mail": f"{uuid4()}@town.test",
            "password": "wrong wrong wrong",
            "remote_address": f"10.1.{number}.1",
        }
        together.wait(30)
        try:
            slow.client("identity").call("POST", "/sessions", json=body)
        except (Busy, Unauthenticated) as refused:
            return refused.code
        return "signed in"

    with ThreadPoolExecutor(people) as pool:
        waiting = [pool.submit(sign_in, number) for number in range(people)]
        together.wait(30)
        asked = {"session_id": session_id}
        resolved = slow.client("identity").call("POST", "/sessions/resolve", json=asked)
        answers = [each.result() for each in waiting]
    assert resolved["token"]
    assert set(answers) == {"sign_in_refused", "sign_in_busy"}
