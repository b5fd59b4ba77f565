"""Sign in by the city's account: over to its provider, and back (ID-14)."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from browser import Browser
from fake_accounts import PROVIDER
from fake_houses import PASSWORD, FakeHouses
from flask import Flask

from common.errors import Busy, Refused, Unauthenticated, Unavailable
from gateway.clients.calls import CHOOSE_SCHOOL, CITY, COME_BACK, GO_OVER

NAME = "みなも市のアカウント"
BUTTON = f"{NAME}でログイン"


@pytest.fixture
def offered(houses: FakeHouses) -> FakeHouses:
    """Give houses of which identity takes the city's accounts."""
    houses.city = NAME
    return houses


def cookies(browser: Browser) -> dict[str, str]:
    names = ("renraku", "renraku-city")
    found = {name: browser.client.get_cookie(name) for name in names}
    return {name: cookie.value for name, cookie in found.items() if cookie}


def led_on_to(browser: Browser) -> str:
    """Return where a page leads on by itself; its link leads there too."""
    refresh = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', browser.html)
    assert refresh is not None, browser.words
    address = html.unescape(refresh[1])
    assert ("a", {"class": "btn btn-primary w-100", "href": address}) in browser.read().tags
    return address


def go_over(browser: Browser, page: str = "/sign-in") -> str:
    """Press the button; return the state with which the browser is sent over."""
    browser.open(page).press(form="/sign-in/city")
    assert browser.status == 200
    return led_on_to(browser).partition("state=")[2].partition("&")[0]


def come_back(browser: Browser, **brought: str) -> Browser:
    query = "&".join(f"{name}={value}" for name, value in brought.items())
    return browser.open(f"/sign-in/city/return?{query}")


def test_the_button_leads_over_and_back_to_the_page_that_was_asked_for(
    offered: FakeHouses, stranger: Browser
) -> None:
    stranger.open("/members?query=髙橋")
    assert BUTTON in stranger.words
    stranger.press(form="/sign-in/city")
    address = led_on_to(stranger)
    assert address.startswith(f"{PROVIDER}?")
    come_back(stranger, state="state-0", code="good")
    assert stranger.status == 200
    target = led_on_to(stranger)
    assert target.startswith("/members?query=")
    assert cookies(stranger) == {"renraku": "session-of-the-city"}
    assert stranger.open(target).status == 200


def test_identity_is_told_where_the_provider_sends_the_browser_back(
    offered: FakeHouses, stranger: Browser
) -> None:
    come_back(stranger, state=go_over(stranger), code="good")
    told = [request["json"] for call, request in offered.asked if call in (GO_OVER, COME_BACK)]
    ours = "http://localhost:8000/sign-in/city/return"
    assert [each["return_to"] for each in told] == [ours, ours]


def test_the_cookie_is_kept_from_scripts_and_bound_to_our_host(
    offered: FakeHouses, secure_app: Flask
) -> None:
    browser = Browser(secure_app.test_client())
    browser.open("/sign-in", base_url="https://renraku.example")
    token = dict(browser.form("/sign-in/city").fields)["csrf_token"]
    answer = browser.client.post(
        "/sign-in/city",
        data={"csrf_token": token},
        base_url="https://renraku.example",
        headers={"Referer": "https://renraku.example/sign-in"},
    )
    lines = answer.headers.getlist("Set-Cookie")
    given = next(line for line in lines if line.startswith("__Host-renraku-city="))
    for part in ("HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600", "Path=/"):
        assert part in given


@pytest.mark.parametrize(
    "brought",
    [
        {"state": "state-9", "code": "good"},
        {"state": "state-0", "code": "bad"},
        {"code": "good"},
        {"state": "state-0"},
        {},
        {"state": "x" * 300, "code": "good"},
        {"state": "state-0", "code": "y" * 5000},
    ],
)
def test_what_nobody_of_ours_sent_opens_nothing_and_is_said(
    offered: FakeHouses, stranger: Browser, brought: dict[str, str]
) -> None:
    go_over(stranger)
    come_back(stranger, **brought)
    assert stranger.status in (401, 422)
    assert "アカウントを確かめられませんでした。" in stranger.words
    assert BUTTON in stranger.words
    assert cookies(stranger) == {}
    assert offered.sessions == set()


def test_the_way_back_is_not_asked_by_head(offered: FakeHouses, stranger: Browser) -> None:
    answer = stranger.client.head("/sign-in/city/return?state=state-0&code=good")
    assert answer.status_code == 405
    assert COME_BACK not in [call for call, _ in offered.asked]


def test_an_answer_of_another_browser_signs_nobody_in(
    offered: FakeHouses, app: Flask, stranger: Browser
) -> None:
    theirs = Browser(app.test_client())
    state = go_over(theirs)
    come_back(stranger, state=state, code="good")
    assert stranger.status == 401
    assert cookies(stranger) == {}


