"""Addresses in a text end where they end, whatever touches them (B16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.web_addresses import cut_position, set_apart, split

TEXT = (
    "申込はhttps://forms.example.test/a?x=1をご覧ください。"
    "詳細（https://example.test/b）。電話 03-0000-0000"
)


def test_an_address_ends_where_japanese_begins() -> None:
    hrefs = [piece.href for piece in split(TEXT) if piece.href]
    assert hrefs == [
        "https://forms.example.test/a?x=1",
        "https://example.test/b",
        "tel:03-0000-0000",
    ]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("https://a.test/bをご覧", "https://a.test/b をご覧"),
        ("（https://a.test/b）。", "（https://a.test/b ）。"),
        ("https://a.test/b。", "https://a.test/b 。"),
        ("https://a.test/b.次", "https://a.test/b .次"),
        ("https://a.test/b　次", "https://a.test/b　次"),
        ("https://a.test/b\n次", "https://a.test/b\n次"),
        ("https://a.test/b 次", "https://a.test/b 次"),
        ("https://a.test/b. Next", "https://a.test/b. Next"),
        ("https://a.test/b", "https://a.test/b"),
        ("電話03-0000-0000へ", "電話03-0000-0000へ"),
        ("ftp://a.test/bを", "ftp://a.test/bを"),
        ("https://...を", "https://...を"),
        ("https://a.test/X_(Y)を", "https://a.test/X_(Y) を"),
        ("(https://a.test/X_(Y))を", "(https://a.test/X_(Y) )を"),
    ],
)
def test_a_space_sets_an_address_apart_from_japanese_behind_it(typed: str, sent: str) -> None:
    assert set_apart(typed) == sent


LINKS = ["https://a.test/b?c=d", "03-0000-0000"]
BETWEEN = ["をご覧", "。", ".", ")", " ", "\n", "　", "a", "）"]


@given(st.lists(st.sampled_from([*LINKS, *BETWEEN])))
def test_setting_apart_adds_spaces_only_and_no_address_runs_on(parts: list[str]) -> None:
    text = "".join(parts)
    apart = set_apart(text)
    assert apart.replace(" ", "") == text.replace(" ", "")
    assert [piece.href for piece in split(apart)] == [piece.href for piece in split(text)]
    assert set_apart(apart) == apart
    assert "".join(piece.text for piece in split(text)) == text


def test_a_cut_falls_before_an_address_never_into_it_or_right_behind() -> None:
    text = "申込はhttps://a.test/bへ"
    begin, end = text.index("h"), text.index("へ")
    assert [cut_position(text, position) for position in (begin - 1, begin)] == [begin - 1, begin]
    assert {cut_position(text, position) for position in range(begin + 1, end + 1)} == {begin}
    assert cut_position(text, end + 1) == end + 1
