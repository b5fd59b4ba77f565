"""The demo city's school that is no more, as data: its contract has ended.

みなも市立旧ほたる沢小学校 was merged into another.
"""

from __future__ import annotations

from typing import Any

from suite.demo.model import id_of

KEY = "former-school"
NAME = "みなも市立旧ほたる沢小学校"
SHORT_NAME = "旧ほたる沢小"
CODE = "208114833"
MAIL_LOCAL = "hotarusawa"
ADMINISTRATOR = ("長谷川 文子", "校長", "hasegawa@hotarusawa.town.test")
DAY = 41  # of 70 after the contract's end, today
GRACE_DAYS = 30
PUPILS = (
    ("大島 空", "オオシマ ソラ"),
    ("片桐 ひなた", "カタギリ ヒナタ"),
    ("久保田 朔", "クボタ サク"),
    ("坂口 結月", "サカグチ ユヅキ"),
    ("谷川 岳", "タニガワ ガク"),
    ("堀内 すみれ", "ホリウチ スミレ"),
)


def roster_body(fiscal_year: int, status_since: str) -> dict[str, Any]:
    """Return its small roster as directory's POST /rosters takes it.

    It has one class, and a mother with an address for each child.
    """
    class_id = str(id_of(f"{KEY}/class"))
    group = {
        "id": class_id,
        "kind": "class",
        "name": "全校",
        "parent_id": None,
        "position": 1,
        "fiscal_year": fiscal_year,
    }
    body: dict[str, Any] = {
        "groups": [group],
        "phone_numbers": [],
        "members": [],
        "memberships": [],
        "guardians": [],
        "guardianships": [],
        "contact_points": [],
    }
    for number, (name, kana) in enumerate(PUPILS, start=1):
        child = _child(number, name, kana, status_since)
        body["members"].append(child)
        body["memberships"].append(
            {"group_id": class_id, "member_id": child["id"], "kind": "enrolled"}
        )
        mother = {
            "id": str(id_of(f"{KEY}/guardian/{number}")),
            "name": f"{name.split()[0]} さん",
            "language": "ja",
        }
        body["guardians"].append(mother)
        link = {
            "member_id": child["id"],
            "guardian_id": mother["id"],
            "label": "母",
            "position": 1,
            "protected": False,
        }
        body["guardianships"].append(link)
        body["contact_points"].append(_mail(number, mother["id"]))
    return body


def _child(number: int, name: str, kana: str, status_since: str) -> dict[str, Any]:
    return {
        "id": str(id_of(f"{KEY}/pupil/{number}")),
        "kind": "pupil",
        "display_name": name,
        "formal_name": None,
        "kana": kana,
        "number": number,
        "status": "enrolled",
        "status_since": status_since,
    }


def _mail(number: int, guardian_id: str) -> dict[str, Any]:
    return {
        "id": str(id_of(f"{KEY}/mail/{number}")),
        "guardian_id": guardian_id,
        "member_id": None,
        "kind": "mail",
        "address": f"hotarusawa-{number}@mail.town.test",
        "health": None,
    }
