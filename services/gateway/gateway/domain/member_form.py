"""The form of a pupil or a member of staff: as typed, as directory takes it, what is wrong where.

Directory alone judges; here are the words (DIR-1, DIR-11).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common import clock
from common.answers.directory import ListedGroup, MemberOut
from common.errors import ServiceError
from common.words import SchoolWords
from gateway.domain.cell_words import CELL_WORDS
from gateway.domain.contract_end import read_day
from gateway.domain.dates import as_day
from gateway.domain.forms import Form, read_count
from gateway.domain.people import MEMBER_STATUS_WORDS

LABELS: Mapping[str, str] = {
    "display_name": "氏名",
    "formal_name": "正式な氏名",
    "kana": "フリガナ",
    "class_id": "{class}",
    "number": "出席番号",
    "management_number": "管理番号",
    "birth_date": "生年月日",
    "note": "備考",
    "status": "在籍状況",
    "status_since": "いつから",
    "mails": "メールアドレス",
}
# Staff have neither a class nor a seat.
OF_STAFF = (
    "display_name",
    "formal_name",
    "kana",
    "management_number",
    "note",
    "status",
    "status_since",
)
OF_PUPIL = (*OF_STAFF, "birth_date", "class_id", "number")
STATUSES: Mapping[str, Sequence[str]] = {
    "pupil": ("enrolled", "suspended", "prospective", "transferred", "graduated"),
    "staff": ("active", "moved", "retired"),
}
_OPTIONAL = (
    "formal_name",
    "management_number",
    "birth_date",
    "note",
    "class_id",
    "status_since",
)
_PROBLEMS: Mapping[str, str] = {
    "display_name_missing": "氏名を入れてください。",
    "kana_missing": "フリガナを入れてください。並べ替えに使います。",
    "kana_unreadable": "カタカナかひらがなで入れてください。例：タカハシ ヒナ",
    "character_unreadable": "画面に出せない文字が含まれています。入力し直してください。",
    "number_unreadable": "出席番号は数字で入れてください。例：12",
    "number_taken": "{value}番は、同じ{class}の{name}さんの番号です。番号を確かめてください。",
    "management_number_taken": "「{value}」は、ほかの人の管理番号です。"
    "空にすると、新しい番号が付きます。",
    "birth_date_ahead": "これからの日付です。年を確かめてください。",
    "day_unreadable": "日付として読めません。例：2026/4/1",
    "planned_status_same": "これからの日付ですが、在籍状況はいまと同じです。"
    "その日からの在籍状況を選ぶか、日付を直してください。",
    "status_of_other_kind": "在籍状況を選び直してください。",
    "class_missing": "{class}を選んでください。",
    "mail_of_another": "ほかの{guardian}「{name}」さんのメールアドレスです。"
    "アドレスを確かめてください。",
}
_LONGEST_NUMBER = 9999


@dataclass(frozen=True, slots=True)
class MemberForm:
    """What was typed about a person of a kind, and the sentence for each field that can't stay."""

    kind: str
    typed: Mapping[str, str]
    group_ids: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> Sequence[str]:
        """Return what a change of such a person may name."""
        return OF_STAFF if self.kind == "staff" else OF_PUPIL

    def told(self) -> list[tuple[str, str, str]]:
        """Return what is wrong in the order of the form: field, what it is called, sentence."""
        return [
            (name, LABELS[name], self.problems[name]) for name in LABELS if name in self.problems
        ]

    def misread(self) -> dict[str, str]:
        """Return the sentence for what is missing, or is no number and no day."""
        problems = {}
        for name in ("display_name", "kana"):
            if not self.typed[name]:
                problems[name] = _PROBLEMS[f"{name}_missing"]
        if self.typed["number"] and _as_number(self.typed["number"]) is None:
            problems["number"] = _PROBLEMS["number_unreadable"]
        if self.typed["status_since"] and read_day(self.typed["status_since"]) is None:
            problems["status_since"] = _PROBLEMS["day_unreadable"]
        return problems

    def new(self) -> dict[str, Any]:
        """Return the person as directory registers it."""
        person: dict[str, Any] = {"kind": self.kind, "group_ids": list(self.group_ids)}
        for name in self.fields:
            person[name] = self._value_of(name)
        if self.kind == "staff" and self.typed["mails"]:
            person["mails"] = [self.typed["mails"]]
        return person

    def changes(self, before: MemberOut) -> dict[str, Any]:
        """Return what differs from a person as it stands."""
        # A day of birth goes as it was typed: directory reads it, of whatever calendar.
        known: Mapping[str, Any] = {**before, "birth_date": _birth_date_of(before)}
        wanted = {name: self._value_of(name) for name in self.fields}
        changes = {name: value for name, value in wanted.items() if value != known[name]}
        if "status" in changes and wanted["status_since"] == known["status_since"]:
            # The day of the status before is not that of the new one.
            changes["status_since"] = clock.today().isoformat()
        return changes

    def _value_of(self, name: str) -> Any:
        typed = self.typed[name]
        if name == "number":
            return _as_number(typed)
        if name == "status_since":
            day = read_day(typed)
            return day.isoformat() if day else None
        return typed or None if name in _OPTIONAL else typed


