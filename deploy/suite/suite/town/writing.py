"""What a mailbox of the town writes: an empty mail, or an answer, by hand or by the telephone."""

from __future__ import annotations

import re
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from common import clock

from .mailboxes import StoredMail
from .reading import Letter

WORDS = "今日は熱があるため、お休みします。"
ABSENT = "ただいまメールを読めません。後ほどお返事します。"
_DOT_ATOM = re.compile(r"[^.@]+(?:\.[^.@]+)*")


def write_reply(mail: StoredMail, letter: Letter, *, is_automatic: bool) -> bytes:
    """Return an answer to a mail, as its reader's program writes it (RFC 3834 for automatic)."""
    reply = EmailMessage(policy=policy.SMTP)
    reply["From"] = f"<{quoted(mail.recipient)}>"
    reply["To"] = f"<{letter.sender_address}>"
    start = "自動返信: " if is_automatic else "Re: "
    reply["Subject"] = f"{start}{letter.subject}"
    reply["Date"] = format_datetime(clock.now())
    reply["Message-ID"] = make_msgid(domain="mail.town.test")
    reply["In-Reply-To"] = mail.message_id
    if is_automatic:
        reply["Auto-Submitted"] = "auto-replied"
    reply.set_content(ABSENT if is_automatic else WORDS)
    return reply.as_bytes()


def write_empty_mail(sender: str, recipient: str) -> bytes:
    """Return a mail without subject and text, from an address of the town to one of the product."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = f"<{quoted(sender)}>"
    mail["To"] = f"<{recipient}>"
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = make_msgid(domain="mail.town.test")
    return mail.as_bytes()


def quoted(address: str) -> str:
    """Return an address as SMTP takes it: a..b@docomo.ne.jp is "a..b"@docomo.ne.jp."""
    local_part, _, domain = address.rpartition("@")
    is_usual = _DOT_ATOM.fullmatch(local_part) is not None
    return address if is_usual else f'"{local_part}"@{domain}'
