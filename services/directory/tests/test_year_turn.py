"""The school year turns, at its moment and back; in April both years are reached (DIR-10)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from directory_school import Limits, School
from year_school import (
    HINA,
    NEXT_YEARS,
    OTHER_HINA,
    REN,
    SAKURA,
    WATANABE,
    Move,
    class_of,
    decide,
    lines,
    person,
    release,
    seat,
    turn,
    undo,
    year,
)

from common import clock
from common.bus import tables
from common.db import Database
from common.schemas import Envelope
from directory.actions.year_turn import forget_turned_years, tell_due_years, turn_due_year
from directory.store.models import Group, Membership


class TestTurn:
    def test_the_year_turns(self, drafted: School, at: Move) -> None:
        at("2027-04-01T08:00")
        assert turn(drafted) == {"moves": 5, "enters": 1, "graduates": 2, "open": 4}
        assert seat(drafted, OTHER_HINA) == ("5年1組", 15, "enrolled", "2026-04-01")
        assert seat(drafted, HINA) == ("5年", None, "enrolled", "2026-04-01")
        assert seat(drafted, NEXT_YEARS) == ("4年", None, "enrolled", "2027-04-01")
        assert seat(drafted, REN) == (None, 13, "graduated", "2027-03-31")
        paths = [group["path"] for group in drafted.get("/groups")["items"]]
        assert "5年1組" in paths
        assert drafted.roster.id("4-1") not in [g["id"] for g in drafted.get("/groups")["items"]]
        # The child of ひまわり学級 goes on joining its other class, one grade higher.
        groups = [group["name"] for group in person(drafted, WATANABE)["groups"]]
        assert "5年1組" in groups
        assert year(drafted)["state"] == "applied"

    def test_free_groups_and_staff_stay(self, drafted: School, at: Move) -> None:
        at("2027-04-01T08:00")
        turn(drafted)
        groups = [group["name"] for group in person(drafted, HINA)["groups"]]
        assert "東町1班" in groups
        staff = drafted.get(f"/members?group_id={drafted.roster.id('全教職員')}")
        assert len(staff["items"]) == 2

    def test_turned_before_april_the_days_are_not_to_come(self, drafted: School, at: Move) -> None:
        at("2027-03-26T17:00")
        turn(drafted)
        assert seat(drafted, REN)[2:] == ("graduated", "2027-03-26")
        assert seat(drafted, NEXT_YEARS)[2:] == ("enrolled", "2027-03-26")

    def test_who_comes_or_goes_on_a_day_of_its_own_keeps_that_day(
        self, drafted: School, at: Move
    ) -> None:
        later = {"status": "enrolled", "status_since": "2027-09-01"}
        drafted.call("PATCH", f"/members/{drafted.roster.id(NEXT_YEARS)}", json=later)
        leaves = {"status": "transferred", "status_since": "2027-03-31"}
        drafted.call("PATCH", f"/members/{drafted.roster.id(REN)}", json=leaves)
        at("2027-03-25T17:00")
        turn(drafted)
        new = person(drafted, NEXT_YEARS)
        assert (new["status"], new["planned_since"]) == ("prospective", "2027-09-01")
        assert new["class_name"] == "4年"
        left = person(drafted, REN)
        assert (left["status"], left["planned_status"]) == ("enrolled", "transferred")

    def test_beyond_the_contract_nothing_turns(
        self, drafted: School, limits: Limits, at: Move
    ) -> None:
        at("2027-04-01T08:00")
        limits.limit = 7
        assert drafted.refused("POST", "/year-change/turn") == (409, "member_limit")
        assert seat(drafted, REN)[2] == "enrolled"
        limits.limit = 8
        turn(drafted)

    def test_a_rehearsal_changes_nothing(self, drafted: School, at: Move) -> None:
        at("2027-04-01T08:00")
        before = drafted.get("/members"), drafted.get("/groups"), year(drafted)
        rehearsed = drafted.post("/year-change/rehearsal", None)
        assert (rehearsed["moves"], rehearsed["enters"], rehearsed["graduates"]) == (5, 1, 2)
        heads = {room["path"]: room["heads"] for room in rehearsed["classes"]}
        # 高橋 陽菜, three without a class yet, and the child of ひまわり学級 that joins them.
        assert (heads["4年"], heads["5年1組"], heads["5年"]) == (1, 2, 5)
        assert (drafted.get("/members"), drafted.get("/groups"), year(drafted)) == before

    def test_a_second_press_changes_nothing(self, drafted: School) -> None:
        turn(drafted)
        assert drafted.refused("POST", "/year-change/turn") == (409, "year_applied_already")
        assert drafted.refused("POST", "/year-change") == (409, "year_undoable_yet")

    def test_a_draft_is_dropped_with_its_classes(self, drafted: School, database: Database) -> None:
        decide(drafted, REN, group_id=class_of(drafted, "4年1組"))
        assert drafted.call("DELETE", "/year-change").status_code == 204
        assert year(drafted)["state"] == "none"
        with database.for_school(drafted.id, read_only=True) as session:
            left = sa.select(Group).where(Group.school_id == drafted.id, Group.planned)
            planned = len(session.scalars(left).all())
        assert planned == 0
        assert drafted.call("POST", "/year-change").status_code == 204


class TestUndo:
    def test_all_is_as_it_was(self, drafted: School, at: Move) -> None:
        at("2027-04-01T08:00")
        decide(drafted, SAKURA, group_id=class_of(drafted, "5年1組"), number=1)
        before = drafted.get("/members"), drafted.get("/groups"), year(drafted), lines(drafted)
        turn(drafted)
        at("2027-04-15T07:59")
        assert undo(drafted) == (204, None)
        after = drafted.get("/members"), drafted.get("/groups"), year(drafted), lines(drafted)
        assert after == before

    def test_what_was_changed_since_is_in_the_draft(self, drafted: School, at: Move) -> None:
        """Who got another class, or moved in, keeps the new year's seat for the next turn."""
        at("2027-04-01T08:00")
        turn(drafted)
        groups = {g["path"]: g["id"] for g in drafted.get("/groups")["items"]}
        moved = {"class_id": groups["5年1組"], "number": 7}
        drafted.call("PATCH", f"/members/{drafted.roster.id(HINA)}", json=moved)
        new = {"kind": "pupil", "display_name": "新田 葵", "kana": "ニッタ アオイ"}
        drafted.post("/members", {**new, "class_id": groups["4年1組"], "number": 2})
        assert undo(drafted) == (204, None)
        assert seat(drafted, HINA)[:2] == ("4年2組", 14)
        planned = lines(drafted)
        assert planned[HINA] == ("moves", "5年1組", 7)
        assert planned["新田 葵"][1:] == ("4年1組", 2)

    def test_who_has_left_since_stays_away(self, drafted: School, at: Move) -> None:
        at("2027-04-01T08:00")
        turn(drafted)
        gone = {"status": "transferred", "status_since": "2027-04-01"}
        url = f"/members/{drafted.roster.id(NEXT_YEARS)}"
        assert drafted.call("PATCH", url, json=gone).status_code == 204
        assert undo(drafted) == (204, None)
        assert seat(drafted, NEXT_YEARS)[2] == "transferred"

    def test_a_class_that_was_deleted_since_is_gone_from_the_draft(
        self, drafted: School, at: Move
    ) -> None:
        """And holds up neither the draft's end nor the erasure of deleted groups."""
        at("2027-04-01T08:00")
        empty = class_of(drafted, "4年2組")
        decide(drafted, SAKURA, group_id=class_of(drafted, "5年1組"), number=1)
        turn(drafted)
        gone = {"status": "transferred"}
        drafted.call("PATCH", f"/members/{drafted.roster.id(SAKURA)}", json=gone)
        drafted.call("PATCH", f"/members/{drafted.roster.id(OTHER_HINA)}", json=gone)
        drafted.call("PATCH", f"/members/{drafted.roster.id(WATANABE)}", json={"group_ids": []})
        groups = {g["path"]: g["id"] for g in drafted.get("/groups")["items"]}
        for path in ("4年2組", "5年1組"):
            assert drafted.call("DELETE", f"/groups/{groups[path]}").status_code == 204
        assert undo(drafted) == (204, None)
        assert empty not in [room["id"] for room in year(drafted)["classes"]]
        assert drafted.call("DELETE", "/year-change").status_code == 204

    def test_after_14_days_it_is_over(self, drafted: School, at: Move, database: Database) -> None:
        at("2027-04-01T08:00")
        turn(drafted)
        at("2027-04-15T08:00")
        assert year(drafted)["undo_until"] is None
        assert undo(drafted) == (409, "year_undo_over")
        with database.for_system() as session:
            forget_turned_years(session, now=clock.now())
            mine = "SELECT count(*) FROM year_places WHERE school_id = :school"
            assert session.scalar(sa.text(mine), {"school": drafted.id}) == 0

    @pytest.mark.parametrize(
        ("audience", "is_over"),
        [("5年1組", True), ("5年", True), ("全校", False), ("東町1班", False)],
    )
    def test_a_message_to_a_new_class_ends_it(
        self, drafted: School, database: Database, at: Move, audience: str, is_over: bool
    ) -> None:
        at("2027-04-01T08:00")
        turn(drafted)
        groups = {g["path"]: g["id"] for g in drafted.get("/groups")["items"]}
        snapshot = drafted.post("/snapshots", {"audience": {"group_ids": [groups[audience]]}})
        release(drafted, database, snapshot)
        code = "year_message_sent" if is_over else None
        assert undo(drafted)[1] == code
        state = "applied" if is_over else "draft"
        assert year(drafted)["state"] == state


