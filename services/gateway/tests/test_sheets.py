"""登録手順書: chosen, printed, void, and with the school's own words (DIR-6, DIR-7)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, make_account

from common import clock
from common.answers.directory import PrintedSheet
from common.paper import typeset
from common.words import Language, words_of
from gateway.clients.calls import CHANGE_LOGIN_ID, PRINT_SHEETS, VOID_SHEET
from gateway.domain.qr import qr_drawings
from gateway.domain.sheets import (
    HANDED_OVER,
    MOST_SHEETS,
    Packet,
    SheetSchool,
    packets_of,
    paper_of,
)
from gateway.provider import SHEET_FORM, print_sheets

CLASS_PAGE = f"/registration-sheets?group={CLASS_42}&who=here"
SHEETS, COVERS = "/registration-sheets/sheets.pdf", "/registration-sheets/covers.pdf"
PROTECTED = "/registration-sheets/protected.pdf"
PAGES = re.compile(rb"/Type\s*/Page\b")
SCHOOL = SheetSchool(
    name="みなも市立つばめ野小学校",
    code="208114825",
    phone="0000-00-0000",
    phone_hours="平日 7:50〜17:00",
    words=words_of("elementary"),
    address="https://renraku.minamo.example",
    mail_domain="minamo.example",
)


def a_sheet(name: str = "髙橋 陽菜", login_id: str = "TBN4K7Q2", **more: Any) -> PrintedSheet:
    sheet: PrintedSheet = {
        "id": "1",
        "display_name": name,
        "class_id": CLASS_42,
        "class_name": "4年2組",
        "number": 12,
        "protected": False,
        "login_id": login_id,
        "login_id_in_parts": f"{login_id[:4]} {login_id[4:]}",
        "passcode_in_parts": "7HMXP 3WA9T",
        "issued_at": "2026-11-24T01:00:00+00:00",
        "valid_until": "2027-02-22T01:00:00+00:00",
    }
    return {**sheet, **more}  # type: ignore[typeddict-item]


def ask(browser: Browser, action: str, page: str = CLASS_PAGE, **more: Any) -> Any:
    """Press a button of the page that shows whose sheets there are; return the answer."""
    form = browser.open(page).form("")
    fields = [(name, value) for name, value in form.fields if name not in more]
    fields += [(name, value) for name, value in more.items() if value is not None]
    return browser.client.post(action, data=dict_of_lists(fields))


def dict_of_lists(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def printed_ids(houses: FakeHouses) -> list[str]:
    asked = [
        request["json"]["member_ids"] for call, request in houses.asked if call == PRINT_SHEETS
    ]
    return [member_id for ids in asked for member_id in ids]


def pages_in(answer: Any) -> int:
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text
    return len(PAGES.findall(answer.data))


def of_class(houses: FakeHouses) -> list[str]:
    return [member["id"] for member in houses.members if member["class_id"] == CLASS_42]


def test_a_class_is_printed_under_its_list(houses: FakeHouses, deputy: Browser) -> None:
    ids = of_class(houses)
    answer = ask(deputy, SHEETS, covers="1")
    assert pages_in(answer) == len(ids) + 1
    assert printed_ids(houses) == ids
    assert houses.printed == [], "whose sheets are printed stands in the log already"


def test_only_the_ticked_are_printed(houses: FakeHouses, deputy: Browser) -> None:
    first = of_class(houses)[0]
    assert pages_in(ask(deputy, SHEETS, covers=None, member=first)) == 1
    assert printed_ids(houses) == [first]
    refused = ask(deputy, SHEETS, member=None)
    assert refused.status_code == 422
    assert "用紙を印刷する児童を選んでください" in refused.text
    assert printed_ids(houses) == [first]


def test_the_list_alone_gives_out_no_codes(houses: FakeHouses, deputy: Browser) -> None:
    assert pages_in(ask(deputy, COVERS)) == 1
    assert printed_ids(houses) == []
    assert houses.printed == [{"list": "sheet_covers", "count": len(of_class(houses))}]


def test_protected_families_are_printed_apart(houses: FakeHouses, deputy: Browser) -> None:
    first, *others = of_class(houses)
    houses.apart = {first}
    assert pages_in(ask(deputy, SHEETS, covers=None)) == len(others)
    assert printed_ids(houses) == others
    assert pages_in(ask(deputy, SHEETS, covers="1")) == len(others) + 1
    assert houses.printed == [{"list": "sheet_covers", "count": 1}]
    houses.asked.clear()
    assert pages_in(ask(deputy, PROTECTED)) == 1
    assert printed_ids(houses) == [first]


def test_who_may_not_see_protected_families_is_told_who_does(
    houses: FakeHouses, deputy: Browser
) -> None:
    first, *others = of_class(houses)
    houses.apart = {first}
    houses.account = make_account("limited_administrator", functions=["roster.see", "sheets.print"])
    page = deputy.open(CLASS_PAGE)
    assert "配慮が必要な家庭を見られる人" in page.words
    assert PROTECTED not in page.html
    assert ask(deputy, PROTECTED).status_code == 403
    assert pages_in(ask(deputy, SHEETS, covers=None)) == len(others)
    assert first not in printed_ids(houses)
    assert "配慮が必要な家庭を見られる人" in deputy.open(f"/members/{first}").words


def test_more_than_a_pdf_holds_is_refused_before_anything_is_printed(
    houses: FakeHouses, deputy: Browser
) -> None:
    one = houses.members[0]
    houses.members = [{**one, "id": one["id"]} for _ in range(MOST_SHEETS + 1)]
    refused = ask(deputy, SHEETS, page="/registration-sheets")
    assert refused.status_code == 422
    assert "1,200人分まで" in refused.text
    assert printed_ids(houses) == []


def test_a_lost_sheet_is_three_clicks_away(houses: FakeHouses, deputy: Browser) -> None:
    first = of_class(houses)[0]
    houses.sheets_out[first] = 1
    child = deputy.open(f"/members/{first}")
    assert "同じ内容でもう一度印刷" in child.words
    answer = deputy.client.get(f"/members/{first}/registration-sheet.pdf")
    assert pages_in(answer) == 1
    from_elsewhere = {"Sec-Fetch-Site": "cross-site"}
    refused = deputy.client.get(f"/members/{first}/registration-sheet.pdf", headers=from_elsewhere)
    assert refused.status_code == 403


def test_a_lost_sheet_is_made_void(houses: FakeHouses, deputy: Browser) -> None:
    first = of_class(houses)[0]
    houses.sheets_out[first] = 1
    void = f"/members/{first}/registration-sheet/void"
    deputy.open(f"/members/{first}/registration-sheet").press(form=void)
    assert "前の用紙を使えなくしました" in deputy.words
    assert [call for call, _ in houses.asked if call == VOID_SHEET] == [VOID_SHEET]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "新しいIDを入れるか"),
        ("TAKEN2", "同じIDを、ほかの児童が使っています"),
        ("OOOOOO", "まちがえやすい 0・O・1・I・L は使えません"),
    ],
)
def test_an_id_that_cannot_be_is_told_and_stays_in_the_form(
    houses: FakeHouses, deputy: Browser, typed: str, said: str
) -> None:
    first = of_class(houses)[0]
    houses.sheets_out[first] = 1
    form = f"/members/{first}/registration-sheet/login-id"
    deputy.open(f"/members/{first}/registration-sheet").press(form=form, login_id=typed)
    assert said in deputy.words
    assert dict(deputy.form(form).fields)["login_id"] == typed


def test_an_id_is_typed_or_drawn(houses: FakeHouses, deputy: Browser) -> None:
    first = of_class(houses)[0]
    houses.sheets_out[first] = 1
    form = f"/members/{first}/registration-sheet/login-id"
    deputy.open(f"/members/{first}/registration-sheet").press(form=form, login_id="TBN-4K7Q-2")
    deputy.open(f"/members/{first}/registration-sheet").press(form=form, draw="1")
    asked = [request["json"] for call, request in houses.asked if call == CHANGE_LOGIN_ID]
    assert asked == [{"login_id": "TBN-4K7Q-2"}, {"login_id": ""}]


def test_the_schools_own_words_become_one_paragraph(houses: FakeHouses, deputy: Browser) -> None:
    text = "/registration-sheets/text"
    deputy.open(text).press(form=text, text="12月4日までに\nお願いします。")
    assert houses.sheet_text == "12月4日までに お願いします。"
    page = deputy.open(text)
    houses.sheet_text = "別の人の文"
    page.press(form=text, text="わたしの文")
    assert "わたしの文" in deputy.words
    assert dict(deputy.form(text).fields)["former"] == "別の人の文"
    assert houses.sheet_text == "別の人の文"


@pytest.mark.parametrize("language", list(Language))
def test_whatever_stands_on_a_sheet_it_is_one_page(language: Language) -> None:
    name = "ヴァン・デル・ベルク＝ラマナタン アレクサンドラ ジョセフィーヌ"
    sheets = [a_sheet(name, protected=True), a_sheet("#let [x] = $", class_name=None, number=None)]
    paper = paper_of(packets_of(sheets), SCHOOL, "あ" * 200, language)
    form = typeset(SHEET_FORM, paper.form, clock.now())
    assert isinstance(form, bytes)
    assert len(PAGES.findall(form)) == 1
    first = print_sheets(paper, clock.now())
    assert len(PAGES.findall(first)) == 2


def test_the_code_opens_the_registration_with_the_id_and_never_the_passcode() -> None:
    addresses: list[str] = []
    paper = paper_of([Packet(None, (a_sheet(),))], SCHOOL, "", Language.JA)
    (sheet,) = paper.sheets["packets"][0]["sheets"]
    address = "https://renraku.minamo.example/t?s=208114825&i=TBN4K7Q2"
    addresses.append(address)
    assert [sheet["qr"]] == qr_drawings(addresses)
    opened = urlsplit(address)
    assert parse_qs(opened.query) == {"s": ["208114825"], "i": ["TBN4K7Q2"]}
    assert sheet["to"] == "髙橋 陽菜 さんの保護者の方へ"
    assert sheet["valid_until"] == "令和9年2月22日まで"


def test_a_sheet_that_is_handed_over_apart_says_so() -> None:
    packets = packets_of([a_sheet(protected=True), a_sheet()])
    paper = paper_of(packets, SCHOOL, "", Language.EN)
    sheets = paper.sheets["packets"][0]["sheets"]
    assert [sheet["by_hand"] for sheet in sheets] == [HANDED_OVER, ""]
    assert sheets[1]["to"] == "To the family of 髙橋 陽菜"
    assert sheets[1]["valid_until"] == "by 22 Feb 2027"


def test_a_school_chooses_how_long_its_sheets_are_good(houses: FakeHouses, deputy: Browser) -> None:
    period = "/registration-sheets/period"
    deputy.open("/registration-sheets/text").press(form=period, days="60")
    assert houses.sheet_days == 60
    assert "印刷した日から60日登録できます" in deputy.words
    chosen = dict(deputy.open("/registration-sheets/text").form(period).fields)
    assert chosen["days"] == "60"
    for typed in ("61", "9" * 5000, "soon"):
        deputy.open("/registration-sheets/text").press(form=period, days=typed)
        assert (deputy.status, deputy.path) == (200, "/registration-sheets/text")
    assert houses.sheet_days == 60
