"""Questions to other houses: read from their answers as the contract gives them, remembered for a
while.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from common import clock
from common.errors import NotFound, Unavailable
from common.testing.contracts import Contracts
from common.web import client
from messaging.clients import Clients, NamedNow, remember
from messaging.config import Settings
from messaging.domain.audience import Addressed, AudiencePage, ClassLine, School

Answer = Callable[[httpx.Request], httpx.Response]
Ask = Callable[[Answer], Clients]
SCHOOL, SNAPSHOT, GROUP, GRADE, WHOLE, MEMBER, GUARDIAN = (uuid4() for _ in range(7))
ANSWER = {
    "id": str(SNAPSHOT),
    "label": "4年2組",
    "family_label": "4年2組",
    "heads": 26,
    "pupil_heads": 26,
    "staff_heads": 0,
    "households": 24,
    "created_at": "2026-11-24T06:05:00+00:00",
    "created_by": None,
    "audience": {"group_ids": [str(GROUP)], "member_ids": [], "excluded_member_ids": []},
    "channels": ["mail"],
    "contact_points": {"mail": 30, "line": 0, "push": 0},
    "groups": [{"id": str(GROUP), "name": "4年2組", "heads": 26}],
    "classes": [{"id": str(GROUP), "above": [str(GRADE), str(WHOLE)]}],
    "unreachable": [],
    "multi": {"siblings_households": 2},
}
PROFILE = {
    "id": str(SCHOOL),
    "code": "208114825",
    "kind": "elementary",
    "name": "つばめ野小学校",
    "short_name": "つばめ野小",
    "phone": "0000-00-0000",
    "phone_hours": "平日 7:50〜17:00",
    "mail_local": "tsubameno",
    "state": "active",
    "undo_seconds": 30,
    "urgent_undo_seconds": 5,
    "pupil_word": "",
    "guardian_names": "name_and_label",
    "member_limit": 400,
}


@pytest.fixture
def ask(keys_dir: Path, contracts: Contracts, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return `ask(answer)`: clients whose calls get as far as the socket, where `answer(request)`
    stands.

    It answers as the house that is asked declares, or the test fails.
    """

    def make(answer: Answer) -> Clients:
        def as_declared(request: httpx.Request) -> httpx.Response:
            return contracts.passed_response(request.url.host, request, answer(request))

        for service in ("directory", "identity"):
            monkeypatch.setitem(client.transports, service, httpx.MockTransport(as_declared))
        return Clients.of(Settings(database_url="unused", bus_url="unused", keys_dir=keys_dir))

    return make


def test_a_snapshot_is_read(ask: Ask) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.url.path))
        return httpx.Response(200, json=ANSWER)

    snapshot = ask(answer).snapshot(SCHOOL, SNAPSHOT)
    assert (snapshot.id, snapshot.heads, snapshot.group_ids) == (SNAPSHOT, 26, frozenset({GROUP}))
    assert snapshot.created_at.utcoffset() is not None
    assert snapshot.classes == (ClassLine(GROUP, (GROUP, GRADE, WHOLE)),)
    assert seen == [("GET", f"/snapshots/{SNAPSHOT}")]


def test_a_page_is_read_from_its_position(ask: Ask) -> None:
    member: dict[str, Any] = {
        "member_id": str(MEMBER),
        "class_id": None,
        "guardian_ids": [str(GUARDIAN)],
        "household": 3,
        "display_name": "髙橋 陽菜",
        "class_name": "4年2組",
    }
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, dict(request.url.params)))
        return httpx.Response(200, json={"items": [member], "next": 500})

    clients = ask(answer)
    assert clients.page(SCHOOL, SNAPSHOT, None, 480) == AudiencePage(
        (Addressed(MEMBER, None, 3, (GUARDIAN,), "髙橋 陽菜", "4年2組"),), 500
    )
    clients.page(SCHOOL, SNAPSHOT, 500, 480)
    path = f"/snapshots/{SNAPSHOT}/page"
    assert asked == [(path, {"limit": "480"}), (path, {"limit": "480", "after": "500"})]


