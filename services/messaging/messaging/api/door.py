"""What every view needs: the database, the other houses, and who is at the door."""

from __future__ import annotations

from flask import current_app

from common.db import Database
from common.rights import Right
from common.web import auth
from messaging.clients import Clients
from messaging.config import Settings
from messaging.domain.people import Actor


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def clients() -> Clients:
    found: Clients = current_app.extensions["clients"]
    return found


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def link_secret() -> bytes:
    """Return the secret under which personal links are signed."""
    found: bytes = current_app.extensions["link_secret"]
    return found


def actor() -> Actor:
    """Return the signed-in member of staff who writes or sends."""
    return caller_of(Right.MESSAGES_SEND)


def reader() -> Actor:
    """Return the signed-in member of staff who looks: after a contract's end nobody has the
    right to send, nor its limit.
    """
    return caller_of(Right.MESSAGES_READ)


def caller_of(right: Right) -> Actor:
    """Return the signed-in member of staff with the limit that holds for one of their rights."""
    staff = auth.current_staff()
    return Actor(
        account_id=staff.account_id,
        school_id=staff.school_id,
        member_id=staff.member_id,
        only_groups=staff.limit_of(right),
        may_send_urgent=staff.may(Right.MESSAGES_SEND_URGENT),
        own_messages_only=staff.own_messages_only,
    )
