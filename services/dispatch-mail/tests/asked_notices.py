"""Notices as identity asks for them, and how their mails are read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

from scripted_relay import ScriptedRelay

AT = "2026-11-24T06:20:00+00:00"
Payload = dict[str, Any]
Tell = Callable[[Payload], Awaitable[None]]  # await tell(payload): notice.requested on the bus


def download_alarm(*readers: UUID, by: UUID) -> Payload:
    return {
        "notice_id": uuid4(),
        "kind": "download_alarm",
        "account_ids": list(readers),
        "params": {
            "account_id": str(by),
            "action": "roster.exported",
            "count": 120,
            "at": AT,
        },
    }


def new_device(*readers: UUID) -> Payload:
    return {
        "notice_id": uuid4(),
        "kind": "new_device",
        "account_ids": list(readers),
        "params": {"browser": "iPhone・Safari", "at": AT},
    }


def mail_to(relay: ScriptedRelay, address: str) -> EmailMessage:
    """Return the mail that the relay took for an address, parsed as a mail program does."""
    content = relay.contents[address]
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    return mail


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")
