"""Read one cell of a roster file: what a school office typed, as the roster keeps it."""

from __future__ import annotations

import re
import unicodedata

from directory.domain.dates import read_date
from directory.domain.mail_addresses import find_mail_problem, tidy_mail
from directory.domain.names import (
    MAX_NAME_GRAPHEMES,
    count_graphemes,
    find_private_character,
    fold_for_search,
    has_unreadable_character,
    normalise_kana,
    tidy_name,
)
from directory.domain.phone_numbers import read_phone
from directory.domain.words import MemberStatus

MAX_LABEL_GRAPHEMES = 20
MAX_NOTE_GRAPHEMES = 200
MAX_MANAGEMENT_NUMBER = 50
MAX_NUMBER = 999
# More code points than any character of a name is made of, marks included.
MAX_POINTS_A_GRAPHEME = 8

# Beside the statuses: the child is to be deleted.
DELETED = "deleted"
DELETED_WORD = "削除"

SCHOOLS = "小中高"
_SCHOOLS = {"小学": "小", "中学": "中", "高校": "高"}
_GRADE = re.compile(r"(小学|中学|高校|小|中|高)?第?([1-9])(?:学?年[生次]?)?")
_AGE = re.compile(r"満?[0-5]歳児?(?:クラス)?")
_NURSERY = ("未満児", "年少々", "年少", "年中", "年長")
# Behind the class a grade may stand: 4年2組, 4-2, ４の２.
_GRADE_AND_ROOM = re.compile(r"([1-9])(?:年|-|の)([^-]{1,20})")
_ROOM_NUMBER = re.compile(r"([1-9][0-9]?)組?")
_SEAT = re.compile(r"([0-9]{1,3})番?")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]+")
_PARTED = re.compile(r"[、,，;；/／\n]+")
STATUS_WORDS: dict[str, str] = {
    MemberStatus.PROSPECTIVE: "入学予定",
    MemberStatus.ENROLLED: "在籍",
    MemberStatus.SUSPENDED: "休学等",
    MemberStatus.TRANSFERRED: "転出",
    MemberStatus.GRADUATED: "卒業",
}
_STATUSES = {
    **dict.fromkeys(("入学予定", "入学前", "新入学", "転入予定"), MemberStatus.PROSPECTIVE),
    **dict.fromkeys(("在籍", "在学", "在園", "在校"), MemberStatus.ENROLLED),
    **dict.fromkeys(("休学等", "休学", "休園", "留学"), MemberStatus.SUSPENDED),
    **dict.fromkeys(("転出", "転校", "退学", "退園", "転園"), MemberStatus.TRANSFERRED),
    **dict.fromkeys(("卒業", "卒園", "修了"), MemberStatus.GRADUATED),
}


class Unreadable(ValueError):
    """A cell's text cannot be what its column holds; `params` fill the sentence for `code`."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def read_grade(text: str) -> str:
    """Return a grade's name: 4年 for 「4」「第4学年」「4年次」, 小4年 for 「小4」, 年少."""
    plain = _plain(text)
    if plain in _NURSERY or _AGE.fullmatch(plain):
        return plain
    found = _GRADE.fullmatch(plain)
    if found is None:
        raise Unreadable("grade_unreadable", value=text)
    school = _SCHOOLS.get(found[1] or "", found[1] or "")
    return f"{school}{found[2]}年"


def without_school(grade: str) -> str:
    """Return a grade without its school: 4年 for 小4年."""
    return grade.lstrip(SCHOOLS)


def grade_order(grade: str) -> tuple[int, int, str]:
    """Return the sorting key of grades: nursery first, then 小1年 to 高3年."""
    if grade in _NURSERY:
        return 0, _NURSERY.index(grade) + 10, grade
    if _AGE.fullmatch(grade):
        return 0, int(re.sub(r"\D", "", grade)), grade
    school = SCHOOLS.find(grade[0]) + 1
    digits = re.sub(r"\D", "", grade)
    return 1 + school, int(digits) if digits else MAX_NUMBER, grade


