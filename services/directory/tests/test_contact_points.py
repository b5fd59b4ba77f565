"""Sealed addresses for dispatchers, and what a family's one-click stop does (DIR-8, DIR-15, RET-5)."""

from __future__ import annotations

import base64
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from common import clock
from common.crypto import Place, Undecipherable
from common.schemas import Envelope
from directory.actions.contact_points import stop_contact_point
from directory.store.models import ContactPoint

URL = "/contact-points/look-up"


def look_up(school, *people, lane="normal", kind="mail"):
    members = [{"member_id": school.roster.id(m), "guardian_ids": school.of(*guardians)} for m, guardians in people]
    return school.post(URL, {"kind": kind, "lane": lane, "members": members}, school.service("dispatch-mail"))["items"]


def stop(school, database, address):
    event = Envelope.of("contact_point.stopped", school.id, {"contact_point_id": UUID(school.roster.id(address))})
    with database.for_school(school.id) as session:
        stop_contact_point(session, event, None, now=clock.now())


def operations(school, database):
    statement = sa.text("SELECT body FROM outbox WHERE school_id = :school ORDER BY position")
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(statement, {"school": school.id}).all()
    return [Envelope.load(body).payload for body in bodies]


def test_siblings_share_one_contact_point_in_the_answer(school):
    items = look_up(school, ("髙橋 陽菜", ["髙橋 恵"]), ("髙橋 蓮", ["髙橋 恵"]))
    assert [item["contact_point_id"] for item in items] == school.of("m..takahashi@docomo.town.test")
    assert items[0]["guardian_id"] == school.roster.id("髙橋 恵")


def test_an_address_travels_sealed_and_opens_with_the_schools_key_only(school, other_school, school_keys):
    [item] = look_up(school, ("髙橋 陽菜", ["髙橋 恵"]))
    place = Place("contact_points", "address", UUID(item["contact_point_id"]))
    sealed = base64.b64decode(item["address"])
    assert school_keys.get(school.id).decrypt(sealed, place) == "m..takahashi@docomo.town.test"
    with pytest.raises(Undecipherable):
        school_keys.get(other_school.id).decrypt(sealed, place)


def test_no_address_stands_plain_in_the_database(school, database):
    with database.for_system(read_only=True) as session:
        stored = session.execute(sa.select(ContactPoint.address, ContactPoint.address_index)).all()
    assert stored
    assert not any(b"town.test" in bytes(cell) for row in stored for cell in row)


def test_a_member_of_staff_is_reached_by_its_own_address(school):
    [item] = look_up(school, ("野口 大輔", []))
    assert (item["owner_member_id"], item["guardian_id"]) == (school.roster.id("野口 大輔"), None)


def test_only_the_asked_kind_is_answered(school):
    assert look_up(school, ("山崎 樹", ["山崎 操"])) == []
    assert len(look_up(school, ("山崎 樹", ["山崎 操"]), kind="line")) == 1


def test_a_stopped_contact_point_takes_urgent_messages_only(school, database):
    stop(school, database, "manabu@town.test")
    person = ("小鳥遊 心", ["小鳥遊 学"])
    assert look_up(school, person) == []
    assert [item["state"] for item in look_up(school, person, lane="urgent")] == ["stopped"]
    made = school.snapshot(members=["小鳥遊 心"])
    assert [item["reason"] for item in made["unreachable"]] == ["stopped"]
    assert school.snapshot(members=["小鳥遊 心"], lane="urgent")["unreachable"] == []


def test_a_second_stop_changes_nothing(school, database):
    stop(school, database, "manabu@town.test")
    stop(school, database, "manabu@town.test")
    stopped = [o for o in operations(school, database) if o["action"] == "contact_point.stopped"]
    assert len(stopped) == 1
    assert (stopped[0]["actor_kind"], stopped[0]["actor_id"]) == ("guardian", UUID(school.roster.id("小鳥遊 学")))


def test_another_schools_contact_point_is_not_stopped(school, other_school, database):
    event = Envelope.of("contact_point.stopped", other_school.id, {"contact_point_id": UUID(school.roster.id("manabu@town.test"))})
    with database.for_school(other_school.id) as session:
        stop_contact_point(session, event, None, now=clock.now())
    assert len(look_up(school, ("小鳥遊 心", ["小鳥遊 学"]))) == 1


def test_an_ended_contact_point_takes_nothing(empty_school, new_roster):
    roster = new_roster()
    roster.group("全校")
    roster.member("森 鷗介", "モリ オウスケ", "全校", 1)
    roster.guardian("森 林", ["森 鷗介"])
    roster.point("森 林", "mail", "old@town.test", state="ended")
    empty_school.load(roster)
    assert look_up(empty_school, ("森 鷗介", ["森 林"]), lane="urgent") == []
    assert empty_school.snapshot(groups=["全校"])["unreachable"][0]["reason"] == "none"


def test_unknown_guardians_are_reached_by_nothing(school):
    body = {"kind": "mail", "lane": "urgent", "members": [{"member_id": str(uuid4()), "guardian_ids": [str(uuid4())]}]}
    assert school.post(URL, body, school.service("dispatch-mail")) == {"items": []}
