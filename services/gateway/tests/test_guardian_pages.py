"""What a family opens: a message's page, the one-click stop (MSG-25, DIR-15, MY-5, RFC 8058)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import Browser
from fake_houses import FakeHouses
from flask import Flask
from town_school import make_reading

import gateway
from common.errors import Refused, Unavailable
from gateway.clients.calls import CONFIRM_READING, READING, STOP_MAILS, UNSUBSCRIBE
from gateway.domain.texts import split_links

FIRST_VIEW_BYTES = 60_000


@pytest.fixture(autouse=True)
def _message(houses: FakeHouses) -> None:
    houses.reading = make_reading(houses.members[:2])


def test_a_mother_reads_and_confirms_with_one_press_for_both_children(
    houses: FakeHouses, stranger: Browser
) -> None:
    stranger.open("/r/good")
    assert "校外学習について" in stranger.words
    assert "お子様2人分 4年2組 青木 湊 4年2組 池田 結衣" in stranger.words
    assert '<a href="https://school.example/a"' in stranger.html
    houses.reading["confirmed_at"] = None
    stranger.press()
    assert "確認を受け付けました（" in stranger.words
    assert "お子様2人分です。" in stranger.words
    assert "確認しました" not in stranger.words


def test_a_press_without_any_cookie_confirms(houses: FakeHouses, app: Flask) -> None:
    """B15: the link is the right to confirm; a browser without cookies goes round in no circle."""
    houses.reading["confirmed_at"] = None
    fresh = app.test_client(use_cookies=False)
    assert "Set-Cookie" not in fresh.get("/r/good").headers
    assert fresh.post("/r/good/confirm").status_code == 303
    assert [call for call, _ in houses.asked if call == CONFIRM_READING] == [CONFIRM_READING]


def test_a_member_of_staff_reads_no_word_about_children(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.reading |= {"is_staff": True, "children": [], "label": "全教職員", "confirmed_at": None}
    for _ in range(2):
        stranger.open("/r/good")
        assert [
            word for word in ("お子様", "保護者", "ご家庭", "きょうだい") if word in stranger.words
        ] == []
        stranger.client.post("/r/good/confirm")
    assert "確認を受け付けました（" in stranger.words


def test_opening_the_page_confirms_nothing(houses: FakeHouses, stranger: Browser) -> None:
    for _ in range(3):
        stranger.open("/r/good")
    assert [call for call, _ in houses.asked if call == CONFIRM_READING] == []


def test_the_first_view_is_small_and_needs_no_script(stranger: Browser) -> None:
    stranger.open("/r/good")
    static = Path(gateway.__file__).parent / "static"
    files = ("guardian.css", "logo.svg", "js/web-app.js", "js/service-worker.js")
    weight = len(stranger.html.encode()) + sum((static / name).stat().st_size for name in files)
    assert weight < FIRST_VIEW_BYTES
    # The one script makes notifications ready; it waits for the page, and the page not for it.
    assert stranger.html.count("<script") == 1
    assert re.search(r'<script src="/static/js/web-app\.js\?v=\w+" defer></script>', stranger.html)
    assert "bootstrap" not in stranger.html


def test_the_message_stays_readable_without_the_childrens_names(
    houses: FakeHouses, stranger: Browser
) -> None:
    """Of what was sent before pages had names, until messaging has asked for them."""
    for child in houses.reading["children"]:
        child |= {"display_name": None, "class_name": None}
    assert stranger.open("/r/good").status == 200
    assert "お子様2人分 お子様 お子様" in stranger.words
    assert "お子様2人分をまとめて" in stranger.words


def test_a_page_asks_one_house_once(houses: FakeHouses, stranger: Browser) -> None:
    houses.asked.clear()
    stranger.open("/r/good")
    assert [call for call, _ in houses.asked] == [READING]


def test_who_may_no_longer_read_of_the_children_gets_the_text_alone(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.reading |= {"children": [], "confirmable": False, "confirmed_at": None}
    stranger.open("/r/good")
    assert "校外学習について" in stranger.words
    assert [word for word in ("青木", "4年2組 青木", "人分") if word in stranger.words] == []
    assert "<form" not in stranger.html
    houses.failures[CONFIRM_READING] = Refused("link_revoked", "Revoked.")
    answer = stranger.client.post("/r/good/confirm")
    assert answer.status_code == 409
    assert "確認は受け付けていません。" in answer.text
    english = stranger.client.post("/r/good/confirm", headers={"Accept-Language": "en"})
    assert "Nothing was confirmed." in english.text


def test_an_english_reading_family_gets_english_around_the_message(stranger: Browser) -> None:
    stranger.open("/r/good", headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert '<html lang="en">' in stranger.html
    assert "I have read this" in stranger.words
    assert "For 2 children" in stranger.words
    stranger.open("/r/good?lang=ja", headers={"Accept-Language": "en"})
    assert "確認しました" in stranger.words


def test_what_stands_on_every_page_is_in_the_language_of_each_reader(stranger: Browser) -> None:
    """It is rendered once a process for each language, whoever reads first."""
    for _ in range(2):
        stranger.open("/r/good?lang=ja")
        assert "使い方" in stranger.words
        assert 'href="/help/guardians?lang=ja"' in stranger.html
        stranger.open("/r/good?lang=en")
        assert "使い方" not in stranger.words
        assert 'href="/help/guardians?lang=en"' in stranger.html


def test_a_forged_link_and_an_old_one_say_what_to_do(houses: FakeHouses, stranger: Browser) -> None:
    assert stranger.open("/r/forged").status == 404
    assert "届いたメールのリンクを、もう一度そのまま押してください。" in stranger.words
    assert "ログイン" not in stranger.words
    houses.failures[READING] = Refused("link_expired", "Old.")
    assert stranger.open("/r/good").status == 409
    assert "内容は学校にお尋ねください。" in stranger.words
    houses.failures[READING] = Unavailable("service_away", "Away.")
    assert stranger.open("/r/good").status == 503
    assert "1分ほど待って" in stranger.words


def test_html_in_a_message_is_shown_as_text(houses: FakeHouses, stranger: Browser) -> None:
    evil = '<script>alert(1)</script> javascript:alert(1) https://a.example/"onmouseover="x'
    houses.reading = make_reading(houses.members[:2], subject=evil, body=evil, label=evil)
    stranger.open("/r/good")
    assert "<script>" not in stranger.html
    assert [given for _, given in stranger.read().tags if "onmouseover" in given] == []
    assert 'href="javascript' not in stranger.html


def test_links_end_where_japanese_begins() -> None:
    pieces = list(
        split_links(
            "くわしくはhttps://a.example/x?y=1をご覧ください（http://b.example/）。電話03-1234-5678、2026-11-24。"
        )
    )
    assert [piece.href for piece in pieces if piece.href] == [
        "https://a.example/x?y=1",
        "http://b.example/",
        "tel:03-1234-5678",
    ]
    assert "".join(piece.text for piece in pieces).startswith("くわしくはhttps")


def test_a_mail_program_can_stop_mails_with_one_click(
    houses: FakeHouses, stranger: Browser
) -> None:
    answer = stranger.client.post("/u/good", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert houses.stopped == ["good"]


def test_the_page_that_answers_a_stop_takes_it_back(houses: FakeHouses, stranger: Browser) -> None:
    """B34: a press by a slip, or by a grandmother to whom the mail was sent on.

    Without cookies, as mail programs open it.
    """
    stranger.client.post("/u/good")
    page = stranger.client.post("/u/good").get_data(as_text=True)
    assert "やはり受け取る（停止を取り消す）" in page
    assert "/u/good/resume" in page
    houses.stopped = ["good"]
    answer = stranger.client.post("/u/good/resume")
    assert answer.status_code == 200
    assert "停止を取り消しました。" in answer.get_data(as_text=True)
    assert houses.stopped == []


def test_who_stopped_mails_long_ago_takes_it_back_by_any_mails_link(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.stopped = ["good"]
    stranger.open("/u/good")
    assert houses.stopped == ["good"]
    assert (
        "すでに止めた方が、もう一度受け取りたいときは、次のボタンを押してください。"
        in stranger.words
    )
    [_, resume] = [form for form in stranger.read().forms if form.method == "post"]
    assert stranger.client.post(resume.action).status_code == 200
    assert houses.stopped == []


def test_taking_a_stop_back_is_told_in_english_too(stranger: Browser) -> None:
    page = stranger.client.post("/u/good?lang=en").get_data(as_text=True)
    assert "Keep receiving mails (take the stop back)" in page
    assert "/u/good/resume?lang=en" in page


def test_a_link_to_what_is_erased_says_so(stranger: Browser) -> None:
    assert stranger.open("/r/erased").status == 404
    assert (
        "この連絡は、学校の利用が終わったか、保存の期限が過ぎたため、消去されています。"
        in stranger.words
    )
    assert stranger.open("/u/erased").status == 404
    assert "この学校からのメールは、もう届きません。" in stranger.words


def test_a_person_is_asked_before_mails_stop(houses: FakeHouses, stranger: Browser) -> None:
    stranger.open("/u/good")
    assert houses.stopped == []
    assert "お子様が通っている方は、押さないでください。" in stranger.words
    stranger.press()
    assert houses.stopped == ["good"]
    assert "止めました。" in stranger.words
    assert stranger.open("/u/forged").status == 404


def test_a_link_to_stop_mails_whose_term_is_over_says_what_to_do(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.failures |= dict.fromkeys((UNSUBSCRIBE, STOP_MAILS), Refused("link_expired", "Old."))
    assert stranger.open("/u/good").status == 409
    assert (
        "メールはまだ止まっていません。 いちばん新しいメールの下のリンクを押してください。"
        in stranger.words
    )
    assert "90日" not in stranger.words
    assert stranger.post("/u/good", data={"List-Unsubscribe": "One-Click"}).status == 409
