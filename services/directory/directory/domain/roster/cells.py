"""Read one cell of a roster file: what a school office typed, as the roster keeps it."""

from __future__ import annotations

import re
import unicodedata

from directory.domain.mail_addresses import find_mail_problem
from directory.domain.names import (
    MAX_NAME_GRAPHEMES,
    count_graphemes,
    has_unreadable_character,
    normalise_kana,
    tidy_name,
)
from directory.domain.phone_numbers import read_phone

MAX_LABEL_GRAPHEMES = 20
MAX_MANAGEMENT_NUMBER = 50
MAX_NUMBER = 999

_GRADE = re.compile(r"第?([1-9])(?:学?年生?)?")
_ROOM_NUMBER = re.compile(r"([1-9][0-9]?)組?")
_SEAT = re.compile(r"([0-9]{1,3})番?")


class Unreadable(ValueError):
    """A cell's text cannot be what its column holds; `params` fill the sentence for `code`."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def read_grade(text: str) -> int:
    """Return the grade of 「4」「４年」「4年生」."""
    found = _GRADE.fullmatch(_plain(text))
    if found is None:
        raise Unreadable("grade_unreadable", value=text)
    return int(found[1])


def read_room(text: str) -> str:
    """Return a class's name.

    2組 for 「2」「２組」, A組 for 「Ａ」, ひまわり学級 for 「ひまわり」.
    """
    numbered = _ROOM_NUMBER.fullmatch(_plain(text))
    if numbered:
        return f"{numbered[1]}組"
    name = tidy_name(text)
    plain = _plain(name)
    length = count_graphemes(name)
    is_name = plain != "" and not plain[0].isdigit() and length <= MAX_LABEL_GRAPHEMES
    if not is_name or has_unreadable_character(name):
        raise Unreadable("class_unreadable", value=text)
    if name.endswith(("組", "学級", "クラス")):
        return name
    is_letter = plain.isascii() or length == 1
    return f"{plain}組" if is_letter else f"{name}学級"


def is_special_room(room: str) -> bool:
    """Return whether a class stands beside the grades (ひまわり学級), not below (2組, A組)."""
    return room.endswith("学級")


def room_order(room: str) -> tuple[int, str]:
    """Return the sorting key of classes in a grade: 2組 before 10組 before い組."""
    digits = room.removesuffix("組")
    return (int(digits), "") if digits.isdecimal() else (MAX_NUMBER, room)


def read_number(text: str) -> int:
    """Return the 出席番号 of 「12」「１２番」."""
    found = _SEAT.fullmatch(_plain(text))
    number = int(found[1]) if found else 0
    if not 0 < number <= MAX_NUMBER:
        raise Unreadable("number_unreadable", value=text)
    return number


def read_name(text: str) -> str:
    """Return a person's name as typed."""
    return _read_text(text, MAX_NAME_GRAPHEMES)


def read_kana(text: str) -> str:
    """Return a reading in full-width katakana."""
    kana = normalise_kana(text)
    if kana is None:
        raise Unreadable("kana_unreadable", value=text)
    if count_graphemes(kana) > MAX_NAME_GRAPHEMES:
        raise Unreadable("text_too_long", limit=MAX_NAME_GRAPHEMES)
    return kana


def read_label(text: str) -> str:
    """Return a 続柄 as typed."""
    return _read_text(text, MAX_LABEL_GRAPHEMES)


def read_management_number(text: str) -> str:
    """Return a 管理番号 as typed."""
    return _read_text(text, MAX_MANAGEMENT_NUMBER)


def read_mail(text: str) -> str:
    """Return a mail address as typed."""
    problem = find_mail_problem(text)
    if problem:
        raise Unreadable(problem, value=text)
    return text


def read_phone_number(text: str) -> str:
    """Return a telephone number, half-width, with the hyphens that were typed."""
    number = read_phone(text)
    if number is None:
        raise Unreadable("phone_unreadable", value=text)
    return number


def _read_text(text: str, limit: int) -> str:
    if has_unreadable_character(text):
        raise Unreadable("character_unreadable")
    if count_graphemes(text) > limit:
        raise Unreadable("text_too_long", limit=limit)
    return text


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
