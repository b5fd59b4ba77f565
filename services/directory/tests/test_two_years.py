"""Next year's classes stand beside this year's as a plan, last year's stay (DIR-4, DIR-10)."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from directory_school import School
from sqlalchemy import update
from workbook_files import read_workbook

from common.db import Database
from directory.actions.write_workbook import write_roster
from directory.store.models import Group, Membership

HINA = "髙橋 陽菜"
OF_ITS_OWN = ("id", "created_at", "created_by")


class OtherYear:
    """A class tree of another year, with 髙橋 陽菜 enrolled in its 5年1組."""

    def __init__(self, school: School, database: Database, year: int, *, planned: bool) -> None:
        self.school, self.database, self.year = school, database, year
        self.root, grade, self.room = (uuid4() for _ in range(3))
        rows = [(self.root, "全校", None), (grade, "5年", self.root), (self.room, "1組", grade)]
        with database.for_school(school.id) as session:
            for group_id, name, parent in rows:
                session.add(
                    Group(
                        id=group_id,
                        school_id=school.id,
                        kind="class",
                        name=name,
                        parent_id=parent,
                        position=1,
                        fiscal_year=year,
                        planned=planned,
                    )
                )
                session.flush()
        self.put(HINA, "enrolled")
        self.put("髙橋 蓮", "joined")

    def put(self, name: str, kind: str) -> None:
        with self.database.for_school(self.school.id) as session:
            session.add(
                Membership(
                    group_id=self.room,
                    member_id=UUID(self.school.roster.id(name)),
                    school_id=self.school.id,
                    kind=kind,
                    fiscal_year=self.year,
                )
            )

    def begin(self) -> None:
        with self.database.for_school(self.school.id) as session:
            mine = Group.school_id == self.school.id, Group.fiscal_year == self.year
            session.execute(update(Group).where(*mine).values(planned=False))

    def people(self) -> dict[UUID, str]:
        with self.database.for_school(self.school.id, read_only=True) as session:
            rows = session.query(Membership.member_id, Membership.kind)
            return dict(rows.filter(Membership.group_id == self.room).all())  # type: ignore[arg-type]


@pytest.fixture(params=[(2027, True), (2025, False)], ids=["planned", "former"])
def other_year(request: Any, school: School, database: Database) -> OtherYear:
    year, planned = request.param
    return OtherYear(school, database, year, planned=planned)


def test_every_reader_keeps_to_the_classes_of_now(school: School, database: Database) -> None:
    """Whatever is shown before the other tree stands is shown after it (DIR-4)."""

    def everything() -> dict[str, Any]:
        snapshot = school.snapshot(groups=["全校"])
        snapshot = {k: v for k, v in snapshot.items() if k not in OF_ITS_OWN}
        child = school.roster.id(HINA)
        return {
            "groups": school.get("/groups"),
            "list": school.get("/members"),
            "4-2-14": school.get("/members?query=4-2-14"),
            "5-1": school.get("/members?query=5-1"),
            "class": school.get(f"/groups/{school.roster.id('5-1')}"),
            "own class": school.get(f"/groups/{school.roster.id('4-2')}/memberships"),
            "person": school.get(f"/members/{child}"),
            "named": school.post("/members/look-up", {"ids": [child]}),
            "audience": snapshot,
            "one child": school.snapshot(members=[HINA])["label"],
            "unreachable": school.get("/unreachable"),
            "file": read_workbook(school.call("POST", "/exports/roster.xlsx").data),
        }

    before = everything()
    OtherYear(school, database, 2027, planned=True)
    OtherYear(school, database, 2025, planned=False)
    assert everything() == before
    pages = []
    after = None
    while True:
        page = school.get(f"/members?limit=2{f'&after={after}' if after else ''}")
        pages += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert pages == [item["id"] for item in before["list"]["items"]]


def test_an_export_reads_back_as_unchanged(school: School, other_year: OtherYear) -> None:
    exported = school.call("POST", "/exports/roster.xlsx").data
    file = {"file": (io.BytesIO(exported), "名簿.xlsx")}
    made = school.call("POST", "/imports/plans", data=file).json
    plan = school.get(f"/imports/plans/{made['id']}")
    assert plan["counts"] | {"unchanged": 0} == dict.fromkeys(plan["counts"], 0)
    assert plan["counts"]["unchanged"] == 8, "who is expected stands in the file as well"


def test_a_file_moves_a_child_in_the_classes_of_now(school: School, other_year: OtherYear) -> None:
    rows = read_workbook(school.call("POST", "/exports/roster.xlsx").data)
    header, *lines = rows
    place = header.index("組")
    for line in lines:
        if HINA in line:
            line[place] = "1"
    file = {"file": (io.BytesIO(write_roster([tuple(row) for row in rows])), "名簿.xlsx")}
    made = school.call("POST", "/imports/plans", data=file).json
    plan = school.get(f"/imports/plans/{made['id']}")
    school.post(f"/imports/plans/{plan['id']}/apply", None)
    shown = school.get(f"/members/{school.roster.id(HINA)}")
    assert (shown["class_name"], shown["class_id"]) == ("4年1組", school.roster.id("4-1"))
    assert other_year.people() == {
        UUID(school.roster.id(HINA)): "enrolled",
        UUID(school.roster.id("髙橋 蓮")): "joined",
    }


@pytest.mark.parametrize("way", ["person", "group", "memberships"])
def test_a_move_now_leaves_the_other_year_alone(
    school: School, other_year: OtherYear, way: str
) -> None:
    child, room = school.roster.id(HINA), school.roster.id("4-1")
    before = other_year.people()
    if way == "person":
        body = {"class_id": room, "group_ids": []}
        assert school.call("PATCH", f"/members/{child}", json=body).status_code == 204
    elif way == "group":
        school.post(f"/groups/{room}/memberships", {"add": [child], "kind": "enrolled"})
    else:
        url = f"/members/{child}/memberships"
        assert school.call("POST", url, json={"class_id": room}).status_code == 204
    assert school.get(f"/members/{child}")["class_name"] == "4年1組"
    assert other_year.people() == before


def test_a_class_of_another_year_is_not_there(school: School, other_year: OtherYear) -> None:
    url = f"/groups/{other_year.room}"
    assert school.refused("GET", url) == (404, "group_not_found")
    rename = {"name": "x", "version": 1}
    assert school.refused("PATCH", url, json=rename) == (404, "group_not_found")
    assert school.refused("DELETE", url) == (404, "group_not_found")


def test_a_new_group_is_of_the_year_of_the_classes(
    school: School, database: Database, time_machine: Any
) -> None:
    """In April, before the year change, a club still belongs to the classes there are."""
    time_machine.move_to("2027-04-05T09:00:00+09:00")
    made = school.post("/groups", {"kind": "free", "name": "卓球クラブ"})
    with database.for_school(school.id, read_only=True) as session:
        group = session.get(Group, UUID(made["id"]))
        assert group is not None
        assert group.fiscal_year == 2026


def test_when_the_plan_begins_it_is_what_everybody_sees(school: School, database: Database) -> None:
    plan = OtherYear(school, database, 2027, planned=True)
    plan.begin()
    shown = school.get(f"/members/{school.roster.id(HINA)}")
    assert (shown["class_name"], shown["class_id"]) == ("5年1組", str(plan.room))
    assert [group["name"] for group in shown["groups"]] == ["5年1組", "東町1班"]
    paths = [item["path"] for item in school.get("/groups")["items"]]
    assert paths == ["全校", "5年", "5年1組", "東町1班", "全教職員"]
    assert school.get("/members?query=5-1-14")["items"][0]["display_name"] == HINA
