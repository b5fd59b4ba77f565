"""The page behind a guardian's link, at the door (MSG-8, MSG-25, DIR-15): a GET changes nothing,
one press confirms all.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from messaging_house import House, MakePoint, MakePupils

from common import clock
from common.crypto import make_link
from messaging.domain.audience import Addressed
from messaging.domain.links import link_key
from messaging.store.models import Message


@pytest.fixture
def family(house: House) -> dict[str, Any]:
    """Send to two siblings, whose guardians are both parents, and to a neighbour's child."""
    mother, father, neighbour = uuid4(), uuid4(), uuid4()
    elder = Addressed(uuid4(), uuid4(), 1, (mother, father), "髙橋 陽菜", "4年2組")
    younger = Addressed(uuid4(), uuid4(), 1, (mother,), "髙橋 蓮", "1年1組")
    other = Addressed(uuid4(), uuid4(), 2, (neighbour,))
    message_id = house.send([elder, younger, other], body="本文", subject="運動会")
    return {
        "message": message_id,
        "mother": house.link(message_id, mother),
        "father": house.link(message_id, father),
        "neighbour": house.link(message_id, neighbour),
        "mother_id": mother,
        "elder": elder.member_id,
        "younger": younger.member_id,
        "other": other.member_id,
    }


def _confirm(house: House, token: str) -> Any:
    return house.client.post(f"/readings/{token}/confirm", headers=house.service("gateway"))


def _confirmed(house: House, message_id: UUID) -> set[UUID]:
    return {
        member
        for member, row in house.recipients(message_id).items()
        if row.confirmed_at is not None
    }


def test_a_guardian_reads_the_message_and_sees_for_which_children(
    house: House, family: dict[str, Any]
) -> None:
    reading = house.get(f"/readings/{family['mother']}", headers=house.service("gateway"))
    assert (reading["subject"], reading["body"], reading["label"]) == ("運動会", "本文", "4年2組")
    assert sorted(child["display_name"] for child in reading["children"]) == [
        "髙橋 蓮",
        "髙橋 陽菜",
    ]
    assert {child["class_name"] for child in reading["children"]} == {"4年2組", "1年1組"}
    assert (reading["confirmed_at"], reading["confirmable"]) == (None, True)
    assert reading["school"]["short_name"] == "つばめ野小"
    assert reading["sent_at"] is not None


def test_reading_changes_nothing(house: House, family: dict[str, Any]) -> None:
    said = len(house.said())
    for _ in range(3):
        house.get(f"/readings/{family['mother']}", headers=house.service("gateway"))
    rows = house.recipients(family["message"]).values()
    assert {(row.confirmed_at, row.opened_at) for row in rows} == {(None, None)}
    assert len(house.said()) == said


def test_one_press_confirms_all_of_the_guardians_children_and_no_others(
    house: House, family: dict[str, Any]
) -> None:
    answer = _confirm(house, family["mother"])
    assert answer.status_code == 200
    assert set(answer.json["children"]) == {str(family["elder"]), str(family["younger"])}
    assert _confirmed(house, family["message"]) == {family["elder"], family["younger"]}
    [event] = [
        e for e in house.said("operation.recorded") if e.payload["action"] == "message.confirmed"
    ]
    assert (event.payload["actor_kind"], event.payload["actor_id"]) == (
        "guardian",
        family["mother_id"],
    )


def test_confirming_twice_keeps_the_first_time(house: House, family: dict[str, Any]) -> None:
    first = _confirm(house, family["mother"]).json
    second = _confirm(house, family["mother"]).json
    assert second == first
    assert (
        house.get(f"/readings/{family['mother']}", headers=house.service("gateway"))["confirmed_at"]
        == first["confirmed_at"]
    )


def test_what_one_parent_confirmed_keeps_its_time_when_the_other_presses(
    house: House, family: dict[str, Any]
) -> None:
    _confirm(house, family["father"])
    elder = house.recipients(family["message"])[family["elder"]].confirmed_at
    assert (
        house.get(f"/readings/{family['mother']}", headers=house.service("gateway"))["confirmed_at"]
        is None
    )
    _confirm(house, family["mother"])
    rows = house.recipients(family["message"])
    assert rows[family["elder"]].confirmed_at == elder
    assert rows[family["younger"]].confirmed_at > elder


