"""Render a notice: a plain text mail for one reader, for there are few (ID-8)."""

from __future__ import annotations

from email.utils import format_datetime

from common.clock import to_jst
from common.words import Lane
from dispatch_mail.domain.addresses import quoted_address
from dispatch_mail.domain.letters import NoticeEnvelope
from dispatch_mail.domain.notices import NoticeLetter
from dispatch_mail.provider.render import (
    OF_ADDRESSES,
    OF_MESSAGE_IDS,
    base64_lines,
    encoded_header,
    only,
    text_bytes,
)


def render_notice(letter: NoticeLetter, envelope: NoticeEnvelope) -> bytes:
    """Return the whole mail; its lines end with CRLF, none begins with a dot.

    Nobody unsubscribes from what guards the school's data, so there is no List-Unsubscribe.
    Auto-Submitted keeps holiday answers away: RFC 3834. Raises HeaderRefused when the school's name
    or an address could end a header line.
    """
    sent_at = to_jst(letter.sent_at).replace(microsecond=0)
    own_address = quoted_address(envelope.from_address)
    local = letter.mail_local
    lines = [
        f"From: {encoded_header('From', letter.school_name)} <{own_address}>",
        f"Reply-To: <{own_address}>",
        f"Subject: {encoded_header('Subject', letter.subject)}",
        f"Date: {format_datetime(sent_at)}",
        f"To: <{only(OF_ADDRESSES, envelope.address).decode()}>",
        f"Message-ID: {only(OF_MESSAGE_IDS, envelope.message_id).decode()}",
        "MIME-Version: 1.0",
        f"Auto-Submitted: {'auto-replied' if letter.is_answer else 'auto-generated'}",
        f"Feedback-ID: {letter.notice_id.hex}:{Lane.NORMAL}:{local}:renraku",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
    ]
    head = "".join(f"{line}\r\n" for line in lines)
    return head.encode("ascii") + base64_lines(text_bytes(letter.text))
