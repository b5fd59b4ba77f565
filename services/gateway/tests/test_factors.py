"""多要素認証 on the pages: at the sign-in, on the way in, and on one's own page (ID-6)."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from browser import Browser
from fake_accounts import make_row
from fake_factors import CODES, RECOVERY_CODE, RIGHT_CODE, SECRET, SIGNED
from fake_houses import PASSWORD, FakeHouses
from flask import Flask
from town_school import make_id

from common.errors import Busy, Refused, Unauthenticated
from gateway.clients.calls import OFFER_APP, PASSKEY_CHALLENGE, PROVE_BY_CODE, RESET_FACTORS
from gateway.domain.qr import qr_address

STAFF_PAGES = ("/", "/messages", "/members", "/accounts", "/own", "/own/factors", "/operation-log")


@pytest.fixture
def halfway(houses: FakeHouses, stranger: Browser) -> Browser:
    """Return the browser of who gave the right password and has a factor to prove."""
    houses.add_factor("totp", "iPhone")
    houses.missing_step = "factor"
    stranger.open("/messages?state=sent").press(mail="a@b.test", password=PASSWORD)
    assert stranger.path.startswith("/sign-in/factor")
    return stranger


@pytest.fixture
def sure(houses: FakeHouses, deputy: Browser) -> Browser:
    """Return the browser of 教頭 who has typed the password again."""
    deputy.open("/own/factors").press(form="/own/factors/confirmation", password=PASSWORD)
    assert houses.is_sure
    return deputy


def test_a_code_leads_to_the_page_that_was_asked_for(houses: FakeHouses, halfway: Browser) -> None:
    halfway.press(form="/sign-in/factor", code="000000")
    assert halfway.status == 403
    assert "確認できませんでした。" in halfway.words
    halfway.press(form="/sign-in/factor", code=RIGHT_CODE)
    assert halfway.path == "/messages?state=sent"


def test_a_recovery_code_is_counted_down(houses: FakeHouses, halfway: Browser) -> None:
    halfway.press(form="/sign-in/factor", code=RECOVERY_CODE)
    assert "回復コードを1つ使いました。残りは9個です。" in halfway.words


def test_no_page_of_staff_opens_before_the_factor_is_proved(
    houses: FakeHouses, halfway: Browser
) -> None:
    for path in STAFF_PAGES:
        assert halfway.open(path).path.startswith("/sign-in/factor"), path
    token = dict(halfway.form("/sign-in/factor").fields)["csrf_token"]
    for path in ("/own/password", "/own/sessions/end", "/own/factors/recovery-codes", "/sign-out"):
        answer = halfway.client.post(path, data={"csrf_token": token, "current": PASSWORD})
        assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in/next"), path


def test_too_many_wrong_codes_are_said_with_how_long(houses: FakeHouses, halfway: Browser) -> None:
    houses.failures[PROVE_BY_CODE] = Busy("locked", "Locked.", fields={"retry_after": 580})
    halfway.press(form="/sign-in/factor", code=RIGHT_CODE)
    assert halfway.status == 429
    assert "続けて違ったため、次は9分40秒後に試せます。" in halfway.words


def test_the_same_code_sent_twice_leads_on(houses: FakeHouses, halfway: Browser) -> None:
    houses.failures[PROVE_BY_CODE] = Refused("factor_proved", "Proved.")
    houses.missing_step = None
    halfway.press(form="/sign-in/factor", code=RIGHT_CODE)
    assert halfway.path == "/messages?state=sent"


def test_a_passkey_is_offered_to_who_has_one_and_hidden_without_scripts(
    houses: FakeHouses, halfway: Browser
) -> None:
    assert "data-passkey" not in halfway.html
    houses.add_factor("passkey", "職員室のPC")
    halfway.open("/sign-in/factor")
    form = next(given for tag, given in halfway.read().tags if "data-passkey" in given)
    assert (form["data-challenge"], "hidden" in form) == ("/sign-in/factor/challenge", True)
    token = dict(halfway.form("/sign-in/factor/passkey").fields)["csrf_token"]
    told = halfway.client.post("/sign-in/factor/challenge", data={"csrf_token": token})
    assert told.json == {"challenge": "AAAA", "rpId": "localhost"}
    halfway.press(form="/sign-in/factor/passkey", credential="{}")
    assert halfway.status == 403
    halfway.press(form="/sign-in/factor/passkey", credential=SIGNED)
    assert houses.missing_step is None


def test_the_script_is_told_in_words_why_there_is_nothing_to_sign(
    houses: FakeHouses, halfway: Browser
) -> None:
    token = dict(halfway.form("/sign-in/factor").fields)["csrf_token"]
    houses.failures[PASSKEY_CHALLENGE] = Busy("busy", "Busy.")
    told = halfway.client.post("/sign-in/factor/challenge", data={"csrf_token": token})
    assert (told.status_code, told.json) == (
        429,
        {"error": "いま、混み合っています。少し待って、もう一度押してください。"},
    )


def test_who_has_nothing_to_prove_is_led_on(deputy: Browser) -> None:
    assert deputy.open("/sign-in/factor").path == "/"
    assert deputy.open("/sign-in/enrolment").path == "/"


def test_an_app_is_registered_by_a_picture_and_its_code(houses: FakeHouses, sure: Browser) -> None:
    sure.press(form="/own/factors/app")
    assert "JBSW Y3DP EHPK 3PXP" in sure.words
    assert ("img", "qr") in [(tag, given.get("class")) for tag, given in sure.read().tags]
    sure.press(form="/own/factors/app/code", code="000000", name="iPhone")
    assert sure.status == 403
    assert "確認できませんでした。" in sure.words
    assert ("name", "iPhone") in sure.form("/own/factors/app/code").fields
    sure.press(form="/own/factors/app/code", code=RIGHT_CODE)
    assert [(each["kind"], each["name"]) for each in houses.factors] == [("totp", "iPhone")]
    assert all(code in sure.words for code in CODES)
    assert "もう見られません" in sure.words
    sure.open("/own/factors")
    assert "残り 10個" in sure.words
    assert not any(code in sure.html for code in CODES)


def test_a_passkey_has_the_browsers_name_until_its_owner_names_it(
    houses: FakeHouses, sure: Browser
) -> None:
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1"
    sure.open("/own/factors", headers={"User-Agent": iphone})
    assert ("name", "iPhone・Safari") in sure.form("/own/factors/passkey").fields
    sure.press(form="/own/factors/passkey", credential=SIGNED, name="")
    sure.open("/own/factors").press(form="/own/factors/passkey", credential=SIGNED, name="校長室")
    assert [each["name"] for each in houses.factors] == ["パスキー", "校長室"]
    sure.press(form="/own/factors/passkey", credential="{}", name="だれか")
    assert "このパスキーは登録できませんでした" in sure.words


def test_nothing_is_changed_before_the_password_is_typed_again(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.add_factor("totp", "iPhone")
    deputy.open("/own/factors")
    assert not [form for form in deputy.read().forms if form.action.endswith("/end")]
    assert "認証アプリを登録する" not in deputy.words
    deputy.press(form="/own/factors/confirmation", password="wrong")
    assert "いまのパスワードが違います。" in deputy.words
    deputy.press(form="/own/factors/confirmation", password=PASSWORD)
    assert "認証アプリを登録する" in deputy.words
    houses.is_sure = False
    deputy.press(form="/end")
    assert "確認のため、いまのパスワードを入れてください。" in deputy.words
    assert len(houses.factors) == 1


def test_the_last_one_stays_where_the_school_demands_it(houses: FakeHouses, sure: Browser) -> None:
    houses.add_factor("totp", "iPhone")
    houses.is_demanded = True
    sure.open("/own/factors")
    assert "最後の1つは外せません" in sure.words
    sure.press(form="/end")
    assert "先に別のものを登録してください" in sure.words
    houses.is_demanded = False
    sure.press(form="/end")
    assert "外しました。" in sure.words
    assert houses.factors == []


def test_new_recovery_codes_are_shown_once(houses: FakeHouses, sure: Browser) -> None:
    houses.add_factor("totp", "iPhone")
    sure.open("/own/factors").press(form="/own/factors/recovery-codes")
    assert all(code in sure.words for code in CODES)
    onward = re.search(r'class="btn btn-primary" href="([^"]+)"', sure.html)
    assert onward is not None
    assert onward[1] == "/own/factors"


def test_who_must_have_one_registers_it_on_the_way_in(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.missing_step = "enrolment"
    houses.is_sure = True
    stranger.open("/messages?state=sent").press(mail="a@b.test", password=PASSWORD)
    assert stranger.path.startswith("/sign-in/enrolment")
    assert "学校の決まりで" in stranger.words
    for path in STAFF_PAGES:
        assert stranger.open(path).path.startswith("/sign-in/enrolment"), path
    stranger.open("/sign-in/enrolment?next=/members").press(form="/own/factors/app")
    stranger.press(form="/own/factors/app/code", code=RIGHT_CODE)
    assert [each["name"] for each in houses.factors] == ["認証アプリ"]
    onward = re.search(r'class="btn btn-primary" href="([^"]+)"', stranger.html)
    assert onward is not None
    assert stranger.open(onward[1]).path == "/members"


def test_who_is_asked_in_an_old_session_types_the_password_on_the_way(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.missing_step = "enrolment"
    stranger.open("/").press(mail="a@b.test", password=PASSWORD)
    assert "認証アプリを登録する" not in stranger.words
    stranger.press(form="/own/factors/confirmation", password=PASSWORD)
    assert stranger.path.startswith("/sign-in/enrolment")
    houses.failures[OFFER_APP] = Refused("factors_too_many", "Many.", fields={"limit": 10})
    stranger.press(form="/own/factors/app")
    assert "登録できるのは10個までです" in stranger.words


def test_a_stranger_registers_nothing(houses: FakeHouses, app: Flask) -> None:
    browser = Browser(app.test_client())
    token = dict(browser.open("/sign-in").form().fields)["csrf_token"]
    houses.failures[OFFER_APP] = Unauthenticated("session_ended", "Ended.")
    answer = browser.client.post("/own/factors/app", data={"csrf_token": token})
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in")


def test_an_administrator_sees_who_has_one_and_resets_it(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.people = [make_row("野口 大輔", has_factor=True), make_row("中野 正")]
    words = deputy.open("/accounts").words
    assert words.count("多要素認証あり") == 1
    address = f"/accounts/{make_id('野口 大輔')}"
    houses.failures[RESET_FACTORS] = Refused("managed_elsewhere", "Elsewhere.")
    deputy.open(address).press(form=f"{address}/factors/reset")
    assert "多要素認証をリセットしました" not in deputy.words
    houses.failures.clear()
    deputy.press(form=f"{address}/factors/reset")
    assert "多要素認証をリセットしました" in deputy.words
    assert "登録していません。" in deputy.words
    assert "factors/reset" not in deputy.html


def test_a_school_says_of_whom_it_demands_one(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/settings/safety").press(form="/settings/safety", factor_for="everybody")
    assert houses.set_up["factor_for"] == "everybody"
    deputy.press(form="/settings/safety", factor_for="cats")
    assert deputy.status == 422
    assert "選択肢から選んでください" in deputy.words


def test_the_picture_is_read_on_a_dark_page_too() -> None:
    picture = qr_address(f"otpauth://totp/Renraku:a?secret={SECRET}")
    assert "fill='#fff'" in unquote(picture)