class TestSchedule:
    def set(self, school: School, moment: str) -> Any:
        return school.call("PUT", "/year-change/schedule", json={"starts_at": f"{moment}+09:00"})

    def tick(self, school: School, database: Database, limits: Limits) -> bool:
        """Let the clock and the worker do what is due now; return whether there was something."""
        with database.for_system() as session:
            tell_due_years(session, now=clock.now())
        told = sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == school.id)
        with database.for_system(read_only=True) as session:
            due = [body for body in session.scalars(told) if "year.due" in str(json.loads(body))]
        if due:
            event = Envelope.of("year.due", school.id, {})
            with database.for_school(school.id) as session:
                turn_due_year(session, event, limits.limit, now=clock.now())
        return bool(due)

    @pytest.mark.parametrize("first", [2027, 2028], ids=["usual", "leap"])
    def test_it_turns_at_midnight_of_1_april_in_japan(
        self, school: School, database: Database, limits: Limits, at: Move, first: int
    ) -> None:
        if first == 2028:
            with database.for_school(school.id) as session:
                for model in (Group, Membership):
                    mine = sa.update(model).where(model.school_id == school.id)
                    session.execute(mine.values(fiscal_year=2027))
        at(f"{first}-02-29T12:00" if first == 2028 else f"{first}-02-28T12:00")
        school.call("POST", "/year-change")
        assert self.set(school, f"{first}-04-01T00:00").status_code == 204
        assert year(school)["state"] == "scheduled"
        at(f"{first}-03-31T23:59")
        assert not self.tick(school, database, limits)
        assert seat(school, HINA)[0] == "4年2組"
        at(f"{first}-04-01T00:00")
        assert self.tick(school, database, limits)
        assert seat(school, OTHER_HINA)[0] == "5年1組"
        assert seat(school, REN)[2:] == ("graduated", f"{first}-03-31")
        assert seat(school, NEXT_YEARS)[2:] == ("enrolled", f"{first}-04-01")

    def test_heard_twice_it_turns_once(
        self, drafted: School, database: Database, limits: Limits, at: Move
    ) -> None:
        self.set(drafted, "2027-04-01T00:00")
        at("2027-04-01T00:00")
        self.tick(drafted, database, limits)
        before = drafted.get("/members")
        self.tick(drafted, database, limits)
        assert drafted.get("/members") == before

    def test_called_back_it_does_not_turn(
        self, drafted: School, database: Database, limits: Limits, at: Move
    ) -> None:
        self.set(drafted, "2027-04-01T00:00")
        assert drafted.call("DELETE", "/year-change/schedule").status_code == 204
        at("2027-04-01T00:01")
        assert not self.tick(drafted, database, limits)
        assert year(drafted)["state"] == "draft"

    def test_who_moves_in_the_evening_before_does_not_hold_up_the_school(
        self, drafted: School, database: Database, limits: Limits, at: Move
    ) -> None:
        decide(drafted, SAKURA, group_id=class_of(drafted, "5年1組"), number=16)
        self.set(drafted, "2027-04-01T00:00")
        new = {"kind": "pupil", "display_name": "新田 葵", "kana": "ニッタ アオイ", "number": 16}
        drafted.post("/members", {**new, "class_id": drafted.roster.id("4-1")})
        at("2027-04-01T00:00")
        self.tick(drafted, database, limits)
        assert seat(drafted, SAKURA)[:2] == ("5年1組", 16)
        found = drafted.get("/members?query=新田")["items"]
        assert [(each["class_name"], each["number"]) for each in found] == [("5年1組", None)]

    def test_what_was_refused_is_said(
        self, drafted: School, database: Database, limits: Limits, at: Move
    ) -> None:
        self.set(drafted, "2027-04-01T00:00")
        limits.limit = 7
        at("2027-04-01T00:00")
        self.tick(drafted, database, limits)
        shown = year(drafted)
        assert (shown["state"], shown["refused"]) == ("scheduled", "member_limit")
        assert seat(drafted, HINA)[0] == "4年2組"

    def test_a_moment_that_is_over_is_refused(self, drafted: School) -> None:
        assert self.set(drafted, "2027-03-15T09:59").status_code == 422


