"""Names as typed and readings as sorted (DIR-11).

A name is stored by its code points and never normalised: NFC alone turns U+FA19 (神) into U+795E
and U+FA46 (渚) into U+6E1A. Only search keys and readings, which nobody sees as their name, pass
through NFKC.
"""

from __future__ import annotations

import re
import unicodedata

MAX_NAME_GRAPHEMES = 200
ZERO_WIDTH_JOINER = "\u200d"
# What shows nothing and changes nothing: spaces of no width, soft hyphens, fillers of Hangul.
_SHOWS_NOTHING = "\u00ad\u115f\u1160\u180e\u200b\u2060\u3164\ufeff\uffa0"
_INVISIBLE = dict.fromkeys(map(ord, _SHOWS_NOTHING))
_ANY_INVISIBLE = re.compile(f"[{_SHOWS_NOTHING}]")
# Controls, changes of writing direction, halves of characters, and what decoding could not read.
_UNREADABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]"
)
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LIKE_RADICAL = re.compile("[\u2e80-\u2fdf]")

# Left: what families write; right: the form under which search finds them all.
_VARIANTS = """
髙高 﨑崎 嵜崎 邉辺 邊辺 齋斉 齊斉 斎斉 澤沢 濵浜 濱浜 德徳 桒桑 𠮷吉 栁柳 鷗鴎 凜凛 𣘺橋 槗橋 廣広 嶋島 嶌島 國国 惠恵 眞真
櫻桜 瀨瀬 龍竜 瀧滝 曾曽 冨富 舘館 萬万 壽寿 榮栄 條条 彌弥 禮礼 藏蔵 圓円 實実 會会 淺浅 關関 舩船 檜桧 籠篭 渕淵 莊荘 增増
黑黒 靜静 應応 學学 寶宝 寳宝 縣県 峯峰 埜野 豐豊 鐵鉄 濟済 繩縄 樣様 彥彦 賴頼 吳呉 靑青 淸清 巖巌 ヶケ ヵカ
"""
_FOLDED = str.maketrans({pair[0]: pair[1] for pair in _VARIANTS.split()})
# Parts of characters that copying from a PDF leaves in the place of the characters themselves; those
# of U+2F00 to U+2FDF are folded by NFKC.
_RADICALS = str.maketrans(
    "⺟⺠⺣⺩⺬⺭⺮⺰⺷⺸⺹⺼⺾⻀⻂⻃⻄⻆⻌⻍⻎⻏⻑⻒⻖⻗⻘⻝⻞⻟⻡⻣⻤⻨⻩⻫⻭⻯⻱⻲",
    "母民火王示礻竹糸羊羊老肉艹艹衤西西角辶辶辶阝長長阝雨青食食食首骨鬼麦黄斉歯竜亀亀",
)
# Without what shows nothing, and with the characters that were meant by their parts.
_SHOWN = {**_INVISIBLE, **_RADICALS}
_HIRAGANA = {c: c + 0x60 for c in range(0x3041, 0x3097)}
_VOICING = str.maketrans({"\u309b": "\u3099", "\u309c": "\u309a"})
_WORD = r"(?:[ァ-ヺー]+|[A-Za-z][A-Za-z'.-]*)"
_READING = re.compile(rf"{_WORD}(?: {_WORD})*")
# Dashes, lines, waves and the character for one, where only ー can be meant.
_LIKE_LONG_MARK = re.compile(r"(?<=[ァ-ヺー])[\u2010-\u2015\u2212\u2500\u4e00\u301c~-]")
_REPEATED = re.compile(r"([ァ-ヺ])([々ゝゞヽヾ])")
_PARTED_INSIDE = re.compile(r"[・=\u30a0]")


def count_graphemes(text: str) -> int:
    """Count what people see as characters.

    A mark, a variation selector and a joined emoji add nothing. A simple reading of UAX #29, enough
    for names: 葛 with U+E0100 is one, が written as か with U+3099 is one.
    """
    count, joins = 0, False
    for character in text:
        if character == ZERO_WIDTH_JOINER:
            joins = True
            continue
        extends = _SELECTORS.match(character) is not None or unicodedata.category(character) in {
            "Mn",
            "Me",
            "Mc",
        }
        if not extends:
            count += not joins or count == 0
            joins = False
    return count


def tidy_name(text: str) -> str:
    """Trim the white space around a name and leave one half-width space for each run inside.

    What shows nothing goes; nothing else is touched.
    """
    if _ANY_INVISIBLE.search(text):
        text = text.translate(_INVISIBLE)
    return " ".join(text.split())


def replace_radicals(text: str) -> str:
    """Return the text with the characters that were meant by parts of characters: ⻑ is 長."""
    if _LIKE_RADICAL.search(text) is None:
        return text
    meant = (
        unicodedata.normalize("NFKC", c) if "\u2f00" <= c <= "\u2fdf" else c
        for c in text.translate(_RADICALS)
    )
    return "".join(meant)


def find_private_character(text: str) -> str | None:
    """Return the first character that only one office's machines can show (外字)."""
    found = _PRIVATE.search(text)
    return found[0] if found else None


def look_alike(one: str, other: str) -> bool:
    """Return whether two names are the same to the eye, however their marks are encoded."""
    if one == other:
        return True
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def has_unreadable_character(text: str) -> bool:
    """Return whether a control character or a change of writing direction hides in the text."""
    return _UNREADABLE.search(text) is not None


def to_katakana(text: str) -> str:
    """Replace each hiragana by its katakana."""
    return text.translate(_HIRAGANA)


def fold_for_search(text: str) -> str:
    """Return the search key of a name or reading.

    Variants, width, kana kind, small ヶ, spaces and case are folded: 「高橋」 finds 髙橋, 「斉藤」
    finds 齋藤 and 齊藤, 「たかはし」 finds タカハシ. For keys only, never for display.
    """
    shapeless = _SELECTORS.sub("", text.translate(_SHOWN)).translate(_FOLDED)
    wide = unicodedata.normalize("NFKC", shapeless.translate(_VOICING)).translate(_FOLDED)
    return "".join(to_katakana(wide).translate(_FOLDED).casefold().split())


def normalise_kana(text: str) -> str | None:
    """Return a reading in full-width katakana with half-width spaces, None if it is no reading.

    Accepts hiragana, half-width kana (ﾀﾅｶ ﾐｵ), any spaces, what looks like ー, marks of repetition
    (みすゞ) and names in Latin letters; what parts a name inside is dropped (マリア＝テレサ).
    """
    wide = to_katakana(unicodedata.normalize("NFKC", text.translate(_VOICING)))
    long = _LIKE_LONG_MARK.sub("ー", wide)
    spelled = _REPEATED.sub(_spell_out, long)
    reading = tidy_name(_PARTED_INSIDE.sub("", spelled))
    return reading if _READING.fullmatch(reading) else None


def _spell_out(repeated: re.Match[str]) -> str:
    """Return a kana and its repetition as two kana: スヾ as スズ."""
    kana, mark = repeated.groups()
    is_voiced = mark in "ゞヾ"
    second = unicodedata.normalize("NFC", f"{kana}\u3099") if is_voiced else kana
    return kana + second
