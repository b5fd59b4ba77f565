"""What a roster file can hold: one table, from which everything about its columns follows.

The reader finds and reads cells by it; the template, the export and the widths of both are made of
it; so is what of a child is compared with the roster, written to it, and how a change is called.
Columns of guardians and numbers to call stand side by side and have many names:
`directory.domain.roster.contacts` knows them.

One more thing to keep of a child is one more row here, whose `field` is a column of `members`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from directory.domain.names import fold_for_search
from directory.domain.phone_numbers import MAX_PHONES
from directory.domain.roster import cells

# What a cell holds once it is read, and a plan keeps as JSON.
Value = str | int
# Two stand side by side in the template and the export; more are read on rows of their own.
GUARDIANS_BESIDE = 2


class Subject(Enum):
    """Of what a column tells."""

    CLASS = auto()
    # Its field is a column of `members`.
    PUPIL = auto()
    STANDING = auto()
    GROUPS = auto()
    GUARDIAN = auto()
    CALLING = auto()


@dataclass(frozen=True)
class Column:
    """A column of the roster file.

    `field`: its name inside; `aliases`: other headings by which schools call it; `read`: turn a
    text that is not empty into what is kept, or raise Unreadable; `width`: in characters, as Excel
    counts. `differs`: the code where two rows of one child contradict each other. `takes_date`: a
    cell that Excel holds as a date is one. `takes_dashes`: 「なし」 and 「-」 say something in it.
    """

    heading: str
    field: str
    about: Subject
    read: Callable[[str], Value]
    width: int
    aliases: tuple[str, ...] = ()
    differs: str = "value_differs"
    takes_date: bool = False
    takes_dashes: bool = False


MANAGEMENT_NUMBER = Column(
    heading="管理番号",
    field="management_number",
    about=Subject.PUPIL,
    read=cells.read_management_number,
    width=12,
    aliases=("学籍番号", "児童番号", "生徒番号"),
)
NAME = Column(
    heading="氏名",
    field="display_name",
    about=Subject.PUPIL,
    read=cells.read_name,
    width=20,
    aliases=("名前", "児童氏名", "生徒氏名", "園児氏名", "児童名", "生徒名", "園児名"),
    takes_dashes=True,
)
FORMAL_NAME = Column(
    heading="正式氏名",
    field="formal_name",
    about=Subject.PUPIL,
    read=cells.read_name,
    width=20,
    aliases=("戸籍氏名", "戸籍名", "正式名"),
)
KANA = Column(
    heading="フリガナ",
    field="kana",
    about=Subject.PUPIL,
    read=cells.read_kana,
    width=24,
    aliases=(
        "ふりがな",
        "よみがな",
        "氏名フリガナ",
        "氏名カナ",
        "カナ",
        "カナ氏名",
        "児童フリガナ",
    ),
    differs="kana_differs",
)
GRADE = Column(
    heading="学年",
    field="grade",
    about=Subject.CLASS,
    read=cells.read_grade,
    width=8,
    aliases=("年", "年齢別"),
)
ROOM = Column(
    heading="組",
    field="room",
    about=Subject.CLASS,
    read=cells.read_room,
    width=12,
    aliases=("学級", "クラス", "学級名", "クラス名"),
)
NUMBER = Column(
    heading="出席番号",
    field="number",
    about=Subject.PUPIL,
    read=cells.read_number,
    width=9,
    aliases=("番号", "番", "出席番号（番）", "出席簿番号"),
)
GROUPS = Column(
    heading="グループ",
    field="groups",
    about=Subject.GROUPS,
    read=cells.read_groups,
    width=24,
    aliases=("任意グループ", "所属グループ"),
)
BIRTH_DATE = Column(
    heading="生年月日",
    field="birth_date",
    about=Subject.PUPIL,
    read=cells.read_day,
    width=14,
    aliases=("誕生日",),
    takes_date=True,
)
STATUS = Column(
    heading="在籍状況",
    field="status",
    about=Subject.STANDING,
    read=cells.read_status,
    width=10,
    aliases=("在籍", "在籍状態", "状況", "異動区分"),
)
SINCE = Column(
    heading="異動日",
    field="status_since",
    about=Subject.STANDING,
    read=cells.read_day,
    width=14,
    aliases=("異動年月日", "転入日", "転出日"),
    takes_date=True,
)
NOTE = Column(
    heading="備考",
    field="note",
    about=Subject.PUPIL,
    read=cells.read_note,
    width=30,
    aliases=("メモ", "特記事項"),
)


@dataclass(frozen=True)
class GuardianColumns:
    """What stands of one guardian beside each other."""

    name: Column
    label: Column
    mail: Column


def _guardian_columns(place: int) -> GuardianColumns:
    word = f"保護者{place}"

    def column(heading: str, field: str, read: Callable[[str], Value], width: int) -> Column:
        return Column(heading, f"guardian_{place}_{field}", Subject.GUARDIAN, read, width)

    return GuardianColumns(
        name=column(word, "name", cells.read_name, 20),
        label=column(f"{word}の続柄", "label", cells.read_label, 14),
        mail=column(f"{word}のメール", "mail", cells.read_mail, 34),
    )


@dataclass(frozen=True)
class PhoneColumns:
    """A number to call and whose it is."""

    number: Column
    label: Column


def _phone_columns(place: int) -> PhoneColumns:
    word = f"緊急連絡先{place}"
    calling = Subject.CALLING
    return PhoneColumns(
        number=Column(word, f"phone_{place}", calling, cells.read_phone_number, 16),
        label=Column(f"{word}の続柄", f"phone_{place}_label", calling, cells.read_label, 18),
    )


GUARDIANS = tuple(_guardian_columns(place) for place in range(1, GUARDIANS_BESIDE + 1))
PHONES = tuple(_phone_columns(place) for place in range(1, MAX_PHONES + 1))
# What may stand once in a file.
SINGLE = (
    MANAGEMENT_NUMBER,
    NAME,
    FORMAL_NAME,
    KANA,
    GRADE,
    ROOM,
    NUMBER,
    GROUPS,
    BIRTH_DATE,
    STATUS,
    SINCE,
    NOTE,
)
# In the order of the template and the export.
COLUMNS: tuple[Column, ...] = (
    *SINGLE[:-1],
    *(column for three in GUARDIANS for column in (three.name, three.label, three.mail)),
    *(column for pair in PHONES for column in (pair.number, pair.label)),
    NOTE,
)
HEADINGS = tuple(column.heading for column in COLUMNS)
PUPIL_COLUMNS = tuple(column for column in COLUMNS if column.about is Subject.PUPIL)
HEADING_OF = {column.field: column.heading for column in COLUMNS}


def by_heading(columns: Iterable[Column]) -> dict[str, Column]:
    """Return folded heading → column, with all that schools call it."""
    found = {}
    for column in columns:
        for word in (column.heading, *column.aliases):
            found[fold_for_search(word)] = column
    return found


_BY_HEADING = by_heading(SINGLE)


def find_column(heading: str) -> Column | None:
    """Return the column that a school calls so, whatever its spaces, width and kind of kana."""
    return _BY_HEADING.get(fold_for_search(heading))