def test_names_are_asked_for_in_one_call(ask: Ask) -> None:
    named = {
        "id": str(MEMBER),
        "kind": "pupil",
        "display_name": "髙橋 陽菜",
        "kana": "タカハシ ヒナ",
        "status": "enrolled",
        "class_id": None,
        "class_name": "4年2組",
        "number": 3,
        "deleted": False,
    }

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/members/look-up"
        assert json.loads(request.content) == {"ids": [str(MEMBER)]}
        return httpx.Response(200, json={"items": [named]})

    assert ask(answer).names(SCHOOL, [MEMBER]) == [NamedNow(MEMBER, "髙橋 陽菜", "4年2組")]


def test_a_snapshot_of_one_member_is_made(ask: Ask) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        audience = json.loads(request.content)["audience"]
        assert audience == {"group_ids": [], "member_ids": [str(MEMBER)], "excluded_member_ids": []}
        return httpx.Response(201, json={**ANSWER, "heads": 1})

    assert ask(answer).make_snapshot(SCHOOL, MEMBER).heads == 1


def test_the_profile_is_asked_for_once_a_minute(ask: Ask) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json=PROFILE)

    clients = ask(answer)
    assert [clients.profile(SCHOOL).undo_seconds for _ in range(3)] == [30, 30, 30]
    assert asked == ["/schools/current"]


def test_a_remembered_profile_is_asked_for_again_when_its_time_is_over() -> None:
    answers = iter([30, 10])
    school = School(SCHOOL, "elementary", "", "", "", None, "", "active", 0, 0)
    ask_again = remember(lambda school_id: replace(school, undo_seconds=next(answers)), seconds=0)
    assert [ask_again(SCHOOL).undo_seconds, ask_again(SCHOOL).undo_seconds] == [30, 10]


def test_a_profile_that_cannot_be_asked_for_again_stays_the_one_we_know() -> None:
    answers = iter(
        [School(SCHOOL, "elementary", "つばめ野小学校", "", "", None, "", "active", 30, 5)]
    )

    def ask_once(school_id: UUID) -> School:
        for answer in answers:
            return answer
        raise Unavailable()

    profile = remember(ask_once, seconds=0)
    assert [profile(SCHOOL).name, profile(SCHOOL).name] == ["つばめ野小学校"] * 2
    with pytest.raises(Unavailable):
        profile(uuid4())


@pytest.fixture
def ask_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., School]:
    """Return `ask_at(hours, answer)`: a remembered profile, asked for so many hours after the
    beginning.
    """
    answers: list[School | Exception] = []

    def ask(school_id: UUID) -> School:
        answer = answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return answer

    profile = remember(ask, seconds=60)

    def at(hours: float, answer: School | Exception) -> School:
        monkeypatch.setattr(clock, "monotonic", lambda: 3600 * hours)
        answers[:] = [answer]
        return profile(SCHOOL)

    return at


def test_a_profile_is_not_remembered_for_longer_than_a_day(ask_at: Callable[..., School]) -> None:
    school = School(SCHOOL, "elementary", "つばめ野小学校", "", "", None, "", "active", 30, 5)
    assert ask_at(0, school) == school
    assert ask_at(23.9, Unavailable()) == school
    with pytest.raises(Unavailable):
        ask_at(24.1, Unavailable())


def test_the_profile_of_a_school_that_has_gone_is_forgotten(ask_at: Callable[..., School]) -> None:
    school = School(SCHOOL, "elementary", "つばめ野小学校", "", "", None, "", "active", 30, 5)
    assert ask_at(0, school) == school
    with pytest.raises(NotFound):
        ask_at(1, NotFound())
    with pytest.raises(Unavailable):
        ask_at(2, Unavailable())


def test_what_another_house_says_comes_through(ask: Ask) -> None:
    missing = {"error": {"code": "snapshot_unknown", "message": "", "fields": {}}}
    with pytest.raises(NotFound):
        ask(lambda request: httpx.Response(404, json=missing)).snapshot(SCHOOL, UUID(int=1))

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unavailable):
        ask(away).page(SCHOOL, SNAPSHOT, None, 480)
