"""What a family was sent, on a page of its own (MY-1, DIR-15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from messaging_house import House

from common import clock
from common.schemas import Envelope
from messaging.actions import revocations
from messaging.domain.audience import Addressed
from messaging.store.models import Message


class FamilyPage:
    """The page of a mother of two; the father has the elder alone."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.mother, self.father = uuid4(), uuid4()
        both = (self.mother, self.father)
        self.elder = Addressed(uuid4(), uuid4(), 1, both, "髙橋 陽菜", "4年2組")
        self.younger = Addressed(uuid4(), uuid4(), 1, (self.mother,), "髙橋 蓮", "1年1組")

    def send(self, subject: str, *children: Addressed, **content: Any) -> UUID:
        others = Addressed(uuid4(), uuid4(), 2, (uuid4(),))
        to = children or (self.elder, self.younger)
        return self.house.send([*to, others], subject=subject, **content)

    def list(self, *guardians: UUID, **params: Any) -> Any:
        headers = self.house.service("gateway", self.house.school_id)
        query = {"guardian_id": [str(each) for each in guardians or (self.mother,)], **params}
        return self.house.get("/family-messages", headers=headers, query_string=query)

    def subjects(self, *guardians: UUID, **params: Any) -> list[str]:
        return [item["subject"] for item in self.list(*guardians, **params)["items"]]

    def call(self, method: str, path: str, *guardians: UUID, school: UUID | None = None) -> Any:
        headers = self.house.service("gateway", school or self.house.school_id)
        query = {"guardian_id": [str(each) for each in guardians or (self.mother,)]}
        return self.house.client.open(
            f"/family-messages/{path}", method=method, headers=headers, query_string=query
        )

    def revoke(self, guardian: UUID, child: Addressed) -> None:
        payload = {"guardian_id": guardian, "member_id": child.member_id}
        event = Envelope.of("guardianship.ended", self.house.school_id, payload)
        with self.house.database.for_school(self.house.school_id) as session:
            revocations.revoke_guardianship(session, event, None, now=clock.now())


@pytest.fixture
def page(any_house: House) -> FamilyPage:
    return FamilyPage(any_house)


