"""A school in March with a draft of its next year, and what its tests ask of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

from directory_school import School
from test_import_plans import workbook

from common import clock
from common.db import Database
from common.schemas import Envelope
from directory.actions.released_snapshots import note_release

HINA, SAKURA, REN = "髙橋 陽菜", "高木 さくら", "髙橋 蓮"
OTHER_HINA, WATANABE, NEXT_YEARS = "高橋 陽菜", "渡邉 咲良", "来年 入る子"
LISTS = ("氏名", "フリガナ", "学年", "組", "出席番号")

Move = Callable[[str], None]


def year(school: School) -> Any:
    return school.get("/year-change")


def lines(school: School, query: str = "") -> dict[str, tuple[Any, ...]]:
    """Return name → outcome, class and number of the next year."""
    items = school.get(f"/year-change/lines{query}")["items"]
    return {i["display_name"]: (i["outcome"], i["to_class"], i["number"]) for i in items}


def class_of(school: School, path: str) -> str:
    found: str = next(room["id"] for room in year(school)["classes"] if room["path"] == path)
    return found


def decide(school: School, name: str, **place: Any) -> Any:
    return school.call("PUT", f"/year-change/places/{school.roster.id(name)}", json=place)


def turn(school: School) -> Any:
    return school.post("/year-change/turn", None)


def undo(school: School) -> tuple[int, str | None]:
    answer = school.call("POST", "/year-change/undo")
    code = None if answer.status_code == 204 else answer.json["error"]["code"]
    return answer.status_code, code


def person(school: School, name: str) -> dict[str, Any]:
    found: dict[str, Any] = school.get(f"/members/{school.roster.id(name)}")
    return found


def seat(school: School, name: str) -> tuple[Any, ...]:
    shown = person(school, name)
    return shown["class_name"], shown["number"], shown["status"], shown["status_since"]


def take_lists(school: School, *rows: Any, header: Any = LISTS) -> Any:
    file = (io.BytesIO(workbook(*rows, header=header)), "学級編制.xlsx")
    return school.call("POST", "/year-change/class-lists", data={"file": file})


def release(school: School, database: Database, snapshot: Any) -> None:
    payload = {"message_id": school.id, "snapshot_id": UUID(snapshot["id"]), "lane": "normal"}
    event = Envelope.of("message.released", school.id, payload)
    with database.for_school(school.id) as session:
        note_release(session, event, None, now=clock.now())
