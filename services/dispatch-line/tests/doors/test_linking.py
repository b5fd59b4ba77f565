"""A family links its LINE: from a follow to our page, LINE's dialog, and the answer (DLV-5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
from line_house import ACCOUNT, TOKEN, AsOperator, House, MakeUser

from common.crypto import make_link
from common.testing.tokens import bearer, service_token
from dispatch_line.domain import words
from suite.town.line import UNLINKED

DONE = "受信登録ができました（お子様1人）。ご家族のほかの受信先にもお知らせしました。"


def give_nonce(house: House) -> str:
    """Return a nonce that directory has made."""
    nonce = make_link(b"k" * 32, "l", house.neighbours.school_id, uuid4())
    house.neighbours.nonces[nonce] = ""
    return nonce


def linked(house: House, user: str, nonce: str, result: str = "ok") -> dict[str, Any]:
    """Return the event that LINE tells after its dialog."""
    return house.event("accountLink", user, link={"result": result, "nonce": nonce})


async def hear(house: House, user: str, *events: dict[str, Any], answers: int = 1) -> list[str]:
    """Let the house deal with events; return what it answered."""
    async with house.working():
        house.hear(*events)
        await house.until(lambda: len(house.replies(user)) >= answers)
        await house.until(lambda: len(house.handled()) >= len(events))
    return house.replies(user)


def link_token_of(house: House, user: str) -> str:
    """Return LINE's token in the link of the last answer."""
    [*_, said] = house.talk(user)
    [button] = said.body["contents"]["footer"]["contents"]
    address = urlsplit(button["action"]["uri"])
    assert (address.netloc, address.path) == ("renraku.minamo.example", "/t/line")
    asked = parse_qs(address.query)
    assert asked["openExternalBrowser"] == ["1"]
    return asked["linkToken"][0]


async def test_a_new_friend_is_led_to_our_page_with_a_token_of_lines(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    assert await hear(house, user, house.event("follow", user)) == [words.WELCOME]
    token = link_token_of(house, user)
    assert house.line.talks.find_link_token(token) == (ACCOUNT, user)


async def test_a_friend_of_before_who_comes_back_is_told_so(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    house.neighbours.add_family(user)
    assert await hear(house, user, house.event("follow", user)) == [words.WELL_AGAIN]


async def test_typed_words_are_answered_with_a_button_that_gives_the_link(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    typed = house.event("message", user, message={"type": "text", "text": "登録したい"})
    await hear(house, user, typed)
    [*_, said] = house.talk(user)
    [item] = said.body["quickReply"]["items"]
    tap = house.tap(user, item["action"]["data"])
    assert await hear(house, user, tap, answers=2) == [words.WRONG_WORDS, words.OFFER]
    assert link_token_of(house, user)


async def test_who_pressed_in_lines_dialog_is_registered_and_told(
    house: House, make_user: MakeUser
) -> None:
    user, nonce = make_user(), give_nonce(house)
    assert await hear(house, user, linked(house, user, nonce)) == [DONE]
    assert house.neighbours.nonces[nonce] == user


async def test_a_nonce_counts_for_one_line_user_alone(house: House, make_user: MakeUser) -> None:
    user, other, nonce = make_user(), make_user(), give_nonce(house)
    await hear(house, user, linked(house, user, nonce))
    assert await hear(house, other, linked(house, other, nonce)) == [words.LINK_USED]
    assert house.neighbours.nonces[nonce] == user


async def test_what_line_refused_itself_registers_nobody(house: House, make_user: MakeUser) -> None:
    user, nonce = make_user(), give_nonce(house)
    async with house.working():
        house.hear(linked(house, user, nonce, result="failed"))
        await house.until(house.handled)
    assert (house.replies(user), house.neighbours.nonces[nonce]) == ([], "")


async def test_nonces_that_we_never_made_are_told_to_begin_again(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    unknown = make_link(b"x" * 32, "l", house.neighbours.school_id, uuid4())
    events = [linked(house, user, nonce) for nonce in ("nonsense-of-somebody", unknown)]
    assert await hear(house, user, *events, answers=2) == [words.LINK_OVER] * 2


async def test_an_account_registers_nobody_for_a_school_that_speaks_through_another(
    house: House, make_user: MakeUser, operator: AsOperator
) -> None:
    user, nonce = make_user(), give_nonce(house)
    other_id = uuid4()
    given = {"name": "別", "channel_secret": "s", "access_token": "t"}
    assert operator(f"/accounts/{other_id}", given).status_code == 200
    school_id = house.neighbours.school_id
    body = {"account_id": str(other_id)}
    assert operator(f"/account-schools/{school_id}", body).status_code == 200
    assert await hear(house, user, linked(house, user, nonce)) == [words.OTHER_ACCOUNT]
    assert house.neighbours.nonces[nonce] == ""


async def test_a_link_in_a_group_is_nobodys(house: House, make_user: MakeUser) -> None:
    user, nonce = make_user(), give_nonce(house)
    event = linked(house, user, nonce)
    event["source"] = {"type": "group", "groupId": "C" + "1" * 32, "userId": user}
    assert house.hear(event).json == {"new": 0}


async def test_a_link_waits_while_directory_is_away_and_counts_when_it_is_back(
    house: House, make_user: MakeUser
) -> None:
    user, nonce = make_user(), give_nonce(house)
    house.neighbours.away = {"directory"}
    async with house.working():
        house.hear(linked(house, user, nonce))
        await house.until(lambda: house.replies(user))
        house.neighbours.away = set()
        await house.until(lambda: house.neighbours.nonces[nonce])
        await house.until(house.handled)
    assert house.replies(user) == [words.LINK_WAITS]


async def test_without_a_token_of_lines_the_button_may_be_pressed_again(
    house: House, make_user: MakeUser
) -> None:
    user = make_user(UNLINKED.prefix)
    assert await hear(house, user, house.event("follow", user)) == [words.BUSY]


def account_of(house: House, service: str = "gateway", school_id: UUID | None = None) -> Any:
    school = school_id or house.neighbours.school_id
    token = service_token(house.settings.keys_dir, service, "dispatch-line", school)
    return house.app.test_client().get("/accounts/current", headers=bearer(token))


async def test_families_find_the_account_by_what_line_says_of_it(house: House) -> None:
    answer = account_of(house)
    assert answer.json["name"] == ACCOUNT
    assert answer.json["friend_url"].startswith("https://line.me/R/ti/p/%40")
    assert answer.json["dialog_url"] == "https://access.line.me/dialog/bot/accountLink"


async def test_a_school_without_an_account_has_none_to_show(house: House) -> None:
    answer = account_of(house, school_id=uuid4())
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "no_line_account")


async def test_lines_token_works_once_and_only_for_who_holds_it(
    house: House, make_user: MakeUser
) -> None:
    user, other = make_user(), make_user()
    pages = f"{house.settings.line_api_url}/dialog"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(headers=headers) as browser:
        url = f"{house.settings.line_api_url}/v2/bot/user/{user}/linkToken"
        token = (await browser.post(url)).json()["linkToken"]
        form = {"linkToken": token, "nonce": give_nonce(house)}
        assert (await browser.get(pages, params=form)).status_code == 200
        assert (await browser.post(pages, data={**form, "user": other})).status_code == 303
        assert (await browser.post(pages, data=form)).status_code == 400
