"""Operations: what is recorded has the details that are declared for it, neither more nor fewer."""

from __future__ import annotations

from uuid import uuid4

import pytest

from common.operations import MESSAGE_RELEASED, WrongDetails
from common.schemas import Envelope

DETAILS = {"heads": 26, "lane": "urgent", "undo_seconds": 0}
ACTOR, TARGET = ("staff", uuid4()), ("message", uuid4())


def test_an_operation_with_its_details_is_a_line_of_the_log():
    payload = MESSAGE_RELEASED.payload(ACTOR, TARGET, DETAILS)
    event = Envelope.load(Envelope.of("operation.recorded", uuid4(), payload).dump())
    assert (event.payload["action"], event.payload["details"]) == ("message.released", DETAILS)
    assert (event.payload["actor_kind"], event.payload["actor_id"]) == ACTOR
    assert (event.payload["target_kind"], event.payload["target_id"]) == TARGET


@pytest.mark.parametrize(
    "details",
    [
        {**DETAILS, "head": 26},
        {"head": 26, "lane": "urgent", "undo_seconds": 0},
        {"heads": 26, "lane": "urgent"},
        {},
    ],
)
def test_a_wrong_or_missing_key_raises_with_what_is_declared(details):
    with pytest.raises(WrongDetails, match=r"message\.released .*'heads', 'lane', 'undo_seconds'"):
        MESSAGE_RELEASED.payload(ACTOR, TARGET, details)
