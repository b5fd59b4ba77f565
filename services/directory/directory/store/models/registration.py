"""Tables of how families come in: sheets, registrations on their way, and against guessing."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from common.db.types import Encrypted, UtcDateTime, words
from common.words import Channel, Language
from directory.domain.family_mails import FamilyMailKind
from directory.domain.registration.codes import DEFAULT_DAYS
from directory.domain.registration.states import ChildState
from directory.store.models.base import Base


class RegistrationSheet(Base):
    """The codes by which a child's family registers, as they were last given out on paper.

    The passcode is derived from `version`, and good until `valid_until`.
    """

    __tablename__ = "registration_sheets"
    __table_args__ = (UniqueConstraint("school_id", "login_id"),)

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    school_id: Mapped[UUID]
    login_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)


class SheetText(Base):
    """What a school adds to its registration sheets in its own words, and how long they are good.

    `valid_days`: for how many days one that is printed from now on opens a registration.
    """

    __tablename__ = "sheet_texts"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    valid_days: Mapped[int] = mapped_column(
        default=DEFAULT_DAYS, server_default=text(str(DEFAULT_DAYS))
    )


class TalkSetting(Base):
    """Whether a school lets families register in the LINE talk; without a row it does not."""

    __tablename__ = "talk_settings"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_allowed: Mapped[bool]


class Registration(Base):
    """One adult of a family who registers in one browser, which holds the token; or one of the
    staff, whose signed-in session stands for it: nobody holds that token.

    `label`: 続柄, or nothing; `terms_version`, `agreed_at`: which words on the use of addresses
    were shown, and when they were agreed to, before any address was taken. `guardian_id`: who it
    became in this browser; not a foreign key, because guardians are joined. `member_id`: which of
    the staff it is; None for a family. `ticket_digest`: of what takes it over into another browser
    until `ticket_expires_at`, once; None where nothing may.
    """

    __tablename__ = "registrations"
    __table_args__ = (words("language", Language),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    language: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    terms_version: Mapped[str | None] = mapped_column(Text)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    guardian_id: Mapped[UUID | None]
    member_id: Mapped[UUID | None] = mapped_column(index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ticket_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    ticket_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RegistrationChild(Base):
    """A child whose sheet was entered in a registration.

    `sheet_version`: of the sheet as it was then; a later one makes what is not linked yet void.
    """

    __tablename__ = "registration_children"
    __table_args__ = (
        words("state", ChildState),
        Index(None, "school_id", "settled_at"),
    )

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    school_id: Mapped[UUID]
    sheet_version: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RegistrationMail(Base):
    """A mail address that a family typed, until it is a contact point.

    Its id is that of the contact point that it becomes, for which the address is sealed; None from
    then on. The code and the link of its confirmation mail are derived and kept nowhere.
    `proved_here`: in the browser that asked; elsewhere it may be somebody else's.
    """

    channel: ClassVar = Channel.MAIL

    __tablename__ = "registration_mails"
    __table_args__ = (Index(None, "school_id", "address_index", "asked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"), index=True)
    school_id: Mapped[UUID]
    address: Mapped[bytes | None] = mapped_column(Encrypted)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    wrong_codes: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proved_here: Mapped[bool] = mapped_column(server_default=false(), default=False)
    contact_point_id: Mapped[UUID | None]


class RegistrationApp(Base):
    """A phone's subscription that a family gave, until it is a contact point.

    As `RegistrationMail`; it waits only where the office has to accept the family.
    """

    channel: ClassVar = Channel.PUSH

    __tablename__ = "registration_apps"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registrations.id"), index=True)
    school_id: Mapped[UUID]
    address: Mapped[bytes | None] = mapped_column(Encrypted)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    contact_point_id: Mapped[UUID | None]


class LineLink(Base):
    """A LINE user that a family is about to link, until it is a contact point (ADR 49).

    Asked for in a registration, or by a guardian at their own page (not a foreign key, because
    guardians are joined). Its id is that of the contact point that it becomes, for which the user
    id is sealed; None before LINE told it, and again from then on. Its nonce is derived.
    """

    channel: ClassVar = Channel.LINE

    __tablename__ = "line_links"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    registration_id: Mapped[UUID | None] = mapped_column(ForeignKey("registrations.id"), index=True)
    guardian_id: Mapped[UUID | None]
    terms_version: Mapped[str] = mapped_column(Text)
    address: Mapped[bytes | None] = mapped_column(Encrypted)
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    contact_point_id: Mapped[UUID | None]


class FamilyTelling(Base):
    """What goes to a contact point of a family whose registration has grown, or of a guardian who
    stopped another one; it names nobody.
    """

    __tablename__ = "family_tellings"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    contact_point_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text, server_default=FamilyMailKind.ADDED.value)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class RegistrationTries(Base):
    """Wrong tries for the codes of one sheet as typed, from one network (an HMAC of both).

    Of no school: what was typed may be the code of none.
    """

    __tablename__ = "registration_tries"

    tries_index: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failed_count: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class RegistrationAttempt(Base):
    """One try from a network (kept as an HMAC); the right ones are taken out again."""

    __tablename__ = "registration_attempts"
    __table_args__ = (Index(None, "network_index", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    network_index: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
