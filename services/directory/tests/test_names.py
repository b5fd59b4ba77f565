"""Names stay as typed, search finds them anyway, readings become katakana (DIR-11)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.domain.names import (
    count_graphemes,
    fold_for_search,
    has_unreadable_character,
    normalise_kana,
    tidy_name,
)

SAME_IN_SEARCH = [
    ("\u9ad9\u6a4b", "高橋"),
    ("山\ufa11", "山崎"),
    ("\U00020bb7田", "吉田"),
    ("渡\u9089", "渡辺"),
    ("渡\u908a", "渡辺"),
    ("\u9f4b藤", "斉藤"),
    ("\u9f4a藤", "斎藤"),
    ("\u845b\U000e0100西", "葛西"),
    ("\u8fbb\U000e0101", "辻"),
    ("\ufa19谷", "神谷"),
    ("\ufa1b田 \ufa46", "福田 渚"),
    ("\U0002363a本", "橋本"),
    ("\u6ff5田", "浜田"),
    ("\u6ff1田", "浜田"),
    ("\u6801\u6fa4", "柳沢"),
    ("\u6852原", "桑原"),
    ("\u5fb7永", "徳永"),
    ("森 \u9dd7介", "森鴎介"),
    ("三\u30f6田 \u51dc", "三ケ田 凛"),
    ("たかはし ひな", "タカハシヒナ"),
    ("ﾀﾅｶ ﾐｵ", "たなか　みお"),
    ("NGUYEN", "ｎｇｕｙｅｎ"),
    ("\u2ed1谷川", "長谷川"),
    ("\u2fbc橋", "高橋"),
    ("\u2ec4村", "西村"),
    ("高橋 陽\u200b菜", "高橋陽菜"),
]


@pytest.mark.parametrize(("typed", "searched"), SAME_IN_SEARCH)
def test_search_folds_variants_to_one_key(typed: str, searched: str) -> None:
    assert fold_for_search(typed) == fold_for_search(searched)


def test_search_keeps_different_names_apart() -> None:
    names = ["高橋", "高木", "佐藤", "一", "ー", "〆木", "小鳥遊"]
    assert len({fold_for_search(name) for name in names}) == len(names)


JAPANESE = st.characters(
    min_codepoint=0x3041, max_codepoint=0x9FFF, categories=["Lo", "Lm"]
) | st.sampled_from("AZaz ・\U000e0100")


@given(st.text(JAPANESE, max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_for_search(fold_for_search(text)) == fold_for_search(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("\u845b\U000e0100西 蒼", 4),
        ("\U00020bb7田", 2),
        ("か\u3099", 1),
        ("\u8fbb\ufe00", 1),
        ("👨\u200d👩\u200d👧", 1),
        ("サントス・デ・オリベイラ 真理亜", 16),
        ("", 0),
    ],
)
def test_a_character_is_counted_as_people_see_it(text: str, count: int) -> None:
    assert count_graphemes(text) == count


@given(
    st.text(
        alphabet=st.characters(
            exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cf", "Cs"],
            exclude_characters="\u115f\u1160\u3164\uffa0",
        ),
        min_size=1,
    )
)
def test_a_name_without_white_space_passes_untouched(name: str) -> None:
    assert tidy_name(f" \u3000{name}\t") == name


@pytest.mark.parametrize(
    "name", ["\ufa19谷 新", "\ufa1b田 \ufa46", "\u845b\U000e0100西 蒼", "一 翼"]
)
def test_a_name_that_normalising_would_change_is_kept(name: str) -> None:
    assert tidy_name(name) == name
    assert [ord(c) for c in tidy_name(f"　{name} ")] == [ord(c) for c in name]
    assert name == "一 翼" or "\u845b" in name or unicodedata.normalize("NFC", name) != name


def test_runs_of_spaces_inside_a_name_become_one_half_width_space() -> None:
    assert tidy_name("　髙橋　 陽菜\u00a0") == "髙橋 陽菜"
    assert tidy_name("\ufeff髙橋\n陽菜\u200b") == "髙橋 陽菜"


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("たかはし ひな", "タカハシ ヒナ"),
        ("ﾀﾅｶ ﾐｵ", "タナカ ミオ"),
        ("ｶﾞｯｷｰ　ﾊﾟｸ", "ガッキー パク"),
        ("  サントス・デ・オリベイラ　マリア ", "サントスデオリベイラ マリア"),
        ("グエン ティ ミン アン", "グエン ティ ミン アン"),
        ("カ゛ク", "ガク"),
        ("ミヅキ", "ミヅキ"),
        ("", None),
        ("高橋", None),
        ("NGUYEN VAN AN", "NGUYEN VAN AN"),
        ("サト\u2015", "サトー"),
        ("サト\u2212", "サトー"),
        ("サト\u4e00 アオイ", "サトー アオイ"),
        ("サト\u2500", "サトー"),
        ("ミスヾ", "ミスズ"),
        ("みすゞ", "ミスズ"),
        ("いすゝ", "イスス"),
        ("マリア\uff1dテレサ", "マリアテレサ"),
        ("マリア\u30a0テレサ", "マリアテレサ"),
        ("タカハシ1", None),
    ],
)
def test_a_reading_becomes_full_width_katakana_or_is_refused(
    typed: str, reading: str | None
) -> None:
    assert normalise_kana(typed) == reading


def test_characters_nobody_can_read_are_noticed() -> None:
    assert has_unreadable_character("高\x00橋")
    assert has_unreadable_character("高\u202e橋")
    assert not has_unreadable_character("\u845b\U000e0100西")
