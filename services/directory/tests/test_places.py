"""What only one pupil can have: a seat, a 管理番号; and two people at one form (DIR-1)."""

from __future__ import annotations

import threading
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

import directory
from common import clock
from common.db import migrate
from common.testing import services
from directory.store.models import METADATA

SAKURA, HINA = "高木 さくら", "髙橋 陽菜"


def url_of(school, name):
    return f"/members/{school.roster.id(name)}"


def new_pupil(**more):
    return {"kind": "pupil", "display_name": "転入 花", "kana": "テンニュウ ハナ", **more}


def number_of(school, made):
    return school.get(f"/members/{made['id']}")["management_number"]


class TestSeats:
    def test_a_seat_that_somebody_has_is_refused_with_who_has_it(self, school):
        body = new_pupil(class_id=school.roster.id("4-2"), number=12)
        answer = school.call("POST", "/members", json=body)
        assert answer.status_code == 422
        assert answer.json["error"]["fields"] == {
            "number": {"code": "number_taken", "value": 12, "name": SAKURA}
        }
        assert school.get("/members?query=転入")["items"] == []

    @pytest.mark.parametrize("change", [{"number": 12}, {"class_id": "4-1", "number": 15}])
    def test_nobody_moves_onto_the_seat_of_another(self, school, change):
        if "class_id" in change:
            change = {**change, "class_id": school.roster.id(change["class_id"])}
        refused = school.refused("PATCH", url_of(school, HINA), json=change)
        assert refused == (422, "number_taken")
        assert school.get(url_of(school, HINA))["number"] == 14

    def test_who_has_left_keeps_nobody_from_a_seat(self, school):
        """出席番号 30 of 4年2組 was that of a child who is gone."""
        school.post("/members", new_pupil(class_id=school.roster.id("4-2"), number=30))
        back = {"status": "enrolled"}
        assert school.refused("PATCH", url_of(school, "転出 した子"), json=back) == (
            422,
            "number_taken",
        )

    def test_a_name_is_changed_without_a_look_at_seats(self, school):
        school.call("PATCH", url_of(school, HINA), json={"display_name": "髙橋 ひな"})
        assert school.get(url_of(school, HINA))["display_name"] == "髙橋 ひな"