class TestBothYearsInApril:
    @pytest.fixture
    def april(self, drafted: School, at: Move) -> School:
        at("2027-04-01T00:05")
        turn(drafted)
        at("2027-04-08T09:00")
        return drafted

    def paths(self, school: School, headers: Any = None) -> dict[str, dict[str, Any]]:
        items = school.get("/groups?reach=true", headers)["items"]
        return {group["path"]: group for group in items}

    def test_last_years_classes_are_reached_by_their_year(self, april: School) -> None:
        reach = self.paths(april)
        last = reach["令和8年度 4年2組"]
        assert (last["id"], last["heads"], last["former"]) == (april.roster.id("4-2"), 3, True)
        # 髙橋 蓮 and 山崎 樹 have graduated from it.
        assert reach["令和8年度 5年1組"]["heads"] == 2
        assert reach["5年1組"]["former"] is False
        snapshot = april.snapshot(groups=["5-1"])
        assert (snapshot["label"], snapshot["heads"]) == ("令和8年度 5年1組", 2)
        assert [each["reason"] for each in snapshot["unreachable"]] == ["other_channel"]
        page = april.get(f"/snapshots/{snapshot['id']}/page", april.service("messaging"))
        assert [i["class_name"] for i in page["items"]] == ["5年1組", "5年1組"]
        assert all(item["guardian_ids"] for item in page["items"])

    def test_who_has_graduated_is_in_no_other_audience(self, april: School) -> None:
        groups = {g["path"]: g["id"] for g in april.get("/groups")["items"]}
        names = {"東町1班": april.roster.id("東町1班"), "全校": groups["全校"]}
        for group_id in names.values():
            audience = {"group_ids": [group_id]}
            snapshot = april.post("/snapshots", {"audience": audience})
            page = april.get(f"/snapshots/{snapshot['id']}/page", april.service("messaging"))
            ids = {item["member_id"] for item in page["items"]}
            assert april.roster.id(HINA) in ids
            assert april.roster.id(REN) not in ids

    def test_a_teacher_writes_to_last_years_class_and_not_to_others(self, april: School) -> None:
        teacher = april.staff("messages.send", own_only=["messages.send"], groups=["4-2"])
        snapshot = april.snapshot(groups=["4-2"], headers=teacher)
        assert snapshot["heads"] == 3
        answer = april.call(
            "POST",
            "/snapshots",
            teacher,
            json={"audience": {"group_ids": april.of("5-1")}},
        )
        assert answer.status_code == 403

    def test_in_may_they_are_over(self, april: School, at: Move) -> None:
        at("2027-04-30T23:59")
        assert "令和8年度 4年2組" in self.paths(april)
        at("2027-05-01T00:00")
        assert "令和8年度 4年2組" not in self.paths(april)
        audience = {"group_ids": april.of("4-2")}
        refused = april.refused("POST", "/snapshots", json={"audience": audience})
        assert refused == (422, "audience_group_gone")

    def test_what_was_sent_last_year_still_names_its_class(self, april: School, at: Move) -> None:
        former = {each["path"]: each["id"] for each in april.get("/groups/former")["items"]}
        assert former["4年2組"] == april.roster.id("4-2")
        at("2028-01-01T00:00")
        former = {each["path"]: each["id"] for each in april.get("/groups/former")["items"]}
        assert former["4年2組"] == april.roster.id("4-2")
