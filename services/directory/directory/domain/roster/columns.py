"""What a roster file can hold: one table, from which everything about its columns follows.

The reader finds and reads cells by it; the template, the export and the widths of both are made of
it; so is what of a child is compared with the roster, written to it, and how a change is called.

One more thing to keep of a child is one more row here, whose `field` is a column of `members`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from directory.domain.names import fold_for_search
from directory.domain.phone_numbers import MAX_PHONES
from directory.domain.roster import cells

# What a cell holds once it is read, and a plan keeps as JSON.
Value = str | int


class Subject(Enum):
    """Of what a column tells."""

    CLASS = auto()
    # Its field is a column of `members`.
    PUPIL = auto()
    GUARDIAN = auto()
    CALLING = auto()


@dataclass(frozen=True)
class Column:
    """A column of the roster file.

    `field`: its name inside; `aliases`: other headings by which schools call it; `read`: turn a
    text that is not empty into what is kept, or raise Unreadable; `width`: in characters, as Excel
    counts. `empty`: the code of the refusal of an empty cell, none where it may be empty.
    `differs`: the code where two rows of one child contradict each other. `is_needed`: a file
    without the column is refused.
    """

    heading: str
    field: str
    about: Subject
    read: Callable[[str], Value]
    width: int
    aliases: tuple[str, ...] = ()
    empty: str | None = None
    differs: str = "value_differs"
    is_needed: bool = False


GRADE = Column(
    heading="学年",
    field="grade",
    about=Subject.CLASS,
    read=cells.read_grade,
    width=6,
    aliases=("年",),
    is_needed=True,
)
ROOM = Column(
    heading="組",
    field="room",
    about=Subject.CLASS,
    read=cells.read_room,
    width=12,
    aliases=("学級", "クラス"),
    empty="value_missing",
    is_needed=True,
)
NUMBER = Column(
    heading="出席番号",
    field="number",
    about=Subject.PUPIL,
    read=cells.read_number,
    width=9,
    aliases=("番号", "番", "出席番号（番）"),
    empty="value_missing",
    is_needed=True,
)
NAME = Column(
    heading="氏名",
    field="display_name",
    about=Subject.PUPIL,
    read=cells.read_name,
    width=20,
    aliases=("名前", "児童氏名", "生徒氏名", "児童名", "生徒名"),
    empty="value_missing",
    is_needed=True,
)
KANA = Column(
    heading="フリガナ",
    field="kana",
    about=Subject.PUPIL,
    read=cells.read_kana,
    width=24,
    aliases=("ふりがな", "よみがな", "氏名フリガナ", "カナ", "児童フリガナ"),
    empty="kana_missing",
    differs="kana_differs",
    is_needed=True,
)
GUARDIAN = Column(
    heading="保護者",
    field="guardian_name",
    about=Subject.GUARDIAN,
    read=cells.read_name,
    width=20,
    aliases=("保護者氏名", "保護者名", "保護者の氏名"),
)
LABEL = Column(
    heading="続柄",
    field="label",
    about=Subject.GUARDIAN,
    read=cells.read_label,
    width=8,
    aliases=("続き柄", "児童との続柄"),
)
MAIL = Column(
    heading="メールアドレス",
    field="mail",
    about=Subject.GUARDIAN,
    read=cells.read_mail,
    width=34,
    aliases=("メール", "Eメール", "E-mail", "Mail", "保護者メールアドレス"),
    is_needed=True,
)
MANAGEMENT_NUMBER = Column(
    heading="管理番号",
    field="management_number",
    about=Subject.PUPIL,
    read=cells.read_management_number,
    width=12,
    aliases=("学籍番号", "児童番号", "生徒番号"),
)

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


def _phone_column(place: int) -> Column:
    numbered = tuple(f"{word}{place}" for word in _NUMBERED_WORDS)
    # A sheet with a single number a child heads it without a digit.
    alone = _PHONE_WORDS if place == 1 else ()
    return Column(
        heading=f"緊急連絡先{place}",
        field=f"phone_{place}",
        about=Subject.CALLING,
        read=cells.read_phone_number,
        width=16,
        aliases=numbered + alone,
    )


def _phone_label_column(place: int) -> Column:
    numbered = tuple(f"{word}{place}続柄" for word in _NUMBERED_WORDS)
    in_brackets = tuple(f"{word}{place}（続柄）" for word in _NUMBERED_WORDS)
    return Column(
        heading=f"緊急連絡先{place}の続柄",
        field=f"phone_{place}_label",
        about=Subject.CALLING,
        read=cells.read_label,
        width=18,
        aliases=(
            f"続柄{place}",
            *numbered,
            *in_brackets,
        ),
    )


# The number to call and its 続柄, by place.
PHONES = tuple(
    (_phone_column(place), _phone_label_column(place)) for place in range(1, MAX_PHONES + 1)
)
# In the order of the template and the export.
COLUMNS: tuple[Column, ...] = (
    GRADE,
    ROOM,
    NUMBER,
    NAME,
    KANA,
    GUARDIAN,
    LABEL,
    MAIL,
    MANAGEMENT_NUMBER,
    *(column for pair in PHONES for column in pair),
)
HEADINGS = tuple(column.heading for column in COLUMNS)
PUPIL_COLUMNS = tuple(column for column in COLUMNS if column.about is Subject.PUPIL)
HEADING_OF = {column.field: column.heading for column in COLUMNS}


def _by_heading() -> dict[str, Column]:
    found = {}
    for column in COLUMNS:
        for word in (column.heading, *column.aliases):
            found[fold_for_search(word)] = column
    return found


_BY_HEADING = _by_heading()


def find_column(heading: str) -> Column | None:
    """Return the column that a school calls so, whatever its spaces, width and kind of kana."""
    return _BY_HEADING.get(fold_for_search(heading))
