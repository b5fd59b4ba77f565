"""What presses prove, what families stop, and whom nothing reaches (DIR-8, DLV-4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
import sqlalchemy as sa
from told_points import change, hear, operations, stop, told

from common import clock
from common.schemas import Envelope
from directory.actions.contact_points import (
    hear_resumed,
    prove_contact_point,
)
from directory.store.models import ContactPoint


def prove(school, database, address, proved_at):
    payload = {"contact_point_id": UUID(school.roster.id(address)), "proved_at": proved_at}
    event = Envelope.load(Envelope.of("contact_point.proved", school.id, payload).dump())
    with database.for_school(school.id) as session:
        prove_contact_point(session, event, None, now=clock.now())


def shown_point(school, child):
    (guardian,) = school.get(f"/members/{school.roster.id(child)}")["guardians"]
    (point,) = guardian["contact_points"]
    return point


def moment(text):
    return datetime.fromisoformat(text)


def test_a_contact_point_is_proved_by_the_first_press_and_stays_so(school, database):
    now = clock.now().replace(microsecond=0)
    assert shown_point(school, "小鳥遊 心")["proved_at"] is None
    for minutes in (0, 5, -5):
        prove(school, database, "manabu@town.test", now + timedelta(minutes=minutes))
    assert moment(shown_point(school, "小鳥遊 心")["proved_at"]) == now - timedelta(minutes=5)


def test_a_press_makes_a_dead_address_well_unless_the_death_came_later(school, database):
    now = clock.now()
    change(school, database, "user_unknown", now, "manabu@town.test")
    prove(school, database, "manabu@town.test", now - timedelta(minutes=1))
    assert shown_point(school, "小鳥遊 心")["health"]["code"] == "user_unknown"
    prove(school, database, "manabu@town.test", now + timedelta(minutes=1))
    assert shown_point(school, "小鳥遊 心")["health"]["code"] is None
    change(school, database, "user_unknown", now, "manabu@town.test")
    assert shown_point(school, "小鳥遊 心")["health"]["code"] is None, (
        "what was told before the press comes late"
    )


def test_a_press_of_an_old_message_does_not_lift_a_block_in_line(school, database):
    now = clock.now()
    change(school, database, "blocked", now)
    prove(school, database, "U0001", now + timedelta(minutes=1))
    point = shown_point(school, "山崎 樹")
    assert point["health"]["code"] == "blocked"
    assert point["proved_at"] is not None


MANABU = "manabu@town.test"


def code_of(school):
    return shown_point(school, "小鳥遊 心")["health"]["code"]


def test_a_mail_that_came_back_after_a_proof_is_a_doubt_until_the_next_proof(school, database):
    now = clock.now()
    prove(school, database, MANABU, now)
    change(school, database, "returned", now + timedelta(minutes=1), MANABU)
    assert code_of(school) == "returned"
    assert reach_of(school) == "doubtful"
    prove(school, database, MANABU, now)
    assert code_of(school) == "returned", "an old press says nothing of a mail that came back since"
    prove(school, database, MANABU, now + timedelta(minutes=2))
    assert code_of(school) is None
    assert reach_of(school) == "reached"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_death_stands_before_doubts_in_whatever_order_they_come(school, database, order):
    now = clock.now()
    told_all = (
        ("returned", now),
        ("user_unknown", now + timedelta(days=1)),
        ("returned", now + timedelta(days=1, hours=1)),
    )
    for index in order:
        change(school, database, *told_all[index], MANABU)
    assert code_of(school) == "user_unknown"
    change(school, database, "ok", now + timedelta(days=3), MANABU)
    assert code_of(school) is None


def test_what_came_back_before_the_last_proof_changes_nothing(school, database):
    now = clock.now()
    for minutes in (0, 10):
        prove(school, database, MANABU, now + timedelta(minutes=minutes))
    for told_late in ("returned", "user_unknown"):
        change(school, database, told_late, now + timedelta(minutes=5), MANABU)
        assert code_of(school) is None
    shown = shown_point(school, "小鳥遊 心")
    assert moment(shown["last_proved_at"]) == now + timedelta(minutes=10)
    assert moment(shown["proved_at"]) == now


def reach_of(school):
    for wanted in ("reached", "doubtful", "unreached"):
        found = school.get(f"/members?kind=pupil&reach={wanted}")["items"]
        if "小鳥遊 心" in [item["display_name"] for item in found]:
            return wanted
    return None


def test_another_schools_contact_point_is_not_proved(school, other_school, database):
    payload = {
        "contact_point_id": UUID(school.roster.id("manabu@town.test")),
        "proved_at": clock.now(),
    }
    with database.for_school(other_school.id) as session:
        prove_contact_point(
            session,
            Envelope.of("contact_point.proved", other_school.id, payload),
            None,
            now=clock.now(),
        )
    assert shown_point(school, "小鳥遊 心")["proved_at"] is None


def test_a_list_tells_dead_and_stopped_contact_points_from_live_ones(school, database):
    change(school, database, "blocked", clock.now())
    stop(school, database, "manabu@town.test")
    rows = {item["display_name"]: item for item in school.get("/members?kind=pupil")["items"]}
    none = {"mail": 0, "line": 0, "push": 0}

    def counts(name):
        return [rows[name][column] for column in ("channels", "dead", "stopped")]

    assert counts("山崎 樹") == [none, {**none, "line": 1}, none]
    assert counts("小鳥遊 心") == [none, none, {**none, "mail": 1}]
    assert counts("渡邉 咲良") == [{**none, "mail": 1}, none, none]


class TestStoppedByTheFamily:
    """A stop can be taken back, by who pressed it or by the school that has spoken with the family
    (DIR-8).
    """

    def stopped(self, school, headers=None):
        return school.get("/board", headers)["items"]

    def resume(self, school, address, headers=None):
        return school.call("POST", f"/contact-points/{school.roster.id(address)}/resume", headers)

    def test_the_school_sees_whose_point_it_is_and_since_when(self, school, database):
        assert self.stopped(school) == []
        stop(school, database, "m..takahashi@docomo.town.test")
        (item,) = self.stopped(school)
        assert item["contact_point_id"] == school.roster.id("m..takahashi@docomo.town.test")
        assert set(item["member_ids"]) == set(school.of("髙橋 陽菜", "髙橋 蓮"))
        assert clock.now() - moment(item["stopped_at"]) < timedelta(minutes=1)

    def test_the_latest_twenty_are_listed_and_those_of_an_unknown_time_stand_last(
        self, empty_school, database
    ):
        school = empty_school
        for number in range(19):
            school.roster.point("小鳥遊 学", "mail", f"stopped{number}@town.test", state="stopped")
        school.load()
        stop(school, database, "sakiko@town.test")
        listed = school.get("/board")
        assert listed["counted"] == 9, "seven pupils and two of staff"
        assert (len(listed["items"]), listed["more"]) == (20, False)
        stop(school, database, "manabu@town.test")
        listed = school.get("/board")
        assert (len(listed["items"]), listed["more"]) == (20, True)
        newest = [item["contact_point_id"] for item in listed["items"][:2]]
        assert newest == school.of("manabu@town.test", "sakiko@town.test")
        assert all(item["stopped_at"] is None for item in listed["items"][2:])

    def test_a_teacher_sees_the_own_class_only(self, school, database):
        stop(school, database, "m..takahashi@docomo.town.test")
        stop(school, database, "manabu@town.test")
        own = school.staff("roster.see", own_only=["roster.see"], groups=["5-1"])
        assert [item["member_ids"] for item in self.stopped(school, own)] == [school.of("髙橋 蓮")]

    def test_the_school_lets_messages_go_on_and_the_log_says_for_whom(self, school, database):
        stop(school, database, "manabu@town.test")
        assert self.resume(school, "manabu@town.test").status_code == 204
        assert shown_point(school, "小鳥遊 心")["state"] == "active"
        assert self.stopped(school) == []
        assert self.resume(school, "manabu@town.test").status_code == 204, (
            "a second press changes nothing"
        )
        told = [o for o in operations(school, database) if o["action"].startswith("contact_point.")]
        assert [(o["action"], o["actor_kind"]) for o in told] == [
            ("contact_point.stopped", "guardian"),
            ("contact_point.resumed", "staff"),
        ]
        assert all(o["details"] == {"member_ids": school.of("小鳥遊 心")} for o in told)

    def test_only_who_may_change_the_roster_there_resumes(self, school, database):
        stop(school, database, "manabu@town.test")
        assert (
            self.resume(school, "manabu@town.test", school.staff("roster.see")).status_code == 403
        )
        elsewhere = school.staff("roster.change", own_only=["roster.change"], groups=["5-1"])
        assert self.resume(school, "manabu@town.test", elsewhere).status_code == 403
        assert len(self.stopped(school)) == 1

    def test_who_stopped_takes_it_back_and_a_late_word_of_it_undoes_no_later_stop(
        self, school, database
    ):
        point_id = UUID(school.roster.id("manabu@town.test"))
        taken_back = Envelope.of("contact_point.resumed", school.id, {"contact_point_id": point_id})
        stop(school, database, "manabu@town.test")
        with database.for_school(school.id) as session:
            hear_resumed(session, taken_back, None, now=clock.now())
        assert len(self.stopped(school)) == 1, (
            "this stop is younger than the word that takes the one before it back"
        )
        taken_back = Envelope.of("contact_point.resumed", school.id, {"contact_point_id": point_id})
        with database.for_school(school.id) as session:
            hear_resumed(session, taken_back, None, now=clock.now())
        assert self.stopped(school) == []
        last = operations(school, database)[-1]
        assert (last["action"], last["actor_kind"]) == ("contact_point.resumed", "guardian")

    def test_an_undo_holds_though_it_is_heard_before_the_stop(self, school, database):
        stopped, resumed = (
            told(f"contact_point.{word}", school, "manabu@town.test")
            for word in ("stopped", "resumed")
        )
        hear(school, database, resumed, stopped)
        assert self.stopped(school) == []
        assert shown_point(school, "小鳥遊 心")["state"] == "active"

    def test_a_stop_heard_late_does_not_undo_what_the_school_resumed_after_it(
        self, school, database
    ):
        first, second = (
            told("contact_point.stopped", school, "manabu@town.test") for _ in range(2)
        )
        hear(school, database, first)
        assert self.resume(school, "manabu@town.test").status_code == 204
        hear(school, database, second)
        assert self.stopped(school) == []
        stop(school, database, "manabu@town.test")
        assert len(self.stopped(school)) == 1, "a stop that is younger than the resumption holds"

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_of_three_presses_the_last_counts_in_whatever_order_they_are_heard(
        self, school, database, order
    ):
        words = ("stopped", "resumed", "stopped")
        presses = [told(f"contact_point.{word}", school, "manabu@town.test") for word in words]
        hear(school, database, *(presses[place] for place in order))
        assert len(self.stopped(school)) == 1

    def test_dispatch_mail_is_told_in_which_state_a_contact_point_is(
        self, school, other_school, database
    ):
        url = f"/contact-points/{school.roster.id('manabu@town.test')}"
        mails = school.service("dispatch-mail")
        assert school.get(url, mails)["state"] == "active"
        stop(school, database, "manabu@town.test")
        assert school.get(url, mails)["state"] == "stopped"
        unknown = school.refused("GET", url, other_school.service("dispatch-mail"))
        assert unknown == (404, "contact_point_not_found")
        assert school.refused("GET", url, school.staff())[0] == 403
        assert school.refused("GET", url, school.service("dispatch-line"))[0] == 403

    def test_an_ended_contact_point_is_not_brought_back(self, school, database):
        point_id = UUID(school.roster.id("manabu@town.test"))
        with database.for_school(school.id) as session:
            session.execute(
                sa.update(ContactPoint).where(ContactPoint.id == point_id).values(state="ended")
            )
        answer = self.resume(school, "manabu@town.test")
        assert (answer.status_code, answer.json["error"]["code"]) == (
            404,
            "contact_point_not_found",
        )
