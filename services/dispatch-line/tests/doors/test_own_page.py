"""A family comes to its own page from the talk (MY-1)."""

from __future__ import annotations

from typing import Any

import pytest
from line_house import House, MakeUser

from dispatch_line.domain import words

BEGINS = "マイページはこちらです（15分以内に1回だけ使えます）。"


def typed(house: House, user: str, words: str = "マイページ") -> dict[str, Any]:
    return house.event("message", user, message={"type": "text", "id": "1", "text": words})


def copied(house: House, user: str) -> dict[str, Any]:
    """Type it with the brackets in which the help prints it."""
    return typed(house, user, " 「マイページ」\n")


def tapped(house: House, user: str) -> dict[str, Any]:
    return house.tap(user, "my-page")


async def answer(house: House, user: str, *events: dict[str, Any]) -> str:
    async with house.working():
        house.hear(*events)
        await house.until(lambda: house.replies(user))
    return house.replies(user)[-1]


@pytest.mark.parametrize("ask", [typed, copied, tapped])
async def test_who_is_registered_gets_a_link_to_their_page(
    house: House, make_user: MakeUser, ask: Any
) -> None:
    user = make_user()
    house.neighbours.add_family(user)
    said = await answer(house, user, ask(house, user))
    assert said.startswith(BEGINS)
    link = f"https://renraku.minamo.example/m/links/link-of-{user[-4:]}?openExternalBrowser=1"
    assert said.splitlines()[1:] == [link]


async def test_the_menu_leads_to_the_contact_points_too(house: House, make_user: MakeUser) -> None:
    user = make_user()
    house.neighbours.add_family(user)
    said = await answer(house, user, house.tap(user, "my-points"))
    assert "?to=family&openExternalBrowser=1" in said


@pytest.mark.parametrize("ask", [typed, tapped])
async def test_who_is_not_registered_is_told_how(
    house: House, make_user: MakeUser, ask: Any
) -> None:
    user = make_user()
    said = await answer(house, user, ask(house, user))
    assert said == f"{words.NOT_YET}{words.OFFER}"


async def test_one_of_the_staff_is_told_where_their_own_page_is(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    house.neighbours.add_family(user, staff=True)
    said = await answer(house, user, tapped(house, user))
    assert said.startswith("このLINEは、教職員の受信先として登録されています。")
    page = "https://renraku.minamo.example/own/contact-points?openExternalBrowser=1"
    assert said.splitlines()[1:] == [page]


@pytest.mark.parametrize("kind", ["group", "room"])
async def test_no_link_is_shown_to_a_group(house: House, make_user: MakeUser, kind: str) -> None:
    user = make_user()
    house.neighbours.add_family(user)
    events = [typed(house, user), tapped(house, user)]
    for event in events:
        event["source"] = {"type": kind, f"{kind}Id": "C" + "1" * 32, "userId": user}
    assert house.hear(*events).json == {"new": 0}
