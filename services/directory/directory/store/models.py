"""The directory's tables.

Every row has its school; addresses and phone numbers are sealed with the school's key.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common import bus
from common.db.types import Encrypted, Json, UtcDateTime, new_metadata, words
from common.words import Channel, Language
from directory.domain.words import (
    ContactState,
    GroupKind,
    MemberKind,
    MembershipKind,
    MemberStatus,
)

# Readings sort by code point (ヤマサキ before ヤマザキ), whatever the locale of the database.
KANA = Text().with_variant(Text(collation="C"), "postgresql")


class Base(DeclarativeBase):
    metadata = new_metadata()


class Member(Base):
    """A pupil or a member of staff.

    `display_name` and `formal_name` stand as typed; `search_key` is folded. `planned_status`: the
    one change of the status that is to come, on the day `planned_since`.
    """

    __tablename__ = "members"
    __table_args__ = (
        words("kind", MemberKind),
        words("status", MemberStatus),
        words("planned_status", MemberStatus),
        Index("ix_members_school_id_status", "school_id", "status"),
        Index(
            "ix_members_planned_since",
            "planned_since",
            postgresql_where=text("planned_since IS NOT NULL"),
            sqlite_where=text("planned_since IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    formal_name: Mapped[str | None] = mapped_column(Text)
    kana: Mapped[str] = mapped_column(KANA)
    search_key: Mapped[str] = mapped_column(Text)
    number: Mapped[int | None]
    management_number: Mapped[str | None] = mapped_column(Text)
    birth_date: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    status_since: Mapped[date]
    planned_status: Mapped[str | None] = mapped_column(Text)
    planned_since: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NumberCounter(Base):
    """The last management number that a school was given in a fiscal year; none is given twice."""

    __tablename__ = "number_counters"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Group(Base):
    """A node of the class tree (its root is 全校), a free group or a staff group.

    The classes of a fiscal year are a tree of their own; free and staff groups go on from year to
    year. `planned`: of a tree that nobody works with yet; `version` grows with each change of the
    name or the parent; `deleted_at`: by hand, to be brought back for 30 days.
    """

    __tablename__ = "groups"
    __table_args__ = (
        words("kind", GroupKind),
        Index(
            "uq_groups_root",
            "school_id",
            "fiscal_year",
            unique=True,
            postgresql_where=text("kind = 'class' AND parent_id IS NULL"),
            sqlite_where=text("kind = 'class' AND parent_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"))
    position: Mapped[int]
    fiscal_year: Mapped[int]
    planned: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Membership(Base):
    """A member in a group.

    A pupil is enrolled in one class a fiscal year and may join any number of others.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        words("kind", MembershipKind),
        Index(
            "uq_memberships_enrolled",
            "member_id",
            "fiscal_year",
            unique=True,
            postgresql_where=text("kind = 'enrolled'"),
            sqlite_where=text("kind = 'enrolled'"),
        ),
    )

    group_id: Mapped[UUID] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(Text)
    fiscal_year: Mapped[int]


