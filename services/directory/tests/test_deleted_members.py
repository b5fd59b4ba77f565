"""People are deleted, brought back for 30 days, and erased (DIR-1, DIR-3, RET-5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from directory_school import School

from common import clock
from common.db import Database
from common.schemas import Envelope
from directory.actions.erase_members import erase_deleted_members, erase_guardians_alone

SAKURA, HINA, REN, KOKORO = "高木 さくら", "髙橋 陽菜", "髙橋 蓮", "小鳥遊 心"
MOTHER, MAIL = "髙橋 恵", "m..takahashi@docomo.town.test"


def url_of(school: School, name: str) -> str:
    return f"/members/{school.roster.id(name)}"


def delete(school: School, *names: str) -> None:
    answer = school.call("POST", "/members/deletions", json={"ids": school.of(*names)})
    assert answer.json == {"count": len(names)}


def names(items: list[dict[str, Any]]) -> list[str]:
    return [item["display_name"] for item in items]


def said(school: School, database: Database) -> list[tuple[str, dict[str, Any]]]:
    statement = sa.text("SELECT body FROM outbox WHERE school_id = :school ORDER BY position")
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(statement, {"school": school.id}).all()
    return [(event.type, event.payload) for event in map(Envelope.load, bodies)]


def operations(events: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, Any]]:
    recorded = [payload for kind, payload in events if kind == "operation.recorded"]
    return [(payload["action"], payload["details"]) for payload in recorded]


class TestUndo:
    def test_who_is_deleted_is_listed_and_comes_back_whole(self, school, database):
        whole = school.get(url_of(school, HINA))
        before = len(said(school, database))
        assert school.call("DELETE", url_of(school, HINA)).status_code == 204
        assert school.refused("GET", url_of(school, HINA)) == (404, "member_not_found")
        [gone] = school.get("/members/deleted")["items"]
        assert (gone["display_name"], gone["class_name"], gone["deleted"]) == (HINA, "4年2組", True)
        assert school.call("POST", f"{url_of(school, HINA)}/restore").status_code == 204
        assert school.get(url_of(school, HINA)) == whole
        assert school.get("/members/deleted")["items"] == []
        assert operations(said(school, database)[before:]) == [
            ("member.deleted", {}),
            ("member.restored", {}),
        ]

    def test_who_is_not_deleted_cannot_be_brought_back(self, school):
        url = f"{url_of(school, HINA)}/restore"
        assert school.refused("POST", url) == (404, "member_not_found")

    def test_a_second_deletion_finds_nobody(self, school):
        delete(school, HINA)
        assert school.refused("DELETE", url_of(school, HINA)) == (404, "member_not_found")
        answer = school.call("POST", "/members/deletions", json={"ids": school.of(HINA, REN)})
        assert answer.json == {"count": 1}

    def test_a_seat_that_somebody_has_by_now_is_not_taken_back(self, school):
        delete(school, SAKURA)
        room = school.roster.id("4-2")
        body = {"kind": "pupil", "display_name": "新 子", "kana": "シン コ"}
        school.post("/members", {**body, "class_id": room, "number": 12})
        assert school.refused("POST", f"{url_of(school, SAKURA)}/restore") == (422, "number_taken")

    def test_the_contracts_limit_holds(self, school, limits):
        delete(school, SAKURA)
        limits.limit = 8
        assert school.refused("POST", f"{url_of(school, SAKURA)}/restore") == (409, "member_limit")

    def test_the_list_goes_on_behind_who_was_brought_back(self, school):
        for name in (SAKURA, HINA, REN, KOKORO):
            delete(school, name)
        first = school.get("/members/deleted?limit=2")
        assert names(first["items"]) == [KOKORO, REN]
        school.call("POST", f"{url_of(school, REN)}/restore")
        second = school.get(f"/members/deleted?limit=2&after={first['next']}")
        assert (names(second["items"]), second["next"]) == ([HINA, SAKURA], None)
        assert school.refused("GET", "/members/deleted?after=nonsense") == (404, "page_not_found")

    def test_only_people_of_own_classes_are_deleted_and_brought_back(self, school):
        clerk = school.staff("roster.change", own_only=["roster.change"], groups=["4-2"])
        ids = {"ids": school.of(SAKURA, REN)}
        assert school.refused("POST", "/members/deletions", clerk, json=ids) == (
            403,
            "out_of_scope",
        )
        assert school.get("/members/deleted")["items"] == []
        delete(school, SAKURA, REN)
        assert names(school.get("/members/deleted", clerk)["items"]) == [SAKURA]
        url = f"{url_of(school, REN)}/restore"
        assert school.refused("POST", url, clerk) == (403, "out_of_scope")

    def test_who_may_only_look_deletes_nobody(self, school):
        reader = school.staff("roster.see")
        ids = {"ids": school.of(SAKURA)}
        assert school.call("POST", "/members/deletions", reader, json=ids).status_code == 403
        assert school.call("GET", "/members/deleted", reader).status_code == 403

    def test_another_school_sees_and_brings_back_nobody(self, school, other_school):
        delete(school, SAKURA)
        assert other_school.get("/members/deleted")["items"] == []
        url = f"{url_of(school, SAKURA)}/restore"
        assert other_school.refused("POST", url) == (404, "member_not_found")

    def test_the_log_still_finds_a_deleted_childs_name(self, school):
        delete(school, SAKURA)
        ids = {"ids": school.of(SAKURA)}
        assert school.post("/members/look-up", ids)["items"] == []
        [found] = school.post("/members/look-up", {**ids, "with_deleted": True})["items"]
        assert (found["display_name"], found["deleted"]) == (SAKURA, True)


class TestNothingIsSent:
    """What was confirmed for many goes to all but the child who is gone by then."""

    def page(self, school: School, snapshot: dict[str, Any]) -> dict[str, list[str]]:
        url = f"/snapshots/{snapshot['id']}/page?limit=500"
        items = school.get(url, school.service("messaging"))["items"]
        return {item["display_name"]: item["guardian_ids"] for item in items}

    def points(self, school: School, member: str, guardians: list[str]) -> list[str]:
        members = [{"member_id": school.roster.id(member), "guardian_ids": guardians}]
        body = {"kind": "mail", "lane": "urgent", "members": members}
        found = school.post("/contact-points/look-up", body, school.service("dispatch-mail"))
        return [each["contact_point_id"] for each in found["items"]]

    def leave(self, school: School, name: str, way: str) -> None:
        if way == "deleted":
            delete(school, name)
        else:
            change = {"status": "transferred"}
            assert school.call("PATCH", url_of(school, name), json=change).status_code == 204

    @pytest.mark.parametrize("way", ["deleted", "transferred"])
    def test_a_frozen_audience_leaves_out_who_is_gone(self, school, way):
        snapshot = school.snapshot(groups=["全校"])
        mother = school.of(MOTHER)
        assert self.page(school, snapshot)[HINA] == mother
        assert self.points(school, HINA, mother) == school.of(MAIL)
        self.leave(school, HINA, way)
        assert self.page(school, snapshot)[HINA] == []
        assert self.page(school, snapshot)[REN] == mother
        assert self.points(school, HINA, mother) == []
        assert self.points(school, REN, mother) == school.of(MAIL)

    def test_nor_does_anything_go_to_a_colleague_who_is_gone(self, school):
        assert len(self.points(school, "野口 大輔", [])) == 1
        delete(school, "野口 大輔")
        assert self.points(school, "野口 大輔", []) == []

    def test_a_new_audience_has_nobody_who_is_gone(self, school):
        before = school.snapshot(groups=["4-2"])["heads"]
        delete(school, HINA)
        assert school.snapshot(groups=["4-2"])["heads"] == before - 1
        body = {"audience": {"member_ids": school.of(HINA, REN)}}
        assert school.refused("POST", "/snapshots", json=body) == (422, "audience_member_gone")
        without = school.snapshot(groups=["4-2"], excluded=[HINA])
        assert without["heads"] == before - 1

    def test_who_was_chosen_by_name_and_has_left_is_named(self, school):
        self.leave(school, HINA, "transferred")
        body = {"audience": {"member_ids": school.of(HINA, REN)}}
        answer = school.call("POST", "/snapshots", json=body)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "audience_member_away")
        assert answer.json["error"]["fields"] == {"name": HINA}


class TestErasure:
    def erase(self, database: Database, days: int) -> None:
        with database.for_system() as session:
            erase_deleted_members(session, now=clock.now() + timedelta(days=days))

    def count(self, school: School, database: Database) -> dict[str, int]:
        tables = ("members", "guardians", "guardianships", "contact_points", "phone_numbers")
        counts = {}
        with database.for_system(read_only=True) as session:
            for table in tables:
                rows = sa.text(f"SELECT count(*) FROM {table} WHERE school_id = :school")
                counts[table] = session.scalar(rows, {"school": school.id})
        return counts

    def test_nothing_is_erased_within_30_days(self, school, database):
        before = self.count(school, database)
        delete(school, KOKORO)
        self.erase(database, 29)
        assert self.count(school, database) == before
        assert school.call("POST", f"{url_of(school, KOKORO)}/restore").status_code == 204

    def test_a_child_goes_with_what_belongs_to_nobody_else(self, school, database):
        before = self.count(school, database)
        delete(school, KOKORO, SAKURA)
        told = len(said(school, database))
        self.erase(database, 31)
        after = self.count(school, database)
        assert {name: before[name] - after[name] for name in before} == {
            "members": 2,
            "guardians": 1,
            "guardianships": 1,
            "contact_points": 1,
            "phone_numbers": 1,
        }
        events = said(school, database)[told:]
        ended = {
            "guardian_id": UUID(school.roster.id("小鳥遊 学")),
            "member_id": UUID(school.roster.id(KOKORO)),
        }
        point = {"contact_point_id": UUID(school.roster.id("manabu@town.test"))}
        assert ("guardianship.ended", ended) in events
        assert ("contact_point.ended", point) in events
        counts = {"members": 2, "guardians": 1, "contact_points": 1, "phone_numbers": 1}
        assert operations(events) == [("members.erased", counts)]
        assert school.refused("POST", f"{url_of(school, KOKORO)}/restore") == (
            404,
            "member_not_found",
        )

    def test_a_brother_keeps_the_mother_and_her_address(self, school, database):
        delete(school, HINA)
        self.erase(database, 31)
        [guardian] = school.get(url_of(school, REN))["guardians"]
        assert (guardian["name"], len(guardian["contact_points"])) == (MOTHER, 1)
        assert school.get(url_of(school, REN))["siblings"] == []

    def test_a_brother_who_can_be_brought_back_keeps_her_too(self, school, database):
        delete(school, HINA)
        with database.for_system() as session:
            late = sa.text("UPDATE members SET deleted_at = :at WHERE id = :id")
            earlier = clock.now() - timedelta(days=20)
            session.execute(late, {"at": earlier, "id": UUID(school.roster.id(HINA))})
        delete(school, REN)
        self.erase(database, 15)
        assert school.call("POST", f"{url_of(school, REN)}/restore").status_code == 204
        [guardian] = school.get(url_of(school, REN))["guardians"]
        assert guardian["name"] == MOTHER

    def test_a_colleague_goes_with_their_own_address(self, school, database):
        delete(school, "野口 大輔")
        told = len(said(school, database))
        self.erase(database, 31)
        point = {"contact_point_id": UUID(school.roster.id("noguchi@town.test"))}
        assert ("contact_point.ended", point) in said(school, database)[told:]


class TestGuardiansAlone:
    """DIR-8, RET-5: whose last child was taken away goes 30 days later, name and addresses."""

    def clock(self, database: Database, days: int) -> None:
        with database.for_system() as session:
            erase_guardians_alone(session, now=clock.now() + timedelta(days=days))

    def end(self, school: School, child: str) -> None:
        url = f"{url_of(school, child)}/guardians/{school.roster.id(MOTHER)}"
        assert school.call("DELETE", url, json={"reason": "書面で確認"}).status_code == 204

    def rows(self, school: School, database: Database) -> tuple[int, int]:
        mother = {"id": UUID(school.roster.id(MOTHER))}
        guardians = sa.text("SELECT count(*) FROM guardians WHERE id = :id")
        points = sa.text("SELECT count(*) FROM contact_points WHERE guardian_id = :id")
        with database.for_system(read_only=True) as session:
            return session.scalar(guardians, mother), session.scalar(points, mother)

    def test_a_guardian_without_a_child_is_erased_after_30_days(self, school, database):
        self.end(school, HINA)
        self.end(school, REN)
        self.clock(database, 0)
        self.clock(database, 29)
        assert self.rows(school, database) == (1, 1)
        told = len(said(school, database))
        self.clock(database, 31)
        assert self.rows(school, database) == (0, 0)
        counts = {"members": 0, "guardians": 1, "contact_points": 1, "phone_numbers": 0}
        assert operations(said(school, database)[told:]) == [("members.erased", counts)]

    def test_one_who_has_a_child_stays(self, school, database):
        self.end(school, HINA)
        self.clock(database, 0)
        self.clock(database, 31)
        assert self.rows(school, database)[0] == 1

    def test_one_to_whom_a_child_comes_again_stays_and_begins_anew(self, school, database):
        self.end(school, HINA)
        self.end(school, REN)
        self.clock(database, 0)
        link = sa.text(
            "INSERT INTO guardianships"
            " (member_id, guardian_id, school_id, label, position, protected)"
            " VALUES (:child, :mother, :school, '母', 1, false)"
        )
        ids = {"child": UUID(school.roster.id(HINA)), "mother": UUID(school.roster.id(MOTHER))}
        with database.for_system() as session:
            session.execute(link, {**ids, "school": school.id})
        self.clock(database, 31)
        self.end(school, HINA)
        self.clock(database, 32)
        assert self.rows(school, database)[0] == 1

    def test_a_child_who_can_be_brought_back_keeps_its_guardian(self, school, database):
        delete(school, HINA, REN)
        self.clock(database, 0)
        self.clock(database, 31)
        assert self.rows(school, database)[0] == 1
