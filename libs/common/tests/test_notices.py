"""Notices: what is asked for has what its words need, and nothing that an event may not hold."""

from __future__ import annotations

from uuid import uuid4

import pytest

from common.notices import LONGEST_TEXT, PARAMS, NoticeKind, WrongParams, check_params
from common.schemas import Envelope
from common.schemas.envelope import EventRefused

DEVICE = {"browser": "iPhone・Safari", "at": "2026-11-24T06:20:00+00:00"}


def requested(**changes):
    """Return the event as it comes from the bus."""
    payload = {
        "notice_id": uuid4(),
        "kind": "new_device",
        "account_ids": [uuid4()],
        "params": DEVICE,
    } | changes
    return Envelope.load(Envelope.of("notice.requested", uuid4(), payload).dump())


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_needs_all_that_its_kind_declares(kind):
    whole = dict.fromkeys(PARAMS[kind], "")
    check_params(kind, whole)
    for name in whole:
        with pytest.raises(WrongParams, match=name):
            check_params(kind, {other: "" for other in whole if other != name})


@pytest.mark.parametrize(
    "value",
    [
        "kyoto@a.town.test",
        "iPhone\nBcc: x",
        "x" * (LONGEST_TEXT + 1),
        None,
        True,
        1.5,
        ["iPhone"],
        {"name": "iPhone"},
    ],
)
def test_an_address_a_line_break_and_what_is_not_flat_may_not_stand_in_a_notice(value):
    with pytest.raises(WrongParams, match="browser"):
        check_params(NoticeKind.NEW_DEVICE, {**DEVICE, "browser": value})


def test_a_notice_is_read_as_it_was_asked_for():
    assert requested().payload["params"] == DEVICE
    later = {**DEVICE, "place": "みなも市"}
    assert requested(params=later).payload["params"] == later, "what a newer house adds"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "birthday"},
        {"params": {"at": DEVICE["at"]}},
        {"params": {**DEVICE, "browser": "x@y.test"}},
        {"account_ids": []},
        {"account_ids": [uuid4() for _ in range(51)]},
    ],
)
def test_a_notice_that_no_words_can_be_made_of_is_not_read(changes):
    with pytest.raises(EventRefused, match="bad_payload"):
        requested(**changes)