def test_both_parents_at_once_confirm_each_child_once(house: House, family: dict[str, Any]) -> None:
    together = threading.Barrier(4)

    def press(token: str) -> int:
        together.wait()
        return int(_confirm(house, token).status_code)

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(press, [family["mother"], family["father"]] * 2))
    assert codes == [200] * 4
    counted = [
        e.payload["details"]["children"]
        for e in house.said("operation.recorded")
        if "children" in e.payload["details"]
    ]
    assert sum(counted) == 2


def test_a_member_of_staff_confirms_for_themselves(house: House) -> None:
    me = uuid4()
    message_id = house.send([Addressed(me, None, 0, ())])
    assert _confirm(house, house.link(message_id, me)).json["children"] == [str(me)]


def test_a_link_that_is_not_ours_opens_nothing(
    house: House, family: dict[str, Any], make_pupils: MakePupils
) -> None:
    secret = house.app.extensions["link_secret"]
    other_message = house.send(make_pupils(1))
    forged = {
        "nonsense": "x" * 64,
        "changed": family["mother"][:-2] + ("AA" if family["mother"][-2:] != "AA" else "BB"),
        "another purpose": make_link(
            link_key(secret, family["message"]), "u", family["message"], family["mother_id"]
        ),
        "another message's key": make_link(
            link_key(secret, other_message), "r", family["message"], family["mother_id"]
        ),
        "a message without this guardian": house.link(other_message, family["mother_id"]),
    }
    for name, token in forged.items():
        for answer in (
            house.client.get(f"/readings/{token}", headers=house.service("gateway")),
            _confirm(house, token),
        ):
            assert (answer.status_code, answer.json["error"]["code"]) == (404, "link_unknown"), name
    assert _confirmed(house, family["message"]) == set()


def test_a_link_of_ours_to_an_erased_message_says_so(house: House, family: dict[str, Any]) -> None:
    token = house.link(uuid4(), family["mother_id"])
    for answer in (
        house.client.get(f"/readings/{token}", headers=house.service("gateway")),
        _confirm(house, token),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "link_gone")


def test_a_link_has_its_time(house: House, family: dict[str, Any]) -> None:
    with house.database.for_school(house.school_id) as session:
        past = clock.now() - timedelta(seconds=1)
        session.execute(
            sa.update(Message).where(Message.id == family["message"]).values(link_expires_at=past)
        )
    for answer in (
        house.client.get(f"/readings/{family['mother']}", headers=house.service("gateway")),
        _confirm(house, family["mother"]),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "link_expired")


def test_a_message_that_is_not_sent_yet_cannot_be_read(
    house: House, make_pupils: MakePupils
) -> None:
    members = make_pupils(1)
    draft = house.draft()
    house.press(draft["id"], house.town.add_snapshot(members))
    token = house.link(UUID(draft["id"]), members[0].guardian_ids[0])
    assert (
        house.client.get(f"/readings/{token}", headers=house.service("gateway")).status_code == 404
    )


def test_a_message_without_a_button_is_not_confirmed(house: House, make_pupils: MakePupils) -> None:
    members = make_pupils(1)
    message_id = house.send(members, confirmable=False)
    answer = _confirm(house, house.link(message_id, members[0].guardian_ids[0]))
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "not_confirmable")


def test_only_the_gateway_shows_links(house: House, family: dict[str, Any]) -> None:
    assert house.client.get(f"/readings/{family['mother']}").status_code == 401
    assert (
        house.client.get(f"/readings/{family['mother']}", headers=house.staff()).status_code == 403
    )
    assert _confirm(house, family["mother"]).status_code == 200


def _tap(house: House, message_id: UUID, guardian_id: UUID, **options: Any) -> Any:
    headers = options.pop("headers", None) or house.service("dispatch-line", house.school_id)
    return house.client.post(
        f"/messages/{message_id}/confirmations",
        json={"guardian_id": str(guardian_id)},
        headers=headers,
    )


def test_a_tap_in_a_talk_confirms_as_a_press_on_the_page_does(
    house: House, family: dict[str, Any]
) -> None:
    answer = _tap(house, family["message"], family["mother_id"])
    assert answer.status_code == 200
    assert set(answer.json["children"]) == {str(family["elder"]), str(family["younger"])}
    assert _confirmed(house, family["message"]) == {family["elder"], family["younger"]}
    assert _tap(house, family["message"], family["mother_id"]).json == answer.json
    assert _confirm(house, family["mother"]).json == answer.json


