"""The menu below the talks (DLV-5, screens.md 3.5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from line_house import ACCOUNT, TOKEN, House, MakeUser
from linebot.v3.messaging import RichMenuRequest

from common.testing.tokens import bearer, staff_token
from dispatch_line.domain.menu import LABELS, menu_of
from dispatch_line.provider import draw_menu
from suite.town.line_menus import size_of

BASE_URL = "https://renraku.minamo.example"


def put(house: House, *rights: str) -> Any:
    token = staff_token(
        house.settings.keys_dir, school_id=house.neighbours.school_id, functions=rights
    )
    return house.app.test_client().put("/accounts/current/menu", headers=bearer(token))


def asked(house: House, method: str, path: str, **request: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {TOKEN}", **request.pop("headers", {})}
    url = f"{house.settings.line_api_url}{path}"
    return httpx.request(method, url, headers=headers, **request)


def test_the_picture_is_one_that_line_takes() -> None:
    picture = draw_menu(LABELS)
    assert size_of(picture) == (2500, 843)
    assert len(picture) <= 1024 * 1024


def test_the_menu_is_one_that_the_sdk_takes() -> None:
    menu = RichMenuRequest.from_dict(menu_of(BASE_URL))
    assert [area.action.label for area in menu.areas] == list(LABELS)


async def test_a_school_shows_it_and_its_fields_work(house: House, make_user: MakeUser) -> None:
    assert put(house, "settings.edit").status_code == 204
    [made] = asked(house, "GET", "/v2/bot/richmenu/list").json()["richmenus"]
    widths = [area["bounds"]["width"] for area in made["areas"]]
    assert sum(widths) == 2500
    picture = asked(house, "GET", f"/menus/{ACCOUNT}.png")
    assert (picture.status_code, size_of(picture.content)) == (200, (2500, 843))
    user = make_user()
    house.neighbours.add_family(user)
    tapped = house.tap(user, made["areas"][0]["action"]["data"])
    async with house.working():
        house.hear(tapped)
        await house.until(lambda: house.replies(user))
    assert house.replies(user)[0].startswith("マイページはこちらです")


def test_shown_again_it_takes_the_place_of_the_one_before(house: House) -> None:
    put(house, "settings.edit")
    [first] = asked(house, "GET", "/v2/bot/richmenu/list").json()["richmenus"]
    put(house, "settings.edit")
    [second] = asked(house, "GET", "/v2/bot/richmenu/list").json()["richmenus"]
    assert first["richMenuId"] != second["richMenuId"]


def test_only_who_sets_the_school_up_shows_it(house: House) -> None:
    assert put(house, "messages.send").status_code == 403


def wrong(**changes: Any) -> dict[str, Any]:
    return {**menu_of(BASE_URL), **changes}


@pytest.mark.parametrize(
    "menu",
    [
        wrong(size={"width": 2500, "height": 900}),
        wrong(chatBarText="あ" * 15),
        wrong(areas=[]),
        wrong(areas=menu_of(BASE_URL)["areas"] * 7),
        wrong(
            areas=[
                {
                    **menu_of(BASE_URL)["areas"][0],
                    "bounds": {"x": 2000, "y": 0, "width": 501, "height": 1},
                }
            ]
        ),
    ],
)
def test_the_town_refuses_what_line_refuses(house: House, menu: dict[str, Any]) -> None:
    assert asked(house, "POST", "/v2/bot/richmenu", json=menu).status_code == 400


def test_the_town_shows_no_menu_without_a_picture_of_its_size(house: House) -> None:
    made = asked(house, "POST", "/v2/bot/richmenu", json=menu_of(BASE_URL)).json()["richMenuId"]
    assert asked(house, "POST", f"/v2/bot/user/all/richmenu/{made}").status_code == 400
    headers = {"Content-Type": "image/png"}
    content = f"/v2/bot/richmenu/{made}/content"
    answer = asked(house, "POST", content, content=b"no picture", headers=headers)
    assert answer.status_code == 400
