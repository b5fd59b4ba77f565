"""What SMTP answers mean (RFC 5321, RFC 3463), in the words that all channels share (MSG-9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.delivery.outcomes import Accepted, Deferred, Reason, Rejected
from dispatch_mail.provider.replies import SmtpStep, clean_text, outcome_of


@pytest.mark.parametrize(
    ("step", "code", "text", "reason"),
    [
        ("rcpt", 550, "5.1.1 <a@b.jp>: user unknown", "user_unknown"),
        ("rcpt", 550, "Unknown user a@docomo.ne.jp", "user_unknown"),
        ("rcpt", 550, "no", "user_unknown"),
        ("rcpt", 550, "5.2.1 disabled", "user_unknown"),
        ("rcpt", 552, "5.2.2 over quota", "mailbox_full"),
        ("rcpt", 552, "mailbox full", "mailbox_full"),
        ("content", 552, "message exceeds size", "too_large"),
        ("content", 552, "5.3.4 too big", "too_large"),
        ("mail", 552, "5.3.4 too big", "too_large"),
        ("rcpt", 501, "5.1.3 bad address", "address_bad"),
        ("rcpt", 553, "mailbox name not allowed", "address_bad"),
        ("rcpt", 556, "5.1.10 null MX", "address_bad"),
        ("rcpt", 550, "5.7.1 blocked", "blocked"),
        ("rcpt", 550, "your network is blocked", "blocked"),
        ("rcpt", 554, "go away", "blocked"),
        ("content", 554, "5.7.1 spam", "content_refused"),
        ("content", 550, "5.7.1 contains a URL", "link_refused"),
        ("content", 550, "rejected: リンクを含むメール", "link_refused"),
        ("content", 550, "rejected", "content_refused"),
        ("content", 555, "what", "other"),
    ],
)
def test_a_permanent_answer_is_refused_with_its_reason(step, code, text, reason):
    outcome = outcome_of(SmtpStep(step), code, text)
    assert isinstance(outcome, Rejected)
    assert (outcome.reason, outcome.code) == (Reason(reason), code)


@pytest.mark.parametrize(
    ("step", "code", "text", "reason"),
    [
        ("rcpt", 450, "4.7.1 come back later", "greylisted"),
        ("rcpt", 451, "Greylisted for 300 seconds", "greylisted"),
        ("rcpt", 450, "4.7.1 too many mails", "rate_limited"),
        ("rcpt", 452, "4.2.2 full", "mailbox_full"),
        ("rcpt", 421, "4.7.0 [TSS04] deferred", "rate_limited"),
        ("rcpt", 450, "busy", "rate_limited"),
        ("content", 451, "4.3.0 local error", "rate_limited"),
        ("rcpt", 451, "4.4.1 no answer from host", "time_out"),
        ("rcpt", 454, "4.7.5 strange", "other"),
        ("mail", 451, "4.3.0 no", "relay_down"),
        ("mail", 550, "5.7.1 sender not owned by you", "relay_down"),
        ("rcpt", 554, "5.7.1 <a@b.jp>: Relay access denied", "relay_down"),
        ("rcpt", 503, "5.5.1 bad sequence", "relay_down"),
        ("data", 530, "5.7.0 authentication required", "relay_down"),
    ],
)
def test_an_answer_for_now_or_about_us_is_deferred(step, code, text, reason):
    outcome = outcome_of(SmtpStep(step), code, text)
    assert isinstance(outcome, Deferred)
    assert (outcome.reason, outcome.code, outcome.until) == (Reason(reason), code, None)


def test_an_enhanced_code_of_another_class_is_not_believed():
    assert outcome_of(SmtpStep.RCPT, 450, "5.1.1 unknown").reason is Reason.RATE_LIMITED


def test_a_servers_words_reach_us_without_any_address():
    text = clean_text("5.1.1 <hanako.takahashi@docomo.ne.jp>: unknown\n5.1.1 bye" + "x" * 500)
    assert "hanako" not in text
    assert "docomo" not in text
    assert len(text) <= 200
    assert "\n" not in text


@given(st.sampled_from(SmtpStep), st.integers(200, 299) | st.integers(400, 599), st.text())
def test_every_answer_has_an_outcome(step, code, text):
    outcome = outcome_of(step, code, text)
    if code < 300:
        assert isinstance(outcome, Accepted)
    elif code < 500:
        assert isinstance(outcome, Deferred)
    else:
        assert isinstance(outcome, Rejected | Deferred)
        assert isinstance(outcome, Rejected) or outcome.reason is Reason.RELAY_DOWN
