"""Brings mails that come back from the town, and that its people write, to the product's door."""

from __future__ import annotations

import asyncio
import smtplib
from email import message_from_string
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, make_msgid

import structlog

from common import clock

from .dialects import DIALECTS, Dialect

log = structlog.get_logger(__name__)

# Seconds between tries, as a relay's queue has them, made short.
PAUSES = (0.2, 1.0, 5.0, 30.0)
TRY_SECONDS = 20
# Which answer stands in plain text, where a dialect writes no report.
USUAL_ANSWER = "550 5.1.1 User unknown (#5.1.1)"


class Postman:
    """Writes bounces, and carries them; with port 0 nothing comes back."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._walks: set[asyncio.Task[None]] = set()

    def bounce(self, sender: str, recipient: str, message_id: str) -> None:
        """Send a mail back to its envelope's sender, in the dialect of the recipient's domain.

        What nobody sent is never sent back (RFC 5321, 4.5.5).
        """
        if not self._port or not sender:
            return
        dialect = DIALECTS[recipient.rpartition("@")[2].lower()]
        raw = write_bounce(dialect, recipient, sender, message_id)
        walk = asyncio.get_running_loop().create_task(self._carry(sender, raw))
        self._walks.add(walk)
        walk.add_done_callback(self._walks.discard)

    def post(self, sender: str, recipient: str, raw: bytes) -> str:
        """Bring a mail that somebody wrote to the product's door; return what it said.

        Empty where it was taken. A person waits before the page, so it is tried once.
        """
        if not self._port:
            return "受け取り口がありません"
        try:
            with smtplib.SMTP("127.0.0.1", self._port, timeout=TRY_SECONDS) as door:
                door.sendmail(sender, [recipient], raw)
        except smtplib.SMTPRecipientsRefused as refusal:
            (answer,) = refusal.recipients.values()
            return f"{answer[0]} {answer[1].decode()}"
        except smtplib.SMTPResponseException as refusal:
            return f"{refusal.smtp_code} {refusal.smtp_error!r}"
        except (smtplib.SMTPException, OSError) as error:
            return type(error).__name__
        return ""

    async def stop(self) -> None:
        for walk in list(self._walks):
            walk.cancel()
        await asyncio.gather(*self._walks, return_exceptions=True)

    async def _carry(self, recipient: str, raw: bytes) -> None:
        for pause in PAUSES:
            await asyncio.sleep(pause)
            if await asyncio.to_thread(self._hand_over, recipient, raw):
                return

    def _hand_over(self, recipient: str, raw: bytes) -> bool:
        """Return whether no other try is needed: it was taken, or refused for good."""
        try:
            with smtplib.SMTP("127.0.0.1", self._port, timeout=TRY_SECONDS) as door:
                door.sendmail("", [recipient], raw)
        except smtplib.SMTPRecipientsRefused as refusal:
            return all(code >= 500 for code, _ in refusal.recipients.values())
        except (smtplib.SMTPException, OSError) as error:
            log.info("town.bounce_waits", error=type(error).__name__)
            return False
        return True


def write_bounce(dialect: Dialect, recipient: str, sender: str, message_id: str) -> bytes:
    """Return a bounce as the dialect's program writes it."""
    answer = dialect.report[1] if dialect.report else USUAL_ANSWER
    text = MIMEText(dialect.text.format(address=recipient, answer=answer), _charset="utf-8")
    mail: MIMEMultipart | MIMEText = text
    if dialect.report:
        mail = MIMEMultipart("report", report_type="delivery-status")
        mail.attach(text)
        mail.attach(_report(recipient, *dialect.report))
        mail.attach(_headers_of(message_id))
    mail["From"] = f"<{dialect.sender}>"
    mail["To"] = f"<{sender}>"
    mail["Subject"] = dialect.subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = make_msgid(domain="relay.town.test")
    mail["Auto-Submitted"] = "auto-replied"
    return mail.as_bytes(policy=compat32.clone(linesep="\r\n"))


def _report(recipient: str, status: str, answer: str) -> MIMEBase:
    report = MIMEBase("message", "delivery-status")
    recipient_lines = [
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; {answer}",
    ]
    blocks = ["Reporting-MTA: dns; relay.town.test\n", "\n".join(recipient_lines) + "\n"]
    for block in blocks:
        report.attach(message_from_string(block))
    return report


def _headers_of(message_id: str) -> MIMEBase:
    headers = MIMEBase("text", "rfc822-headers")
    headers.set_payload(f"Message-ID: {message_id}\n")
    return headers
