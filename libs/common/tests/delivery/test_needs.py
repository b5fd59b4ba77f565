"""What a refusal of what a message needs means for its deliveries: gone by its owner's code, away for all, or waited for alone."""

from __future__ import annotations

import pytest

from common.delivery.needs import NotToBeHad, needed
from common.delivery.outcomes import Deferred, Outcome, Reason, Refused
from common.errors import Busy, Invalid, NotAllowed, NotFound, ServiceError, Unavailable
from common.errors import Refused as Declined


def outcome_of(error: Exception) -> Outcome:
    with pytest.raises(NotToBeHad) as refused, needed():
        raise error
    return refused.value.outcome


@pytest.mark.parametrize("code", ["message_unknown", "school_erased", "key_destroyed"])
@pytest.mark.parametrize("kind", [NotFound, Declined])
def test_gone_is_what_its_owner_says_by_code(kind: type[ServiceError], code: str) -> None:
    assert outcome_of(kind(code, "It is erased.")) == Refused(Reason.CANCELLED, 0, "gone")


@pytest.mark.parametrize("kind", [NotFound, Declined, Invalid, NotAllowed, Busy, ServiceError])
def test_any_other_refusal_is_waited_out_by_its_own_message_alone(kind: type[ServiceError]) -> None:
    """A missing key file of one school cancelled its deliveries; held for all, it would slow every school's."""
    assert outcome_of(kind("other", "No.")) == Deferred(Reason.OTHER, 0, "other", None)


@pytest.mark.parametrize("error", [KeyError("school"), TypeError("list"), ValueError("base64")])
def test_an_answer_that_cannot_be_read_is_waited_out_too(error: Exception) -> None:
    assert isinstance(outcome_of(error), Deferred)


def test_a_house_that_is_away_is_away_for_all() -> None:
    with pytest.raises(Unavailable), needed():
        raise Unavailable()
