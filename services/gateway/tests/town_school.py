"""A small school for the gateway's tests, as other houses would answer of it.

It has classes with heads, and the children of 4年2組.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from common.rights import Right
from common.words import words_of

_SIZES = {1: (24, 23), 2: (25, 25), 3: (24, 24), 4: (26, 26), 5: (25, 24), 6: (24, 24)}
_FREE = (
    "東町1班",
    "東町2班",
    "西台1班",
    "放送委員会",
    "図書委員会",
    "金管バンド",
    "放課後児童クラブ",
)
_STAFF = ("管理職", "4学年団", "全教職員")
_FAMILIES = (
    "青木", "池田", "石川", "井上", "上野", "遠藤", "岡田", "小川", "加藤", "木村",
    "斉藤", "佐々木", "髙橋", "髙橋", "𠮷田", "田中", "千葉", "中村", "西村", "橋本",
    "林", "藤田", "松本", "三浦", "森", "渡邉",
)  # fmt: skip
_GIVEN = (
    "湊", "結衣", "蓮", "陽菜", "大和", "凛", "樹", "咲良", "悠真", "莉子",
    "蒼", "美月", "新", "陽菜", "律", "杏", "颯太", "芽依", "朝陽", "紬",
    "快", "さくら", "晴", "心春", "鷗介", "希",
)  # fmt: skip


def make_id(name: str) -> str:
    """Return a stable id for a name."""
    return str(uuid5(NAMESPACE_URL, name))


PRIMARY = words_of("elementary")
SCHOOL: dict[str, Any] = {
    "id": make_id("school"),
    "code": "208114825",
    "kind": "elementary",
    "name": "みなも市立つばめ野小学校",
    "short_name": "つばめ野小",
    "phone": "0000-00-0000",
    "phone_hours": "平日 7:50〜17:00",
    "mail_local": "tsubameno",
    "state": "active",
    "undo_seconds": 30,
    "urgent_undo_seconds": 5,
    "pupil_word": "",
    "guardian_names": "name_and_label",
    "member_limit": 400,
}


def _group(
    name: str, kind: str, parent: str | None, depth: int, path: str, heads: int, position: int
) -> dict[str, Any]:
    return {
        "id": make_id(path),
        "kind": kind,
        "name": name,
        "parent_id": make_id(parent) if parent else None,
        "position": position,
        "version": 1,
        "depth": depth,
        "path": path,
        "heads": heads,
        "former": False,
        "sendable": True,
        "changeable": True,
    }


def make_groups() -> list[dict[str, Any]]:
    """Return all groups in tree order."""
    groups = [_group("全校", "class", None, 1, "全校", 300, 0)]
    for grade, sizes in _SIZES.items():
        groups.append(_group(f"{grade}年", "class", "全校", 2, f"{grade}年", sum(sizes), grade))
        for room, heads in enumerate(sizes, start=1):
            groups.append(
                _group(f"{room}組", "class", f"{grade}年", 3, f"{grade}年{room}組", heads, room)
            )
    groups.append(_group("ひまわり学級", "class", "全校", 2, "ひまわり学級", 3, 7))
    groups.append(_group("たんぽぽ学級", "class", "全校", 2, "たんぽぽ学級", 3, 8))
    groups += [_group(name, "free", None, 1, name, 8 + 3 * n, n) for n, name in enumerate(_FREE)]
    groups += [_group(name, "staff", None, 1, name, 2 + 7 * n, n) for n, name in enumerate(_STAFF)]
    return groups


CLASS_42 = make_id("4年2組")
WHOLE = make_id("全校")


def make_account(role: str = "administrator", **changes: Any) -> dict[str, Any]:
    """Return an account as identity resolves it."""
    account = {
        "id": make_id("yamashita"),
        "display_name": "山下 明子",
        "post": "教頭",
        "role": role,
        "functions": [right.value for right in Right],
        "own_only": [],
        "member_id": make_id("yamashita-member"),
        "group_ids": [],
        "own_messages": False,
        "open_alarms": 0,
    }
    return {**account, **changes}


def make_teacher() -> dict[str, Any]:
    """Return the class teacher of 4年2組: a sender who sees own classes only."""
    functions = ["messages.read", "messages.send", "roster.see"]
    return make_account(
        "sender",
        display_name="野口 大輔",
        post="4年2組担任",
        functions=functions,
        own_only=functions,
        group_ids=[CLASS_42],
    )


def make_members() -> list[dict[str, Any]]:
    """Return the 26 children of 4年2組; number 22 has no contact point."""
    return [
        {
            "id": make_id(f"child-{number}"),
            "kind": "pupil",
            "display_name": f"{family} {given}",
            "kana": "カナ カナ",
            "status": "enrolled",
            "class_id": CLASS_42,
            "class_name": "4年2組",
            "number": number,
            "deleted": False,
            "channels": {"mail": 0 if number == 22 else 1 + number % 2, "line": 0, "push": 0},
            "dead": {"mail": 0, "line": 0, "push": 0},
            "stopped": {"mail": 0, "line": 0, "push": 0},
        }
        for number, (family, given) in enumerate(zip(_FAMILIES, _GIVEN, strict=True), start=1)
    ]


def make_member(listed: dict[str, Any]) -> dict[str, Any]:
    """Return one person as directory shows it alone."""
    sibling = {
        **listed,
        "id": make_id("sibling"),
        "display_name": "髙橋 蓮",
        "class_name": "1年1組",
        "number": 13,
    }
    return {
        **listed,
        "formal_name": None,
        "management_number": "20260412",
        "birth_date": "2016-05-10",
        "note": None,
        "status_since": "2023-04-01",
        "planned_status": None,
        "planned_since": None,
        "groups": [
            _membership("4年2組", "class", "enrolled"),
            _membership("東町1班", "free", "joined"),
            _membership("金管バンド", "free", "joined"),
        ],
        "guardians": _make_guardians(),
        "contact_points": [],
        "siblings": [sibling],
        "phone_numbers": [
            {"label": "母", "number": "0000-00-1001"},
            {"label": "父", "number": "0000-00-1002"},
        ],
        "version": "1",
    }


def _membership(name: str, kind: str, membership: str) -> dict[str, Any]:
    return {"id": make_id(name), "name": name, "kind": kind, "membership": membership}


def _make_guardians() -> list[dict[str, Any]]:
    """Return a mother with two addresses, one of them full, and a father without any."""
    point = {
        "id": make_id("point"),
        "kind": "mail",
        "state": "active",
        "hint": "t•••@docomo.town.test",
        "health": None,
        "proved_at": "2026-11-20T07:02:00+00:00",
        "last_proved_at": "2026-11-24T07:02:00+00:00",
    }
    full = {
        **point,
        "id": make_id("p2"),
        "hint": "m•••@town.test",
        "health": {"code": "mailbox_full", "since": None},
    }
    mother = {
        "id": make_id("mother"),
        "protected": False,
        "name": "髙橋 真由美",
        "language": "ja",
        "label": "母",
        "contact_points": [point, full],
    }
    father = {
        **mother,
        "id": make_id("father"),
        "name": "髙橋 健一",
        "label": "父",
        "contact_points": [],
    }
    return [mother, father]


def make_plan(**changes: Any) -> dict[str, Any]:
    """Return what a roster file would change, as directory shows it."""
    plan = {
        "id": make_id("plan"),
        "state": "ready",
        "created_at": "2026-11-24T03:00:00+00:00",
        "applied_at": None,
        "expires_at": "2026-11-24T03:30:00+00:00",
        "asked_at": "2026-11-24T03:00:00+00:00",
        "rows": 28,
        "trouble": None,
        "revision": "0123456789abcdef",
        "sheets": ["名簿"],
        "error_count": 0,
        "open_count": 0,
        "limit": 400,
        "over_limit": 0,
        "errors": [],
        "errors_next": None,
        "notes": [],
        "unused": [],
        "questions": [],
        "counts": {
            "classes": 1,
            "new": 1,
            "changed": 1,
            "deleted": 0,
            "missing": 1,
            "unchanged": 24,
            "kept_mails": 3,
        },
        "changes": {"items": _make_changes(), "next": None},
    }
    return {**plan, **changes}


def _make_changes() -> list[dict[str, Any]]:
    """Return one change of each kind."""
    row = {
        "member_id": make_id("child-1"),
        "class_name": "4年2組",
        "number": 1,
        "display_name": "青木 湊",
        "kana": "アオキ ミナト",
        "row": 2,
        "details": [],
    }
    moved = {"field": "class", "heading": "", "before": "4年2組", "after": "4年1組", "who": ""}
    seat = {"field": "number", "heading": "出席番号", "before": "1", "after": "7", "who": ""}
    mail = {
        "field": "mail",
        "heading": "メールアドレス",
        "before": None,
        "after": "akane@town.test",
        "who": "母 新田 茜",
    }
    return [
        {
            **row,
            "kind": "class",
            "member_id": None,
            "class_name": "4年3組",
            "number": None,
            "display_name": "",
        },
        {
            **row,
            "kind": "new",
            "member_id": make_id("new"),
            "display_name": "新田 葵",
            "details": [mail],
        },
        {
            **row,
            "kind": "changed",
            "details": [moved, seat],
        },
        {
            **row,
            "kind": "missing",
            "member_id": make_id("child-2"),
            "display_name": "池田 結衣",
            "number": 2,
        },
    ]


CATEGORIES = [
    {
        "id": make_id(name),
        "name": name,
        "mark": mark,
        "colour": "gray",
        "position": n,
        "default_button": None,
        "version": 1,
        "retired_at": None,
    }
    for n, (name, mark) in enumerate(
        (("緊急・安全", "急"), ("学校行事", "行"), ("保健", "保"), ("給食", "食"))
    )
]
TEMPLATES = [
    {
        "id": make_id("T1"),
        "key": "T1",
        "name": "臨時休業（気象）",
        "kind": "notice",
        "lane": "urgent",
        "position": 1,
        "category_name": "緊急・安全",
        "subject": "本日〔11月24日（火）〕は臨時休業です",
        "body": "〔午前6時〕現在、みなも市に〔暴風警報〕が発表されています。\n"
        "このため、本日は臨時休業（学校はお休み）とします。\n\n"
        "1　お子様は、ご自宅など安全な場所で過ごさせてください。\n2　給食はありません。",
        "short_text": "本日は臨時休業です。",
        "easy_text": "",
        "supplied": True,
        "whole_school": True,
        "blanks": ["〔11月24日（火）〕", "〔午前6時〕", "〔暴風警報〕"],
        "today_blanks": ["〔11月24日（火）〕"],
    },
    {
        "id": make_id("T10"),
        "key": "T10",
        "name": "校外学習の持ち物",
        "kind": "notice",
        "lane": "normal",
        "position": 10,
        "category_name": "学校行事",
        "subject": "校外学習（〔12月4日（金）〕）の持ち物について",
        "body": "〔社会科「くらしと水」〕の学習で、〔みなも浄水場〕へ行きます。\n\n"
        "持ち物　お弁当、水筒、敷物",
        "short_text": "〔12月4日〕は校外学習です。",
        "easy_text": "",
        "supplied": True,
        "whole_school": False,
        "blanks": [
            "〔12月4日（金）〕",
            "〔社会科「くらしと水」〕",
            "〔みなも浄水場〕",
            "〔12月4日〕",
        ],
        "today_blanks": [],
    },
]


def make_reading(members: Sequence[Mapping[str, Any]], **changes: Any) -> dict[str, Any]:
    """Return a message as the mother of these children reads it."""
    children = [
        {"display_name": member["display_name"], "class_name": member["class_name"]}
        for member in members
    ]
    reading = {
        "message_id": make_id("read"),
        "school_id": SCHOOL["id"],
        "school": SCHOOL,
        "subject": "校外学習について",
        "body": "お弁当をお持ちください。\nくわしくは https://school.example/a まで。",
        "lane": "normal",
        "version": 3,
        "sent_at": "2026-11-24T06:05:00+00:00",
        "label": "4年2組",
        "children": children,
        "confirmable": True,
        "confirmed_at": None,
        "is_staff": False,
        "category": {"name": "学校行事", "mark": "行", "colour": "green"},
    }
    return {**reading, **changes}
