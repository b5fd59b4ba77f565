"""Whom an urgent message would not reach, by class and child; what stops tell (DIR-9, DIR-8)."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from told_points import change, hear, stop, told

from common import clock
from directory.store.models import FamilyTelling

MANABU = "manabu@town.test"


class TestUnreachable:
    """Whom an urgent message would not reach now, before anything is sent."""

    def unreachable(self, school, headers=None):
        return {
            item["member_id"]: item["reason"]
            for item in school.get("/unreachable", headers)["items"]
        }

    def test_children_without_a_living_contact_point_are_named_with_the_reason(
        self, school, database
    ):
        assert self.unreachable(school) == {school.roster.id("高木 さくら"): "none"}
        change(school, database, "blocked", clock.now())
        stop(school, database, "manabu@town.test")
        assert self.unreachable(school) == {
            school.roster.id("高木 さくら"): "none",
            school.roster.id("山崎 樹"): "blocked_by_user",
        }, "a stopped address takes urgent messages; staff without an address are no families"

    def test_a_teacher_sees_the_own_class_only(self, school, database):
        change(school, database, "blocked", clock.now())
        own = school.staff("roster.see", own_only=["roster.see"], groups=["5-1"])
        assert list(self.unreachable(school, own)) == school.of("山崎 樹")
        assert self.unreachable(school, school.staff("roster.see", own_only=["roster.see"])) == {}

    def test_one_class_can_be_asked_for(self, school, database):
        change(school, database, "blocked", clock.now())
        room = school.roster.id("5-1")
        asked = school.get(f"/unreachable?group_id={room}")["items"]
        assert [item["member_id"] for item in asked] == school.of("山崎 樹")
        own = school.staff("roster.see", own_only=["roster.see"], groups=["4-2"])
        refused = school.call("GET", f"/unreachable?group_id={room}", own)
        assert refused.status_code == 403
        gone = school.call("GET", f"/unreachable?group_id={uuid4()}")
        assert gone.status_code == 404


class TestReachOfClasses:
    """登録の状況: how many of each class are registered, and would be missed (DIR-9)."""

    def rows(self, school, headers=None):
        names = {group["id"]: group["name"] for group in school.get("/groups")["items"]}
        return {
            names.get(row["class_id"]): (row["heads"], row["registered"], row["unreachable"])
            for row in school.get("/reachability", headers)["items"]
        }

    def test_each_class_is_counted_and_agrees_with_the_list(self, school, database):
        change(school, database, "blocked", clock.now())
        rows = self.rows(school)
        heads, registered, unreachable = rows["1組"]
        assert (registered, unreachable) == (heads, 1), "who blocks the school is registered"
        listed = school.get("/unreachable")["items"]
        assert sum(row[2] for row in rows.values()) == len(listed) == 2
        missing = sum(row[0] - row[1] for row in rows.values())
        assert missing == 1

    def test_a_teacher_sees_the_own_class_only(self, school):
        own = school.staff("roster.see", own_only=["roster.see"], groups=["5-1"])
        assert list(self.rows(school, own)) == ["1組"]
        assert self.rows(school, school.staff("roster.see", own_only=["roster.see"])) == {}
        assert school.call("GET", "/reachability", school.staff("messages.send")).status_code == 403


class TestAStopIsToldToTheGuardiansOtherAddresses:
    """So that nobody silences a mother by a mail that she left open (DIR-8)."""

    def tellings(self, school, database):
        with database.for_system(read_only=True) as session:
            rows = session.execute(
                sa.select(FamilyTelling.contact_point_id, FamilyTelling.kind).where(
                    FamilyTelling.school_id == school.id
                )
            )
            return [(str(point_id), kind) for point_id, kind in rows]

    def asked(self, school, database):
        statement = sa.text(
            "SELECT count(*) FROM outbox WHERE school_id = :school AND type = :type"
        )
        told = {"school": school.id, "type": "family_mail.requested"}
        with database.for_system(read_only=True) as session:
            return session.scalar(statement, told)

    def add_second(self, school, address="second@town.test"):
        child, mother = school.roster.id("小鳥遊 心"), self.mother(school)
        made = school.call(
            "POST", f"/members/{child}/guardians/{mother}/mails", json={"mail": address}
        )
        assert made.status_code in (200, 201, 204), made.json
        guardians = school.get(f"/members/{child}")["guardians"]
        points = guardians[0]["contact_points"]
        return next(p["id"] for p in points if p["id"] != school.roster.id(MANABU))

    def mother(self, school):
        return school.get(f"/members/{school.roster.id('小鳥遊 心')}")["guardians"][0]["id"]

    def test_once_however_often_it_is_pressed(self, school, database):
        second = self.add_second(school)
        for _ in range(3):
            stop(school, database, MANABU)
        assert self.tellings(school, database) == [(second, "stopped")]
        assert self.asked(school, database) == 1

    def test_who_has_no_other_address_is_told_nothing(self, school, database):
        stop(school, database, MANABU)
        assert self.tellings(school, database) == []

    def test_after_a_resumption_a_new_stop_is_told_again(self, school, database):
        self.add_second(school)
        stop(school, database, MANABU)
        hear(school, database, told("contact_point.resumed", school, MANABU))
        stop(school, database, MANABU)
        assert self.asked(school, database) == 2