def test_a_tap_of_somebody_who_was_not_addressed_confirms_nothing(
    house: House, family: dict[str, Any], make_pupils: MakePupils
) -> None:
    elsewhere = house.send(make_pupils(1))
    for message_id, guardian_id in (
        (family["message"], uuid4()),
        (elsewhere, family["mother_id"]),
        (uuid4(), family["mother_id"]),
    ):
        answer = _tap(house, message_id, guardian_id)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "link_unknown")
    other_school = house.service("dispatch-line", uuid4())
    assert (
        _tap(house, family["message"], family["mother_id"], headers=other_school).status_code == 404
    )
    assert _confirmed(house, family["message"]) == set()


def test_only_the_house_of_the_talks_brings_taps(house: House, family: dict[str, Any]) -> None:
    for headers in (
        house.staff(),
        house.service("gateway", house.school_id),
        house.service("dispatch-mail", house.school_id),
    ):
        assert (
            _tap(house, family["message"], family["mother_id"], headers=headers).status_code == 403
        )


def test_a_press_proves_the_contact_point_by_which_the_link_came_once_a_message(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    """Until something proves it, an address is まだ確かめていません (DLV-4)."""
    house = any_house
    [child] = make_pupils(1)
    mother, father = child.guardian_ids
    message_id = house.send([child])
    points = [
        make_point({child.member_id: 2}, guardian_id=guardian) for guardian in (mother, father)
    ]
    house.hear(house.settled(message_id, points))
    mothers, fathers = (point["contact_point_id"] for point in points)

    def press(token: str) -> None:
        answer = house.client.post(f"/readings/{token}/confirm", headers=house.service("gateway"))
        assert answer.status_code == 200, answer.json

    def proved() -> list[Any]:
        return [event.payload["contact_point_id"] for event in house.said("contact_point.proved")]

    press(house.link(message_id, mother))
    assert proved() == [], "a link of before says not by which contact point it came"
    press(house.link(message_id, mother, mothers))
    press(house.link(message_id, mother, mothers))
    press(house.link(message_id, father, fathers))
    assert proved() == [mothers, fathers]
    not_answered_yet = uuid4()
    press(house.link(message_id, mother, not_answered_yet))
    assert proved() == [mothers, fathers, not_answered_yet], (
        "a press can be quicker than the dispatcher's answer"
    )


def test_a_tap_in_a_talk_proves_its_contact_point(
    house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    [child] = make_pupils(1)
    message_id = house.send([child])
    point = make_point({child.member_id: 1}, guardian_id=child.guardian_ids[0])
    house.hear(house.settled(message_id, [point]))
    body = {
        "guardian_id": str(child.guardian_ids[0]),
        "contact_point_id": str(point["contact_point_id"]),
    }
    line = house.service("dispatch-line", house.school_id)
    assert (
        house.client.post(
            f"/messages/{message_id}/confirmations", json=body, headers=line
        ).status_code
        == 200
    )
    assert [event.payload["contact_point_id"] for event in house.said("contact_point.proved")] == [
        point["contact_point_id"]
    ]


def test_a_member_of_staff_reads_and_confirms_for_themselves(house: House) -> None:
    """Their link is their own; no word of children or guardians is on the page (walk S1 7)."""
    colleague = Addressed(uuid4(), None, 0, ())
    message_id = house.send([colleague])
    path = f"/readings/{house.link(message_id, colleague.member_id)}"
    reading = house.get(path, headers=house.service("gateway"))
    assert (reading["is_staff"], reading["label"]) == (True, None)
    assert house.client.post(f"{path}/confirm", headers=house.service("gateway")).status_code == 200
    assert house.get(f"/messages/{message_id}/progress")["counts"]["confirmed"] == 1
    [record] = [
        e.payload
        for e in house.said("operation.recorded")
        if e.payload["action"] == "message.confirmed"
    ]
    assert (record["actor_kind"], record["actor_id"]) == ("staff", colleague.member_id)


def test_a_guardian_is_no_member_of_staff(house: House, make_pupils: MakePupils) -> None:
    [child] = make_pupils(1)
    message_id = house.send([child])
    path = f"/readings/{house.link(message_id, child.guardian_ids[0])}"
    reading = house.get(path, headers=house.service("gateway"))
    assert (reading["is_staff"], reading["label"]) == (False, "4年2組")
