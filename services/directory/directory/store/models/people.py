"""Tables of people, groups and where families are reached; addresses and numbers are sealed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from common.db.types import Encrypted, Json, UtcDateTime, words
from common.words import Channel, Language
from directory.domain.words import (
    ContactState,
    GroupKind,
    MemberKind,
    MembershipKind,
    MemberStatus,
)
from directory.store.models.base import Base

# Readings sort by code point (ヤマサキ before ヤマザキ), whatever the locale of the database.
KANA = Text().with_variant(Text(collation="C"), "postgresql")


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


class JoinedContactPoint(Base):
    """Which contact point of a joined guardian was the same address as which other one.

    Who presses in an old mail still means the address.
    """

    __tablename__ = "joined_contact_points"

    contact_point_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    into_id: Mapped[UUID]


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
    brought; `last_proved_at`: when last, None where that is not noted; `stopped_at`: when the owner
    last stopped ordinary messages, None while they go on; `resumed_at`: when a stop was last taken
    back.
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
    last_proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
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
