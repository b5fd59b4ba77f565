"""Old links tell what was, to who may still read it (DIR-15, MSG-25)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from messaging_house import House

from common import clock
from common.schemas import Envelope
from messaging.actions import reader_names, revocations
from messaging.clients import NamedNow
from messaging.domain.audience import Addressed
from messaging.store.models import Message, MessageReader

MOTHER, FATHER = uuid4(), uuid4()


@pytest.fixture
def children() -> list[Addressed]:
    elder = Addressed(uuid4(), uuid4(), 1, (MOTHER, FATHER), "髙橋 陽菜", "4年2組")
    younger = Addressed(uuid4(), uuid4(), 1, (MOTHER,), "髙橋 蓮", "1年1組")
    return [elder, younger]


@pytest.fixture
def message_id(any_house: House, children: list[Addressed]) -> UUID:
    return any_house.send(children, body="本文", subject="運動会")


def _read(house: House, message_id: UUID, *who: UUID) -> dict[str, Any]:
    path = f"/readings/{house.link(message_id, *who)}"
    reading: dict[str, Any] = house.get(path, headers=house.service("gateway"))
    return reading


def _press(house: House, message_id: UUID, *who: UUID) -> Any:
    path = f"/readings/{house.link(message_id, *who)}/confirm"
    return house.client.post(path, headers=house.service("gateway"))


def _names(reading: dict[str, Any]) -> list[str]:
    return sorted(child["display_name"] for child in reading["children"])


def _end_guardianship(
    house: House, guardian_id: UUID, member_id: UUID, ago: timedelta = timedelta()
) -> None:
    payload = {"guardian_id": guardian_id, "member_id": member_id}
    told = Envelope.of("guardianship.ended", house.school_id, payload)
    event = replace(told, occurred_at=told.occurred_at - ago)
    with house.database.for_school(house.school_id) as session:
        revocations.revoke_guardianship(session, event, None, now=clock.now())


def _end_point(house: House, contact_point_id: UUID) -> None:
    payload = {"contact_point_id": contact_point_id}
    event = Envelope.of("contact_point.ended", house.school_id, payload)
    with house.database.for_school(house.school_id) as session:
        revocations.revoke_point(session, event, None, now=clock.now())


def test_who_is_no_guardian_any_more_reads_the_text_without_names_and_without_the_button(
    any_house: House, message_id: UUID, children: list[Addressed]
) -> None:
    _end_guardianship(any_house, FATHER, children[0].member_id)
    reading = _read(any_house, message_id, FATHER)
    assert (reading["body"], reading["children"], reading["confirmable"]) == ("本文", [], False)
    answer = _press(any_house, message_id, FATHER)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "link_revoked")
    assert any_house.said("operation.recorded")[-1].payload["action"] != "message.confirmed"


def test_the_other_parent_and_the_other_child_stay(
    any_house: House, message_id: UUID, children: list[Addressed]
) -> None:
    elder, younger = children
    _end_guardianship(any_house, FATHER, elder.member_id)
    assert _names(_read(any_house, message_id, MOTHER)) == ["髙橋 蓮", "髙橋 陽菜"]
    _end_guardianship(any_house, MOTHER, elder.member_id)
    assert _names(_read(any_house, message_id, MOTHER)) == ["髙橋 蓮"]
    assert _press(any_house, message_id, MOTHER).json["children"] == [str(younger.member_id)]
    assert any_house.recipients(message_id)[elder.member_id].confirmed_at is None


def test_a_link_that_came_by_an_ended_contact_point_tells_nothing_of_children(
    any_house: House, message_id: UUID
) -> None:
    old_phone, new_phone = uuid4(), uuid4()
    _end_point(any_house, old_phone)
    _end_point(any_house, old_phone)
    assert _read(any_house, message_id, MOTHER, old_phone)["children"] == []
    assert _press(any_house, message_id, MOTHER, old_phone).status_code == 409
    assert len(_read(any_house, message_id, MOTHER, new_phone)["children"]) == 2


def test_what_is_sent_after_a_revocation_is_read_as_always(
    any_house: House, children: list[Addressed]
) -> None:
    _end_guardianship(any_house, MOTHER, children[0].member_id, ago=timedelta(minutes=1))
    later = any_house.send(children)
    assert _names(_read(any_house, later, MOTHER)) == ["髙橋 蓮", "髙橋 陽菜"]


def test_a_clock_that_is_a_little_behind_leaves_no_name_readable(
    any_house: House, message_id: UUID, children: list[Addressed]
) -> None:
    _end_guardianship(any_house, FATHER, children[0].member_id, ago=timedelta(seconds=5))
    assert _read(any_house, message_id, FATHER)["children"] == []


def test_a_page_unfolded_after_the_revocation_is_revoked_too(
    any_house: House, children: list[Addressed]
) -> None:
    """The audience was frozen before; its pages are written one after another."""
    message_id = any_house.send(children)
    _end_guardianship(any_house, FATHER, children[0].member_id)
    with any_house.database.for_school(any_house.school_id) as session:
        mine = sa.and_(MessageReader.message_id == message_id, MessageReader.reader_id == FATHER)
        row = session.execute(sa.select(MessageReader.__table__).where(mine)).first()
        assert row is not None
        session.execute(sa.delete(MessageReader).where(mine))
        session.execute(sa.insert(MessageReader).values(dict(row._mapping)))
    assert _read(any_house, message_id, FATHER)["children"] == []


def test_a_revocation_heard_twice_or_late_leaves_the_later_one(
    any_house: House, message_id: UUID, children: list[Addressed]
) -> None:
    elder = children[0].member_id
    _end_guardianship(any_house, FATHER, elder)
    payload = {"guardian_id": FATHER, "member_id": elder}
    event = Envelope.of("guardianship.ended", any_house.school_id, payload)
    a_year_before = event.occurred_at - timedelta(days=365)
    late = replace(event, occurred_at=a_year_before)
    with any_house.database.for_school(any_house.school_id) as session:
        revocations.revoke_guardianship(session, late, None, now=clock.now())
    assert _read(any_house, message_id, FATHER)["children"] == []


def test_a_revocation_of_another_school_touches_nobody_here(
    any_house: House, message_id: UUID, children: list[Addressed]
) -> None:
    payload = {"guardian_id": FATHER, "member_id": children[0].member_id}
    event = Envelope.of("guardianship.ended", uuid4(), payload)
    with any_house.database.for_system() as session:
        revocations.revoke_guardianship(session, event, None, now=clock.now())
    assert _names(_read(any_house, message_id, FATHER)) == ["髙橋 陽菜"]


def test_a_page_shows_the_names_as_they_were_when_it_was_sent(
    any_house: House, message_id: UUID, children: list[Addressed]
) -> None:
    for child in children:
        any_house.town.people[child.member_id] = NamedNow(child.member_id, "佐藤 陽菜", "5年1組")
    assert _names(_read(any_house, message_id, MOTHER)) == ["髙橋 蓮", "髙橋 陽菜"]


def test_no_name_of_a_member_of_staff_is_kept(any_house: House) -> None:
    colleague = Addressed(uuid4(), None, 0, (), "山下 明子", None)
    message_id = any_house.send([colleague])
    with any_house.database.for_school(any_house.school_id, read_only=True) as session:
        kept = session.scalar(
            sa.select(MessageReader.display_name).where(MessageReader.message_id == message_id)
        )
    assert kept == ""


def _name_all(house: House, message_id: UUID) -> int:
    """Do what the job and the worker do until nothing is asked any more; return how often asked."""
    with house.database.for_system() as session:
        reader_names.ask_for_names(session, now=clock.now())
    asked = 0
    gather = reader_names.gather_names(house.database, house.town.clients())
    while asked < len(house.said("readers.unnamed")):
        event = house.said("readers.unnamed")[asked]
        asked += 1
        facts = gather(event)
        with house.database.for_school(house.school_id) as session:
            reader_names.record_names(session, event, facts, now=clock.now())
    return asked


def test_what_was_sent_without_names_gets_them_once(
    any_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages of before: until then the page says お子様."""
    monkeypatch.setattr(reader_names, "MEMBERS_AT_ONCE", 2)
    known = Addressed(uuid4(), None, 1, (MOTHER,))
    gone = Addressed(uuid4(), None, 1, (MOTHER,))
    other = Addressed(uuid4(), None, 1, (MOTHER,))
    colleague = Addressed(uuid4(), None, 2, ())
    message_id = any_house.send([known, gone, other, colleague])
    assert [
        child["display_name"] for child in _read(any_house, message_id, MOTHER)["children"]
    ] == [
        None,
        None,
        None,
    ]
    for child in (known, other, colleague):
        any_house.town.people[child.member_id] = NamedNow(child.member_id, "髙橋 陽菜", "4年2組")
    assert _name_all(any_house, message_id) >= 2
    assert _names(_read(any_house, message_id, MOTHER)) == ["", "髙橋 陽菜", "髙橋 陽菜"]
    with any_house.database.for_school(any_house.school_id, read_only=True) as session:
        assert session.scalar(sa.select(Message.readers_named).where(Message.id == message_id))
        own = sa.select(MessageReader.display_name).where(
            MessageReader.message_id == message_id, MessageReader.member_id == colleague.member_id
        )
        assert session.scalar(own) == ""
    before = len(any_house.said("readers.unnamed"))
    with any_house.database.for_system() as session:
        reader_names.ask_for_names(session, now=clock.now())
    assert len(any_house.said("readers.unnamed")) == before


