"""The difficult names are data: their code points must survive editors, formatters and version
control (DIR-11).
"""

import unicodedata

import pytest

from suite.demo.names import DIFFICULT_NAMES

NAMES = {(placed.grade, placed.room, placed.number): placed for placed in DIFFICULT_NAMES}
CODE_POINTS = [
    ((4, 2, 14), [0x9AD9]),
    ((4, 1, 15), [0x9AD8]),
    ((3, 1, 24), [0x20BB7]),
    ((5, 1, 22), [0xFA11]),
    ((5, 1, 21), [0x5D0E]),
    ((6, 2, 23), [0x9089]),
    ((2, 1, 25), [0x908A]),
    ((1, 2, 11), [0x9F4B]),
    ((2, 2, 10), [0x9F4A]),
    ((3, 2, 6), [0x845B, 0xE0100]),
    ((6, 1, 15), [0x8FBB, 0xE0101]),
    ((5, 2, 17), [0xFA19]),
    ((4, 1, 20), [0xFA1B]),
    ((4, 1, 20), [0xFA46]),
    ((2, 1, 19), [0x2363A]),
    ((6, 2, 18), [0x6FF5]),
    ((3, 1, 22), [0x6801, 0x6FA4]),
    ((1, 2, 8), [0x6852]),
    ((5, 2, 14), [0x5FB7]),
    ((2, 2, 7), [0x5F45]),
    ((4, 2, 25), [0x9DD7]),
    ((5, 1, 10), [0x3006]),
    ((2, 2, 20), [0x30F6]),
    ((2, 2, 20), [0x51DC]),
    ((3, 2, 10), [0x30FB]),
]


def test_there_are_thirty_difficult_names_each_at_its_own_place() -> None:
    assert len(NAMES) == len(DIFFICULT_NAMES) == 30


@pytest.mark.parametrize(("place", "code_points"), CODE_POINTS)
def test_a_difficult_name_holds_the_code_points_of_the_table(
    place: tuple[int, int, int], code_points: list[int]
) -> None:
    assert "".join(map(chr, code_points)) in NAMES[place].name


@pytest.mark.parametrize("place", [(5, 2, 17), (4, 1, 20)])
def test_normalising_would_destroy_the_names_that_test_it(place: tuple[int, int, int]) -> None:
    assert unicodedata.normalize("NFC", NAMES[place].name) != NAMES[place].name


def test_the_readings_that_cannot_be_guessed_are_kept() -> None:
    readings = {placed.name: placed.kana for placed in DIFFICULT_NAMES}
    assert NAMES[6, 1, 15].kana == "ツジ ミヅキ"
    assert readings["小鳥遊 心"] == "タカナシ ココロ"
    assert readings["一 翼"] == "ニノマエ ツバサ"
    assert NAMES[6, 2, 10].name == NAMES[6, 2, 10].kana == "グエン ティ ミン アン"
    assert (NAMES[3, 1, 10].name, NAMES[3, 1, 10].kana) == ("佐藤 陽菜", "サトウ ハルナ")
    assert (NAMES[3, 2, 9].name, NAMES[3, 2, 9].kana) == ("佐藤 陽菜", "サトウ ヒナ")