class TestManagementNumbers:
    def test_a_pupil_without_one_is_given_the_next_of_the_year(self, school):
        year = clock.fiscal_year(clock.today())
        numbers = [number_of(school, school.post("/members", new_pupil())) for _ in range(2)]
        assert numbers == [f"{year}-0010", f"{year}-0011"]

    def test_the_nine_pupils_of_a_whole_roster_were_given_theirs(self, school):
        year = clock.fiscal_year(clock.today())
        pupils = [m["id"] for m in school.get("/members")["items"] if m["kind"] == "pupil"]
        numbers = {school.get(f"/members/{pupil}")["management_number"] for pupil in pupils}
        assert numbers == {f"{year}-{number:04d}" for number in range(1, 10)}

    def test_what_was_given_or_typed_is_never_given_again(self, school):
        year = clock.fiscal_year(clock.today())
        typed = school.post("/members", new_pupil(management_number=f" {year}-0010　"))
        first = school.post("/members", new_pupil(management_number=" "))
        assert (number_of(school, typed), number_of(school, first)) == (
            f"{year}-0010",
            f"{year}-0011",
        )
        url = f"/members/{first['id']}"
        school.call("PATCH", url, json={"management_number": "own"})
        assert number_of(school, school.post("/members", new_pupil())) == f"{year}-0012"

    def test_that_of_another_pupil_is_refused(self, school):
        school.post("/members", new_pupil(management_number="A-1"))
        body = new_pupil(management_number="A-1")
        assert school.refused("POST", "/members", json=body) == (422, "management_number_taken")
        change = {"management_number": "A-1"}
        assert school.refused("PATCH", url_of(school, HINA), json=change) == (
            422,
            "management_number_taken",
        )

    def test_another_school_has_numbers_of_its_own(self, school, other_school):
        school.post("/members", new_pupil(management_number="A-1"))
        other_school.post("/members", new_pupil(management_number="A-1"))
        year = clock.fiscal_year(clock.today())
        assert number_of(other_school, other_school.post("/members", new_pupil())) == (
            f"{year}-0010"
        )

    def test_staff_are_given_none(self, school):
        body = {"kind": "staff", "display_name": "新任 一", "kana": "シンニン ハジメ"}
        assert number_of(school, school.post("/members", body)) is None

    def test_two_at_once_are_given_two_and_find_one_seat(self, school):
        room = school.roster.id("5-1")
        answers = []

        def register():
            body = new_pupil(class_id=room, number=7)
            answers.append(school.call("POST", "/members", json=body))

        both = [threading.Thread(target=register) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert sorted(answer.status_code for answer in answers) == [201, 422]
        [refused] = [answer for answer in answers if answer.status_code == 422]
        assert refused.json["error"]["code"] == "number_taken"

    def test_the_migration_gives_every_pupil_one(self, postgres_server):
        url = services.create_database(postgres_server.url, "directory_numbers")
        migrations = Path(directory.__file__).parent / "migrations"
        try:
            migrate.upgrade(url, migrations, METADATA, to="0010")
            engine = sa.create_engine(url)
            school = uuid4()
            with engine.begin() as connection:
                for name, number, kind in [
                    ("a", None, "pupil"),
                    ("b", "2025-0001", "pupil"),
                    ("c", "", "pupil"),
                    ("d", None, "staff"),
                ]:
                    status = "enrolled" if kind == "pupil" else "active"
                    connection.execute(
                        sa.text(
                            "INSERT INTO members (id, school_id, kind, display_name, kana,"
                            " search_key, management_number, status, status_since, created_at)"
                            " VALUES (:id, :school, :kind, :name, '', '', :number, :status,"
                            " '2026-03-01', '2026-03-31T14:59:00Z')"
                        ),
                        {
                            "id": uuid4(),
                            "school": school,
                            "kind": kind,
                            "name": name,
                            "number": number,
                            "status": status,
                        },
                    )
            migrate.upgrade(url, migrations, METADATA)
            with engine.connect() as connection:
                numbers = connection.execute(
                    sa.text("SELECT display_name, management_number FROM members")
                ).all()
                last = connection.scalar(sa.text("SELECT last FROM number_counters"))
            engine.dispose()
        finally:
            services.drop_database(postgres_server.url, "directory_numbers")
        found = dict(numbers)
        assert (found["b"], found["d"], last) == ("2025-0001", None, 3)
        assert {found["a"], found["c"]} == {"2025-0002", "2025-0003"}


class TestTwoAtOneForm:
    def test_the_second_is_refused_and_writes_nothing(self, school):
        url = url_of(school, HINA)
        seen = school.get(url)["version"]
        first = {"number": 20, "version": seen}
        second = {"kana": "タカハシ ヒナコ", "version": seen}
        assert school.call("PATCH", url, json=first).status_code == 204
        assert school.refused("PATCH", url, json=second) == (409, "changed_meanwhile")
        now = school.get(url)
        assert (now["number"], now["kana"]) == (20, "タカハシ ヒナ")
        again = {**second, "version": now["version"]}
        assert school.call("PATCH", url, json=again).status_code == 204

    def test_another_class_is_another_version(self, school):
        url = url_of(school, HINA)
        seen = school.get(url)["version"]
        assert school.get(url)["version"] == seen
        moved = {"add": school.of("髙橋 陽菜"), "kind": "enrolled"}
        group = f"/groups/{school.roster.id('4-1')}/memberships"
        assert school.call("POST", group, json=moved).status_code == 200
        assert school.get(url)["version"] != seen
