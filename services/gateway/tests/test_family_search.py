"""A family looks for a message by words of its subject and by category (MY-1)."""

from __future__ import annotations

import re

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_my_page import FAMILY_CATEGORY, SHOWN_CATEGORY

from gateway.clients.calls import FAMILY_MESSAGES


@pytest.fixture
def mother(houses: FakeHouses, stranger: Browser) -> Browser:
    """Return the browser of a mother who has three messages."""
    stranger.open(f"/m/links/{houses.add_link()}").press()
    houses.add_family_message("運動会のご案内", category=SHOWN_CATEGORY)
    houses.add_family_message("運動会の持ち物")
    houses.add_family_message("給食だより")
    return stranger


def subjects(browser: Browser) -> list[str]:
    return re.findall(r'<strong lang="ja">([^<]+)</strong>', browser.html)


def asked(houses: FakeHouses) -> dict[str, object]:
    return [given for call, given in houses.asked if call == FAMILY_MESSAGES][-1]["params"]


def test_the_list_alone_asks_for_no_categories(houses: FakeHouses, mother: Browser) -> None:
    mother.open("/m")
    assert subjects(mother) == ["給食だより", "運動会の持ち物", "運動会のご案内"]
    assert "with_categories" not in asked(houses)
    assert "さがす・カテゴリで選ぶ" in mother.words
    mother.open("/m?find=1")
    assert FAMILY_CATEGORY["name"] in mother.words


def test_words_and_a_category_narrow_the_list(houses: FakeHouses, mother: Browser) -> None:
    mother.open("/m?find=1&query=　運動会 　")
    assert subjects(mother) == ["運動会の持ち物", "運動会のご案内"]
    assert 'value="運動会"' in mother.html
    category = FAMILY_CATEGORY["id"]
    mother.open(f"/m?query=運動会&category={category}")
    assert subjects(mother) == ["運動会のご案内"]
    assert f'<option value="{category}" lang="ja" selected>' in mother.html
    child = houses.members[0]["id"]
    assert f"child={child}" in mother.html
    assert "query=" in mother.html.partition(f"child={child}")[2][:120]


def test_what_is_not_found_says_what_to_do(mother: Browser) -> None:
    mother.open("/m?find=1&query=遠足")
    assert "見つかりません。" in mother.words
    assert "言葉を短くするか、カテゴリを「すべて」にして" in mother.words
    assert "さがすのをやめて、すべて見る" in mother.words


def test_the_next_part_keeps_what_is_looked_for(houses: FakeHouses, mother: Browser) -> None:
    for number in range(25):
        houses.add_family_message(f"運動会 {number}")
    mother.open("/m?query=運動会")
    following = re.findall(r'href="(/m[?][^"]*after=20[^"]*)"', mother.html)[0]
    mother.open(following.replace("&amp;", "&"))
    assert "運動会のご案内" in subjects(mother)
    assert "給食だより" not in subjects(mother)


@pytest.mark.parametrize(
    "given", ["category=x", "category=%00", "query=%00", "query=" + "あ" * 300]
)
def test_what_an_address_says_wrongly_is_not_asked(
    houses: FakeHouses, mother: Browser, given: str
) -> None:
    assert mother.open(f"/m?{given}").status == 200
    assert len(str(asked(houses).get("query", ""))) <= 100
    assert "\x00" not in str(asked(houses).get("query", ""))
    assert "category_id" not in asked(houses)
