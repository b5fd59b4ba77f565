"""A school's end through every house with a store: rows, key and certificate; the school next door
loses nothing (RET-1).
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from whole_town import Town

from common import bus, clock
from common.bus import tables
from common.schemas import Envelope
from retention.actions import erasures
from retention.domain.certificate import verify

NAME = "みなも市立つばめ野小学校"
PUPILS = 1300  # more than a batch in each large table
HOUSES = ("identity", "directory", "messaging", "dispatch-mail", "dispatch-line", "dispatch-push")
NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


def make_school(town: Town, number: int) -> UUID:
    """Make a school as the operator does, and give it a roster, a message and its deliveries."""
    body = {
        "kind": "elementary",
        "name": NAME,
        "short_name": "つばめ野小",
        "phone": "03-0000-0000",
        "mail_local": "tsubameno",
        "member_limit": 2000,
        "contract": {"starts_on": "2026-04-01", "contacts": [{"name": "中野 正"}]},
        "administrator": {
            "mail": f"kyoto{number}@town.test",
            "display_name": "山下 明子",
            "password": "tsukushi mo sakura mo",
        },
    }
    made = town.call("identity", "POST", "/schools", json=body)
    assert made.status_code == 201, made.json
    school_id = UUID(made.json["id"])
    pupils = [uuid4() for _ in range(PUPILS)]
    fill_directory(town, school_id, pupils)
    message_id = fill_messaging(town, school_id, pupils)
    fill_dispatch(town, school_id, message_id, pupils)
    return school_id


def write(town: Town, house: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    with town.databases[house].for_system() as session:
        for table in town.metadata(house).sorted_tables:
            if rows.get(table.name):
                session.execute(insert(table), rows[table.name])


def fill_directory(town: Town, school_id: UUID, pupils: list[UUID]) -> None:
    root, room = uuid4(), uuid4()
    group = {"school_id": school_id, "kind": "class", "position": 1, "fiscal_year": 2026}
    person = {
        "kind": "pupil",
        "display_name": "髙橋 陽菜",
        "kana": "タカハシ ヒナ",
        "search_key": "高橋陽菜",
        "status": "enrolled",
    }
    person |= {"school_id": school_id, "status_since": NOW.date(), "created_at": NOW}
    member = {"group_id": room, "school_id": school_id, "kind": "enrolled", "fiscal_year": 2026}
    link = {"school_id": school_id, "label": "母", "position": 1, "protected": False}
    point = {
        "school_id": school_id,
        "kind": "mail",
        "address": b"sealed",
        "state": "active",
        "created_at": NOW,
    }
    families = [(pupil, uuid4()) for pupil in pupils]
    rows: dict[str, list[dict[str, Any]]] = {
        "groups": [{**group, "id": root, "name": "全校"}],
        "members": [{**person, "id": pupil} for pupil in pupils],
        "guardians": [
            {"id": parent, "school_id": school_id, "language": "ja"} for _, parent in families
        ],
        "guardianships": [
            {**link, "member_id": pupil, "guardian_id": parent} for pupil, parent in families
        ],
        "contact_points": [
            {**point, "id": uuid4(), "guardian_id": p, "address_index": p.bytes}
            for _, p in families
        ],
    }
    write(town, "directory", rows)
    below = {**group, "id": room, "name": "4年2組", "parent_id": root}
    write(
        town,
        "directory",
        {"groups": [below], "memberships": [{**member, "member_id": pupil} for pupil in pupils]},
    )


def message_row(school_id: UUID, message_id: UUID) -> dict[str, Any]:
    return {
        "id": message_id,
        "school_id": school_id,
        "kind": "notice",
        "state": "complete",
        "lane": "normal",
        "subject": "持ち物について",
        "body": "水筒を持たせてください。",
        "short_text": "",
        "created_by_name": "山下 明子",
        "audience": {},
        "channels": ["mail"],
        "confirmable": True,
        "version": 1,
        "created_by": uuid4(),
        "created_at": NOW,
        "updated_at": NOW,
    }


def fill_messaging(town: Town, school_id: UUID, pupils: list[UUID]) -> UUID:
    message_id = uuid4()
    recipient = {
        "school_id": school_id,
        "message_id": message_id,
        "household": 1,
        "guardian_ids": [],
        "state": "reached",
    }
    outcome = {
        "school_id": school_id,
        "channel": "mail",
        "state": "accepted",
        "expected": 1,
        "settled_at": NOW,
    }
    addressed = [(pupil, uuid4()) for pupil in pupils]
    rows: dict[str, list[dict[str, Any]]] = {
        "messages": [message_row(school_id, message_id)],
        "recipients": [
            {**recipient, "id": row, "member_id": pupil, "asked_at": NOW}
            for pupil, row in addressed
        ],
        "outcomes": [
            {**outcome, "recipient_id": row, "contact_point_id": uuid4()} for _, row in addressed
        ],
    }
    write(town, "messaging", rows)
    return message_id


def fill_dispatch(town: Town, school_id: UUID, message_id: UUID, pupils: list[UUID]) -> None:
    delivery = {
        "school_id": school_id,
        "message_id": message_id,
        "members": {},
        "route": "town.test",
        "lane": "normal",
    }
    delivery |= {"state": "accepted", "attempts": 1, "unknowns": 0}
    delivery |= {"requested_at": NOW, "next_attempt_at": NOW, "give_up_at": NOW, "settled_at": NOW}
    write(
        town,
        "dispatch-mail",
        {"deliveries": [{**delivery, "id": uuid4(), "contact_point_id": uuid4()} for _ in pupils]},
    )


def end(town: Town, school_id: UUID) -> None:
    body = {"ended_on": clock.today().isoformat(), "grace_days": 0}
    refused = town.call("identity", "POST", f"/schools/{school_id}/end", json=body)
    assert (refused.status_code, refused.json["error"]["fields"]) == (
        422,
        {"name_typed": "not_the_name"},
    )
    ended = town.call(
        "identity", "POST", f"/schools/{school_id}/end", json=body | {"name_typed": NAME}
    )
    assert (ended.status_code, ended.json["state"]) == (200, "ended")


def end_next_year(town: Town, school_id: UUID) -> Any:
    """Give the contract another end, long after the one that was set; return the answer."""
    body = {"ended_on": (clock.today() + timedelta(days=365)).isoformat()}
    return town.call("identity", "POST", f"/schools/{school_id}/end", json=body)


def state_of(town: Town, school_id: UUID) -> str | None:
    answer = town.call("retention", "GET", f"/erasures/{school_id}")
    return str(answer.json["state"]) if answer.status_code == 200 else None


async def test_every_house_erases_the_key_goes_and_the_certificate_counts_what_went(
    town: Town,
) -> None:
    school_id, next_door = make_school(town, 1), make_school(town, 2)
    async with town.running(
        "identity"
    ):  # the lines of what was done so far reach the operation log
        await town.until(lambda: town.rows(school_id)["identity"].get("operation_log") == 2)
    there, kept = town.rows(school_id), town.rows(next_door)
    end(town, school_id)
    async with town.running(*(house for house in HOUSES if house != "messaging"), "retention"):
        await town.until(
            lambda: (
                state_of(town, school_id) == "erasing"
                and list_done(town, school_id) == len(HOUSES) - 1
            )
        )
        assert town.rows(school_id) == {"messaging": there["messaging"]}
    async with town.running(*HOUSES, "retention"):
        await town.until(lambda: state_of(town, school_id) == "certified")
    assert town.rows(school_id) == {}
    assert town.rows(next_door) == kept
    check_certificate(town, school_id, there)
    assert town.parked() == {}


async def test_once_retention_erases_identity_takes_no_other_end(town: Town) -> None:
    school_id = make_school(town, 1)
    end(town, school_id)
    async with town.running(
        "retention"
    ):  # the queue door of identity is away: it hears nothing of the erasure
        await town.until(lambda: state_of(town, school_id) == "erasing")
    refused = end_next_year(town, school_id)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "school_erasing")
    assert town.rows(school_id)["directory"], "no house has heard of it yet either"


async def test_an_end_that_is_moved_while_retention_is_about_to_begin_saves_the_school(
    town: Town,
) -> None:
    school_id = make_school(town, 1)
    there = town.rows(school_id)
    end(town, school_id)
    saved = end_next_year(town, school_id)  # while the first end is still on its way
    assert (saved.status_code, saved.json["state"]) == (200, "active")
    async with town.running(*HOUSES, "retention"):
        await town.until(lambda: ended_on(town, school_id) == clock.today() + timedelta(days=365))
        with town.databases["retention"].for_system() as session:
            erasures.begin_due_erasures(session, now=clock.now())
        await town.until(lambda: town.unpublished("retention") == 0)
    assert state_of(town, school_id) == "waiting"
    for house in ("directory", "messaging", "dispatch-mail"):
        assert town.rows(school_id)[house] == there[house]
    assert town.parked() == {}


async def test_a_forged_order_to_erase_stands_aside_in_every_house_and_erases_nothing(
    town: Town,
) -> None:
    school_id = make_school(town, 1)
    async with town.running("identity"):
        await town.until(lambda: town.rows(school_id)["identity"].get("operation_log") == 2)
    there, forged = town.rows(school_id), Envelope.of("school.erasing", school_id, {})
    async with town.running(*HOUSES, "retention"):
        await town.publish(bus.Outgoing("school.erasing", forged.dump(), forged.id))
        await town.until(lambda: set(town.parked()) == set(HOUSES))
    assert {event.reason for events in town.parked().values() for event in events} == {"unsigned"}
    assert town.rows(school_id) == there
    assert state_of(town, school_id) is None


async def test_no_house_erases_what_is_not_due_though_retention_itself_says_so(town: Town) -> None:
    school_id = make_school(town, 1)
    async with town.running("identity"):
        await town.until(lambda: town.rows(school_id)["identity"].get("operation_log") == 2)
    there = town.rows(school_id)
    with town.databases[
        "retention"
    ].for_system() as session:  # restored with a wrong clock, or mixed up
        bus.put(session, "school.erasing", {}, school_id=school_id)
    async with town.running(*HOUSES, "retention"):
        await town.until(lambda: set(town.parked()) == set(HOUSES))
    assert {event.reason for events in town.parked().values() for event in events} == {"not_due"}
    assert town.rows(school_id) == there
    school = town.call("identity", "GET", f"/schools/{school_id}").json
    assert school["state"] == "active"


def ended_on(town: Town, school_id: UUID) -> date | None:
    answer = town.call("retention", "GET", f"/erasures/{school_id}")
    return date.fromisoformat(answer.json["ended_on"]) if answer.status_code == 200 else None


def list_done(town: Town, school_id: UUID) -> int:
    steps = town.call("retention", "GET", f"/erasures/{school_id}").json["steps"]
    return sum(step["state"] == "done" for step in steps)


def check_certificate(town: Town, school_id: UUID, there: dict[str, dict[str, int]]) -> None:
    """The counts are those of the rows that were there; the end itself wrote two more lines into
    the school's log at most.
    """
    file = town.call("retention", "GET", f"/erasures/{school_id}/certificate.json").data
    public = (town.keys_dir / "public" / "retention.pem").read_bytes()
    assert verify(file, public)
    assert not verify(file[:-3] + bytes([file[-3] ^ 1]) + file[-2:], public)
    document = json.loads(file)
    counts = document["counts"]
    assert counts["directory"] == there["directory"]
    assert counts["messaging"] == there["messaging"]
    assert counts["dispatch-mail"] == there["dispatch-mail"]
    assert (counts["dispatch-line"], counts["dispatch-push"]) == ({}, {})
    assert {
        "contracts": 1,
        "contract_contacts": 1,
        "staff_roles": 1,
        "accounts": 1,
    }.items() <= counts["identity"].items()
    assert counts["identity"]["operation_log"] in (2, 3)
    entry = json.loads((town.folder / "keyring" / f"{school_id}.json").read_bytes())
    assert (entry["state"], entry["wrapped"]) == ("destroyed", None)
    assert document["key"]["fingerprint_sha256"] == entry["fingerprint"]


async def test_what_a_dispatcher_says_late_of_an_erased_school_does_nothing(town: Town) -> None:
    school_id = make_school(town, 1)
    end(town, school_id)
    async with town.running(*HOUSES, "retention"):
        await town.until(lambda: state_of(town, school_id) == "certified")
        point = {
            "contact_point_id": uuid4(),
            "guardian_id": None,
            "state": "accepted",
            "settled_at": NOW,
            "members": {uuid4(): 1},
        }
        payload = {"message_id": uuid4(), "channel": "mail", "points": [point]}
        with town.databases["dispatch-mail"].for_system() as session:
            said = bus.put(session, "delivery.settled", payload, school_id=school_id, lane="normal")
            said_of_nobody = bus.put(
                session, "delivery.settled", payload, school_id=uuid4(), lane="normal"
            )
        # The other, of a school that messaging does not know, is parked after three tries: it came
        # after the late one.
        await town.until(lambda: town.parked())
    assert [event.event_id for event in town.parked()["messaging"]] == [said_of_nobody]
    with town.databases["messaging"].for_system(read_only=True) as session:
        assert (
            session.scalar(select(tables.inbox.c.event_id).where(tables.inbox.c.event_id == said))
            is None
        )
    assert town.rows(school_id) == {}
