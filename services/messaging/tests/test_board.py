"""What waits for a person, in one answer: the home page asks no more (MSG-8, MSG-18)."""

from __future__ import annotations

from messaging_house import House, MakePoint, MakePupils


def test_a_board_tells_what_was_sent_own_drafts_and_whom_nothing_reached(
    house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    [child] = make_pupils(1)
    message_id = house.send([child], subject="運動会")
    for number in range(4):
        house.draft(subject=f"下書き{number}")
    calm = house.get("/messages/board")
    assert calm["unreached"] is None
    assert [message["id"] for message in calm["sent"]] == [str(message_id)]
    assert [draft["subject"] for draft in calm["drafts"]] == ["下書き3", "下書き2", "下書き1"]
    refused = [
        make_point({child.member_id: 2}, guardian_id=guardian, state="refused")
        for guardian in child.guardian_ids
    ]
    house.hear(house.settled(message_id, refused))
    assert house.get("/messages/board")["unreached"] == {
        "heads": 1,
        "message_id": str(message_id),
        "subject": "運動会",
        "others": 0,
    }


def test_a_colleagues_drafts_stand_on_no_other_board(house: House) -> None:
    house.draft(subject="下書き")
    colleague = house.staff(account_id=house.school_id)
    assert house.get("/messages/board", headers=colleague)["drafts"] == []
