"""FCM's answers read without a network: what is ours, what is the family's, and how long to wait
(DLV-4, DLV-7).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.delivery.outcomes import Accepted, Deferred, Reason, Rejected
from dispatch_push.provider.answers import LONGEST_WAIT, FcmAnswer, is_our_fault, outcome_of
from dispatch_push.provider.pause import LONGEST_PAUSE, TROUBLES_IN_A_ROW, Pause

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
BUSY = Deferred(Reason.RATE_LIMITED, 429, "QUOTA_EXCEEDED", None)
TAKEN = Accepted(200, "accepted")


def refusal(status: int, *details: object) -> FcmAnswer:
    return FcmAnswer(status, {"error": {"code": status, "status": "X", "details": list(details)}})


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("30", 30),
        (" 7 ", 7),
        ("0", 0),
        ("99999999999999999999", 600),
        ("Tue, 24 Nov 2026 06:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 05:00:00 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_far(retry_after: str, seconds: int) -> None:
    outcome = outcome_of(FcmAnswer(429, {}, retry_after), UUID(int=0), NOW)
    assert isinstance(outcome, Deferred)
    assert outcome.until == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "retry_after", [None, "", "soon", "-5", "½", "Tue, 24 Nov 2026 06:01:00 -0000"]
)
def test_without_a_readable_retry_after_the_ladder_decides(retry_after: str | None) -> None:
    outcome = outcome_of(FcmAnswer(503, None, retry_after), uuid4(), NOW)
    assert isinstance(outcome, Deferred)
    assert outcome.until is None


def test_what_was_refused_together_does_not_come_back_together() -> None:
    answer = FcmAnswer(429, {}, "100")
    untils = {outcome_of(answer, UUID(int=number), NOW).until for number in range(0, 1000, 100)}  # type: ignore[union-attr]
    assert len(untils) == 10
    assert (
        NOW + timedelta(seconds=100) <= min(untils) <= max(untils) <= NOW + timedelta(seconds=125)
    )


@given(st.uuids(), st.integers(0, 10**12))
def test_no_wait_is_longer_than_ten_minutes(delivery_id: UUID, seconds: int) -> None:
    outcome = outcome_of(FcmAnswer(429, {}, str(seconds)), delivery_id, NOW)
    assert isinstance(outcome, Deferred)
    assert outcome.until is not None
    assert NOW <= outcome.until <= NOW + LONGEST_WAIT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda part: st.lists(part) | st.dictionaries(st.text(max_size=12), part),
)


@given(st.integers(100, 599), JSON, st.none() | st.text(max_size=40))
def test_whatever_is_answered_has_an_outcome(
    status: int, body: object, retry_after: str | None
) -> None:
    outcome = outcome_of(FcmAnswer(status, body, retry_after), UUID(int=1), NOW)
    assert not isinstance(outcome, Accepted)
    assert not (isinstance(outcome, Rejected) and outcome.reason is Reason.TOKEN_DEAD)


def test_only_fcms_own_word_makes_a_token_dead() -> None:
    assert outcome_of(refusal(404, {"errorCode": "UNREGISTERED"}), uuid4(), NOW) == Rejected(
        Reason.TOKEN_DEAD, 404, "UNREGISTERED"
    )
    assert isinstance(outcome_of(refusal(404), uuid4(), NOW), Deferred)
    assert isinstance(
        outcome_of(refusal(403, {"errorCode": "UNREGISTERED"}), uuid4(), NOW), Deferred
    )
    wrong = refusal(
        400, {"errorCode": "INVALID_ARGUMENT"}, {"fieldViolations": [{"field": "message.data"}]}
    )
    assert outcome_of(wrong, uuid4(), NOW) == Rejected(
        Reason.CONTENT_REFUSED, 400, "INVALID_ARGUMENT"
    )


MALFORMED = "The registration token is not a valid FCM registration token"


def invalid(message: str, *details: object) -> FcmAnswer:
    """Return a 400 as FCM writes it: with its own code, and rarely with the field that is wrong."""
    own = {
        "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
        "errorCode": "INVALID_ARGUMENT",
    }
    error = {
        "code": 400,
        "message": message,
        "status": "INVALID_ARGUMENT",
        "details": [own, *details],
    }
    return FcmAnswer(400, {"error": error})


@pytest.mark.parametrize(
    ("message", "details", "reason"),
    [
        (MALFORMED, [], Reason.TOKEN_DEAD),
        (f"{MALFORMED}.", [], Reason.TOKEN_DEAD),
        ("Invalid value", [{"fieldViolations": [{"field": "message.token"}]}], Reason.TOKEN_DEAD),
        ("Request contains an invalid argument.", [], Reason.CONTENT_REFUSED),
        (
            "Invalid value at 'message.data'",
            [{"fieldViolations": [{"field": "message.data"}]}],
            Reason.CONTENT_REFUSED,
        ),
        ("", [], Reason.CONTENT_REFUSED),
    ],
)
def test_a_bare_400_about_the_token_costs_that_token_and_calls_nobody(
    message: str, details: list[object], reason: Reason
) -> None:
    """B02: four projects show this answer without a field; a token must not die for a fault of the
    message.
    """
    outcome = outcome_of(invalid(message, *details), uuid4(), NOW)
    assert outcome == Rejected(reason, 400, "INVALID_ARGUMENT")
    assert is_our_fault(outcome) == (reason is Reason.CONTENT_REFUSED)


def test_an_operator_is_called_for_what_only_a_person_can_mend() -> None:
    for status in (401, 403, 404):
        assert is_our_fault(outcome_of(refusal(status), uuid4(), NOW))
    assert not is_our_fault(outcome_of(refusal(404, {"errorCode": "UNREGISTERED"}), uuid4(), NOW))
    assert not is_our_fault(BUSY)


def test_one_phone_over_its_quota_pauses_nobody_and_five_in_a_row_pause_all() -> None:
    pause = Pause()
    for outcome in [BUSY, TAKEN] * 10 + [BUSY] * (TROUBLES_IN_A_ROW - 1):
        pause.hear(outcome, NOW)
    assert not pause.is_on(NOW)
    pause.hear(BUSY, NOW)
    assert pause.is_on(NOW)


def test_a_pause_lasts_until_the_moment_that_fcm_named() -> None:
    pause = Pause()
    until = NOW + timedelta(seconds=90)
    for _ in range(TROUBLES_IN_A_ROW):
        pause.hear(Deferred(Reason.RATE_LIMITED, 429, "", until), NOW)
    assert (pause.is_on(until - timedelta(seconds=1)), pause.is_on(until)) == (True, False)


def test_pauses_grow_to_half_a_minute_and_an_answer_makes_them_short_again() -> None:
    pause, moment, lengths = Pause(), NOW, []
    for _ in range(8):
        until = pause.begin(moment)
        assert pause.begin(moment) == until, "those that were under way do not make it longer"
        lengths.append((until - moment).total_seconds())
        moment = until
    assert lengths == [1, 2, 4, 8, 16, 30, 30, LONGEST_PAUSE.total_seconds()]
    pause.hear(TAKEN, moment)
    assert pause.begin(moment) == moment + timedelta(seconds=1)
