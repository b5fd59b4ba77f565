"""Batches are read quickly, and exactly as their schemas would read them (MSG-8)."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from common.schemas.events import AddressedMember, DeliveryRequested, DeliverySettled, SettledPoint

IDS = st.uuids().map(str)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.just("1"),
    st.lists(st.integers(), max_size=1),
)
JUNK |= st.dictionaries(st.text(max_size=3) | IDS, st.integers() | st.text(max_size=3), max_size=2)
TIMES = st.sampled_from(
    [
        "2026-11-24T06:05:00+00:00",
        "2026-11-24T06:05:00Z",
        "2026-11-24T06:05:00",
        "2026-11-24",
        "soon",
    ]
)
POINT = {
    "contact_point_id": IDS,
    "guardian_id": IDS | st.none(),
    "state": st.sampled_from(["accepted", "refused", "claimed"]),
    "reason": st.none() | st.text(max_size=8),
    "settled_at": TIMES,
    "members": st.dictionaries(IDS, st.integers(0, 9), max_size=3),
}
MEMBER = {"member_id": IDS, "guardian_ids": st.lists(IDS, max_size=3)}


def slow(record: type[Schema]) -> Schema:
    """Return a schema that reads records without any haste."""
    return Schema.from_dict({"records": fields.List(fields.Nested(record), required=True)})()


def read(schema: Schema, name: str, batch: Any) -> Any:
    try:
        payload = {"message_id": str(UUID(int=1)), "lane": "urgent", "channel": "mail", name: batch}
        return schema.load(payload, unknown=EXCLUDE)[name]
    except ValidationError as error:
        return error.normalized_messages()[name]


@st.composite
def batches(draw: st.DrawFn, shape: dict[str, st.SearchStrategy[Any]]) -> Any:
    """Draw records of a shape; in some of them one field is missing, foreign or junk."""
    records = draw(st.lists(st.fixed_dictionaries(shape), max_size=4))
    for record in records:
        match draw(st.sampled_from(["good", "good", "missing", "junk", "more"])):
            case "missing":
                record.pop(draw(st.sampled_from(sorted(shape))))
            case "junk":
                record[draw(st.sampled_from(sorted(shape)))] = draw(JUNK)
            case "more":
                record["later"] = draw(JUNK)
    return draw(st.just(records) | JUNK)


@given(batches(POINT))
def test_settled_points_are_read_as_their_schema_reads_them(batch):
    assert read(DeliverySettled(), "points", batch) == read(slow(SettledPoint), "records", batch)


@given(batches(MEMBER))
def test_addressed_members_are_read_as_their_schema_reads_them(batch):
    assert read(DeliveryRequested(), "members", batch) == read(
        slow(AddressedMember), "records", batch
    )


def test_a_point_without_a_time_zone_is_refused_with_its_place_in_the_batch():
    good = {
        "contact_point_id": str(UUID(int=1)),
        "guardian_id": None,
        "state": "accepted",
        "members": {},
    }
    points = [
        {**good, "settled_at": "2026-11-24T06:05:00+00:00"},
        {**good, "settled_at": "2026-11-24T06:05:00"},
    ]
    with pytest.raises(ValidationError) as refused:
        DeliverySettled().load(
            {"message_id": str(UUID(int=2)), "channel": "mail", "points": points}
        )
    assert list(refused.value.normalized_messages()["points"]) == [1]