class TestJoinedReaders:
    """DIR-15: a mother who was registered twice was addressed under two ids."""

    @pytest.fixture
    def gone(self) -> UUID:
        return uuid4()

    @pytest.fixture
    def children(self, gone: UUID) -> list[Addressed]:
        elder = Addressed(uuid4(), uuid4(), 1, (gone, FATHER), "髙橋 陽菜", "4年2組")
        younger = Addressed(uuid4(), uuid4(), 1, (gone,), "髙橋 蓮", "1年1組")
        return [elder, younger]

    def join(
        self, house: House, guardian_id: UUID, into_id: UUID, ago: timedelta = timedelta()
    ) -> None:
        payload = {"guardian_id": guardian_id, "into_id": into_id}
        told = Envelope.of("guardian.joined", house.school_id, payload)
        event = replace(told, occurred_at=told.occurred_at - ago)
        with house.database.for_school(house.school_id) as session:
            revocations.join_guardians(session, event, None, now=clock.now())

    def test_old_links_go_on_and_the_new_id_reads_and_confirms_too(
        self, any_house: House, message_id: UUID, gone: UUID, children: list[Addressed]
    ) -> None:
        """A tap in a talk names the one that stayed; a link the one it was made for."""
        stays = uuid4()
        self.join(any_house, gone, stays)
        for who in (gone, stays):
            assert _names(_read(any_house, message_id, who)) == ["髙橋 蓮", "髙橋 陽菜"]
        confirmed = _press(any_house, message_id, stays).json["children"]
        assert confirmed == sorted(str(child.member_id) for child in children)

    def test_what_is_taken_from_the_one_is_taken_from_the_old_links(
        self, any_house: House, message_id: UUID, gone: UUID, children: list[Addressed]
    ) -> None:
        stays = uuid4()
        self.join(any_house, gone, stays, ago=timedelta(minutes=1))
        _end_guardianship(any_house, stays, children[0].member_id)
        for who in (gone, stays):
            assert _names(_read(any_house, message_id, who)) == ["髙橋 蓮"]

    def test_a_revocation_that_is_heard_before_the_joining_counts(
        self, any_house: House, message_id: UUID, gone: UUID, children: list[Addressed]
    ) -> None:
        stays = uuid4()
        _end_guardianship(any_house, stays, children[0].member_id)
        self.join(any_house, gone, stays, ago=timedelta(minutes=1))
        assert _names(_read(any_house, message_id, gone)) == ["髙橋 蓮"]

    def test_one_from_before_the_joining_counts_no_more(
        self, any_house: House, message_id: UUID, gone: UUID, children: list[Addressed]
    ) -> None:
        stays = uuid4()
        _end_guardianship(any_house, stays, children[0].member_id, ago=timedelta(minutes=1))
        self.join(any_house, gone, stays)
        assert len(_names(_read(any_house, message_id, gone))) == 2

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_three_who_are_one_are_followed_in_any_order(
        self,
        any_house: House,
        message_id: UUID,
        gone: UUID,
        children: list[Addressed],
        order: tuple[int, int],
    ) -> None:
        second, last = uuid4(), uuid4()
        steps = [(gone, second), (second, last)]
        for number in order:
            self.join(any_house, *steps[number], ago=timedelta(minutes=2 - number))
        assert len(_names(_read(any_house, message_id, last))) == 2
        _end_guardianship(any_house, last, children[0].member_id)
        assert _names(_read(any_house, message_id, gone)) == ["髙橋 蓮"]

    def test_nobody_else_reads_for_it(self, any_house: House, message_id: UUID, gone: UUID) -> None:
        self.join(any_house, gone, uuid4())
        path = f"/readings/{any_house.link(message_id, uuid4())}"
        headers = any_house.service("gateway")
        answer = any_house.client.get(path, headers=headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "link_unknown")
