"""Tables of My Page: browsers that are known, links that were mailed, and own passwords."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from common.db.types import UtcDateTime, words
from directory.domain.my_page.links import LinkKind
from directory.store.models.base import Base


class FamilySession(Base):
    """A browser that is known as a guardian's.

    `token_hash`: of what its cookie holds. `contact_point_id`: by whose mail it was let in; ended,
    it lets nobody in any more. None where it was let in otherwise.
    """

    __tablename__ = "family_sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    guardian_id: Mapped[UUID] = mapped_column(ForeignKey("guardians.id"), index=True)
    contact_point_id: Mapped[UUID | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class FamilyLink(Base):
    """A link that was mailed to a contact point, good once and until `expires_at`."""

    __tablename__ = "family_links"
    __table_args__ = (words("kind", LinkKind),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    contact_point_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FamilyPassword(Base):
    """The password that a guardian has chosen for their page, as bcrypt."""

    __tablename__ = "own_passwords"

    guardian_id: Mapped[UUID] = mapped_column(ForeignKey("guardians.id"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    password_hash: Mapped[str] = mapped_column(Text)
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LinkAsk(Base):
    """That a link was asked for. `place`: stands for the address, or the network, of who asked."""

    __tablename__ = "link_asks"
    __table_args__ = (Index("ix_link_asks_place_at", "place", "asked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    place: Mapped[bytes] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
