"""Sign in and out (ID-1)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from fake_houses import PASSWORD, FakeHouses
from fake_operator import DEVICE, OPERATOR_WORDS
from flask import Flask

from common.errors import Busy, Unavailable
from gateway.app import create_app
from gateway.clients.calls import END_SESSION, RESOLVE, SIGN_IN
from gateway.config import Settings

OTHERS = "ほかの人のログインは止まっていません。心当たりがなければ管理者に知らせてください。"
LOCKED = Busy("locked", "Locked.", fields={"retry_after": 30, "where": "device"})


def cookie(browser: Browser) -> str | None:
    found = browser.client.get_cookie("renraku")
    return found.value if found else None


def test_the_cookie_is_opaque_and_kept_from_scripts(houses: FakeHouses, stranger: Browser) -> None:
    token = dict(stranger.open("/sign-in").form().fields)["csrf_token"]
    answer = stranger.client.post(
        "/sign-in", data={"mail": "a@b.test", "password": PASSWORD, "csrf_token": token}
    )
    given = next(
        line for line in answer.headers.getlist("Set-Cookie") if line.startswith("renraku=")
    )
    assert "HttpOnly" in given
    assert "SameSite=Lax" in given
    assert cookie(stranger) in houses.sessions


def test_each_sign_in_gets_a_new_session(houses: FakeHouses, deputy: Browser) -> None:
    first = cookie(deputy)
    deputy.press(form="/sign-out") if deputy.path == "/sign-in" else deputy.open("/").press(
        form="/sign-out"
    )
    deputy.open("/sign-in").press(mail="a@b.test", password=PASSWORD)
    assert cookie(deputy) not in (None, first)


def sign_in_again(browser: Browser) -> int:
    """Press the button of a sign-in page that stayed open in another tab; return the status."""
    token = dict(browser.open("/").form("/sign-out").fields)["csrf_token"]
    form = {"mail": "a@b.test", "password": PASSWORD, "csrf_token": token}
    return browser.client.post("/sign-in", data=form).status_code


def test_a_new_sign_in_ends_the_session_that_the_browser_had(
    houses: FakeHouses, deputy: Browser
) -> None:
    first = cookie(deputy)
    assert sign_in_again(deputy) == 303
    assert houses.sessions == {cookie(deputy)}
    assert first not in houses.sessions


def test_a_session_that_cannot_be_ended_now_keeps_nobody_from_signing_in(
    houses: FakeHouses, deputy: Browser
) -> None:
    first = cookie(deputy)
    houses.failures[END_SESSION] = Unavailable("service_away", "Away.")
    assert sign_in_again(deputy) == 303
    assert cookie(deputy) not in (None, first)


def test_a_wrong_password_ends_no_session(houses: FakeHouses, deputy: Browser) -> None:
    houses.failures[SIGN_IN] = LOCKED
    assert sign_in_again(deputy) == 429
    assert houses.sessions == {cookie(deputy)}


def test_a_wrong_password_keeps_the_address_and_says_whom_to_ask(stranger: Browser) -> None:
    stranger.open("/sign-in").press(mail="yamashita@school.town.test", password="wrong")
    assert stranger.status == 401
    assert "メールアドレスかパスワードが違います。" in stranger.words
    assert dict(stranger.form().fields)["mail"] == "yamashita@school.town.test"
    assert "wrong" not in stranger.html
    assert cookie(stranger) is None


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (
            LOCKED,
            "この端末からの入力が続けて違ったため、次は30秒後に試せます。{others}",
        ),
        (
            Busy("locked", "Locked.", fields={"retry_after": 480, "where": "network"}),
            "この端末か、同じ回線の端末からの入力が続けて違ったため、次は8分後に試せます。{others}",
        ),
        (
            Busy("slowed", "Slowed.", fields={"retry_after": 12}),
            "同じ回線からの入力が続けて違ったため、12秒待って、もう一度押してください。",
        ),
    ],
)
def test_who_has_to_wait_reads_whose_tries_it_was_and_how_long(
    houses: FakeHouses, stranger: Browser, refusal: Busy, sentence: str
) -> None:
    houses.failures[SIGN_IN] = refusal
    stranger.open("/sign-in").press(mail="a@b.test", password="x")
    assert stranger.status == 429
    assert sentence.format(others=OTHERS) in stranger.words


def test_a_device_is_known_again_at_the_next_sign_in(houses: FakeHouses, deputy: Browser) -> None:
    assert sign_in_again(deputy) == 303
    devices = [request["json"]["device"] for call, request in houses.asked if call == SIGN_IN]
    assert devices == [None, DEVICE]


def test_a_device_stays_known_when_somebody_signs_out(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/").press(form="/sign-out")
    kept = deputy.client.get_cookie("renraku-device")
    assert kept is not None
    assert kept.value == DEVICE


def test_a_device_is_remembered_for_400_days_and_kept_from_scripts_and_other_hosts(
    secure_app: Flask,
) -> None:
    with secure_app.test_client() as client:
        at = {"base_url": "https://renraku.example"}
        page = Browser(client).open("/sign-in", **at)
        token = dict(page.form().fields)["csrf_token"]
        form = {"mail": "a@b.test", "password": PASSWORD, "csrf_token": token}
        answer = client.post("/sign-in", data=form, **at)
    name = "__Host-renraku-device="
    [given] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(name)]
    parts = ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000")
    assert [part for part in parts if part not in given] == []
    assert "Domain" not in given


def test_who_gives_a_wrong_password_becomes_no_known_device(stranger: Browser) -> None:
    stranger.open("/sign-in").press(mail="a@b.test", password="wrong")
    assert stranger.client.get_cookie("renraku-device") is None


def test_a_cookie_that_identity_would_not_take_keeps_nobody_from_signing_in(
    houses: FakeHouses, stranger: Browser
) -> None:
    stranger.client.set_cookie("renraku-device", "x" * 353)
    stranger.open("/sign-in").press(mail="a@b.test", password=PASSWORD)
    asked = next(request for call, request in houses.asked if call == SIGN_IN)
    assert asked["json"]["device"] is None
    assert cookie(stranger) in houses.sessions


def test_whoever_finds_no_place_is_told_so_at_once_and_other_pages_go_on(
    app: Flask, houses: FakeHouses
) -> None:
    """Three of eight threads wait for identity; a fourth would be one that families need."""
    is_checking, may_answer = threading.Semaphore(0), threading.Event()
    answer = houses.post_sessions

    def slow(request: dict[str, Any]) -> Any:
        is_checking.release()
        assert may_answer.wait(10)
        return answer(request)

    houses.post_sessions = slow  # type: ignore[method-assign]
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(press_sign_in, app) for _ in range(3)]
        for _ in waiting:
            assert is_checking.acquire(timeout=10)
        fourth = press_sign_in(app)
        operator = Browser(app.test_client()).open("/operator/sign-in").press(**OPERATOR_WORDS)
        help_page = Browser(app.test_client()).open("/help")
        may_answer.set()
        passed = [each.result().status for each in waiting]
    assert (fourth.status, help_page.status) == (429, 200)
    assert "ただいまログインが混み合っています。" in fourth.words
    assert operator.path == "/operator"
    assert passed == [200] * 3
    assert press_sign_in(app).status == 200, "places are given back"


def press_sign_in(app: Flask) -> Browser:
    browser = Browser(app.test_client())
    return browser.open("/sign-in").press(mail="a@b.test", password=PASSWORD)


def test_identity_away_is_said_in_words(houses: FakeHouses, stranger: Browser) -> None:
    houses.failures[SIGN_IN] = Unavailable("service_away", "Away.")
    stranger.open("/sign-in").press(mail="a@b.test", password="x")
    assert stranger.status == 503
    assert "いま、つながりにくくなっています。" in stranger.words
    houses.failures = {RESOLVE: Unavailable("service_away", "Away.")}
    stranger.client.set_cookie("renraku", "some-session")
    assert stranger.open("/").status == 503
    assert "いま、つながりにくくなっています。" in stranger.words


def test_signing_out_ends_the_session_on_the_server(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/").press(form="/sign-out")
    assert houses.sessions == set()
    assert cookie(deputy) is None
    assert "ログアウトしました。" in deputy.words


def test_a_session_that_ended_leads_to_sign_in_and_back_to_the_page(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.sessions.clear()
    deputy.open("/members?query=髙橋")
    assert "自動でログアウトしました（しばらく操作がなかった、" in deputy.words
    deputy.press(mail="a@b.test", password=PASSWORD)
    assert deputy.path.startswith("/members?query=")


def test_sign_in_never_leads_to_somebody_elses_page(app: Flask, stranger: Browser) -> None:
    for target in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        token = dict(stranger.open("/sign-in").form().fields)["csrf_token"]
        data = {"mail": "a@b.test", "password": PASSWORD, "csrf_token": token, "next": target}
        assert stranger.client.post("/sign-in", data=data).location == "/"
        stranger.client.delete_cookie("renraku")


def test_the_visitors_address_is_what_identity_counts(
    houses: FakeHouses, stranger: Browser
) -> None:
    stranger.open("/sign-in").press(mail="a@b.test", password=PASSWORD)
    asked = next(request for call, request in houses.asked if call == SIGN_IN)
    assert asked["json"]["remote_address"] == "127.0.0.1"


def test_the_sign_in_page_of_a_demo_leads_to_its_town_and_names_who_can_sign_in(
    houses: FakeHouses, keys_dir: Path
) -> None:
    town = "http://localhost:8000/town/"
    settings = Settings(
        keys_dir=keys_dir,
        base_url="http://localhost:8000",
        demo_town_url=town,
        demo_accounts=("教頭 山下 明子", "パスワード tsubameno-demo-2026"),
    )
    trying = Browser(create_app(settings, clients=houses.clients()).test_client())
    trying.open("/sign-in")
    assert "パスワード tsubameno-demo-2026" in trying.words
    assert ("a", {"href": town}) in trying.read().tags
    trying.press(mail="yamashita@school.town.test", password=PASSWORD)
    assert "これは試用です。 まち（届いたもの）を見る" in trying.words


def test_a_real_schools_pages_say_nothing_of_a_trial(stranger: Browser, deputy: Browser) -> None:
    assert "試用" not in deputy.open("/").words
    assert "試用" not in stranger.open("/help").words
