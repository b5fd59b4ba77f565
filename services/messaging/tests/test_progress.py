"""How a send stands, at the door (MSG-8, DLV-8): numbers from the rows, in heads."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from messaging_house import House, MakePoint, MakePupils

from messaging.actions import sweep
from messaging.domain.links import link_key


def test_the_parts_add_up_to_the_heads_at_every_moment(
    house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    class_one, class_two = uuid4(), uuid4()
    members = make_pupils(2, class_id=class_one) + make_pupils(2, class_id=class_two)
    message_id = house.send(members)
    ids = [member.member_id for member in members]
    path = f"/messages/{message_id}/progress"
    nobody = {
        "confirmed": 0,
        "told": 0,
        "delivered": 0,
        "delivering": 0,
        "unreached": 0,
        "stopped": 0,
    }
    assert house.get(path)["counts"] == {**nobody, "delivering": 4}

    points = [
        make_point({ids[0]: 1}),
        make_point({ids[1]: 1}),
        make_point({ids[2]: 1}, "refused", reason="user_unknown"),
    ]
    house.hear(house.settled(message_id, points, [ids[3]]))
    token = house.link(message_id, members[0].guardian_ids[0])
    house.client.post(f"/readings/{token}/confirm", headers=house.service("gateway"))

    progress = house.get(path)
    assert progress["counts"] == {**nobody, "confirmed": 1, "delivered": 1, "unreached": 2}
    assert (progress["heads"], progress["whole_heads"]) == (4, 4)
    mail = {
        "accepted": 2,
        "refused": 1,
        "expired": 0,
        "unknown": 0,
        "cancelled": 0,
        "bounced": 0,
        "nothing": 1,
    }
    assert progress["by_channel"] == {"mail": mail}
    assert {row.pop("class_id"): row for row in progress["by_class"]} == {
        str(class_one): {**nobody, "heads": 2, "confirmed": 1, "delivered": 1},
        str(class_two): {**nobody, "heads": 2, "unreached": 2},
    }


def test_a_shared_contact_point_is_counted_once(
    house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(3)[1:]
    message_id = house.send(members)
    house.hear(house.settled(message_id, [make_point({member.member_id: 1 for member in members})]))
    progress = house.get(f"/messages/{message_id}/progress")
    assert (progress["by_channel"]["mail"]["accepted"], progress["counts"]["delivered"]) == (1, 2)


def test_half_and_nine_tenths_are_measured_from_the_release_to_each_childs_first_acceptance(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(10)
    message_id = any_house.send(members)
    started = any_house.message(message_id).released_at
    path = f"/messages/{message_id}/progress"
    for number, member in enumerate(members[:9], start=1):
        seen = any_house.get(path)
        assert (seen["half_seconds"], seen["ninety_seconds"]) == (5.0 if number > 5 else None, None)
        moments = (started + timedelta(seconds=number), started + timedelta(seconds=number + 60))
        points = [make_point({member.member_id: 2}, settled_at=moment) for moment in moments]
        any_house.hear(any_house.settled(message_id, points))
    seen = any_house.get(path)
    assert (seen["half_seconds"], seen["ninety_seconds"], seen["completed_at"]) == (5.0, 9.0, None)
    any_house.hear(any_house.settled(message_id, nothing=[members[9].member_id]))
    any_house.run(sweep.complete_messages)
    assert any_house.get(path)["state"] == "complete"


@pytest.mark.parametrize(
    ("which", "expected"), [("all", 4), ("confirmed", 1), ("unconfirmed", 2), ("unreached", 1)]
)
def test_recipients_are_listed_by_what_became_of_them(
    house: House, make_pupils: MakePupils, make_point: MakePoint, which: str, expected: int
) -> None:
    members = make_pupils(2) + make_pupils(2)
    message_id = house.send(members)
    bad = make_point({members[0].member_id: 1}, "refused", reason="mailbox_full")
    house.hear(house.settled(message_id, [bad, make_point({members[1].member_id: 1})]))
    token = house.link(message_id, members[1].guardian_ids[0])
    house.client.post(f"/readings/{token}/confirm", headers=house.service("gateway"))
    items = house.get(f"/messages/{message_id}/recipients?state={which}")["items"]
    assert len(items) == expected
    if which == "unreached":
        [reason] = items[0]["reasons"]
        assert (reason["channel"], reason["state"], reason["reason"]) == (
            "mail",
            "refused",
            "mailbox_full",
        )


def test_recipients_come_page_by_page(house: House, make_pupils: MakePupils) -> None:
    members = make_pupils(7)
    message_id = house.send(members)
    seen, after = [], None
    while True:
        page = house.get(
            f"/messages/{message_id}/recipients",
            query_string={"limit": 3, **({"after": after} if after else {})},
        )
        seen += [item["member_id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == sorted(str(member.member_id) for member in members)


def test_a_draft_has_an_empty_progress(house: House) -> None:
    progress = house.get(f"/messages/{house.draft()['id']}/progress")
    assert (progress["state"], progress["heads"], progress["half_seconds"]) == ("draft", 0, None)
    assert set(progress["counts"].values()) == {0}


def test_dispatchers_get_the_content_with_the_key_of_its_links(
    house: House, make_pupils: MakePupils
) -> None:
    message_id = house.send(make_pupils(1), lane="urgent", subject="臨時休業", body="本文")
    content = house.get(
        f"/messages/{message_id}/content", headers=house.service("dispatch-mail", house.school_id)
    )
    assert (content["mark"], content["addressing"], content["state"]) == (
        "urgent",
        "4年2組",
        "released",
    )
    assert content["school"] == {
        "kind": "elementary",
        "name": "みなも市立つばめ野小学校",
        "short_name": "つばめ野小",
        "phone": "0000-00-0000",
        "phone_hours": "平日 7:50〜17:00",
        "mail_local": "tsubameno",
    }
    assert base64.b64decode(content["link_key"]) == link_key(
        house.app.extensions["link_secret"], message_id
    )


def test_people_get_the_content_without_the_key(house: House) -> None:
    content = house.get(f"/messages/{house.draft()['id']}/content")
    assert (content["link_key"], content["mark"], content["addressing"]) == (None, None, None)


def test_a_dispatcher_sees_only_the_school_it_speaks_for(
    house: House, make_pupils: MakePupils
) -> None:
    message_id = house.send(make_pupils(1))
    stranger = house.service("dispatch-mail", uuid4())
    assert house.client.get(f"/messages/{message_id}/content", headers=stranger).status_code == 404
    system = house.service("dispatch-mail")
    assert house.client.get(f"/messages/{message_id}/content", headers=system).status_code == 403