def blank_form(kind: str, class_id: str = "") -> MemberForm:
    """Return the form of a new person of a kind, who is at the school from today on."""
    typed = dict.fromkeys(LABELS, "")
    typed |= {
        "status": STATUSES[kind][0],
        "status_since": clock.today().isoformat(),
        "class_id": class_id,
    }
    return MemberForm(kind, typed)


def read_form(kind: str, form: Form) -> MemberForm:
    """Return what was typed."""
    typed = {name: form.get(name, "").strip() for name in LABELS}
    return MemberForm(kind, typed, tuple(form.getlist("group")))


def form_of(person: MemberOut) -> MemberForm:
    """Return a person as the form shows it before anything is typed."""
    known: Mapping[str, Any] = {**person, "birth_date": _birth_date_of(person)}
    typed = dict.fromkeys(LABELS, "")
    for name in OF_PUPIL:
        value = known[name]
        typed[name] = "" if value is None else str(value)
    return MemberForm(person["kind"], typed)


def _birth_date_of(person: MemberOut) -> str | None:
    """Return a day of birth as the form shows it: 2016/5/10."""
    if person["birth_date"] is None:
        return None
    day = as_day(person["birth_date"])
    return f"{day.year}/{day.month}/{day.day}"


def problems_of(error: ServiceError, school: SchoolWords) -> dict[str, str]:
    """Return the sentence for each field that directory refuses; none for another refusal."""
    if error.status != 422:
        return {}
    problems = {}
    for name, said in error.fields.items():
        if name in LABELS:
            problems[name] = _say_problem(name, said, school)
    return problems


def _say_problem(name: str, said: Any, school: SchoolWords) -> str:
    label = school.say(LABELS[name])
    if not isinstance(said, Mapping):
        return f"{label}を確かめてください。"
    code = str(said.get("code", ""))
    if code.endswith("_too_long"):
        return f"{label}は{said.get('limit')}文字までにしてください。"
    words = _PROBLEMS.get(code) or CELL_WORDS.get(code)
    if words is None:
        return f"{label}を確かめてください。"
    named = {"value": "", "name": "", "limit": "", **said}
    return school.say(words).format_map(named).replace("「」さん", "")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which a form differs from what stands now, both in words."""

    label: str
    typed: str
    now: str


def differences(
    form: MemberForm, now: MemberOut, groups: Collection[ListedGroup]
) -> list[Difference]:
    """Return in what a form differs from the person as somebody else left it meanwhile."""
    names = {group["id"]: group["path"] for group in groups}
    standing = form_of(now)
    found = []
    for name in form.fields:
        typed, there = form.typed[name], standing.typed[name]
        if typed != there:
            label = LABELS[name]
            found.append(Difference(label, _in_words(typed, names), _in_words(there, names)))
    return found


def _in_words(value: str, names: Mapping[str, str]) -> str:
    if not value:
        return "（なし）"
    return names.get(value) or MEMBER_STATUS_WORDS.get(value) or value


def classes_of(groups: Collection[ListedGroup], chosen: str) -> list[ListedGroup]:
    """Return the classes in which somebody can be enrolled: those with no class below them."""
    parents = {group["parent_id"] for group in groups}
    rooms = []
    for group in groups:
        is_room = group["kind"] == "class" and group["depth"] > 1 and group["id"] not in parents
        if is_room or group["id"] == chosen:
            rooms.append(group)
    return rooms


def _as_number(typed: str) -> int | None:
    narrow = unicodedata.normalize("NFKC", typed).removesuffix("番").strip()
    number = read_count(narrow)
    return number if number and number <= _LONGEST_NUMBER else None
