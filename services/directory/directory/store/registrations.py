"""Queries about registrations on their way, and what is left of them for the office."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from common.db import rowcount
from directory.domain.registration.states import SETTLED, ChildState
from directory.domain.words import PRESENT
from directory.store.models import (
    FamilyTelling,
    LineLink,
    Member,
    Registration,
    RegistrationApp,
    RegistrationChild,
    RegistrationMail,
    RegistrationSheet,
)


def find_by_token(
    session: Session, school_id: UUID, token_digest: bytes, now: datetime
) -> Registration | None:
    """Return a registration that is still open, held; None for an unknown token or an old one."""
    query = select(Registration).where(
        Registration.school_id == school_id,
        Registration.token_digest == token_digest,
        Registration.expires_at > now,
    )
    return session.scalar(query.with_for_update())


def find_registration(
    session: Session, school_id: UUID, registration_id: UUID
) -> Registration | None:
    """Return a registration of this school, held for a change, or None."""
    query = select(Registration).where(
        Registration.school_id == school_id, Registration.id == registration_id
    )
    return session.scalar(query.with_for_update())


def find_by_ticket(
    session: Session, school_id: UUID, ticket_digest: bytes, now: datetime
) -> Registration | None:
    """Return an open registration that a ticket takes over now, held; None for any other ticket."""
    query = select(Registration).where(
        Registration.school_id == school_id,
        Registration.ticket_digest == ticket_digest,
        Registration.ticket_expires_at > now,
        Registration.expires_at > now,
    )
    return session.scalar(query.with_for_update())


def find_school_of(session: Session, registration_id: UUID, now: datetime) -> UUID | None:
    """Return the school of a registration that takes addresses now; None where it takes none."""
    query = select(Registration.school_id).where(
        Registration.id == registration_id,
        Registration.agreed_at.is_not(None),
        Registration.expires_at > now,
    )
    return session.scalar(query)


def find_of_staff(
    session: Session, school_id: UUID, member_id: UUID, opened_after: datetime
) -> Registration | None:
    """Return the registration that one of the staff opened last since a moment, held; or None."""
    query = select(Registration).where(
        Registration.school_id == school_id,
        Registration.member_id == member_id,
        Registration.opened_at > opened_after,
    )
    newest = query.order_by(Registration.opened_at.desc(), Registration.id).limit(1)
    return session.scalar(newest.with_for_update())


def list_waiting_of_staff(
    session: Session, school_id: UUID, member_id: UUID, now: datetime
) -> Sequence[RegistrationMail]:
    """Return the addresses of one of the staff that wait for their proof, the newest first."""
    query = (
        select(RegistrationMail)
        .join(Registration, Registration.id == RegistrationMail.registration_id)
        .where(
            Registration.school_id == school_id,
            Registration.member_id == member_id,
            Registration.expires_at > now,
            RegistrationMail.proved_at.is_(None),
            RegistrationMail.expires_at > now,
        )
    )
    newest = query.order_by(RegistrationMail.asked_at.desc(), RegistrationMail.id)
    return session.scalars(newest).all()


def erase_of_staff(session: Session, school_id: UUID, member_ids: Collection[UUID]) -> None:
    """Erase the registrations of these members of staff with their addresses."""
    mine = select(Registration.id).where(
        Registration.school_id == school_id, Registration.member_id.in_(member_ids)
    )
    registration_ids = session.scalars(mine).all()
    if registration_ids:
        erase_registrations(session, registration_ids)


def list_children(session: Session, registration: Registration) -> Sequence[RegistrationChild]:
    """Return the children of a registration, in the order in which they were entered."""
    query = select(RegistrationChild).where(
        RegistrationChild.school_id == registration.school_id,
        RegistrationChild.registration_id == registration.id,
    )
    in_order = query.order_by(RegistrationChild.entered_at, RegistrationChild.member_id)
    return session.scalars(in_order).all()


def list_mails(session: Session, registration: Registration) -> Sequence[RegistrationMail]:
    """Return the addresses of a registration, the oldest first."""
    query = select(RegistrationMail).where(
        RegistrationMail.school_id == registration.school_id,
        RegistrationMail.registration_id == registration.id,
    )
    return session.scalars(query.order_by(RegistrationMail.asked_at, RegistrationMail.id)).all()


def list_apps(session: Session, registration: Registration) -> Sequence[RegistrationApp]:
    """Return the phones of a registration, the first one first."""
    query = select(RegistrationApp).where(
        RegistrationApp.school_id == registration.school_id,
        RegistrationApp.registration_id == registration.id,
    )
    return session.scalars(query.order_by(RegistrationApp.given_at, RegistrationApp.id)).all()


def find_mail(session: Session, school_id: UUID, mail_id: UUID) -> RegistrationMail | None:
    """Return an address on its way of this school, or None; its registration's lock covers it."""
    query = select(RegistrationMail).where(
        RegistrationMail.school_id == school_id, RegistrationMail.id == mail_id
    )
    return session.scalar(query)


