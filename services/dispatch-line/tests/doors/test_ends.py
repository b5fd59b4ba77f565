"""A school ends: what LINE told goes with a school's own account, and stays with an account that
others share (RET-1).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from line_house import AsOperator, House, MakeUser

from common.bus import tables
from common.schemas import Envelope
from dispatch_line.store.models import EVENTS, METADATA, LineAccount

TALK_REGISTRATIONS = METADATA.tables["talk_registrations"]


def count(house: House, table: sa.Table) -> int:
    with house.database.for_system(read_only=True) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def answered(house: House, school_id: UUID) -> list[dict[str, int]]:
    """Return the counts with which the house has answered so far."""
    with house.database.for_system(read_only=True) as session:
        bodies = session.scalars(
            sa.select(tables.outbox.c.body).where(tables.outbox.c.type == "school.erased")
        )
        return [
            event.payload["counts"]
            for event in map(Envelope.load, bodies)
            if event.school_id == school_id
        ]


async def erase(house: House) -> dict[str, int]:
    """Erase the house's school, batch after batch; return the counts of the answer."""
    school_id = house.neighbours.school_id
    house.neighbours.is_erasing = True
    while not answered(house, school_id):
        asked = len(said(house))
        await house.say("school.erasing", {}, "school.erasing")
        await house.until(
            lambda asked=asked: answered(house, school_id) or len(said(house)) > asked
        )
    return answered(house, school_id)[0]


def said(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.said("school.erasing")
    return found


async def test_a_schools_own_account_goes_with_its_secrets_and_all_that_line_told(
    house: House, make_user: MakeUser
) -> None:
    house.hear(house.event("follow", make_user()), house.event("follow", make_user()))
    async with house.working():
        counts = await erase(house)
    assert counts == {"account_schools": 1, "webhook_events": 2, "accounts": 1}
    assert (count(house, EVENTS), count(house, LineAccount.__table__)) == (0, 0)  # type: ignore[arg-type]
    answer = house.hear(house.event("follow", make_user()))
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "account_unknown"), (
        "though its secret is held for a minute"
    )
    assert count(house, EVENTS) == 0


async def test_an_account_that_another_school_shares_stays_and_is_heard(
    house: House, make_user: MakeUser, operator: AsOperator
) -> None:
    operator(f"/account-schools/{uuid4()}", {"account_id": str(house.account_id)})
    house.hear(house.event("follow", make_user()))
    async with house.working():
        assert await erase(house) == {"account_schools": 1}
    assert count(house, EVENTS) == 1
    with house.database.for_system(read_only=True) as session:
        assert session.scalars(sa.select(LineAccount.leaves_with)).all() == [None], (
            "the school's id is gone"
        )
    assert house.hear(house.event("follow", make_user())).json == {"new": 1}


async def test_an_account_that_was_never_this_schools_waits_for_its_own(
    house: House, operator: AsOperator
) -> None:
    given = {"name": "次の学校", "channel_secret": "s", "access_token": "t"}
    prepared = uuid4()
    assert operator(f"/accounts/{prepared}", given).status_code == 200
    async with house.working():
        assert await erase(house) == {"account_schools": 1, "accounts": 1}
    assert operator(f"/account-schools/{uuid4()}", {"account_id": str(prepared)}).status_code == 200


async def test_who_registers_in_the_talk_is_forgotten_with_the_school(
    house: House, make_user: MakeUser
) -> None:
    house.neighbours.talk_code = "208114825"
    begun, further = make_user(), make_user()
    async with house.working():
        for user in (begun, further):
            house.hear(house.tap(user, "agree:2026-12"))
            await house.until(lambda user=user: house.replies(user))
        text = {"type": "text", "id": "1", "text": house.neighbours.talk_code}
        house.hear(house.event("message", further, message=text))
        await house.until(lambda: len(house.replies(further)) == 2)
        assert count(house, TALK_REGISTRATIONS) == 2
        counts = await erase(house)
    assert (counts["talk_registrations"], counts["accounts"]) == (1, 1)
    assert count(house, TALK_REGISTRATIONS) == 0
