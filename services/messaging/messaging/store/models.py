"""The tables of messaging.

Every row carries its school; texts are plain, under access control; no address ever comes here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Table, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from common.bus.tables import add_tables
from common.db import Json, UtcDateTime, words
from common.db import types as db_types
from common.words import Channel, Lane
from messaging.domain.states import MessageKind, MessageState, OutcomeState, RecipientState
from messaging.domain.texts import Brackets, OpenBlank, Texts

# Stands in `outcomes.contact_point_id` where a child has nothing on a channel: a key column can't
# be null.
NOWHERE = UUID(int=0)


class Base(db_types.Base):
    __abstract__ = True
    metadata = db_types.new_metadata()


METADATA = Base.metadata
add_tables(METADATA)


class Category(Base):
    """A school's own label on messages; a letter mark stands beside the colour.

    `version`: of name, mark and colour. `retired_at`: since when nobody chooses it any more;
    messages that have it keep it.
    """

    __tablename__ = "categories"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    name: Mapped[str]
    mark: Mapped[str]
    colour: Mapped[str]
    position: Mapped[int]
    default_button: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# What is supplied to every school has an index of its own: a unique constraint takes no two NULLs
# for equal.
_SUPPLIED = text("school_id IS NULL")


class Template(Base):
    """A text to start from.

    Without a school it is supplied with the product; `key` names it for good.

    `whole_school`: applied, it chooses the whole school. `today_blanks`: blanks that are filled
    with the day of writing.
    """

    __tablename__ = "templates"
    __table_args__ = (
        UniqueConstraint("school_id", "key"),
        Index(
            "uq_templates_supplied_key",
            "key",
            unique=True,
            postgresql_where=_SUPPLIED,
            sqlite_where=_SUPPLIED,
        ),
        words("kind", MessageKind),
        words("lane", Lane),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID | None]
    key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    lane: Mapped[str]
    category_name: Mapped[str | None]
    subject: Mapped[str]
    body: Mapped[str]
    short_text: Mapped[str]
    easy_text: Mapped[str]
    position: Mapped[int]
    whole_school: Mapped[bool] = mapped_column(server_default=false())
    today_blanks: Mapped[list[str]] = mapped_column(Json, server_default=text("'[]'"))


class Message(Base):
    """One message from draft to end.

    From the release on, texts, lane, channels and audience are frozen.

    `version` counts changes of a draft. `idempotency_key` is the press that released it; it stays
    after a withdrawal, so that a late repetition of that press does nothing. `fan_out_after`: the
    position from which the next page of the audience is due.

    Of a draft: `template_id` the template that its texts came from, `blanks` what of it is to be
    filled, `kept_brackets` the brackets that its author means as they stand. `deleted_at`: by hand;
    it can be brought back for 30 days. `audience_label` is for staff; `family_label` names the
    audience as every family of it may read.

    `readers_named`: its readers have the names that their pages show, or somebody is asking for
    them; not so what was sent before there were such names.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("school_id", "idempotency_key"),
        words("kind", MessageKind),
        words("state", MessageState),
        words("lane", Lane),
        Index("ix_messages_school_id_created_at", "school_id", "created_at", "id"),
        Index(
            "ix_messages_due",
            "release_at",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
        Index(
            "ix_messages_unfinished",
            "released_at",
            postgresql_where=text("released_at IS NOT NULL AND completed_at IS NULL"),
            sqlite_where=text("released_at IS NOT NULL AND completed_at IS NULL"),
        ),
        Index(
            "ix_messages_unnamed",
            "link_expires_at",
            postgresql_where=text("NOT readers_named"),
            sqlite_where=text("NOT readers_named"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str]
    lane: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    short_text: Mapped[str]
    category_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("categories.id", ondelete="SET NULL")
    )
    audience: Mapped[dict[str, Any]] = mapped_column(Json)
    channels: Mapped[list[str]] = mapped_column(Json)
    without_channels: Mapped[list[str]] = mapped_column(Json, server_default=text("'[]'"))
    confirmable: Mapped[bool]
    open_to_staff: Mapped[bool] = mapped_column(server_default=false())
    template_id: Mapped[UUID | None]
    blanks: Mapped[list[dict[str, str]]] = mapped_column(Json, server_default=text("'[]'"))
    kept_brackets: Mapped[list[str]] = mapped_column(Json, server_default=text("'[]'"))
    test_of: Mapped[UUID | None]
    version: Mapped[int]
    created_by: Mapped[UUID]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    snapshot_id: Mapped[UUID | None]
    audience_label: Mapped[str | None]
    family_label: Mapped[str | None]
    staff_heads: Mapped[int] = mapped_column(server_default=text("0"))
    heads: Mapped[int | None]
    idempotency_key: Mapped[str | None]
    release_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    link_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fan_out_after: Mapped[int | None]
    fan_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fan_out_done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    readers_named: Mapped[bool] = mapped_column(server_default=true())
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def texts(self) -> Texts:
        """Return subject, body and short text as they go out: with the blanks that are filled."""
        blanks = [OpenBlank(**blank) for blank in self.blanks]
        return Texts(self.subject, self.body, self.short_text).filled(blanks)

    @property
    def brackets(self) -> Brackets:
        return Brackets([OpenBlank(**blank) for blank in self.blanks], self.kept_brackets)

    @property
    def pupil_heads(self) -> int:
        """Return how many of the heads are children; the others are members of staff."""
        return (self.heads or 0) - self.staff_heads


class Recipient(Base):
    """A child of a released message: the unit in which people count.

    `id`: computed (`domain.audience.recipient_id`); `asked_at`: when channels were last asked to
    deliver to it. `told_at`, `told_by`, `told_by_name`, `told_how`: who of the school told the
    family otherwise, by phone or on paper; it counts as a confirmation and can be taken back
    (MSG-18).

    No foreign key, here and in the tables below: a page of 960 is written while many sends run, and
    nothing but the retention clocks ever deletes a released message.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        words("state", RecipientState),
        UniqueConstraint("message_id", "member_id"),
        Index(
            "ix_recipients_waiting",
            "message_id",
            "asked_at",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    message_id: Mapped[UUID]
    member_id: Mapped[UUID]
    class_id: Mapped[UUID | None]
    household: Mapped[int]
    guardian_ids: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[UUID | None]
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_by: Mapped[UUID | None]
    told_by_name: Mapped[str | None]
    told_how: Mapped[str | None]
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MessageReader(Base):
    """Who may read and confirm a message for which child: its guardians, or a member of staff for
    themselves.

    The same as `recipients.guardian_ids`, turned round: a press of the button finds a guardian's
    children by key.

    `display_name`, `class_name`: of the child, as they were when the message was sent: an old link
    must not tell the present. None where nobody has asked yet, "" where there is none to show.
    """

    __tablename__ = "message_readers"

    school_id: Mapped[UUID]
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    reader_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str | None]
    class_name: Mapped[str | None]


class RevokedGuardianship(Base):
    """A guardian who may no longer read of a child what was sent before."""

    __tablename__ = "revoked_guardianships"

    guardian_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    revoked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JoinedReader(Base):
    """A guardian who was found to be another one, `into_id`: what one may read, both may."""

    __tablename__ = "joined_readers"

    guardian_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    into_id: Mapped[UUID] = mapped_column(index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RevokedPoint(Base):
    """A contact point whose links, of what was sent before, name no child any more."""

    __tablename__ = "revoked_points"

    contact_point_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    revoked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MessageClass(Base):
    """For which classes a message was released, by each group that holds the class: itself, 4年,
    全校.

    Recipients name 4年2組 alone; through these rows somebody who is limited to 4年 finds, by key,
    what reached its children.
    """

    __tablename__ = "message_classes"

    school_id: Mapped[UUID]
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    class_id: Mapped[UUID] = mapped_column(primary_key=True)


class Outcome(Base):
    """What a channel answered for one child and one contact point.

    `expected`: how many contact points the child has there.

    `proved_at`: when a button was pressed that only this contact point had brought.
    """

    __tablename__ = "outcomes"
    __table_args__ = (words("channel", Channel), words("state", OutcomeState))

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    contact_point_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    guardian_id: Mapped[UUID | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    expected: Mapped[int]
    settled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def table_of(model: type[Base]) -> Table:
    """Return a model's table, for statements that write many rows at once."""
    assert isinstance(model.__table__, Table)
    return model.__table__
