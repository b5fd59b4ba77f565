"""学校・契約 › 追加 and 内容を変更する, in the browser (OPS-1, OPS-9)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser import Browser
from fake_console import CODE, PASSWORD, UNTIL
from fake_houses import FakeHouses
from flask import Flask
from town_school import SCHOOL

from common import clock
from common.errors import Unavailable
from gateway.clients.calls import CHANGE_SCHOOL, CREATE_SCHOOL, SCHOOLS
from gateway.domain.letter import Desk, letter_of
from gateway.domain.school_form import read_form
from gateway.provider import print_letter

NEW = "/operator/schools/new"
PAGE = f"/operator/schools/{SCHOOL['id']}"
TYPED = {
    "kind": "elementary",
    "name": "みなも市立川西小学校",
    "short_name": "川西小",
    "phone": "０３－１２３４－５６７８",
    "phone_hours": "平日 8:00〜16:45",
    "mail_local": "KAWANISHI",
    "contract.starts_on": "2027年4月1日",
    "member_limit": "４００人",
    "contract.reseller": "みなも事務機",
    "contract.agreement_number": "R8-014",
    "contract.contacts.0.name": "中野 正",
    "contract.contacts.0.post": "事務",
    "contract.contacts.0.mail": "jimu@kawanishi.test",
    "contract.contacts.0.phone": "03-1234-5679",
    "contract.contacts.0.postal_code": "1230001",
    "contract.contacts.0.address": "みなも市川西1-2-3",
    "contract.contacts.1.name": "",
    "administrator.display_name": "西田 恵",
    "administrator.post": "教頭",
    "administrator.mail": "nishida@kawanishi.test",
}


def asked(houses: FakeHouses) -> list[dict[str, Any]]:
    return [request["json"] for call, request in houses.asked if call == CREATE_SCHOOL]


@pytest.fixture
def filled(operator: Browser) -> Browser:
    """Return the form of a new school, opened as one gets there."""
    operator.open("/operator/schools")
    assert f'href="{NEW}"' in operator.html
    return operator.open(NEW)


def test_the_form_makes_a_school_and_shows_the_letter_at_once(
    houses: FakeHouses, filled: Browser
) -> None:
    filled.press(**TYPED)
    assert filled.status == 201
    assert "みなも市立川西小学校を作成しました。" in filled.words
    assert "学校コード 305 117 442" in filled.words
    assert "教頭 西田 恵 さん" in filled.words
    assert PASSWORD in filled.words
    assert "令和12年4月8日（月） 23:59まで・1回だけ使えます" in filled.words
    (wanted,) = asked(houses)
    assert (wanted["mail_local"], wanted["member_limit"]) == ("kawanishi", "400")
    assert wanted["contract"]["starts_on"] == "2027-04-01"
    assert wanted["contract"]["individual_agreement"] is True
    assert [contact["name"] for contact in wanted["contract"]["contacts"]] == ["中野 正"]


def test_the_letter_is_a_pdf_and_its_printing_is_noted(houses: FakeHouses, filled: Browser) -> None:
    filled.press(**TYPED)
    form = filled.form("/letter.pdf")
    assert PASSWORD not in str(form)
    answer = filled.client.post(form.action, data=dict(form.fields))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", answer.data)) == 1
    assert "attachment" in answer.headers["Content-Disposition"]
    assert houses.printed == [asked(houses)[0]["id"]]


def test_the_letter_can_be_printed_again_from_the_schools_page_while_it_holds(
    houses: FakeHouses, filled: Browser
) -> None:
    filled.press(**TYPED)
    school_id = asked(houses)[0]["id"]
    filled.open(f"/operator/schools/{school_id}")
    assert "最初の管理者は、まだ自分のパスワードを決めていません。" in filled.words
    form = filled.form("/letter.pdf")
    assert filled.client.post(form.action, data=dict(form.fields)).status_code == 200
    del houses.letters[school_id]
    filled.post(form.action, dict(form.fields))
    assert filled.status == 409
    assert "印刷できません。" in filled.words
    assert "letter.pdf" not in filled.open(f"/operator/schools/{school_id}").html


def test_the_password_stands_in_no_address_and_no_cookie(filled: Browser) -> None:
    filled.press(**TYPED)
    assert PASSWORD not in filled.path
    cookies = [filled.client.get_cookie(name) for name in ("renraku-operator", "renraku-form")]
    assert not [cookie for cookie in cookies if cookie and PASSWORD in cookie.value]
    assert filled.headers["Cache-Control"] == "no-store"


def test_two_presses_make_one_school(houses: FakeHouses, filled: Browser) -> None:
    form = filled.form(NEW)
    data = {**dict(form.fields), **TYPED}
    for _ in range(2):
        assert filled.post(NEW, data).status == 201
    first, second = asked(houses)
    assert first["id"] == second["id"]
    assert len([school for school in houses.schools.values() if school["code"] == CODE]) == 1


def test_once_the_administrator_chose_a_password_a_second_press_shows_none(
    houses: FakeHouses, filled: Browser
) -> None:
    houses.gives_password = False
    filled.press(**TYPED)
    assert filled.status == 201
    assert "もう決めてあるご自分のパスワードでログインできます。" in filled.words
    assert "letter.pdf" not in filled.html


WRONG = {
    "name": ("", "学校名を入れてください。"),
    "short_name": ("みなも市立川西小学校", "略称は8文字までです。"),
    "kind": ("", "種別を選んでください。"),
    "phone": ("でんわ", "電話番号として読めません。例：03-1234-5678"),
    "mail_local": ("川西", "半角の英小文字・数字・ハイフンで、32文字まで"),
    "member_limit": ("四百", "数字で入れてください。"),
    "contract.starts_on": ("春から", "日付として読めません。"),
    "contract.contacts.0.name": ("", "氏名を入れてください。"),
    "contract.contacts.0.mail": ("jimu", "メールアドレスとして読めません。"),
    "contract.contacts.0.postal_code": ("12", "郵便番号として読めません。"),
    "administrator.display_name": ("", "氏名を入れてください。"),
    "administrator.mail": ("nishida", "メールアドレスとして読めません。"),
}


@pytest.mark.parametrize("path", sorted(WRONG))
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    houses: FakeHouses, filled: Browser, path: str
) -> None:
    text, words = WRONG[path]
    typed = {**TYPED, path: text}
    filled.press(**typed)
    assert filled.status == 422
    assert "1か所に直すところがあります。まだ何も保存していません。" in filled.words
    identity = path.replace(".", "-")
    beside = re.search(rf'id="wrong-{identity}">([^<]*)<', filled.html)
    assert beside is not None
    assert words in beside[1]
    control = re.search(rf'<(?:input|select)[^>]* id="{identity}"[^>]*>', filled.html)
    assert control is not None
    assert 'aria-invalid="true"' in control[0]
    assert f"wrong-{identity}" in control[0]
    kept = read_form(dict(filled.form(NEW).fields))
    assert {name: kept[name] for name in typed} == typed
    assert houses.schools.keys() == {SCHOOL["id"], *list(houses.schools)[1:2]}


def test_all_that_is_wrong_is_told_in_the_order_of_the_form(filled: Browser) -> None:
    filled.press(**{**TYPED, **{path: text for path, (text, _) in WRONG.items()}})
    assert f"{len(WRONG)}か所に直すところがあります。" in filled.words
    summary = filled.words[: filled.words.index("学校コード（9けた）は自動で付きます。")]
    order = [
        "種別：",
        "学校名：",
        "略称：",
        "契約の人数：",
        "契約の始まりの日：",
        "契約のご担当者の氏名：",
        "最初の管理者のメールアドレス：",
    ]
    words = summary.replace(" ：", "：")
    assert [words.index(label) for label in order] == sorted(words.index(label) for label in order)


def test_a_form_that_has_made_a_school_makes_no_other_one(filled: Browser) -> None:
    data = {**dict(filled.form(NEW).fields), **TYPED}
    filled.post(NEW, data)
    filled.post(NEW, {**data, "administrator.mail": "another@kawanishi.test"})
    assert filled.status == 409
    assert "この画面の学校は、もう作られています。" in filled.words


def test_while_identity_is_away_what_was_typed_stays(houses: FakeHouses, filled: Browser) -> None:
    houses.failures[CREATE_SCHOOL] = Unavailable("service_away", "Away.")
    filled.press(**TYPED)
    assert filled.status == 503
    assert "いま、つながりにくくなっています。入力した内容は残っています。" in filled.words
    kept = read_form(dict(filled.form(NEW).fields))
    assert {name: kept[name] for name in TYPED} == TYPED


@pytest.mark.parametrize("desk", [("みなも市教育委員会", "0000-00-0009"), ("", "")])
def test_the_letter_says_whom_to_call_where_the_installation_says_it(
    desk: tuple[str, str],
) -> None:
    school: Any = {
        "kind": "elementary",
        "name": "みなも市立川西小学校",
        "code": CODE,
        "short_name": "川西小",
    }
    letter: Any = {
        "display_name": "西田 恵",
        "post": "教頭",
        "mail": "nishida@kawanishi.test",
        "password": PASSWORD,
        "until": UNTIL,
    }
    words = letter_of(school, letter, Desk("https://renraku.example/sign-in", *desk), clock.today())
    assert (words["to"], words["code"]) == ("教頭 西田 恵", "305 117 442")
    assert (words["desk"], words["phone"]) == desk
    assert words["until"] == "令和12年4月8日（月） 23:59まで"
    assert words["qr"].startswith("<svg")
    assert print_letter(words, clock.now()).startswith(b"%PDF")


def test_a_school_shows_its_contract_and_whom_to_reach(operator: Browser) -> None:
    words = operator.open(PAGE).words
    for told in (
        "種別 小学校",
        "略称 つばめ野小",
        "個別契約 なし",
        "契約のご担当者 事務 中野 正 jimu@school.town.test 0000-00-0002",
        "〒123-0001 みなも市つばめ野1-2-3",
    ):
        assert told in words, told


def test_a_school_is_changed_and_what_was_not_touched_stays(
    houses: FakeHouses, operator: Browser
) -> None:
    operator.open(PAGE)
    assert f'href="{PAGE}/edit"' in operator.html
    second = {"contract.contacts.1.name": "山下 明子", "contract.contacts.1.phone": "03-0000-0003"}
    operator.open(f"{PAGE}/edit").press(member_limit="600", **second)
    assert operator.path == PAGE
    assert "みなも市立つばめ野小学校の内容を保存しました。" in operator.words
    assert "契約の人数 600人まで" in operator.words
    assert "第二のご担当者 山下 明子" in operator.words
    assert "契約のご担当者 事務 中野 正 jimu@school.town.test 0000-00-0002" in operator.words
    wanted = [request["json"] for call, request in houses.asked if call == CHANGE_SCHOOL][-1]
    assert wanted["phone_hours"] == SCHOOL["phone_hours"]


def test_two_operators_at_once_are_told_and_the_second_loses_no_word(
    houses: FakeHouses, operator: Browser
) -> None:
    operator.open(f"{PAGE}/edit")
    houses.versions[SCHOOL["id"]] = "2"
    operator.press(member_limit="700", name="みなも市立つばめ野学園")
    assert operator.status == 409
    assert "この学校は、別の画面で書きかえられています。" in operator.words
    kept = read_form(dict(operator.form("/edit").fields))
    assert (kept["member_limit"], kept["name"]) == ("700", "みなも市立つばめ野学園")
    assert houses.schools[SCHOOL["id"]]["member_limit"] == 400


def test_what_is_wrong_in_a_change_stands_beside_its_field(operator: Browser) -> None:
    operator.open(f"{PAGE}/edit").press(short_name="みなも市立つばめ野小")
    assert operator.status == 422
    assert "略称は8文字までです。" in operator.words


def test_an_erased_school_is_neither_changed_nor_looked_at(
    houses: FakeHouses, operator: Browser
) -> None:
    houses.schools[SCHOOL["id"]]["state"] = "erased"
    assert "/edit" not in operator.open(PAGE).html
    assert operator.open(f"{PAGE}/edit").status == 404
    assert "閲覧はできません。" in operator.open(f"{PAGE}/access").words


def test_schools_are_found_by_words(houses: FakeHouses, operator: Browser) -> None:
    words = operator.open("/operator/schools?query=川東").words
    assert "みなも市立川東中学校" in words
    assert SCHOOL["name"] not in words
    asked_for = [request["params"] for call, request in houses.asked if call == SCHOOLS][-1]
    assert asked_for == {"limit": 100, "query": "川東"}
    assert (
        "「どこにも」に当てはまる学校はありません。"
        in operator.open("/operator/schools?query=どこにも").words
    )


def test_the_sign_in_page_of_the_letter_is_this_installations(app: Flask) -> None:
    from gateway.pages import door

    with app.test_request_context():
        assert door.desk().address == "http://localhost:8000/sign-in"
