"""What a family that reads English sees (MY-5).

No Japanese but the school's own words, which are marked as Japanese.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_my_page import make_point
from town_school import make_id, make_reading

from common.errors import Refused, Unavailable
from gateway.clients.calls import READING, UNSUBSCRIBE
from gateway.domain.english import in_english

JAPANESE = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")
SPOKEN = ("alt", "aria-label", "placeholder", "title", "value")
ENGLISH = {"Accept-Language": "en"}
VOID = ("input", "img", "br", "hr", "meta", "link")


class _Words(HTMLParser):
    """Collects words and spoken attributes with the language that they are marked as."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []

    def _language(self) -> str:
        return self._open[-1][1] if self._open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or self._language()
        self.said += [(language, given[name] or "") for name in SPOKEN if name in given]
        if tag not in VOID:
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = {tag for tag, _ in self._open}
        if not inside & {"title", "script"}:
            self.said.append((self._language(), data))


def japanese_left(browser: Browser) -> list[str]:
    words = _Words()
    words.feed(browser.html)
    assert any(language == "en" and text.strip() for language, text in words.said)
    return [
        text.strip() for language, text in words.said if language != "ja" and JAPANESE.search(text)
    ]


@pytest.fixture(autouse=True)
def _message(houses: FakeHouses) -> None:
    houses.reading = make_reading(houses.members[:2], label="全校")


@pytest.mark.parametrize(
    "path",
    [
        "/r/good",
        "/u/good",
        "/app",
        "/p",
        "/help/guardians",
        "/r/forged",
        "/u/forged",
        "/r/erased",
        "/u/erased",
    ],
)
def test_every_page_of_a_family_is_english(stranger: Browser, path: str) -> None:
    assert japanese_left(stranger.open(path, headers=ENGLISH)) == []


@pytest.mark.parametrize(
    "path",
    [
        "/m",
        "/m?other=1",
        "/m?find=1",
        "/m?query=nothing",
        "/m/family",
        "/m/family?said=tested",
        "/m/family?said=slowed",
        "/m/family?said=password",
        "/m/family/password",
        "/m/help",
        f"/m/family/contact-points/{make_id('point')}/end",
        f"/m/messages/{make_id('family-運動会')}",
    ],
)
def test_my_page_is_english(houses: FakeHouses, stranger: Browser, path: str) -> None:
    houses.add_family_message("運動会")
    houses.family_points += [
        make_point("new", "n•••@town.test", proved_at=None),
        make_point("gone", "g•••@town.test", health={"code": "user_unknown", "since": None}),
    ]
    assert japanese_left(stranger.open("/m?s=208114825", headers=ENGLISH)) == []
    link = f"/m/links/{houses.add_link()}"
    assert japanese_left(stranger.open(link, headers=ENGLISH)) == []
    stranger.press()
    houses.family_language = "en"
    assert japanese_left(stranger.open(path)) == []
    assert japanese_left(stranger.open(link, headers=ENGLISH)) == []


@pytest.mark.parametrize("lane", ["normal", "urgent"])
@pytest.mark.parametrize("confirmed_at", [None, "2026-11-24T06:10:00+00:00"])
@pytest.mark.parametrize("is_staff", [False, True])
def test_a_message_is_english_whatever_its_state(
    houses: FakeHouses, stranger: Browser, lane: str, confirmed_at: str | None, is_staff: bool
) -> None:
    houses.reading |= {"lane": lane, "confirmed_at": confirmed_at, "is_staff": is_staff}
    assert japanese_left(stranger.open("/r/good", headers=ENGLISH)) == []


@pytest.mark.parametrize(
    "failure",
    [Refused("link_expired", "Old."), Unavailable("service_away", "Away.")],
    ids=["old", "away"],
)
def test_what_went_wrong_is_english(
    houses: FakeHouses, stranger: Browser, failure: Exception
) -> None:
    houses.failures |= {READING: failure, UNSUBSCRIBE: failure}
    for path in ("/r/good", "/u/good"):
        assert japanese_left(stranger.open(path, headers=ENGLISH)) == []


@pytest.mark.parametrize("path", ["/u/good", "/u/good/resume"])
def test_stopping_and_resuming_mails_is_english(stranger: Browser, path: str) -> None:
    stranger.client.post("/u/good")
    answer = stranger.client.post(path, headers=ENGLISH)
    assert answer.status_code == 200
    stranger.html = answer.get_data(as_text=True)
    assert japanese_left(stranger) == []


def test_english_stays_english_after_the_press(houses: FakeHouses, stranger: Browser) -> None:
    stranger.open("/r/good?lang=en").press()
    assert "Thank you. Confirmed at" in stranger.words


def test_the_schools_words_are_put_into_english_where_they_are_known(stranger: Browser) -> None:
    stranger.open("/r/good", headers=ENGLISH)
    assert "Whole school" in stranger.words
    assert "Weekdays 7:50–17:00" in stranger.words


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("全校", "Whole school"),
        ("4年2組", "Grade 4 Class 2"),
        ("4年2組・5年", "Grade 4 Class 2, Grade 5"),
        ("平日 7:50〜17:00", "Weekdays 7:50–17:00"),
        ("縦割り班 青4", None),
        ("", ""),
    ],
)
def test_a_word_that_only_the_school_can_say_stays(words: str, english: str | None) -> None:
    assert in_english(words) == english


def test_a_japanese_reader_reads_the_schools_words_as_they_are(stranger: Browser) -> None:
    stranger.open("/r/good", headers={"Accept-Language": "ja"})
    assert "全校" in stranger.words
    assert "平日 7:50〜17:00" in stranger.words
