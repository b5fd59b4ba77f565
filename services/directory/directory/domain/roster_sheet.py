"""From a sheet's cells to roster lines.

Find the header wherever it stands, read each cell or say what is wrong with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from directory.domain.mail_addresses import find_mail_problem
from directory.domain.names import (
    MAX_NAME_GRAPHEMES,
    count_graphemes,
    fold_for_search,
    has_unreadable_character,
    normalise_kana,
    tidy_name,
)
from directory.domain.phone_numbers import MAX_PHONES, Phone, read_phone

COLUMNS = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
MANAGEMENT_NUMBER = "管理番号"
# (number, 続柄) of 緊急連絡先 1, 2, 3
PHONE_COLUMNS = tuple(
    (f"緊急連絡先{place}", f"緊急連絡先{place}の続柄") for place in range(1, MAX_PHONES + 1)
)
OPTIONAL_COLUMNS = frozenset({"保護者", "続柄", MANAGEMENT_NUMBER})
_ALIASES: dict[str, tuple[str, ...]] = {
    "学年": ("年",),
    "組": ("学級", "クラス"),
    "出席番号": ("番号", "番", "出席番号（番）"),
    "氏名": ("名前", "児童氏名", "生徒氏名", "児童名", "生徒名"),
    "フリガナ": ("ふりがな", "よみがな", "氏名フリガナ", "カナ", "児童フリガナ"),
    "保護者": ("保護者氏名", "保護者名", "保護者の氏名"),
    "続柄": ("続き柄", "児童との続柄"),
    "メールアドレス": ("メール", "Eメール", "E-mail", "Mail", "保護者メールアドレス"),
    MANAGEMENT_NUMBER: ("学籍番号", "児童番号", "生徒番号"),
}
_PHONE_WORDS = (
    "緊急連絡先",
    "電話",
    "電話番号",
    "緊急電話",
    "緊急連絡先電話",
    "緊急連絡先電話番号",
)
# 連絡先 heads a number to call only with a digit behind it (連絡先1): alone it may head addresses
# or notes as well.
_NUMBERED_WORDS = (*_PHONE_WORDS, "連絡先")
for _place, (_number, _label) in enumerate(PHONE_COLUMNS, start=1):
    _ALIASES[_number] = tuple(f"{word}{_place}" for word in _NUMBERED_WORDS)
    _ALIASES[_label] = (
        f"続柄{_place}",
        *(f"{word}{_place}{ending}" for word in _NUMBERED_WORDS for ending in ("続柄", "（続柄）")),
    )
# A sheet with a single number a child heads it without a digit.
_ALIASES[PHONE_COLUMNS[0][0]] += _PHONE_WORDS
_COLUMN_OF = {
    fold_for_search(word): name for name, words in _ALIASES.items() for word in (name, *words)
}
HEADER_SEARCH_ROWS = 20
MAX_LABEL_GRAPHEMES = 20
MAX_MANAGEMENT_NUMBER = 50
MAX_NUMBER = 999

_GRADE = re.compile(r"第?([1-9])(?:学?年生?)?")
_ROOM_NUMBER = re.compile(r"([1-9][0-9]?)組?")
_SEAT = re.compile(r"([0-9]{1,3})番?")


@dataclass(frozen=True)
class CellError:
    """What is wrong with one cell.

    `row` as Excel counts, `cell` like F14, empty where a whole column is meant.
    """

    row: int
    column_name: str
    cell: str
    code: str
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """Where the header stands (0-based row) and in which 0-based column each known name is."""

    row: int
    columns: dict[str, int]


@dataclass(frozen=True)
class RosterLine:
    """One row understood: a pupil, and what it says of one guardian.

    `room`: 2組 or ひまわり学級; `grade`: 0 where none is.
    """

    row: int
    grade: int
    room: str
    number: int
    name: str
    kana: str
    guardian: str
    label: str
    mail: str
    management_number: str = ""
    # (place from 0, number)
    phones: tuple[tuple[int, Phone], ...] = ()


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell such as F14 from Excel's row and a 0-based column."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def find_header(rows: Sequence[Sequence[str]]) -> Header | list[CellError]:
    """Find the row with the most known column names among the first 20.

    Merged titles may stand above it.
    """
    best = Header(0, {})
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        columns: dict[str, int] = {}
        for column, text in enumerate(row):
            name = _COLUMN_OF.get(fold_for_search(text))
            if name:
                columns.setdefault(name, column)
        if len(columns) > len(best.columns):
            best = Header(index, columns)
    if len(best.columns) < 3:
        return [CellError(1, "", "", "header_missing")]
    needed = [name for name in COLUMNS if name not in OPTIONAL_COLUMNS]
    missing = [name for name in needed if name not in best.columns]
    if missing:
        return [CellError(best.row + 1, name, "", "column_missing") for name in missing]
    return best


def read_grade(text: str) -> int | None:
    """Return the grade of 「4」「４年」「4年生」, None if it is none."""
    found = _GRADE.fullmatch(_plain(text))
    return int(found[1]) if found else None


def read_room(text: str) -> str | None:
    """Return a class's name, None if it is unreadable.

    2組 for 「2」「２組」, A組 for 「Ａ」, ひまわり学級 for 「ひまわり」.
    """
    numbered = _ROOM_NUMBER.fullmatch(_plain(text))
    if numbered:
        return f"{numbered[1]}組"
    name = tidy_name(text)
    if not name or has_unreadable_character(name):
        return None
    plain = _plain(name)
    length = count_graphemes(name)
    if plain[0].isdigit() or length > MAX_LABEL_GRAPHEMES:
        return None
    if name.endswith(("組", "学級", "クラス")):
        return name
    is_letter = plain.isascii() or length == 1
    return f"{plain}組" if is_letter else f"{name}学級"


def is_special_room(room: str) -> bool:
    """Say whether the class stands beside the grades (ひまわり学級), not below one (2組, A組)."""
    return room.endswith("学級")


def room_order(room: str) -> tuple[int, str]:
    """Return the sorting key of classes in a grade: 2組 before 10組 before い組."""
    digits = room.removesuffix("組")
    return (int(digits), "") if digits.isdecimal() else (MAX_NUMBER, room)


def read_number(text: str) -> int | None:
    """Return the 出席番号 of 「12」「１２番」, None if it is none."""
    found = _SEAT.fullmatch(_plain(text))
    return int(found[1]) if found and 0 < int(found[1]) <= MAX_NUMBER else None


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@dataclass
class LineReader:
    """Reads one row cell by cell and gathers its errors."""

    header: Header
    row: int
    cells: Sequence[str]
    errors: list[CellError] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a cell's text, tidied; empty where the column or the cell is absent."""
        column = self.header.columns.get(name, -1)
        return tidy_name(self.cells[column]) if 0 <= column < len(self.cells) else ""

    def refuse(self, name: str, code: str, **params: str | int) -> None:
        """Note an error in the named column's cell of this row."""
        self.errors.append(CellError(self.row, name, self.cell(name), code, params))

    def cell(self, name: str) -> str:
        """Return the name of this row's cell in a column."""
        return cell_name(self.row, self.header.columns[name])

    def phones(self) -> tuple[tuple[int, Phone], ...]:
        """Return the numbers of the row with their places; a 続柄 without a number says nothing."""
        found = []
        for place, (number_column, label_column) in enumerate(PHONE_COLUMNS):
            typed = self.text(number_column)
            if not typed:
                continue
            number = read_phone(typed)
            if number is None:
                self.refuse(number_column, "phone_unreadable", value=typed)
            else:
                label = self.person(label_column, MAX_LABEL_GRAPHEMES)
                phone = Phone(number, label)
                found.append((place, phone))
        return tuple(found)

    def person(self, name: str, limit: int) -> str:
        """Return a name or label as typed, its length and characters checked."""
        text = self.text(name)
        if has_unreadable_character(text):
            self.refuse(name, "character_unreadable")
        elif count_graphemes(text) > limit:
            self.refuse(name, "text_too_long", limit=limit)
        return text

    def required(self, name: str, code: str) -> str:
        """Return the text of a cell that must not be empty."""
        text = self.text(name)
        if not text:
            self.refuse(name, code)
        return text

    def line(self) -> RosterLine:
        """Read all cells; the result means something only while `errors` is empty."""
        room = self._room()
        grade = self._grade(room)
        number = self._number()
        if self.required("氏名", "value_missing"):
            self.person("氏名", MAX_NAME_GRAPHEMES)
        mail = self.text("メールアドレス")
        problem = find_mail_problem(mail) if mail else None
        if problem:
            self.refuse("メールアドレス", problem, value=mail)
        return RosterLine(
            row=self.row,
            grade=grade or 0,
            room=room or "",
            number=number or 0,
            name=self.text("氏名"),
            kana=self._kana(),
            guardian=self.person("保護者", MAX_NAME_GRAPHEMES),
            label=self.person("続柄", MAX_LABEL_GRAPHEMES),
            mail=mail,
            management_number=self.person(MANAGEMENT_NUMBER, MAX_MANAGEMENT_NUMBER),
            phones=self.phones(),
        )

    def _room(self) -> str | None:
        text = self.required("組", "value_missing")
        if not text:
            return None
        room = read_room(text)
        if room is None:
            self.refuse("組", "class_unreadable", value=text)
        return room

    def _grade(self, room: str | None) -> int | None:
        # 特別支援学級 stand beside the grades: a child of theirs may have none.
        is_beside = room is not None and is_special_room(room)
        text = self.text("学年") if is_beside else self.required("学年", "value_missing")
        if not text:
            return None
        grade = read_grade(text)
        if grade is None:
            self.refuse("学年", "grade_unreadable", value=text)
        return grade

    def _number(self) -> int | None:
        text = self.required("出席番号", "value_missing")
        if not text:
            return None
        number = read_number(text)
        if number is None:
            self.refuse("出席番号", "number_unreadable", value=text)
        return number

    def _kana(self) -> str:
        typed = self.required("フリガナ", "kana_missing")
        kana = normalise_kana(typed)
        if typed and kana is None:
            self.refuse("フリガナ", "kana_unreadable", value=typed)
        elif kana and count_graphemes(kana) > MAX_NAME_GRAPHEMES:
            self.refuse("フリガナ", "text_too_long", limit=MAX_NAME_GRAPHEMES)
        return kana or ""
