"""What an operator with a reason sees of messages: times, heads and states, no child (ID-10)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from messaging_house import House, MakePupils, audience_of

from common.testing.tokens import bearer, looking_token, operator_token
from common.words import SchoolPart

MESSAGES = "/messages/sent"


def look(
    house: House, part: SchoolPart = SchoolPart.MESSAGES, **lifetime: timedelta
) -> dict[str, str]:
    token = looking_token(house.settings.keys_dir, house.school_id, part, **lifetime)
    return bearer(token)


def test_what_was_sent_is_listed_newest_first_without_any_text(
    any_house: House, make_pupils: MakePupils
) -> None:
    first = any_house.send(make_pupils(2), subject="プール納め", body="本文です")
    second = any_house.send(make_pupils(3), subject="運動会", body="本文です")
    any_house.draft(subject="下書き")
    found = any_house.client.get(MESSAGES, headers=look(any_house))
    assert [item["id"] for item in found.json["items"]] == [str(second), str(first)]
    shown = found.json["items"][0]
    assert (shown["subject"], shown["state"], shown["heads"]) == ("運動会", "released", 3)
    assert shown["counts"]["delivering"] == 3
    assert "本文です" not in found.get_data(as_text=True)
    page = any_house.client.get(f"{MESSAGES}?limit=1", headers=look(any_house)).json
    following = any_house.client.get(
        MESSAGES, query_string={"after": page["next"]}, headers=look(any_house)
    ).json
    assert [item["id"] for item in following["items"]] == [str(first)]


def test_no_child_is_named(house: House, make_pupils: MakePupils) -> None:
    child = make_pupils(1)
    single = audience_of(member_ids=[child[0].member_id])
    message = house.send(child, subject="高木 さくらさんの面談", audience=single)
    answer = house.client.get(MESSAGES, headers=look(house))
    shown = next(item for item in answer.json["items"] if item["id"] == str(message))
    assert shown["subject"] is None
    assert "高木" not in answer.get_data(as_text=True)
    assert set(shown) == {
        "id",
        "lane",
        "state",
        "subject",
        "heads",
        "release_at",
        "released_at",
        "completed_at",
        "stopped_at",
        "counts",
    }


def test_without_an_access_to_this_part_of_this_school_messaging_itself_refuses(
    house: House, make_pupils: MakePupils
) -> None:
    message = house.send(make_pupils(1))
    keys_dir = house.settings.keys_dir
    without = bearer(operator_token(keys_dir))
    other_part = look(house, SchoolPart.ACCOUNTS)
    over = look(house, lifetime=timedelta(seconds=-1))
    assert house.client.get(MESSAGES, headers=without).status_code == 403
    assert house.client.get(MESSAGES, headers=other_part).status_code == 403
    assert house.client.get(MESSAGES, headers=over).status_code == 401
    elsewhere = bearer(looking_token(keys_dir, uuid4(), SchoolPart.MESSAGES))
    assert house.client.get(MESSAGES, headers=elsewhere).json["items"] == []
    for path in ("/messages", f"/messages/{message}", f"/messages/{message}/recipients"):
        assert house.client.get(path, headers=look(house)).status_code == 403, path
    assert house.client.get(MESSAGES, headers=house.staff()).status_code == 403
