"""A notice is a correct plain text mail, and nothing can break out of it (MSG-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_mail.domain.addresses import AddressRefused
from dispatch_mail.domain.letters import NoticeEnvelope
from dispatch_mail.domain.notices import NoticeLetter
from dispatch_mail.provider.notices import render_notice
from dispatch_mail.provider.render import HeaderRefused

LETTER = NoticeLetter(
    notice_id=UUID("0193a1b2-0000-7000-8000-000000000001"),
    school_name="つばめ野小学校",
    mail_local="tsubameno",
    subject="【確認】個人の記録の持ち出しがありました（1時間に120件）",
    text="山下 明子 様\n\n.髙橋・𠮷田\n",
    sent_at=datetime(2026, 11, 24, 6, 5, 9, 123, tzinfo=UTC),
)
ENVELOPE = NoticeEnvelope(
    address='"a..b"@docomo.ne.jp',
    from_address="tsubameno@renraku.minamo.example",
    message_id="<0193a1b2.1@renraku.minamo.example>",
    sender="b+0193@bounce.minamo.example",
)


def parsed(content: bytes):
    """Parse as a recipient's program does, without defects."""
    message = message_from_bytes(content, policy=policy.default)
    assert message.defects == []
    assert [defect for value in message.values() for defect in getattr(value, "defects", ())] == []
    return message


def test_the_headers_say_who_sends_what_and_that_nobody_should_answer():
    message = parsed(render_notice(LETTER, ENVELOPE))
    sender = message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == (
        "つばめ野小学校",
        "tsubameno@renraku.minamo.example",
    )
    assert message["Subject"] == "【確認】個人の記録の持ち出しがありました（1時間に120件）"
    assert message["To"].addresses[0].username == "a..b"
    assert message["Message-ID"] == "<0193a1b2.1@renraku.minamo.example>"
    assert message["Date"] == "Tue, 24 Nov 2026 15:05:09 +0900"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Feedback-ID"] == f"{LETTER.notice_id.hex}:normal:tsubameno:renraku"
    assert message.get_content_type() == "text/plain"


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
def test_a_text_arrives_as_it_was_written_in_lines_that_smtp_takes(text):
    content = render_notice(replace(LETTER, text=text), ENVELOPE)
    assert parsed(content).get_content().replace("\r\n", "\n") == text
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(line.startswith(b".") or b"\n" in line or b"\r" in line for line in lines)
    assert all(len(line) <= 76 for line in lines[lines.index(b"") :])


@pytest.mark.parametrize("bad", ["\r\nBcc: x@y.example", "\n", "\x00", "\u2029", "\ud800"])
@pytest.mark.parametrize("name", ["subject", "school_name"])
def test_nothing_of_a_letter_can_begin_a_header_of_its_own(name, bad):
    broken = replace(LETTER, **{name: getattr(LETTER, name) + bad})
    with pytest.raises(HeaderRefused):
        render_notice(broken, ENVELOPE)


@pytest.mark.parametrize("bad", ["\r", "\n", "\x00", "\r\nBcc: x@y.example\r\n", "\x85"])
@pytest.mark.parametrize("name", ["address", "from_address", "message_id"])
def test_nothing_of_an_envelope_can_begin_a_header_of_its_own(name, bad):
    broken = ENVELOPE._replace(**{name: getattr(ENVELOPE, name) + bad})
    with pytest.raises((HeaderRefused, AddressRefused)):
        render_notice(LETTER, broken)
