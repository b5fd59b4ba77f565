"""A message that leaves a channel out: written so, confirmed so, sent so, and ended without that
channel's answer (DLV-5).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from messaging_house import House, MakePupils


def leave_out(house: House, draft: dict[str, Any], *channels: str) -> Any:
    body = {
        "version": house.get(f"/messages/{draft['id']}")["version"],
        "without_channels": list(channels),
    }
    return house.client.patch(f"/messages/{draft['id']}", json=body, headers=house.staff())


def test_a_draft_leaves_a_channel_out_and_takes_it_in_again(three_channels: House) -> None:
    draft = three_channels.draft()
    assert draft["channels"] == ["mail", "line", "push"]
    changed = leave_out(three_channels, draft, "line").json
    assert (changed["channels"], changed["without_channels"], changed["version"]) == (
        ["mail", "push"],
        ["line"],
        2,
    )
    typed = {"version": 2, "body": "ほかの本文"}
    kept = three_channels.client.patch(
        f"/messages/{draft['id']}", json=typed, headers=three_channels.staff()
    ).json
    assert kept["channels"] == ["mail", "push"], "typing on brings nothing back"
    again = leave_out(three_channels, draft).json
    assert (again["channels"], again["without_channels"]) == (["mail", "line", "push"], [])


def test_one_channel_stays(three_channels: House) -> None:
    draft = three_channels.draft()
    refused = leave_out(three_channels, draft, "mail", "line", "push")
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "no_channel_left")
    assert leave_out(three_channels, draft, "pigeon").json["error"]["code"] == "invalid"
    assert three_channels.get(f"/messages/{draft['id']}")["version"] == 1


def test_a_channel_left_out_is_neither_asked_nor_waited_for(
    three_channels: House, make_pupils: MakePupils
) -> None:
    house, members = three_channels, make_pupils(1)
    draft = house.draft()
    leave_out(house, draft, "line")
    assert house.press(draft["id"], house.town.add_snapshot(members)).json["state"] == "pending"
    house.client.post(f"/messages/{draft['id']}/send-now", headers=house.staff())
    house.pump()
    assert [event.payload["channels"] for event in house.said("delivery.requested")] == [
        ["mail", "push"]
    ]
    for channel in ("mail", "push"):
        settled = house.settled(UUID(draft["id"]), nothing=[members[0].member_id])
        house.hear(
            type(settled).of(settled.type, house.school_id, {**settled.payload, "channel": channel})
        )
    assert [row.state for row in house.recipients(draft["id"]).values()] == ["unreached"], (
        "two answers of two"
    )
    assert set(house.get(f"/messages/{draft['id']}/progress")["by_channel"]) == {"mail", "push"}


def test_a_press_over_a_confirm_screen_from_before_the_change_is_refused(
    three_channels: House, make_pupils: MakePupils
) -> None:
    draft = three_channels.draft()
    snapshot = three_channels.town.add_snapshot(make_pupils(1))
    leave_out(three_channels, draft, "line")
    late = three_channels.press(draft["id"], snapshot, version=draft["version"])
    assert (late.status_code, late.json["error"]["code"]) == (409, "changed_elsewhere")


def test_a_test_to_oneself_goes_by_the_messages_own_channels(three_channels: House) -> None:
    draft = three_channels.draft()
    leave_out(three_channels, draft, "line", "push")
    headers = three_channels.staff(member_id=uuid4())
    copy = three_channels.client.post(f"/messages/{draft['id']}/test-send", headers=headers).json[
        "message_id"
    ]
    assert three_channels.message(copy).channels == ["mail"]


def test_a_draft_whose_channels_run_no_more_goes_by_those_that_do(
    house: House, three_channels: House, make_pupils: MakePupils
) -> None:
    house.town.school = three_channels.town.school
    draft = three_channels.draft()
    leave_out(three_channels, draft, "mail")
    assert house.press(draft["id"], house.town.add_snapshot(make_pupils(1))).status_code == 202
    assert house.message(draft["id"]).channels == ["mail"]


def test_a_draft_from_before_a_channel_ran_goes_by_it_too(
    house: House, three_channels: House, make_pupils: MakePupils
) -> None:
    house.town.school = three_channels.town.school
    draft = house.draft()
    assert draft["channels"] == ["mail"]
    assert three_channels.get(f"/messages/{draft['id']}")["channels"] == ["mail", "line", "push"]
    assert (
        three_channels.press(
            draft["id"], three_channels.town.add_snapshot(make_pupils(1))
        ).status_code
        == 202
    )
    assert three_channels.message(draft["id"]).channels == ["mail", "line", "push"]
