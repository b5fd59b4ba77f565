"""Operators sign in with their second factor, apart from schools (ID-10).

Neither session opens the pages of the other.
"""

from __future__ import annotations

from uuid import UUID

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_operator import DEVICE, OPERATOR_WORDS, days_ago, make_erasure
from flask import Flask
from town_school import SCHOOL, make_id

from common.errors import Busy, Unavailable
from common.web.auth import rules_of
from gateway.clients.calls import ERASURES, OPERATOR_SIGN_IN, RESOLVE_OPERATOR

WRONG = "メールアドレス・パスワード・確認の番号のどれかが違います。"


def cookie(browser: Browser, name: str) -> str | None:
    found = browser.client.get_cookie(name)
    return found.value if found else None


def operators_rules(app: Flask) -> list[tuple[str, str]]:
    """Return method and address of every page of the console."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in {"GET", "POST"} & (rule.methods or set()):
            if any(each.is_for_operators for each in rules_of(app, rule.endpoint, method)):
                address = rule.rule
                for name in rule.arguments:
                    address = address.replace(f"<uuid:{name}>", make_id(name))
                found.append((method, address))
    return found


def test_three_right_words_open_the_board_with_a_cookie_of_its_own(
    houses: FakeHouses, operator: Browser
) -> None:
    assert operator.path == "/operator"
    assert "いまは、することがありません。" in operator.words
    assert cookie(operator, "renraku-operator") in houses.operator_sessions
    assert cookie(operator, "renraku") is None


def test_the_cookie_is_kept_from_scripts_and_bound_to_the_host_under_https(
    secure_app: Flask,
) -> None:
    with secure_app.test_client() as client:
        stranger = Browser(client)
        at = {"base_url": "https://renraku.example"}
        token = dict(stranger.open("/operator/sign-in", **at).form().fields)["csrf_token"]
        answer = client.post(
            "/operator/sign-in", data={**OPERATOR_WORDS, "csrf_token": token}, **at
        )
    given = next(
        line
        for line in answer.headers.getlist("Set-Cookie")
        if line.startswith("__Host-renraku-operator=")
    )
    assert all(part in given for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"))


def test_a_new_sign_in_ends_the_session_that_the_operators_browser_had(
    houses: FakeHouses, operator: Browser
) -> None:
    first = cookie(operator, "renraku-operator")
    token = dict(operator.open("/operator").form("/sign-out").fields)["csrf_token"]
    operator.client.post("/operator/sign-in", data={**OPERATOR_WORDS, "csrf_token": token})
    assert houses.operator_sessions == {cookie(operator, "renraku-operator")}
    assert first not in houses.operator_sessions


@pytest.mark.parametrize("wrong", ["mail", "password", "code"])
def test_whichever_is_wrong_the_words_are_the_same_and_nothing_secret_comes_back(
    stranger: Browser, wrong: str
) -> None:
    stranger.open("/operator/sign-in").press(**{**OPERATOR_WORDS, wrong: "nobody@renraku.test"})
    assert stranger.status == 401
    assert WRONG in stranger.words
    fields = dict(stranger.form().fields)
    assert (fields["password"], fields["code"]) == ("", "")
    assert cookie(stranger, "renraku-operator") is None


def test_a_lock_says_how_long_it_lasts_and_whom_to_tell(
    houses: FakeHouses, stranger: Browser
) -> None:
    fields = {"retry_after": 90, "where": "network"}
    houses.failures[OPERATOR_SIGN_IN] = Busy("locked", "Locked.", fields=fields)
    stranger.open("/operator/sign-in").press(**OPERATOR_WORDS)
    assert stranger.status == 429
    assert "次は1分30秒後に試せます。ほかの人のログインは止まっていません。" in stranger.words
    assert "心当たりがなければ、ほかの運営者に知らせてください。" in stranger.words


def test_an_operators_device_is_known_apart_from_that_of_staff(
    houses: FakeHouses, both: Browser
) -> None:
    assert cookie(both, "renraku-operator-device") == cookie(both, "renraku-device") == DEVICE
    both.press(form="/operator/sign-out")
    both.open("/operator/sign-in").press(**OPERATOR_WORDS)
    asked = [request["json"] for call, request in houses.asked if call == OPERATOR_SIGN_IN]
    assert [words["device"] for words in asked] == [None, DEVICE]


def test_each_sign_in_gets_a_new_session_and_signing_out_ends_it_on_the_server(
    houses: FakeHouses, operator: Browser
) -> None:
    first = cookie(operator, "renraku-operator")
    operator.open("/operator").press(form="/operator/sign-out")
    assert (houses.operator_sessions, cookie(operator, "renraku-operator")) == (set(), None)
    assert "ログアウトしました。" in operator.words
    operator.open("/operator/sign-in").press(**OPERATOR_WORDS)
    assert cookie(operator, "renraku-operator") not in (None, first)


def test_a_session_that_ended_leads_to_sign_in_and_back_to_the_page(
    houses: FakeHouses, operator: Browser
) -> None:
    houses.operator_sessions.clear()
    operator.open("/operator/clocks")
    assert "しばらく操作がなかったため" in operator.words
    assert operator.press(**OPERATOR_WORDS).path == "/operator/clocks"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/operator\\evil", "/messages"]
)
def test_sign_in_leads_nowhere_but_into_the_console(stranger: Browser, target: str) -> None:
    token = dict(stranger.open("/operator/sign-in").form().fields)["csrf_token"]
    answer = stranger.client.post(
        "/operator/sign-in", data={**OPERATOR_WORDS, "csrf_token": token, "next": target}
    )
    assert answer.location == "/operator"


def test_a_session_of_staff_opens_no_page_of_the_console(
    app: Flask, houses: FakeHouses, deputy: Browser
) -> None:
    pages = operators_rules(app)
    assert len(pages) >= 10
    token = deputy.form("/sign-out").fields[0][1]
    houses.asked.clear()
    for method, address in pages:
        answer = deputy.client.open(
            address, method=method, data={"csrf_token": token} if method == "POST" else None
        )
        assert (answer.status_code, answer.location.partition("?")[0]) == (
            303,
            "/operator/sign-in",
        ), address
    assert houses.asked == [], (
        "no house is asked anything in the name of somebody who is no operator"
    )


def test_the_id_of_a_staff_session_is_no_operators_session(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.client.set_cookie("renraku-operator", str(cookie(deputy, "renraku")))
    assert deputy.client.get("/operator").location.startswith("/operator/sign-in")


def test_a_session_of_an_operator_opens_no_page_of_staff(app: Flask, operator: Browser) -> None:
    token = operator.form("/operator/sign-out").fields[0][1]
    seen = 0
    for rule in app.url_map.iter_rules():
        rules = rules_of(app, rule.endpoint, "GET") or rules_of(app, rule.endpoint, "POST")
        if not any(each.is_for_staff for each in rules):
            continue
        address, seen = rule.rule, seen + 1
        for name in rule.arguments:
            address = address.replace(f"<uuid:{name}>", str(UUID(make_id(name))))
        method = "GET" if "GET" in (rule.methods or set()) else "POST"
        answer = operator.client.open(
            address, method=method, data={"csrf_token": token} if method == "POST" else None
        )
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in"), address
    assert seen > 20


def test_two_sessions_live_side_by_side_and_end_alone(houses: FakeHouses, both: Browser) -> None:
    opened_before = dict(both.open("/messages").form("/sign-out").fields)
    both.open("/operator").press(form="/operator/sign-out")
    assert both.open("/messages").path == "/messages"
    left = both.post("/sign-out", {name: [value] for name, value in opened_before.items()})
    assert left.path == "/sign-in", (
        "a form of the office, opened before the operator left, still works"
    )


def test_a_console_page_without_its_house_says_so_in_the_console(
    houses: FakeHouses, operator: Browser
) -> None:
    houses.failures[ERASURES] = Unavailable("service_away", "Away.")
    operator.open("/operator")
    assert operator.status == 503
    assert "いま、つながりにくくなっています。" in operator.words
    assert "状況盤へ" in operator.words
    houses.failures[RESOLVE_OPERATOR] = Unavailable("service_away", "Away.")
    assert operator.open("/operator").status == 503


def test_the_board_tells_what_is_late_what_is_to_be_handed_over_and_what_is_next(
    houses: FakeHouses, operator: Browser
) -> None:
    late, fresh, quiet = (
        {**SCHOOL, "id": make_id(name), "name": name}
        for name in ("遅い学校", "終わった学校", "静かな学校")
    )
    for school, state, days in (
        (late, "erasing", 34),
        (fresh, "certified", 33),
        (quiet, "read_only", 12),
    ):
        houses.schools[school["id"]] = school
        houses.erasures[school["id"]] = make_erasure(school, state, days_ago(days))
    words = operator.open("/operator").words
    todo, _, due = words.partition("期限の近いもの")
    assert "消去の遅れ 34日目 遅い学校" in todo
    assert "証明書ができました 終わった学校" in todo
    assert "静かな学校 見られる期間の終わり" in due
    assert "あと18日" in due
    assert "遅い学校" not in due
    assert (
        f"/operator/schools/{fresh['id']}/certificate.pdf"
        in operator.open(f"/operator/schools/{fresh['id']}").html
    )
