"""The words of a mail to a guardian, as the school office expects them (MSG-9, MSG-22)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.words import Lane, words_of
from dispatch_mail.domain.letters import Footer, Letter
from dispatch_mail.domain.words import (
    Slot,
    fill,
    first_graphemes,
    html_pieces,
    subject_line,
    text_pieces,
)

LINKS = {
    Slot.PERSONAL_LINK: "https://renraku.minamo.example/r/abc",
    Slot.UNSUBSCRIBE_LINK: "https://renraku.minamo.example/x/def",
}
LETTER = Letter(
    message_id=UUID("0193a1b2-0000-7000-8000-000000000001"),
    school_name="つばめ野小学校",
    school_short_name="つばめ野小",
    from_address="tsubameno@renraku.minamo.example",
    reply_to="tsubameno@renraku.minamo.example",
    subject="校外学習（12月4日）の持ち物について",
    mark=None,
    addressing="4年2組の保護者の皆様",
    body="お弁当と水筒を持たせてください。\r\n雨天の場合も行います。\r\n",
    footer=Footer("0000-00-0000", "平日 7:50〜17:00", "https://renraku.minamo.example/m"),
    lane=Lane.NORMAL,
    sent_at=datetime(2026, 11, 24, 6, 5, tzinfo=UTC),
    is_confirmable=True,
    words=words_of("elementary"),
)
TO_STAFF = replace(LETTER, addressing="教職員各位", is_for_staff=True)
WITHOUT_BUTTON = replace(LETTER, is_confirmable=False)

WITH_LINK = """\
4年2組の保護者の皆様

お弁当と水筒を持たせてください。
雨天の場合も行います。

――――――――――
▼ 確認ボタンはこちら
https://renraku.minamo.example/r/abc
  開いて「確認しました」を押してください。きょうだい分もまとめて確認になります。
2026年11月24日 15:05 送信

つばめ野小学校　電話 0000-00-0000（平日 7:50〜17:00）
このメールに返信しても学校には届きません。
これまでの連絡・受信先の変更（マイページ）：https://renraku.minamo.example/m
お心当たりのない方：https://renraku.minamo.example/x/def
"""

WITHOUT_LINK = """\
4年2組の保護者の皆様

お弁当と水筒を持たせてください。
雨天の場合も行います。

――――――――――
リンク付きのメールを受け取らない設定のため、確認ボタンは付けていません。内容をお読みいただければ結構です。
2026年11月24日 15:05 送信