def names(children: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(child["display_name"] for child in children)


def test_all_messages_of_all_children_stand_together_what_waits_first(page: FamilyPage) -> None:
    first, second = page.send("運動会"), page.send("給食だより", page.younger)
    page.send("お知らせ", confirmable=False)
    assert page.subjects() == ["給食だより", "運動会", "お知らせ"]
    assert page.call("POST", f"{second}/confirm").status_code == 200
    assert page.subjects() == ["運動会", "お知らせ", "給食だより"]
    listed = page.list()["items"]
    assert [item["waits"] for item in listed] == [True, False, False]
    assert names(listed[0]["children"]) == ["髙橋 蓮", "髙橋 陽菜"]
    assert listed[2]["confirmed_at"] is not None
    assert listed[0]["id"] == str(first)


def test_one_childs_messages_are_listed_alone(page: FamilyPage) -> None:
    page.send("運動会")
    page.send("給食だより", page.younger)
    assert page.subjects(member_id=str(page.elder.member_id)) == ["運動会"]
    assert page.subjects(page.father) == ["運動会"]
    assert page.subjects(page.father, member_id=str(page.younger.member_id)) == []


def test_a_long_list_is_read_in_parts(page: FamilyPage) -> None:
    sent = [str(page.send(f"連絡{number}")) for number in range(5)]
    page.call("POST", f"{sent[3]}/confirm")
    seen: list[str] = []
    after = None
    for _ in range(3):
        part = page.list(limit=2, **({"after": after} if after else {}))
        seen += [item["id"] for item in part["items"]]
        after = part["next"]
    assert seen == [sent[4], sent[2], sent[1], sent[0], sent[3]]
    assert after is None


@pytest.mark.parametrize("after", ["x", "1_2026-11-24_x", f"1_x_{UUID(int=1)}", "%00"])
def test_a_place_that_we_never_gave_is_refused(page: FamilyPage, after: str) -> None:
    headers = page.house.service("gateway", page.house.school_id)
    query = {"guardian_id": str(page.mother), "after": after}
    answer = page.house.client.get("/family-messages", headers=headers, query_string=query)
    assert answer.status_code == 422


def test_a_message_is_read_and_confirmed_for_all_children(page: FamilyPage) -> None:
    message_id = page.send("運動会", body="雨のときは順延します。")
    reading = page.call("GET", str(message_id)).json
    assert (reading["subject"], reading["body"]) == ("運動会", "雨のときは順延します。")
    assert names(reading["children"]) == ["髙橋 蓮", "髙橋 陽菜"]
    assert reading["confirmable"]
    assert reading["confirmed_at"] is None
    confirmed = page.call("POST", f"{message_id}/confirm").json
    assert len(confirmed["children"]) == 2
    again = page.call("POST", f"{message_id}/confirm").json
    assert again == confirmed
    said = [event.payload for event in page.house.said("operation.recorded")]
    presses = [each for each in said if each["action"] == "message.confirmed"]
    assert [each["details"] for each in presses] == [{"children": 2}]


def test_what_one_parent_confirmed_waits_for_the_other_only_where_a_child_is_left(
    page: FamilyPage,
) -> None:
    message_id = page.send("運動会")
    page.call("POST", f"{message_id}/confirm", page.father)
    assert [item["waits"] for item in page.list()["items"]] == [True]
    assert [item["waits"] for item in page.list(page.father)["items"]] == [False]


def test_who_shares_the_page_confirms_for_both(page: FamilyPage) -> None:
    message_id = page.send("運動会")
    guardians = (page.father, page.mother)
    assert names(page.call("GET", str(message_id), *guardians).json["children"]) == [
        "髙橋 蓮",
        "髙橋 陽菜",
    ]
    confirmed = page.call("POST", f"{message_id}/confirm", *guardians).json
    assert len(confirmed["children"]) == 2
    assert page.list(*guardians)["items"][0]["waits"] is False


def test_who_is_no_guardian_any_more_reads_nothing_of_the_child(page: FamilyPage) -> None:
    both, elder = page.send("運動会"), page.send("校外学習", page.elder)
    page.revoke(page.mother, page.elder)
    assert page.subjects() == ["運動会"]
    assert names(page.call("GET", str(both)).json["children"]) == ["髙橋 蓮"]
    assert page.call("GET", str(elder)).status_code == 404
    assert page.call("POST", f"{elder}/confirm").status_code == 404
    assert page.subjects(page.father) == ["校外学習", "運動会"]


def test_who_was_joined_reads_what_went_to_both(page: FamilyPage) -> None:
    page.send("運動会")
    now_one = uuid4()
    event = Envelope.of(
        "guardian.joined",
        page.house.school_id,
        {"guardian_id": page.mother, "into_id": now_one},
    )
    with page.house.database.for_school(page.house.school_id) as session:
        revocations.join_guardians(session, event, None, now=clock.now())
    assert page.subjects(now_one) == ["運動会"]


def test_what_was_not_sent_or_taken_back_is_not_there(page: FamilyPage) -> None:
    page.house.draft(subject="下書き")
    message_id = page.send("運動会")
    change = sa.update(Message).where(Message.id == message_id)
    with page.house.database.for_system() as session:
        session.execute(change.values(state="draft"))
    assert page.subjects() == []
    assert page.call("GET", str(message_id)).status_code == 404


def test_an_old_message_is_read_and_waits_for_no_press(page: FamilyPage) -> None:
    message_id = page.send("運動会")
    over = clock.now() - timedelta(days=1)
    change = sa.update(Message).where(Message.id == message_id)
    with page.house.database.for_system() as session:
        session.execute(change.values(link_expires_at=over))
    assert [item["waits"] for item in page.list()["items"]] == [False]
    assert page.call("GET", str(message_id)).json["confirmable"] is False
    refused = page.call("POST", f"{message_id}/confirm")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "not_confirmable")