def get_registration_of(session: Session, mail: RegistrationMail) -> Registration:
    """Return the registration of an address, to be looked at."""
    return session.get_one(Registration, mail.registration_id)


def find_telling(session: Session, school_id: UUID, telling_id: UUID) -> FamilyTelling | None:
    """Return what a contact point of this school is told, or None."""
    found = session.get(FamilyTelling, telling_id)
    return found if found is not None and found.school_id == school_id else None


def count_asked(session: Session, school_id: UUID, address_index: bytes, since: datetime) -> int:
    """Return how many confirmation mails an address was sent since a moment, by anybody."""
    query = select(func.count()).where(
        RegistrationMail.school_id == school_id,
        RegistrationMail.address_index == address_index,
        RegistrationMail.asked_at > since,
    )
    return session.scalar(query) or 0


def count_asked_by_sheet(session: Session, registration: Registration, since: datetime) -> int:
    """Return how many confirmation mails were asked for since a moment by one of its sheets.

    The most of any. In all registrations by these sheets, which are held, so that two stand in
    line.
    """
    children = list_children(session, registration)
    mine = [child.member_id for child in children]
    sheets = select(RegistrationSheet.member_id).where(RegistrationSheet.member_id.in_(mine))
    session.execute(sheets.order_by(RegistrationSheet.member_id).with_for_update())
    is_of_child = RegistrationChild.registration_id == RegistrationMail.registration_id
    by_child = (
        select(func.count())
        .select_from(RegistrationMail)
        .join(RegistrationChild, is_of_child)
        .where(RegistrationChild.member_id.in_(mine), RegistrationMail.asked_at > since)
        .group_by(RegistrationChild.member_id)
    )
    return max(session.scalars(by_child), default=0)


def list_good_sheets(
    session: Session, children: Collection[RegistrationChild], now: datetime
) -> set[UUID]:
    """Return which of these children are there, with the sheet that was entered for them.

    The sheets are held: one that is made void at this moment waits, or has been.
    """
    versions = {child.member_id: child.sheet_version for child in children}
    query = select(RegistrationSheet).where(
        RegistrationSheet.member_id.in_(versions), RegistrationSheet.valid_until > now
    )
    in_line = query.order_by(RegistrationSheet.member_id).with_for_update()
    fresh = session.scalars(in_line.execution_options(populate_existing=True))
    good = {sheet.member_id for sheet in fresh if sheet.version == versions[sheet.member_id]}
    return good & list_present(session, children)


def list_present(session: Session, children: Collection[RegistrationChild]) -> set[UUID]:
    """Return which of these children are at the school or come to it."""
    query = select(Member.id).where(
        Member.id.in_([child.member_id for child in children]),
        Member.deleted_at.is_(None),
        Member.status.in_(PRESENT),
    )
    return set(session.scalars(query))


def end_of_children(session: Session, school_id: UUID, member_ids: Collection[UUID]) -> None:
    """End the registrations in which these children were entered; what the office has to accept
    waits on.
    """
    entered = select(RegistrationChild.registration_id).where(
        RegistrationChild.school_id == school_id,
        RegistrationChild.member_id.in_(member_ids),
    )
    _end(session, school_id, Registration.id.in_(entered))


def end_of_guardian(session: Session, school_id: UUID, guardian_id: UUID) -> None:
    """End the registrations whose browser has become a guardian."""
    _end(session, school_id, Registration.guardian_id == guardian_id)


def _end(session: Session, school_id: UUID, which: ColumnElement[bool]) -> None:
    ids = session.scalars(
        select(Registration.id)
        .where(Registration.school_id == school_id, which)
        .order_by(Registration.id)
        .with_for_update()
    ).all()
    mine = update(Registration).where(Registration.id.in_(ids))
    session.execute(mine.values(expires_at=Registration.opened_at))


