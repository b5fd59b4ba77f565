"""What a nursery and a club read: nothing of it is a primary school's word (DIR-17)."""

from __future__ import annotations

import re

import pytest
from browser import Browser
from fake_houses import FakeHouses
from notices import only, write
from town_school import CLASS_42, make_reading

PRIMARY_WORDS = re.compile("児童|生徒|学級|学校")
# The names of what this town has.
NAMES = re.compile("ひまわり学級|たんぽぽ学級|放課後児童クラブ|つばめ野小学校|学校行事|学校コード")
PAGES = (
    "/",
    "/messages",
    "/messages/new",
    "/members",
    "/members/staff",
    "/members/print",
    "/members/import",
    "/members/import/staff",
    "/groups",
    f"/groups/{CLASS_42}",
    "/unreachable",
    "/unreached",
    "/operation-log",
    "/search?query=x",
    "/own",
    "/accounts",
    "/accounts/new",
    "/passwords",
    "/settings",
    "/settings/safety",
    "/settings/categories",
    "/help",
    "/help/first-steps",
    "/help/sending",
    "/help/not-reached",
    "/help/guardians",
)


def fixed_in(browser: Browser) -> list[str]:
    assert browser.status == 200, browser.words
    return PRIMARY_WORDS.findall(NAMES.sub("", browser.words))


def test_staff_of_a_nursery_read_no_word_of_a_primary_school(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.school["kind"] = "nursery"
    found = {path: fixed_in(deputy.open(path)) for path in PAGES}
    # There the school chooses among all of the words.
    assert set(found.pop("/settings")) <= {"児童", "生徒"}
    assert {path: words for path, words in found.items() if words} == {}


def test_one_school_does_not_speak_for_all(houses: FakeHouses, deputy: Browser) -> None:
    """Jinja would answer a filter of a constant once, for who opens the page first."""
    for kind, word in (("nursery", "園"), ("elementary", "学校"), ("nursery", "園")):
        houses.school["kind"] = kind
        assert f"「{word}からの連絡」の上の" in deputy.open("/help/guardians").words


def test_a_send_of_a_nursery_is_told_in_its_words(houses: FakeHouses, deputy: Browser) -> None:
    houses.school["kind"] = "nursery"
    write(deputy)
    assert "4年2組の園児 26人の保護者" in deputy.words
    deputy.press(form="/release")
    message = only(houses)
    message.update(state="released", released_at="2026-11-24T06:05:00+00:00", heads=300)
    deputy.open(f"/messages/{message['id']}")
    assert "クラスごと" in deputy.words
    assert fixed_in(deputy) == []


def test_a_club_speaks_of_families(houses: FakeHouses, deputy: Browser) -> None:
    houses.school["kind"] = "club"
    write(deputy)
    assert "4年2組の会員 26人の家族" in deputy.words


def test_a_family_of_a_nursery_is_told_of_it(houses: FakeHouses, stranger: Browser) -> None:
    reading = make_reading(houses.members[:1], category=None)
    houses.reading = {**reading, "school": {**reading["school"], "kind": "nursery"}}
    stranger.open("/r/good")
    assert "園に、確認の時刻が伝わります" in stranger.words


def test_a_member_of_a_club_is_nobodys_child(houses: FakeHouses, stranger: Browser) -> None:
    reading = make_reading(houses.members[:2], category=None)
    houses.reading = {**reading, "school": {**reading["school"], "kind": "club"}}
    assert "会員2人分" in stranger.open("/r/good").words


@pytest.mark.parametrize(
    ("word", "shown"), [("<b>子</b>", "&lt;b&gt;子&lt;/b&gt;"), ("100%", "100%")]
)
def test_a_word_that_a_school_typed_is_only_a_word(
    houses: FakeHouses, deputy: Browser, word: str, shown: str
) -> None:
    houses.school["pupil_word"] = word
    assert f"交流で加わっている{shown}も数えます" in deputy.open("/groups").html
