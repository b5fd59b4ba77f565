"""One status for many people at once: each checked as one by one, all or nobody (DIR-1, DIR-12)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from directory_school import School

from common import clock
from common.bus import tables
from common.db import Database

HINA, SAKURA, KOKORO = "髙橋 陽菜", "高木 さくら", "小鳥遊 心"
AWAY, NOGUCHI = "転出 した子", "野口 大輔"


def give(school: School, names: list[str], status: str, days: int = 0, headers: object = None):
    since = clock.today() + timedelta(days=days)
    body = {
        "ids": [school.roster.id(name) for name in names],
        "status": status,
        "status_since": since.isoformat(),
    }
    return school.call("POST", "/members/statuses", json=body, headers=headers)


def state(school: School, name: str) -> tuple[str, str | None]:
    person = school.get(f"/members/{school.roster.id(name)}")
    return person["status"], person["planned_status"]


def changes_told(database: Database, school: School) -> int:
    own = sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == school.id)
    with database.for_system(read_only=True) as session:
        payloads = [json.loads(body)["payload"] for body in session.scalars(own)]
    return sum(each.get("action") == "member.changed" for each in payloads)


def test_chosen_people_change_at_once_and_the_log_is_told_of_each(
    school: School, database: Database
) -> None:
    answer = give(school, [HINA, SAKURA, AWAY], "transferred")
    assert answer.json == {"changed": 2, "already": 1}
    assert state(school, HINA) == state(school, SAKURA) == ("transferred", None)
    assert changes_told(database, school) == 2


def test_a_day_to_come_is_planned_and_a_second_press_changes_nothing(school: School) -> None:
    assert give(school, [HINA, SAKURA], "graduated", days=90).json["changed"] == 2
    assert state(school, HINA) == ("enrolled", "graduated")
    assert give(school, [HINA, SAKURA], "graduated", days=90).json == {"changed": 0, "already": 2}


@pytest.mark.parametrize("refused", [NOGUCHI, "nobody"])
def test_where_one_is_refused_nobody_changes(school: School, refused: str) -> None:
    answer = give(school, [HINA, refused], "graduated")
    assert answer.status_code in (404, 422)
    assert state(school, HINA) == ("enrolled", None)


def test_a_seat_taken_meanwhile_is_told_with_who_has_it(school: School) -> None:
    school.call("PATCH", f"/members/{school.roster.id(SAKURA)}", json={"number": 30})
    answer = give(school, [AWAY], "enrolled")
    assert answer.json["error"]["fields"]["number"]["name"] == SAKURA
    assert state(school, AWAY) == ("transferred", None)


def test_people_of_other_classes_are_out_of_reach_and_all_stay(school: School) -> None:
    """ID-3: who has the right for own classes changes nobody of another."""
    own = school.staff(
        "roster.see", "roster.change", own_only=["roster.see", "roster.change"], groups=["4-2"]
    )
    assert give(school, [SAKURA, "山崎 樹"], "graduated", headers=own).status_code == 403
    assert state(school, SAKURA) == ("enrolled", None)
    assert give(school, [SAKURA, KOKORO], "graduated", headers=own).json["changed"] == 2
