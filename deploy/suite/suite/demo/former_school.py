"""The demo city's school that is no more: みなも市立旧ほたる沢小学校, merged into another; a contract that has ended, as data."""

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
    """Return its small roster as directory's POST /rosters takes it: one class, a mother with an address for each child."""
    class_id = str(id_of(f"{KEY}/class"))
    body: dict[str, Any] = {name: [] for name in ("members", "memberships", "guardians", "guardianships", "contact_points")}
    group = {"id": class_id, "kind": "class", "name": "全校", "parent_id": None, "position": 1, "fiscal_year": fiscal_year}
    for number, (name, kana) in enumerate(PUPILS, start=1):
        child, mother = str(id_of(f"{KEY}/pupil/{number}")), str(id_of(f"{KEY}/guardian/{number}"))
        body["members"].append(
            {
                "id": child,
                "kind": "pupil",
                "display_name": name,
                "formal_name": None,
                "kana": kana,
                "number": number,
                "status": "enrolled",
                "status_since": status_since,
            }
        )
        body["memberships"].append({"group_id": class_id, "member_id": child, "kind": "enrolled"})
        body["guardians"].append({"id": mother, "name": f"{name.split()[0]} さん", "language": "ja"})
        link = {"member_id": child, "guardian_id": mother, "label": "母", "position": 1, "protected": False}
        body["guardianships"].append(link)
        body["contact_points"].append(
            {
                "id": str(id_of(f"{KEY}/mail/{number}")),
                "guardian_id": mother,
                "member_id": None,
                "kind": "mail",
                "address": f"hotarusawa-{number}@mail.town.test",
                "health": None,
            }
        )
    return {"groups": [group], "phone_numbers": [], **body}