def test_who_declines_there_is_told_that_nothing_happened(
    offered: FakeHouses, stranger: Browser
) -> None:
    come_back(stranger, state=go_over(stranger), error="access_denied")
    assert stranger.status == 401
    assert "取りやめられました" in stranger.words
    assert COME_BACK not in [call for call, _ in offered.asked]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Unauthenticated("nobody_here", "x"), "どの学校にも登録されていません。学校の管理者"),
        (Refused("sign_in_by_password", "x"), "メールアドレスとパスワードでログインします。"),
        (Refused("school_erasing", "x"), "データを消去しています。"),
        (Busy("sign_in_busy", "x", fields={"retry_after": 2}), "混み合っています。"),
        (Unavailable("city_away", "x"), "メールアドレスとパスワードでログインしてください。"),
        (Unavailable("service_away", "x"), "つながりにくくなっています。"),
    ],
)
def test_each_refusal_is_said_on_the_sign_in_page(
    offered: FakeHouses, stranger: Browser, error: Any, sentence: str
) -> None:
    state = go_over(stranger)
    offered.failures[COME_BACK] = error
    come_back(stranger, state=state, code="good")
    assert stranger.status == error.status
    assert sentence in stranger.words
    assert "renraku" not in cookies(stranger)
    offered.failures.clear()
    stranger.press(mail="yamashita@school.town.test", password=PASSWORD)
    assert cookies(stranger)["renraku"] in offered.sessions, "passwords go on"


def test_who_finds_no_place_may_bring_the_same_answer_again(
    offered: FakeHouses, stranger: Browser
) -> None:
    state = go_over(stranger)
    offered.failures[COME_BACK] = Busy("sign_in_busy", "Busy.", fields={"retry_after": 2})
    assert come_back(stranger, state=state, code="good").status == 429
    offered.failures.clear()
    assert come_back(stranger, state=state, code="good").status == 200


def test_a_provider_that_is_away_is_said_before_anybody_leaves(
    offered: FakeHouses, stranger: Browser
) -> None:
    offered.failures[GO_OVER] = Unavailable("city_away", "Away.")
    stranger.open("/sign-in").press(form="/sign-in/city")
    assert stranger.status == 503
    assert "いま、このアカウントの窓口につながりません。" in stranger.words
    stranger.press(mail="yamashita@school.town.test", password=PASSWORD)
    assert "renraku" in cookies(stranger)


def test_where_nothing_is_offered_there_is_neither_button_nor_page(stranger: Browser) -> None:
    form = dict(stranger.open("/sign-in").form().fields)
    assert "でログイン" not in stranger.words
    data = {"csrf_token": form["csrf_token"]}
    assert stranger.client.post("/sign-in/city", data=data).status_code == 404
    for query in ("?state=x&code=y", "?error=access_denied", ""):
        assert stranger.client.get(f"/sign-in/city/return{query}").status_code == 404


def test_the_sign_in_page_stands_while_identity_does_not_say_what_is_offered(
    offered: FakeHouses, stranger: Browser
) -> None:
    offered.failures[CITY] = Unavailable("service_away", "Away.")
    assert stranger.open("/sign-in").status == 200
    assert BUTTON not in stranger.words


def test_a_form_from_elsewhere_sends_nobody_over(offered: FakeHouses, stranger: Browser) -> None:
    stranger.open("/sign-in")
    assert stranger.client.post("/sign-in/city").status_code == 400
    assert offered.over == {}


def test_nobody_is_led_to_somebody_elses_page(offered: FakeHouses, stranger: Browser) -> None:
    state = go_over(stranger, "/sign-in?next=//evil.example")
    assert led_on_to(come_back(stranger, state=state, code="good")) == "/"


def test_the_session_that_the_browser_had_ends(offered: FakeHouses, deputy: Browser) -> None:
    before = cookies(deputy)["renraku"]
    token = dict(deputy.open("/").form("/sign-out").fields)["csrf_token"]
    deputy.post("/sign-in/city", {"csrf_token": token})
    state = led_on_to(deputy).partition("state=")[2].partition("&")[0]
    come_back(deputy, state=state, code="good")
    assert before not in offered.sessions
    assert cookies(deputy)["renraku"] == "session-of-the-city"


def test_a_school_that_wants_another_way_is_said_where_it_is_chosen(
    houses: FakeHouses, deputy: Browser
) -> None:
    school = {"id": houses.school["id"], "name": "みなも小", "role": "sender", "post": ""}
    houses.choices, houses.missing_step = [school], "school"
    houses.failures[CHOOSE_SCHOOL] = Refused("outside_networks", "Outside.")
    deputy.open("/sign-in/school").press(school["id"])
    assert deputy.path.startswith("/sign-in/school")
    assert "学校の回線からだけできます。" in deputy.words


def test_a_school_says_by_which_way_its_people_come_in(
    offered: FakeHouses, deputy: Browser
) -> None:
    offered.set_up["city_name"] = NAME
    deputy.open("/settings/safety")
    assert "管理者は、どれを選んでも両方でログインできます" in deputy.words
    deputy.press(
        form="/settings/safety",
        sign_in_by="city",
        networks="198.51.100.0/24\r\n2001:db8:12::/48",
        networks_only="1",
    )
    kept = {name: offered.set_up[name] for name in ("sign_in_by", "networks", "networks_only")}
    assert kept == {
        "sign_in_by": "city",
        "networks": ["198.51.100.0/24", "2001:db8:12::/48"],
        "networks_only": True,
    }
    assert ("networks", "198.51.100.0/24\n2001:db8:12::/48") in deputy.form("safety").fields


def test_ways_are_no_choice_where_there_is_one_but_a_choice_made_before_can_be_taken_back(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open("/settings/safety")
    assert "ログインの方法" not in deputy.words
    deputy.press(form="/settings/safety")
    assert houses.set_up["sign_in_by"] == "any"
    houses.set_up["sign_in_by"] = "city"
    deputy.open("/settings/safety").press(form="/settings/safety", sign_in_by="any")
    assert houses.set_up["sign_in_by"] == "any"