def map_names(session: Session, school_id: UUID, member_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return child → how it is called; who was deleted is left out."""
    query = select(Member.id, Member.display_name).where(
        Member.school_id == school_id,
        Member.id.in_(member_ids),
        Member.deleted_at.is_(None),
    )
    return {row.id: row.display_name for row in session.execute(query)}


def list_settled(
    session: Session, school_id: UUID, since: datetime, most: int
) -> Sequence[RegistrationChild]:
    """Return what was registered since a moment, and all that is held; the newest first."""
    is_recent = RegistrationChild.settled_at > since
    is_held = RegistrationChild.state == ChildState.HELD.value
    query = select(RegistrationChild).where(
        RegistrationChild.school_id == school_id,
        RegistrationChild.settled_at.is_not(None),
        or_(is_recent, is_held),
    )
    newest = query.order_by(RegistrationChild.settled_at.desc(), RegistrationChild.member_id)
    return session.scalars(newest.limit(most)).all()


def map_registrations(
    session: Session, school_id: UUID, registration_ids: Collection[UUID]
) -> dict[UUID, Registration]:
    query = select(Registration).where(
        Registration.school_id == school_id, Registration.id.in_(registration_ids)
    )
    return {registration.id: registration for registration in session.scalars(query)}


def count_proved(
    session: Session, school_id: UUID, registration_ids: Collection[UUID]
) -> dict[UUID, int]:
    """Return registration → how many addresses were proved in it."""
    query = (
        select(RegistrationMail.registration_id, func.count())
        .where(
            RegistrationMail.school_id == school_id,
            RegistrationMail.registration_id.in_(registration_ids),
            RegistrationMail.proved_at.is_not(None),
        )
        .group_by(RegistrationMail.registration_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def count_apps(
    session: Session, school_id: UUID, registration_ids: Collection[UUID]
) -> dict[UUID, int]:
    """Return registration → how many phones were given in it."""
    query = (
        select(RegistrationApp.registration_id, func.count())
        .where(
            RegistrationApp.school_id == school_id,
            RegistrationApp.registration_id.in_(registration_ids),
        )
        .group_by(RegistrationApp.registration_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def drop_waiting_addresses(session: Session, registration: Registration) -> None:
    """Erase the addresses of a registration that are no contact points."""
    for model in (RegistrationMail, RegistrationApp):
        mine = delete(model).where(
            model.school_id == registration.school_id,
            model.registration_id == registration.id,
            model.contact_point_id.is_(None),
        )
        session.execute(mine)


def erase_unproved(session: Session, now: datetime) -> int:
    """Erase addresses of all schools whose confirmation nobody gave in time; return how many.

    That they were asked for counts on, until their registration is over.
    """
    late = update(RegistrationMail).where(
        RegistrationMail.expires_at < now,
        RegistrationMail.proved_at.is_(None),
        RegistrationMail.address.is_not(None),
    )
    gone = late.values(address=None).execution_options(synchronize_session=False)
    return rowcount(session.execute(gone))


def erase_tellings(session: Session, before: datetime) -> None:
    """Erase what contact points of all schools were told before a moment."""
    session.execute(delete(FamilyTelling).where(FamilyTelling.told_at < before))


def take_over(
    session: Session, now: datetime, *, settled_before: datetime, held_before: datetime, most: int
) -> Sequence[UUID]:
    """Return registrations of all schools that are over: nothing is shown of them any more.

    Who waits for the office stays until `held_before`.
    """
    shown = (
        (RegistrationChild.registration_id == Registration.id)
        & RegistrationChild.state.in_([state.value for state in SETTLED])
        & or_(
            RegistrationChild.settled_at > settled_before,
            (RegistrationChild.state == ChildState.HELD.value)
            & (RegistrationChild.settled_at > held_before),
        )
    )
    over = select(Registration.id).where(Registration.expires_at < now, ~exists().where(shown))
    first = over.order_by(Registration.expires_at, Registration.id).limit(most)
    return session.scalars(first.with_for_update(skip_locked=True)).all()


def erase_registrations(session: Session, registration_ids: Collection[UUID]) -> None:
    """Erase registrations with their children and addresses."""
    for model in (RegistrationMail, RegistrationApp, LineLink, RegistrationChild):
        mine = delete(model).where(model.registration_id.in_(registration_ids))
        session.execute(mine.execution_options(synchronize_session=False))
    gone = delete(Registration).where(Registration.id.in_(registration_ids))
    session.execute(gone.execution_options(synchronize_session=False))