def test_another_school_sees_nothing(page: FamilyPage) -> None:
    message_id = page.send("運動会")
    other = uuid4()
    for method, path in (("GET", str(message_id)), ("POST", f"{message_id}/confirm")):
        assert page.call(method, path, school=other).status_code == 404
    headers = page.house.service("gateway", other)
    query = {"guardian_id": str(page.mother)}
    answer = page.house.client.get("/family-messages", headers=headers, query_string=query)
    assert answer.json == {"items": [], "next": None, "categories": []}


def test_only_the_gateway_asks(page: FamilyPage) -> None:
    for headers in (page.house.staff(), page.house.service("dispatch-mail", page.house.school_id)):
        query = {"guardian_id": str(page.mother)}
        answer = page.house.client.get("/family-messages", headers=headers, query_string=query)
        assert answer.status_code == 403


def test_words_of_a_subject_are_found_among_all_children(page: FamilyPage) -> None:
    page.send("運動会のご案内")
    page.send("運動会の持ち物", page.younger)
    page.send("給食だより")
    assert page.subjects(query="運動会") == ["運動会の持ち物", "運動会のご案内"]
    assert page.subjects(query=" 運動会　案内 ") == ["運動会のご案内"]
    assert page.subjects(query="遠足") == []
    # A sign of the pattern is a letter like others.
    assert page.subjects(query="%") == []
    elder = str(page.elder.member_id)
    assert page.subjects(query="運動会", member_id=elder) == ["運動会のご案内"]


def test_nothing_of_others_is_found(page: FamilyPage) -> None:
    page.send("運動会の持ち物", page.younger)
    assert page.subjects(page.father, query="運動会") == []
    assert page.list(page.father, with_categories=True)["categories"] == []


def test_what_is_found_is_read_in_parts(page: FamilyPage) -> None:
    for number in range(5):
        page.send(f"連絡{number}")
        page.send(f"給食{number}")
    first = page.list(query="連絡", limit=3)
    rest = page.list(query="連絡", limit=3, after=first["next"])
    found = [item["subject"] for item in first["items"] + rest["items"]]
    assert found == [f"連絡{number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next"] is None


def test_a_category_is_found_among_those_that_the_family_knows(page: FamilyPage) -> None:
    operator = page.house.service("operator", page.house.school_id)
    event = {"id": str(uuid4()), "name": "行事", "mark": "行", "colour": "green"}
    other = {"id": str(uuid4()), "name": "給食", "mark": "給", "colour": "orange"}
    body = {"items": [event, other]}
    answer = page.house.client.put("/categories", json=body, headers=operator)
    assert answer.status_code == 200, answer.json
    page.send("運動会", page.elder, category_id=event["id"])
    page.send("給食だより")
    page.house.send([Addressed(uuid4(), uuid4(), 1, (uuid4(),))], category_id=other["id"])
    assert page.list()["categories"] == []
    known = page.list(with_categories=True, query="遠足")["categories"]
    assert known == [{"id": event["id"], "name": event["name"]}]
    # A choice stays to be seen, and to be changed, when another child is looked at.
    younger = str(page.younger.member_id)
    assert page.list(with_categories=True, member_id=younger)["categories"] == known
    assert page.subjects(category_id=event["id"]) == ["運動会"]
    assert page.subjects(category_id=other["id"]) == []


def test_too_long_a_search_is_refused(page: FamilyPage) -> None:
    headers = page.house.service("gateway", page.house.school_id)
    query = {"guardian_id": str(page.mother), "query": "あ" * 101}
    answer = page.house.client.get("/family-messages", headers=headers, query_string=query)
    assert answer.status_code == 422
