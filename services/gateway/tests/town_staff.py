"""What directory shows of a file of staff."""

from __future__ import annotations

from typing import Any

from town_school import make_id, make_plan


def make_staff_plan(**changes: Any) -> dict[str, Any]:
    """Return what a file of staff would change, as directory shows it."""
    row = {
        "member_id": make_id("staff-1"),
        "class_name": None,
        "number": None,
        "display_name": "新田 葵",
        "kana": "ニッタ アオイ",
        "row": 3,
    }
    role = {"field": "role", "heading": "", "before": "sender", "after": "administrator", "who": ""}
    first_role = {**role, "before": None, "after": "no_login"}
    mail = {
        "field": "staff_mail",
        "heading": "",
        "before": None,
        "after": "nitta@town.test",
        "who": "",
    }
    missing = {
        "key": f"missing/{make_id('staff-2')}",
        "kind": "missing_staff",
        "sheet": "",
        "row": 0,
        "cell": "",
        "choices": ["keep", "delete"],
        "must": False,
        "chosen": "keep",
        "params": {"name": "古川 茂"},
    }
    items = [
        {**row, "kind": "new", "details": [first_role, mail]},
        {**row, "kind": "changed", "display_name": "野口 大輔", "details": [role]},
        {**row, "kind": "missing", "display_name": "古川 茂", "row": None, "details": []},
    ]
    plan = make_plan(
        id=make_id("staff-plan"),
        questions=[missing],
        changes={"items": items, "next": None},
        account_count=2,
        refused=[],
    )
    del plan["errors_next"]
    return {**plan, **changes}