class YearChange(Base):
    """The turn of a school to the classes of a fiscal year, from draft to the end of its undo.

    Its classes are groups that are `planned` until it is applied. `starts_at`: the moment that the
    office chose; `refused`: why it did not begin then; `first_message_at`: when a message went to
    one of the new classes, so that nothing can be undone any more; `summary`: what it did, in
    numbers.
    """

    __tablename__ = "year_changes"
    __table_args__ = (
        UniqueConstraint("school_id", "fiscal_year"),
        Index(
            "ix_year_changes_starts_at",
            "starts_at",
            postgresql_where=text("starts_at IS NOT NULL"),
            sqlite_where=text("starts_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    fiscal_year: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    starts_by: Mapped[UUID | None]
    refused: Mapped[str | None] = mapped_column(Text)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_message_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    summary: Mapped[dict[str, Any] | None] = mapped_column(Json)


class YearPlace(Base):
    """What a change of the year does to one child.

    `decided`: by the office, so that the rule does not apply; `group_id` and `number`: the seat of
    the new year. `before`: the columns of the child that the change has written over.
    """

    __tablename__ = "year_places"

    change_id: Mapped[UUID] = mapped_column(ForeignKey("year_changes.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"), index=True)
    number: Mapped[int | None]
    graduates: Mapped[bool]
    decided: Mapped[bool]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Guardian(Base):
    """A family's adult; one guardian, several pupils.

    `alone_since`: when the clock first saw it without a child; None while it has one.
    """

    __tablename__ = "guardians"
    __table_args__ = (words("language", Language),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    alone_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JoinedGuardian(Base):
    """A guardian who was found to be another one, `into_id`, and is no more.

    Audiences that were frozen before still name it.
    """

    __tablename__ = "joined_guardians"

    guardian_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    into_id: Mapped[UUID]
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Guardianship(Base):
    """The link from a pupil to a guardian: 続柄, order, protection."""

    __tablename__ = "guardianships"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    guardian_id: Mapped[UUID] = mapped_column(
        ForeignKey("guardians.id"), primary_key=True, index=True
    )
    school_id: Mapped[UUID] = mapped_column(index=True)
    label: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    protected: Mapped[bool]


class ContactPoint(Base):
    """One mail address, LINE user or app device, of a guardian or of a member of staff.

    `health`: {"code", "since"} or None; `proved_at`: when its owner first pressed what only it had
    brought; `stopped_at`: when the owner last stopped ordinary messages, None while they go on;
    `resumed_at`: when a stop was last taken back.
    """

    __tablename__ = "contact_points"
    __table_args__ = (
        words("kind", Channel),
        words("state", ContactState),
        CheckConstraint("(guardian_id IS NULL) <> (member_id IS NULL)", name="owner"),
        UniqueConstraint("guardian_id", "kind", "address_index"),
        UniqueConstraint("member_id", "kind", "address_index"),
        Index(
            "ix_contact_points_school_id_kind_address_index", "school_id", "kind", "address_index"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    guardian_id: Mapped[UUID | None] = mapped_column(ForeignKey("guardians.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(Text)
    address: Mapped[bytes] = mapped_column(Encrypted)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text)
    health: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resumed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PhoneNumber(Base):
    """A number for people to call; never a channel."""

    __tablename__ = "phone_numbers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    position: Mapped[int]
    label: Mapped[str] = mapped_column(Text)
    number: Mapped[bytes] = mapped_column(Encrypted)


class Snapshot(Base):
    """An audience frozen at one moment: what was confirmed is what is sent.

    Never changed after it was written, but for `released_at`: when we heard that a message goes to
    it.
    """

    __tablename__ = "snapshots"
    __table_args__ = (
        Index(
            "ix_snapshots_unreleased",
            "created_at",
            postgresql_where=text("released_at IS NULL"),
            sqlite_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    audience: Mapped[dict[str, Any]] = mapped_column(Json)
    label: Mapped[str] = mapped_column(Text)
    heads: Mapped[int]
    households: Mapped[int]
    summary: Mapped[dict[str, Any]] = mapped_column(Json)


class SnapshotMember(Base):
    """A member of a frozen audience.

    Positions begin at 0 without gaps; a household's members stand side by side.
    """

    __tablename__ = "snapshot_members"

    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("snapshots.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    household: Mapped[int]
    member_id: Mapped[UUID]
    class_id: Mapped[UUID | None]
    guardian_ids: Mapped[list[str]] = mapped_column(Json)


class ImportPlan(Base):
    """What a roster file would change, kept from preview to application, half an hour at most.

    Made anew when something is decided. `summary`: counts; `content`: the rest as sealed JSON;
    `upload`: the file itself, sealed. `stage` (ImportStage) began at `stage_at`, as a part of what
    was asked for at `asked_at`; `asked`: by whom and how, sealed. `rows`: how many were read;
    `trouble`: why it could not be read, or not be written, as a code and its fields.
    """

    __tablename__ = "import_plans"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stage: Mapped[str] = mapped_column(Text)
    stage_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rows: Mapped[int | None]
    trouble: Mapped[dict[str, Any] | None] = mapped_column(Json)
    asked: Mapped[bytes] = mapped_column(Encrypted)
    roster_version: Mapped[str] = mapped_column(Text)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    content: Mapped[bytes] = mapped_column(Encrypted)
    upload: Mapped[bytes] = mapped_column(Encrypted)


class StaffImport(Base):
    """What a file of staff would change, kept for half an hour; once applied, until its accounts
    are settled and that could be read.

    `summary`: counts; `content`: the rest as sealed JSON; `upload`: the file itself, sealed, None
    once it is applied; `refused`: what identity refused, None until it has answered.
    """

    __tablename__ = "staff_imports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    roster_version: Mapped[str] = mapped_column(Text)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    refused: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    content: Mapped[bytes] = mapped_column(Encrypted)
    upload: Mapped[bytes | None] = mapped_column(Encrypted)


bus.add_tables(Base.metadata)
METADATA = Base.metadata


def table(model: type[Base]) -> Table:
    """Return a model's table, for statements over many rows."""
    found = model.__table__
    assert isinstance(found, Table)
    return found
