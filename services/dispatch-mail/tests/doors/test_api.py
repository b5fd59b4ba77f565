"""HTTP: how a mail will look, and the one-click link of a mail (MSG-9, GRD-6)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

import dispatch_mail.clients
from common import clock
from common.bus import tables
from common.crypto import make_link
from common.db import Database, erasure
from common.keys import Keys
from common.schemas import Envelope
from common.testing.dispatch import Neighbours
from common.testing.tokens import bearer, service_token, staff_token
from common.web.client import ServiceClient
from common.web.school_keys import SchoolKeys
from dispatch_mail.actions.unsubscribe import forget_link_presses, is_known_to_directory
from dispatch_mail.app import sender_of
from dispatch_mail.clients import Clients
from dispatch_mail.config import Settings
from dispatch_mail.domain.unsubscribe import DAYS, TokenMaker, Unsubscribe
from dispatch_mail.store.models import LinkPress


def pressed(database: Database) -> list[tuple[str, UUID | None, UUID]]:
    """Return (type, school, contact point) of each event in the outbox, in their order."""
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(sa.select(tables.outbox.c.body).order_by(tables.outbox.c.position))
        events = [Envelope.load(body) for body in bodies]
    return [(event.type, event.school_id, event.payload["contact_point_id"]) for event in events]


def stopped(database: Database) -> list[tuple[UUID | None, UUID]]:
    """Return (school, contact point) of each contact_point.stopped in the outbox."""
    return [event[1:] for event in pressed(database) if event[0] == "contact_point.stopped"]


@pytest.fixture
def gateway(app: Flask, settings: Settings) -> Any:
    """Knock as the gateway does for a visitor: for no school."""

    def knock(
        method: str, token: str, *, audience: str = "dispatch-mail", service: str = "gateway"
    ) -> Any:
        headers = bearer(service_token(settings.keys_dir, service, audience))
        return app.test_client().open(f"/unsubscribes/{token}", method=method, headers=headers)

    return knock


@pytest.fixture
def link(settings: Settings) -> Any:
    """Make a link's token as mails carry it: `link(secret=None, sent_on=None) → (token, school id,
    contact point id)`.
    """

    def make(secret: bytes | None = None, sent_on: date | None = None) -> tuple[str, UUID, UUID]:
        school_id, point_id = uuid4(), uuid4()
        own = sender_of(settings).secret
        return (
            TokenMaker(secret or own, school_id, sent_on or clock.today()).token(point_id),
            school_id,
            point_id,
        )

    return make


def test_looking_at_a_link_names_the_school_and_changes_nothing(
    gateway: Callable[..., Any], link: Callable[..., Any], database: Database
) -> None:
    token, school_id, _ = link()
    answer = gateway("GET", token)
    assert (answer.status_code, answer.json) == (200, {"school_id": str(school_id)})
    assert stopped(database) == []


def test_one_click_tells_directory_to_stop_the_contact_point(
    gateway: Callable[..., Any], link: Callable[..., Any], database: Database
) -> None:
    token, school_id, point_id = link()
    assert gateway("POST", token).status_code == 202
    assert stopped(database) == [(school_id, point_id)]


def test_the_same_link_takes_the_stop_back(
    gateway: Callable[..., Any], link: Callable[..., Any], database: Database
) -> None:
    """B34: whoever pressed for somebody else, or by a slip, could only phone the school."""
    token, school_id, point_id = link()
    assert [gateway(method, token).status_code for method in ("POST", "DELETE", "POST")] == [
        202,
        202,
        202,
    ]
    kinds = ("contact_point.stopped", "contact_point.resumed", "contact_point.stopped")
    assert pressed(database) == [(kind, school_id, point_id) for kind in kinds]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_many_presses_of_one_button_are_one_event(
    gateway: Callable[..., Any], link: Callable[..., Any], database: Database, method: str
) -> None:
    token = link()[0]
    assert {gateway(method, token).status_code for _ in range(20)} == {202}
    assert len(pressed(database)) == 1


@pytest.fixture
def family_link(settings: Settings, neighbours: Neighbours) -> str:
    """Return the token of a link to a contact point that directory knows."""
    neighbours.add_family("family@docomo.test")
    point_id = UUID(neighbours.points[0]["contact_point_id"])
    secret = sender_of(settings).secret
    return TokenMaker(secret, neighbours.school_id, clock.today()).token(point_id)


@pytest.fixture
def press(gateway: Callable[..., Any], database: Database) -> Callable[..., None]:
    """Press a button some time from now, when the clock door has forgotten what it may."""

    def at(method: str, token: str, later: timedelta = timedelta()) -> None:
        with time_machine.travel(clock.now() + later, tick=False):
            with database.for_system() as session:
                forget_link_presses(session, now=clock.now())
            assert gateway(method, token).status_code == 202

    return at


AGES = (timedelta(minutes=2), timedelta(hours=2), timedelta(days=2))


@pytest.mark.parametrize(("method", "state"), [("POST", "stopped"), ("DELETE", "active")])
def test_a_button_pressed_for_days_is_one_event_once_directory_has_heard_it(
    press: Callable[..., None],
    family_link: str,
    neighbours: Neighbours,
    database: Database,
    method: str,
    state: str,
) -> None:
    neighbours.points[0]["state"] = "active" if state == "stopped" else "stopped"
    press(method, family_link)
    neighbours.points[0]["state"] = state
    for age in AGES:
        press(method, family_link, age)
    assert len(pressed(database)) == 1


@pytest.mark.parametrize("age", AGES)
def test_a_stop_after_the_school_resumed_the_address_is_said_again(
    press: Callable[..., None],
    family_link: str,
    neighbours: Neighbours,
    database: Database,
    age: timedelta,
) -> None:
    press("POST", family_link)
    neighbours.points[0]["state"] = "active"
    press("POST", family_link, age)
    assert len(stopped(database)) == 2


def test_a_stop_is_taken_back_though_directory_has_not_heard_of_it(
    press: Callable[..., None], family_link: str, neighbours: Neighbours, database: Database
) -> None:
    press("POST", family_link)
    assert neighbours.points[0]["state"] == "active"
    press("DELETE", family_link, timedelta(hours=2))
    kinds = [event[0] for event in pressed(database)]
    assert kinds == ["contact_point.stopped", "contact_point.resumed"]


def test_while_directory_is_away_a_family_is_heard_and_at_most_once_a_minute(
    press: Callable[..., None], family_link: str, neighbours: Neighbours, database: Database
) -> None:
    neighbours.points[0]["state"] = "stopped"
    neighbours.away = {"directory"}
    for _ in range(5):
        press("POST", family_link)
    press("POST", family_link, timedelta(minutes=2))
    assert len(stopped(database)) == 2


def test_a_directory_that_is_mute_keeps_no_family_waiting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch_mail.clients, "PRESS_SECONDS", 0.2)
    link = Unsubscribe(uuid4(), uuid4(), clock.today())
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        client = ServiceClient("directory", url, Keys(settings.keys_dir, settings.service))
        clients = Clients(client, client, client, SchoolKeys(client))
        began = clock.monotonic()
        assert not is_known_to_directory(clients, link, "stopped")
        client.close()
    assert clock.monotonic() - began < 5, "not the ten seconds of other questions"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_of_a_contact_point_that_has_ended_says_nothing(
    press: Callable[..., None],
    family_link: str,
    neighbours: Neighbours,
    database: Database,
    is_there: bool,
) -> None:
    neighbours.points[0]["state"] = "ended"
    if not is_there:
        neighbours.points.clear()
    press("POST", family_link)
    press("DELETE", family_link)
    assert pressed(database) == []


def test_what_was_pressed_is_forgotten_after_a_day(
    press: Callable[..., None], family_link: str, database: Database
) -> None:
    press("POST", family_link)
    with database.for_system() as session:
        forget_link_presses(session, now=clock.now() + timedelta(hours=23))
        assert session.scalar(sa.select(sa.func.count()).select_from(LinkPress)) == 1
        forget_link_presses(session, now=clock.now() + timedelta(hours=25))
        assert session.scalar(sa.select(sa.func.count()).select_from(LinkPress)) == 0


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_forged_link_and_one_of_another_purpose_are_unknown(
    gateway: Callable[..., Any],
    link: Callable[..., Any],
    database: Database,
    settings: Settings,
    method: str,
) -> None:
    good = link()[0]
    until, _, signed = good.partition(".")
    longer = f"{int(until, 16) + 1:x}.{signed}"  # a later day under the old signature
    other = f"{until}.{make_link(sender_of(settings).secret, 'r', uuid4(), uuid4())}"
    for token in (
        link(secret=b"x" * 32)[0],
        other,
        longer,
        until.upper() + "." + signed,
        signed,
        good[:-1],
        good + "=",
        "x",
        ".",
    ):
        answer = gateway(method, token)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "link_unknown")
    assert pressed(database) == []
    assert gateway(method, good).status_code in (200, 202)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_link_of_an_erased_school_says_so_and_stops_nothing(
    gateway: Callable[..., Any], link: Callable[..., Any], database: Database, method: str
) -> None:
    token, school_id, _ = link()
    with database.for_system() as session:
        erasure.begin_erasure(session, school_id, clock.now())
    answer = gateway(method, token)
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "link_gone")
    assert stopped(database) == []


@pytest.mark.parametrize(("late", "status"), [(0, (200, 202)), (1, (409, 409))])
def test_a_link_serves_400_days_and_then_says_that_its_time_is_over(
    gateway: Callable[..., Any],
    link: Callable[..., Any],
    database: Database,
    late: int,
    status: tuple[int, int],
) -> None:
    sent_on = clock.today()
    token, school_id, point_id = link(sent_on=sent_on)
    day = date.fromordinal((sent_on + DAYS).toordinal() + late)
    with time_machine.travel(f"{day}T12:00:00+09:00", tick=False):
        answers = [gateway(method, token) for method in ("GET", "POST")]
    assert tuple(answer.status_code for answer in answers) == status
    assert {answer.json["error"]["code"] for answer in answers if answer.status_code == 409} <= {
        "link_expired"
    }
    assert stopped(database) == ([] if late else [(school_id, point_id)])


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        ({"audience": "messaging"}, 401),
        ({"service": "messaging"}, 403),
        ({"service": "directory"}, 403),
    ],
)
def test_only_the_gateway_with_a_token_for_this_house_may_use_a_link(
    gateway: Callable[..., Any],
    link: Callable[..., Any],
    database: Database,
    caller: dict[str, str],
    status: int,
) -> None:
    token = link()[0]
    for method in ("GET", "POST", "DELETE"):
        assert gateway(method, token, **caller).status_code == status
    assert stopped(database) == []


@pytest.fixture
def preview(app: Flask, settings: Settings, neighbours: Neighbours) -> Any:
    def ask(
        message_id: UUID,
        *,
        functions: tuple[str, ...] = ("messages.send",),
        school_id: UUID | None = None,
    ) -> Any:
        token = staff_token(
            settings.keys_dir, school_id=school_id or neighbours.school_id, functions=functions
        )
        return app.test_client().get(f"/previews/{message_id}", headers=bearer(token))

    return ask


def test_a_preview_shows_the_mail_as_it_will_arrive(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    answer = preview(neighbours.add_message(mark="urgent", body="本日は<休校>です。"))
    assert answer.status_code == 200
    assert answer.json["subject"] == "【緊急】つばめ野小：運動会の順延について"
    assert answer.json["sender"] == "みなも市立つばめ野小学校 <tsubameno@renraku.minamo.example>"
    assert "4年2組の保護者の皆様" in answer.json["text"]
    assert "（ご家庭ごとのリンク）" in answer.json["text"]
    assert "本日は<休校>です。" in answer.json["text"]
    assert "本日は&lt;休校&gt;です。" in answer.json["html"]


def test_a_preview_of_a_message_not_sent_yet_bears_the_present_time(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    answer = preview(neighbours.add_message(released_at=None, link_key=None))
    assert answer.status_code == 200
    assert "2026年11月24日 15:05 送信" not in answer.json["text"]
    assert " 送信" in answer.json["text"]


def test_a_message_that_is_unknown_or_of_another_school_has_no_preview(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    assert preview(uuid4()).status_code == 404
    assert preview(neighbours.add_message(), school_id=uuid4()).status_code == 404


def test_a_message_that_messaging_does_not_show_this_person_has_no_preview(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    seen, unseen = neighbours.add_message(), neighbours.add_message()
    neighbours.hidden = {unseen}
    assert preview(seen).status_code == 200
    assert preview(unseen).status_code == 404


def test_a_preview_needs_the_right_to_send(
    preview: Callable[..., Any], neighbours: Neighbours, app: Flask, settings: Settings
) -> None:
    message_id = neighbours.add_message()
    assert preview(message_id, functions=("messages.read",)).status_code == 403
    assert app.test_client().get(f"/previews/{message_id}").status_code == 401
    for service, audience, status in (
        ("gateway", "dispatch-mail", 403),
        ("gateway", "messaging", 401),
    ):
        headers = bearer(service_token(settings.keys_dir, service, audience, neighbours.school_id))
        assert (
            app.test_client().get(f"/previews/{message_id}", headers=headers).status_code == status
        )


def test_a_preview_while_messaging_is_away_is_a_503(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    message_id = neighbours.add_message()
    neighbours.away = {"messaging"}
    answer = preview(message_id)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "service_away")
