"""What returned mails say, in the words of two dozen programs and carriers (DLV-4). Where the
samples come from stands beside them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.delivery.outcomes import Reason
from dispatch_mail.provider.bounces import Returned, ReturnKind, read_return

SAMPLES = Path(__file__).parents[1] / "bounces"
KNOWN = {
    "rfc3464-user-unknown": Reason.USER_UNKNOWN,
    "lhost-postfix-01": Reason.USER_UNKNOWN,
    "lhost-sendmail-01": Reason.USER_UNKNOWN,
    "lhost-exim-01": Reason.BLOCKED,
    "lhost-qmail-01": Reason.USER_UNKNOWN,
    "lhost-courier-01": Reason.USER_UNKNOWN,
    "lhost-opensmtpd-01": Reason.USER_UNKNOWN,
    "lhost-exchange2007-01": Reason.USER_UNKNOWN,
    "lhost-outlook-01": Reason.MAILBOX_FULL,
    "lhost-gmail-01": Reason.USER_UNKNOWN,
    "rhost-google-01": Reason.USER_UNKNOWN,
    "rhost-apple-01": Reason.USER_UNKNOWN,
    "lhost-yahoo-01": Reason.USER_UNKNOWN,
    "rhost-nttdocomo-01": Reason.USER_UNKNOWN,
    "lhost-ezweb-01": Reason.BLOCKED,  # a domain filter of the family
    "lhost-ezweb-04": Reason.USER_UNKNOWN,  # says ISO-2022-JP and is EUC-JP
    "lhost-kddi-01": Reason.MAILBOX_FULL,
    "lhost-biglobe-01": Reason.MAILBOX_FULL,
    "lhost-mfilter-01": Reason.USER_UNKNOWN,
    "flufl-microsoft_01": Reason.USER_UNKNOWN,
    "flufl-simple_01": Reason.MAILBOX_FULL,
}


def _bounced(reason: Reason) -> Returned:
    return Returned(ReturnKind.BOUNCED, reason)


def _sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


@pytest.mark.parametrize(("name", "reason"), KNOWN.items())
def test_a_dialect_is_read_with_its_reason(name: str, reason: Reason) -> None:
    assert read_return(_sample(name)) == Returned(ReturnKind.BOUNCED, reason)


def test_every_sample_is_tried() -> None:
    found = {path.stem for path in SAMPLES.glob("*.eml")}
    assert found == {*KNOWN, "rfc3834-01"}


def test_a_holiday_answer_is_no_bounce() -> None:
    assert read_return(_sample("rfc3834-01")).kind is ReturnKind.OTHER


@pytest.mark.parametrize(
    ("action", "status", "answer", "expected"),
    [
        ("failed", "5.1.1", "550 5.1.1 No such user", _bounced(Reason.USER_UNKNOWN)),
        ("failed", "5.2.2", "552 5.2.2 Over quota", _bounced(Reason.MAILBOX_FULL)),
        ("failed", "4.2.2", "452 4.2.2 Mailbox full", _bounced(Reason.MAILBOX_FULL)),
        ("failed", "4.4.1", "", _bounced(Reason.TIME_OUT)),
        ("failed", "5.7.1", "550 5.7.1 URL refused", _bounced(Reason.LINK_REFUSED)),
        ("failed", "5.7.1", "554 5.7.1 Relay access denied", _bounced(Reason.GIVEN_UP)),
        ("failed", "5.0.0", "550 Unknown user", _bounced(Reason.USER_UNKNOWN)),
        ("failed", "5.1.10", "", _bounced(Reason.ADDRESS_BAD)),
        ("delayed", "4.4.1", "", Returned(ReturnKind.DELAYED)),
        ("relayed", "2.0.0", "", Returned(ReturnKind.DELIVERED)),
    ],
)  # fmt: skip
def test_a_report_is_read_by_action_status_and_answer(
    action: str, status: str, answer: str, expected: Returned
) -> None:
    raw = _sample("rfc3464-user-unknown").decode()
    raw = raw.replace("Action: failed", f"Action: {action}").replace(
        "Status: 5.1.1", f"Status: {status}"
    )
    diagnostic = "Diagnostic-Code: smtp; 550 Unknown user hina@docomo.town.test"
    assert diagnostic in raw
    told = raw.replace(diagnostic, f"Diagnostic-Code: smtp; {answer}" if answer else "X-None: none")
    assert read_return(told.encode()) == expected


@given(st.binary(max_size=2_000), st.integers(0, 1_100))
def test_a_broken_mail_is_read_without_a_fault(noise: bytes, place: int) -> None:
    raw = _sample("rfc3464-user-unknown")
    read_return(raw[:place] + noise + raw[place:])
    read_return(noise)
