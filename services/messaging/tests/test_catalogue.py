"""Templates, and lists that the operator sets, at the door (MSG-3, MSG-4)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from messaging_house import House
from sqlalchemy.exc import IntegrityError

from messaging.actions.catalogue import put_supplied_templates

EVENT = {"name": "学校行事", "mark": "行", "colour": "green", "default_button": "確認しました"}
CLOSED = {
    "key": "T1",
    "name": "臨時休業（気象）",
    "lane": "urgent",
    "subject": "〔11月24日（火）〕は臨時休業です",
    "body": "〔　〕",
}
TRIP = {
    "key": "T4",
    "name": "校外学習",
    "subject": "校外学習",
    "body": "本文",
    "category_name": "学校行事",
}


def _put(house: House, path: str, items: list[dict[str, Any]], headers: dict[str, str]) -> Any:
    return house.client.put(path, json={"items": items}, headers=headers)


def test_supplied_templates_are_every_schools_and_known_again_by_their_key(house: House) -> None:
    operator = house.service("operator")
    _put(house, "/templates/supplied", [CLOSED, TRIP], operator)
    first = {t["key"]: t for t in house.get("/templates")["items"]}
    assert [first[key]["lane"] for key in ("T1", "T4")] == ["urgent", "normal"]
    assert first["T1"]["supplied"] is True
    _put(house, "/templates/supplied", [{**TRIP, "body": "新しい本文"}], operator)
    [only] = house.get("/templates", headers=house.staff(school_id=uuid4()))["items"]
    assert (only["id"], only["body"]) == (first["T4"]["id"], "新しい本文")


@pytest.mark.parametrize("path", ["/categories", "/templates/supplied"])
def test_only_the_operator_sets_them(house: House, path: str) -> None:
    assert _put(house, path, [], house.staff()).status_code == 403
    assert _put(house, path, [], house.service("gateway", house.school_id)).status_code == 403


@pytest.mark.parametrize(
    ("path", "item", "name"),
    [("/categories", EVENT, "name"), ("/templates/supplied", CLOSED, "key")],
)
def test_a_list_that_names_one_thing_twice_is_refused_in_words(
    house: House, path: str, item: dict[str, Any], name: str
) -> None:
    operator = house.service("operator", house.school_id)
    refused = _put(house, path, [item, dict(item)], operator)
    assert refused.status_code == 422
    assert f"{item[name]} stands more often" in refused.get_data(as_text=True)


def test_a_supplied_template_is_never_there_twice(any_house: House) -> None:
    """Two first migrations at once each brought all of them, and every office saw each one twice
    for good.
    """
    whole = {"kind": "notice", "category_name": None, "short_text": "", "easy_text": "", **CLOSED}
    with any_house.database.for_system() as session, pytest.raises(IntegrityError):
        put_supplied_templates(session, [whole, dict(whole)])
