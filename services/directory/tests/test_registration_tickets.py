"""A registration is taken over into an installed page, once and for half an hour (ADR 52)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from registering_family import Family, Office, phone, points_of
from werkzeug.test import TestResponse

CHILD, OTHER_CHILD = "高木 さくら", "小鳥遊 心"
OVER = (404, "registration_over")


@pytest.fixture
def family(office) -> Family:
    family = Family(office)
    family.begin(office.sheet(CHILD))
    return family


def ticket_of(family: Family) -> str:
    return str(family.ask("/registrations/tickets")["ticket"])


def use(family: Family, ticket: str) -> TestResponse:
    return family.call("POST", "/registrations/tickets/use", ticket=ticket)


def is_over(answer: TestResponse) -> bool:
    assert answer.json is not None
    return (answer.status_code, answer.json["error"]["code"]) == OVER


def test_the_registration_is_held_elsewhere_from_then_on(office, family):
    used = use(family, ticket_of(family))
    installed = Family(office)
    installed.token = used.json["token"]
    installed.ask("/registrations/apps", subscription=phone())
    assert len(points_of(office, CHILD)) == 1
    assert family.refused("/registrations/look-up") == OVER


def test_a_ticket_is_good_once(family):
    ticket = ticket_of(family)
    assert use(family, ticket).status_code == 200
    assert is_over(use(family, ticket))


def test_of_two_presses_at_once_one_takes_it_over(family):
    ticket = ticket_of(family)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: use(family, ticket), range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 404]


def test_a_page_that_is_loaded_again_has_the_same_ticket(family):
    assert ticket_of(family) == ticket_of(family)


def test_who_was_let_in_has_no_ticket(office, family):
    """Else the child of who is lured onto a registration would come to who was let in by it."""
    early = ticket_of(family)
    family.prove("stranger@town.test")
    assert family.refused("/registrations/tickets") == OVER
    assert is_over(use(Family(office), early))


def test_a_ticket_is_good_for_half_an_hour(office, at: Callable[[str], None]):
    at("2026-11-24T07:00")
    family = Family(office)
    family.begin(office.sheet(CHILD))
    ticket = ticket_of(family)
    at("2026-11-24T07:31")
    assert is_over(use(family, ticket))
    assert family.ask("/registrations/look-up")["children"]


def test_a_registration_that_is_over_has_no_ticket(office, family):
    family.token = "x" * 43
    assert family.refused("/registrations/tickets") == OVER
    assert is_over(use(family, "y" * 43))


def take_over(office: Office, family: Family) -> Family:
    """Return who was led to go on with somebody's registration in an installed page."""
    lured = Family(office)
    used = use(lured, ticket_of(family))
    assert used.json is not None
    lured.token = used.json["token"]
    return lured


def tell_line(office: Office, nonce: str) -> Any:
    headers = office.school.service("dispatch-line")
    told = {"nonce": nonce, "user_id": "U" + "f" * 32}
    return office.school.call("POST", "/line-links/told", headers, json=told)


def test_a_line_user_of_before_does_not_become_who_took_it_over(office, family):
    """Whoever lures a family onto their own registration would come in as that family."""
    mine = phone()
    victim = Family(office)
    victim.begin(office.sheet(OTHER_CHILD))
    victim.ask("/registrations/apps", subscription=mine)
    nonce = family.ask("/line-links/of-registrations")["nonce"]
    take_over(office, family).ask("/registrations/apps", subscription=mine)
    assert tell_line(office, nonce).json["error"]["code"] == "line_link_over"
    assert kinds_of(office, OTHER_CHILD) == ["mail", "push"]


def test_line_and_a_ticket_at_once_stand_in_one_line(office, family):
    for _ in range(4):
        family.begin(office.sheet(CHILD))
        nonce = family.ask("/line-links/of-registrations")["nonce"]
        ticket = ticket_of(family)
        with ThreadPoolExecutor(2) as pool:
            told = pool.submit(tell_line, office, nonce)
            used = pool.submit(use, family, ticket)
            answers = told.result().status_code, used.result().status_code
            assert answers in ((200, 404), (409, 200))


def test_a_mail_of_before_gets_no_child_of_who_took_it_over(office, family):
    address = "stranger@town.test"
    family.type_mail(address)
    link = office.mail_to(address)["token"]
    lured = take_over(office, family)
    lured.ask("/registrations/apps", subscription=phone())
    lured.add_sibling(office.sheet(OTHER_CHILD))
    pressed = family.call("POST", "/registration-links/proof", link=link, token=family.token)
    assert pressed.json["error"]["code"] == "confirmation_over"
    assert kinds_of(office, OTHER_CHILD) == ["mail", "push"]
    assert [mail["is_over"] for mail in lured.shown()["mails"]] == [True]


def kinds_of(office: Office, child: str) -> list[str]:
    return [point["kind"] for point in points_of(office, child)]
