"""Sealed addresses for dispatchers, and a family's one-click stop (DIR-8, DIR-15, RET-5)."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from common import clock
from common.crypto import SealedPlace, Undecipherable
from common.schemas import Envelope
from directory.actions.contact_points import change_health, stop_contact_point
from directory.store.models import ContactPoint

URL = "/contact-points/look-up"


def look_up(school, *people, lane="normal", kind="mail"):
    members = [
        {"member_id": school.roster.id(m), "guardian_ids": school.of(*guardians)}
        for m, guardians in people
    ]
    return school.post(
        URL, {"kind": kind, "lane": lane, "members": members}, school.service("dispatch-mail")
    )["items"]


def stop(school, database, address):
    event = Envelope.of(
        "contact_point.stopped", school.id, {"contact_point_id": UUID(school.roster.id(address))}
    )
    with database.for_school(school.id) as session:
        stop_contact_point(session, event, None, now=clock.now())


def operations(school, database):
    statement = sa.text("SELECT body FROM outbox WHERE school_id = :school ORDER BY position")
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(statement, {"school": school.id}).all()
    return [Envelope.load(body).payload for body in bodies]


def test_siblings_share_one_contact_point_in_the_answer(school):
    items = look_up(school, ("髙橋 陽菜", ["髙橋 恵"]), ("髙橋 蓮", ["髙橋 恵"]))
    assert [item["contact_point_id"] for item in items] == school.of(
        "m..takahashi@docomo.town.test"
    )
    assert items[0]["guardian_id"] == school.roster.id("髙橋 恵")


def test_an_address_travels_sealed_and_opens_with_the_schools_key_only(
    school, other_school, school_keys
):
    [item] = look_up(school, ("髙橋 陽菜", ["髙橋 恵"]))
    place = SealedPlace("contact_points", "address", UUID(item["contact_point_id"]))
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
    assert (stopped[0]["actor_kind"], stopped[0]["actor_id"]) == (
        "guardian",
        UUID(school.roster.id("小鳥遊 学")),
    )


def test_another_schools_contact_point_is_not_stopped(school, other_school, database):
    event = Envelope.of(
        "contact_point.stopped",
        other_school.id,
        {"contact_point_id": UUID(school.roster.id("manabu@town.test"))},
    )
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
    body = {
        "kind": "mail",
        "lane": "urgent",
        "members": [{"member_id": str(uuid4()), "guardian_ids": [str(uuid4())]}],
    }
    assert school.post(URL, body, school.service("dispatch-mail")) == {"items": []}


def owners(school, address, kind="line"):
    return school.post(
        "/contact-points/owners",
        {"kind": kind, "address": address},
        school.service("dispatch-line"),
    )["items"]


def test_the_owner_of_a_line_user_is_found_by_its_id(school, other_school):
    [owner] = owners(school, "U0001")
    assert owner == {
        "contact_point_id": school.roster.id("U0001"),
        "guardian_id": school.roster.id("山崎 操"),
        "owner_member_id": None,
    }
    assert owners(other_school, "U0001")[0]["guardian_id"] == other_school.roster.id("山崎 操")
    assert owners(school, "U0002") == []
    assert owners(school, "U0001", kind="mail") == []


def test_a_member_of_staff_owns_its_own_contact_point(school):
    [owner] = owners(school, "noguchi@town.test", kind="mail")
    assert (owner["guardian_id"], owner["owner_member_id"]) == (None, school.roster.id("野口 大輔"))


def test_only_houses_to_which_families_answer_ask_for_owners(school):
    body = {"kind": "line", "address": "U0001"}
    for headers in (school.staff(), school.service("dispatch-push"), school.service("gateway")):
        assert school.refused("POST", "/contact-points/owners", headers, json=body)[0] == 403


def change(school, database, health, since, address="U0001"):
    payload = {
        "contact_point_id": UUID(school.roster.id(address)),
        "health": health,
        "since": since,
    }
    event = Envelope.load(Envelope.of("contact_point.changed", school.id, payload).dump())
    with database.for_school(school.id) as session:
        change_health(session, event, None, now=clock.now())


def health_of(school):
    [item] = look_up(school, ("山崎 樹", ["山崎 操"]), kind="line")
    return item["health"]


def test_a_user_who_blocks_the_school_is_not_reachable_until_the_block_ends(school, database):
    now = clock.now()
    assert health_of(school) is None
    change(school, database, "blocked", now)
    assert health_of(school) == "blocked"
    assert [
        item["reason"]
        for item in school.snapshot(members=["山崎 樹"], channels=["line"])["unreachable"]
    ] == ["blocked_by_user"]
    change(school, database, "ok", now + timedelta(seconds=1))
    assert health_of(school) is None
    assert school.snapshot(members=["山崎 樹"], channels=["line"])["unreachable"] == []


def test_what_a_provider_told_earlier_changes_nothing_when_it_comes_late(school, database):
    now = clock.now()
    change(school, database, "ok", now)
    change(school, database, "blocked", now - timedelta(seconds=1))
    change(school, database, "blocked", now)
    assert health_of(school) is None


def test_the_health_of_another_schools_contact_point_does_not_change(
    school, other_school, database
):
    payload = {
        "contact_point_id": UUID(school.roster.id("U0001")),
        "health": "blocked",
        "since": clock.now(),
    }
    with database.for_school(other_school.id) as session:
        change_health(
            session,
            Envelope.of("contact_point.changed", other_school.id, payload),
            None,
            now=clock.now(),
        )
    assert health_of(school) is None


@pytest.mark.parametrize("since", ["2026-10-30", None, "soon"])
def test_what_a_roster_brought_gives_way_to_what_a_provider_tells(school, database, since):
    stored = {"code": "blocked", "since": since}
    with database.for_school(school.id) as session:
        session.execute(
            sa.update(ContactPoint)
            .where(ContactPoint.id == UUID(school.roster.id("U0001")))
            .values(health=stored)
        )
    change(school, database, "ok", clock.now())
    assert health_of(school) is None
