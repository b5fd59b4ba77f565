"""Deliveries to LINE users, LINE accounts and the schools that use them, and what LINE told by
webhook.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common import bus
from common.db import Encrypted, UtcDateTime
from common.db.types import new_metadata, words
from common.delivery.rows import Tables
from common.delivery.tables import (
    DeliveryColumns,
    HolderColumns,
    KeptBatchColumns,
    StoppedMessageColumns,
)
from dispatch_line.domain.talk_state import TalkStep


class Base(DeclarativeBase):
    metadata = new_metadata()


class Delivery(KeptBatchColumns, DeliveryColumns, Base):
    __tablename__ = "deliveries"


class StoppedMessage(StoppedMessageColumns, Base):
    __tablename__ = "stopped_messages"


class Holder(HolderColumns, Base):
    __tablename__ = "holders"


class LineAccount(Base):
    """One LINE official account (a channel of the Messaging API).

    Its secrets are sealed with this house's own key.

    `leaves_with`: the school whose erasure began while it spoke through this account.
    """

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    channel_secret: Mapped[bytes] = mapped_column(Encrypted)
    access_token: Mapped[bytes] = mapped_column(Encrypted)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    leaves_with: Mapped[UUID | None]


class AccountSchool(Base):
    """Which account a school speaks through; the schools of a city may share one."""

    __tablename__ = "account_schools"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)


class TalkRegistration(Base):
    """A registration in the talk: how far somebody is, for minutes (ADR 51).

    `user_index`: an HMAC of the LINE user, who is kept nowhere here; `login_id`: as it was typed,
    sealed with this house's own key, until the passcode follows.
    """

    __tablename__ = "talk_registrations"
    __table_args__ = (words("step", TalkStep),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    user_index: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    school_id: Mapped[UUID | None] = mapped_column(index=True)
    step: Mapped[str] = mapped_column(Text)
    login_id: Mapped[bytes | None] = mapped_column(Encrypted)
    terms_version: Mapped[str] = mapped_column(Text)
    agreed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class WebhookEvent(Base):
    """What LINE told, by its own id, so that a repetition is known.

    `body`: who did what, sealed, dropped when handled.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index(
            "ix_webhook_events_waiting",
            "occurred_at",
            postgresql_where=text("handled_at IS NULL"),
            sqlite_where=text("handled_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[bytes | None] = mapped_column(Encrypted)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


bus.add_tables(Base.metadata)
METADATA = Base.metadata
TABLES = Tables(
    "line",
    METADATA.tables["deliveries"],
    METADATA.tables["stopped_messages"],
    METADATA.tables["holders"],
)
EVENTS = METADATA.tables["webhook_events"]