つばめ野小学校　電話 0000-00-0000（平日 7:50〜17:00）
このメールに返信しても学校には届きません。
"""


def test_the_text_reads_as_the_school_expects():
    assert fill(text_pieces(LETTER), LINKS) == WITH_LINK


def test_the_text_without_links_says_why_there_is_no_button():
    assert fill(text_pieces(LETTER, with_link=False), {}) == WITHOUT_LINK


def test_staff_are_told_nothing_of_siblings():
    text = fill(text_pieces(TO_STAFF), LINKS)
    assert text.startswith("教職員各位\n\n")
    assert "  開いて「確認しました」を押してください。\n" in text
    html = fill(html_pieces(TO_STAFF), LINKS)
    assert "教職員各位" in html
    for words in ("きょうだい", "保護者"):
        assert words not in text + html


@pytest.mark.parametrize("letter", [WITHOUT_BUTTON, replace(TO_STAFF, is_confirmable=False)])
@pytest.mark.parametrize("with_link", [True, False])
def test_without_a_button_none_is_spoken_of(letter, with_link):
    """S1 6: families looked for a button that was not there."""
    text = fill(text_pieces(letter, with_link=with_link), LINKS)
    html = fill(html_pieces(letter, with_link=with_link), LINKS)
    for words in ("ボタン", "確認"):
        assert words not in text + html
    if with_link:
        assert "▼ 内容はこちら\nhttps://renraku.minamo.example/r/abc\n2026年" in text
        assert ">内容を開く</a>" in html
    else:
        assert "リンク付きのメールを受け取らない設定のため、リンクは付けていません。" in text
        assert "https://" not in text + html


def test_an_address_in_the_text_ends_where_it_ends():
    """B16: mail programs took 「をご覧ください」 for a part of the address."""
    body = (
        "申込はhttps://forms.example.test/a?x=1&y=2をご覧ください。詳細（https://example.test/b）。"
    )
    letter = replace(LETTER, body=body)
    text = fill(text_pieces(letter), LINKS)
    assert (
        "申込はhttps://forms.example.test/a?x=1&y=2 をご覧ください。"
        "詳細（https://example.test/b ）。" in text
    )
    html = fill(html_pieces(letter), LINKS)
    assert '<a href="https://forms.example.test/a?x=1&amp;y=2" ' in html
    assert ">https://forms.example.test/a?x=1&amp;y=2</a>をご覧ください。" in html
    assert ">https://example.test/b</a>）。" in html
    assert "<a" not in fill(html_pieces(letter, with_link=False), {})


def test_the_moment_of_sending_stands_beside_the_button_so_that_no_program_folds_it_away():
    """B35: Gmail folds what two mails of a thread have in common."""
    lines = fill(text_pieces(LETTER), LINKS).splitlines()
    button, moment = (
        lines.index("https://renraku.minamo.example/r/abc"),
        lines.index("2026年11月24日 15:05 送信"),
    )
    assert moment - button == 2
    html = fill(html_pieces(LETTER), LINKS)
    assert (
        html.index("確認ボタンを開く")
        < html.index("2026年11月24日 15:05 送信")
        < html.index("電話 0000-00-0000")
    )


def test_a_school_without_a_phone_number_leaves_no_gap():
    text = fill(text_pieces(replace(LETTER, footer=replace(LETTER.footer, phone=""))), LINKS)
    assert "\nつばめ野小学校\n" in text


@pytest.mark.parametrize(
    ("mark", "subject"),
    [
        (None, "つばめ野小：臨時休業"),
        ("urgent", "【緊急】つばめ野小：臨時休業"),
        ("of a later version", "つばめ野小：臨時休業"),
    ],
)
def test_the_mark_stands_first_and_the_school_second(mark, subject):
    assert subject_line(replace(LETTER, mark=mark, subject="臨時休業")) == subject


def test_a_long_school_name_is_cut_at_eight_characters_as_read():
    short = "葛\U000e0100城髙﨑\U00020bb7野中央小学校"
    assert first_graphemes(short, 8) == "葛\U000e0100城髙﨑\U00020bb7野中央"
    assert subject_line(replace(LETTER, school_short_name=short)).startswith(
        "葛\U000e0100城髙﨑\U00020bb7野中央："
    )


@given(st.text(), st.integers(0, 20))
def test_cutting_keeps_the_beginning_as_typed(text, limit):
    cut = first_graphemes(text, limit)
    assert text.startswith(cut)
    assert limit == 0 or not text or cut
    assert first_graphemes(cut, limit) == cut


def test_the_html_says_the_same_and_the_link_is_a_button():
    html = fill(html_pieces(LETTER), LINKS)
    for words in (
        "4年2組の保護者の皆様",
        "雨天の場合も行います。",
        "電話 0000-00-0000",
        "2026年11月24日 15:05 送信",
    ):
        assert words in html
    assert '<a href="https://renraku.minamo.example/r/abc" style="display:inline-block' in html
    assert "お弁当と水筒を持たせてください。<br>\n雨天" in html
    assert html.count("<p") == html.count("</p>")
    assert html.endswith("</div></body></html>\n")


@pytest.mark.parametrize("name", ["body", "addressing", "school_name", "subject"])
@pytest.mark.parametrize("with_link", [True, False])
def test_what_people_type_is_text_in_the_html(name, with_link):
    letter = replace(LETTER, **{name: '<script>alert("x")</script>&'})
    html = fill(html_pieces(letter, with_link=with_link), LINKS)
    assert "<script" not in html
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;" in html