def part_grade(text: str) -> tuple[str, str]:
    """Return what a cell of 組 says of the grade, and of the class: 4年 and 2組 for 4年2組."""
    found = _GRADE_AND_ROOM.fullmatch(_plain(text))
    return (f"{found[1]}年", found[2]) if found else ("", text)


def read_room(text: str) -> str:
    """Return a class's name.

    2組 for 「2」「２組」, A組 for 「Ａ」「b組」 in capitals, ひまわり学級 for 「ひまわり」.
    """
    numbered = _ROOM_NUMBER.fullmatch(_plain(text))
    if numbered:
        return f"{numbered[1]}組"
    name = tidy_name(text)
    plain = _plain(name)
    length = count_graphemes(name)
    is_name = plain != "" and plain[0].isalpha() and length <= MAX_LABEL_GRAPHEMES
    if not is_name or has_unreadable_character(name):
        raise Unreadable("class_unreadable", value=text)
    bare = plain.removesuffix("組")
    if bare.isascii():
        return f"{bare.upper()}組"
    if name.endswith(("組", "学級", "クラス")):
        return name
    return f"{plain}組" if length == 1 else f"{name}学級"


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
    """Return a reading in full-width katakana, or in Latin letters."""
    kana = normalise_kana(_read_text(text, MAX_NAME_GRAPHEMES))
    if kana is None:
        raise Unreadable("kana_unreadable", value=text)
    return kana


def read_label(text: str) -> str:
    """Return a 続柄 as typed."""
    return _read_text(text, MAX_LABEL_GRAPHEMES)


def read_note(text: str) -> str:
    """Return a remark as typed."""
    return _read_text(text, MAX_NOTE_GRAPHEMES)


def read_groups(text: str) -> str:
    """Return the names of groups, each once, one a line: they are parted by 、 , / or lines."""
    names: dict[str, str] = {}
    for part in _PARTED.split(text):
        name = tidy_name(part)
        if name:
            names.setdefault(fold_for_search(name), _read_text(name, MAX_LABEL_GRAPHEMES))
    return "\n".join(names.values())


def read_day(text: str) -> str:
    """Return a day in ISO form."""
    day = read_date(text)
    if day is None:
        raise Unreadable("date_unreadable", value=text)
    return day.isoformat()


def read_status(text: str) -> str:
    """Return a status, or that the child is to be deleted."""
    plain = _plain(text)
    if plain == DELETED_WORD:
        return DELETED
    status = _STATUSES.get(plain)
    if status is None:
        raise Unreadable("status_unreadable", value=text)
    return status.value


def read_management_number(text: str) -> str:
    """Return a 管理番号 as typed; refuse one that Excel has shortened to 1.2E+15."""
    if _EXPONENT.fullmatch(_plain(text)):
        raise Unreadable("number_shortened", value=text)
    return _read_text(text, MAX_MANAGEMENT_NUMBER)


def read_mail(text: str) -> str:
    """Return a mail address as typed, without what shows nothing."""
    address = tidy_mail(text)
    problem = find_mail_problem(address)
    if problem:
        raise Unreadable(problem, value=text)
    return address


def read_phone_number(text: str) -> str:
    """Return a telephone number, half-width, with the hyphens that were typed."""
    number = read_phone(text)
    if number is None:
        raise Unreadable("phone_unreadable", value=text)
    return number


def _read_text(text: str, limit: int) -> str:
    is_long = len(text) > limit
    if is_long and (len(text) > limit * MAX_POINTS_A_GRAPHEME or count_graphemes(text) > limit):
        raise Unreadable("text_too_long", limit=limit)
    private = find_private_character(text)
    if private:
        raise Unreadable("character_private", value=f"U+{ord(private):04X}")
    if has_unreadable_character(text):
        raise Unreadable("character_unreadable")
    return text


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
