"""The differences between a roster file and the roster, in words (DIR-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from common.answers.directory import ChangeDetail, PlanCounts, RosterChange
from common.words import SchoolWords
from gateway.domain.people import MEMBER_STATUS_WORDS, ROLE_WORDS

# What is not called as the heading of its column in the workbook.
FIELD_WORDS: Mapping[str, str] = {
    "class": "{class}",
    "number": "番号",
    "status": "状態",
    "guardian": "{guardian}",
    "guardian_name": "{guardian}の氏名",
    "phone": "緊急連絡先",
    "label": "続柄",
    "mail": "メールアドレス",
    "mail_ended": "メールアドレス",
    "status_since": "異動日",
    "planned_status": "状態の予定",
    "planned_since": "予定の日",
    "groups": "グループ",
    "role": "権限",
    "staff_mail": "メールアドレス",
}
ROLES: Mapping[str, str] = {**ROLE_WORDS, "no_login": "ログインなし"}
ADDED = ("guardian", "mail")
# Of who has none yet.
SAID_ALONE = ("role", "staff_mail")
SECTION_WORDS: Mapping[str, tuple[str, str]] = {
    "class": ("新しく作る{class}・グループ", "打ち間違いでないか、先に確かめてください。"),
    "new": ("新しく登録", ""),
    "changed": ("変わるところ", ""),
    "deleted": ("削除する{pupil}", "30日の間は元に戻せます。"),
    "missing": ("ファイルにない{pupil}", "名簿から削除しません。このまま残ります。"),
}
STAFF_SECTION_WORDS: Mapping[str, tuple[str, str]] = {
    "class": ("新しく作るグループ", "打ち間違いでないか、先に確かめてください。"),
    "new": ("新しく登録", ""),
    "changed": ("変わるところ", ""),
    "deleted": ("削除する教職員", "ログインもできなくなります。30日の間は元に戻せます。"),
    "missing": ("ファイルにない教職員", "名簿から削除しません。このまま残ります。"),
}
_NOTHING = "（なし）"
_COUNT_OF: Mapping[str, Literal["classes", "new", "changed", "deleted", "missing"]] = {
    "class": "classes",
    "new": "new",
    "changed": "changed",
    "deleted": "deleted",
    "missing": "missing",
}


@dataclass(frozen=True, slots=True)
class ChangeSection:
    """A part of the preview: its changes on this page, `count` of all pages."""

    kind: str
    title: str
    note: str
    count: int
    rows: tuple[RosterChange, ...]


def sections(changes: Iterable[RosterChange], counts: PlanCounts) -> list[ChangeSection]:
    """Return a page of changes by kind, kinds without any left out."""
    return _sections(changes, counts, SECTION_WORDS)


def staff_sections(changes: Iterable[RosterChange], counts: PlanCounts) -> list[ChangeSection]:
    """Return a page of changes of staff by kind, kinds without any left out."""
    return _sections(changes, counts, STAFF_SECTION_WORDS)


def _sections(
    changes: Iterable[RosterChange],
    counts: PlanCounts,
    section_words: Mapping[str, tuple[str, str]],
) -> list[ChangeSection]:
    rows = list(changes)
    found = []
    for kind, (title, note) in section_words.items():
        here = tuple(row for row in rows if row["kind"] == kind)
        if here:
            found.append(ChangeSection(kind, title, note, counts[_COUNT_OF[kind]], here))
    return found


def sums(counts: PlanCounts) -> list[tuple[str, int]]:
    """Return the line of numbers above the preview."""
    return [
        ("新しく登録", counts["new"]),
        ("変更", counts["changed"]),
        ("削除", counts["deleted"]),
        ("変わりなし", counts["unchanged"]),
        ("ファイルにない", counts["missing"]),
    ]


def has_work(counts: PlanCounts) -> bool:
    """Return whether applying would change anything."""
    people = counts["new"] + counts["changed"] + counts["deleted"]
    return bool(people or counts["classes"])


def done_words(counts: PlanCounts) -> str:
    """Say what was applied."""
    new, changed, deleted = counts["new"], counts["changed"], counts["deleted"]
    gone = f"、削除 {deleted}人" if deleted else ""
    return f"反映しました（新しく登録 {new}人、変更 {changed}人{gone}）。"


def say_detail(detail: ChangeDetail, words: SchoolWords) -> str:
    """Say one thing that changes.

    学級：4年2組 → 4年1組 · メールアドレスを追加（母）：a@b · 緊急連絡先2：03-… → 090-…
    """
    field = detail["field"]
    who = detail["who"]
    name = words.say(FIELD_WORDS.get(field, detail["heading"]))
    whose = f"（{who}）" if who else ""
    after = _value(detail, "after")
    if field == "account":
        return f"いまのアカウントを、この人のものにする：{after}"
    if field in ADDED and not after:
        # A guardian of whom the file says neither name nor 続柄.
        return f"{name}を追加"
    if field in ADDED:
        return f"{name}を追加{whose}：{after}"
    if field == "mail_ended":
        return f"{name}を止める{whose}：{_value(detail, 'before')}"
    if field == "phone":
        whose = who
    if field in SAID_ALONE and not detail["before"]:
        return f"{name}：{after}"
    before = _value(detail, "before") or _NOTHING
    return f"{name}{whose}：{before} → {after or _NOTHING}"


def _value(detail: ChangeDetail, side: Literal["before", "after"]) -> str:
    value = detail[side] or ""
    if detail["field"] in ("status", "planned_status"):
        return "削除済み" if value == "deleted" else MEMBER_STATUS_WORDS.get(value, value)
    if detail["field"] == "role":
        return ROLES.get(value, value)
    if detail["field"] == "number" and value:
        return f"{value}番"
    return value
