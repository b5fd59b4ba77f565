"""Guardians and their contact points: siblings find each other by a shared address (DIR-15)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.words import Channel
from directory.domain.errors import InvalidField, NoSuch
from directory.domain.mail_addresses import MAX_MAILS_A_GUARDIAN, mail_identity
from directory.domain.names import fold_for_search
from directory.domain.people import MAX_LABEL_GRAPHEMES, GuardianDraft, check_mails, check_text
from directory.domain.words import ContactState
from directory.store import families as store
from directory.store.models import ContactPoint, Guardian, Guardianship, Member


def seal_address(
    key: SchoolKey, point_id: UUID, kind: Channel, address: str
) -> tuple[bytes, bytes]:
    """Return an address sealed for its row, and the blind index by which it is found again."""
    return key.encrypt(address, SealedPlace("contact_points", "address", point_id)), index_of(
        key, kind, address
    )


def index_of(key: SchoolKey, kind: Channel, address: str) -> bytes:
    """Return the blind index by which an address is found again.

    Spellings of one mail address share it.
    """
    return key.blind_index(mail_identity(address) if kind == Channel.MAIL else address)


def register_guardians(
    session: Session, member: Member, drafts: Sequence[GuardianDraft], key: SchoolKey, now: datetime
) -> list[UUID]:
    """Give a pupil guardians, after those it has; return who they are.

    One whose mail address the school knows is that guardian, not a second one.
    """
    linked: list[UUID] = []
    present = store.list_guardians(session, member.school_id, member.id)
    last = max((link.position for _, link in present), default=0)
    for position, draft in enumerate(drafts, start=last + 1):
        mails = _index_mails(draft.mails, key)
        owners = _owners_of(session, member.school_id, mails.values())
        guardian = _find_same(session, member.school_id, draft, owners)
        if guardian is None:
            guardian = _new_guardian(session, member.school_id, draft)
        if guardian.id in linked:
            continue
        linked.append(guardian.id)
        label = check_text("label", draft.label, MAX_LABEL_GRAPHEMES)
        session.add(
            Guardianship(
                member_id=member.id,
                guardian_id=guardian.id,
                school_id=member.school_id,
                label=label,
                position=position,
                protected=False,
            )
        )
        new = [mail for mail, index in mails.items() if index not in owners]
        for mail in new:
            _check_not_ended(session, guardian, mail, mails[mail])
        check_room(session, guardian, len(new))
        add_mails(session, guardian, new, key, now)
    return linked


def check_not_hidden(
    session: Session, school_id: UUID, drafts: Sequence[GuardianDraft], key: SchoolKey
) -> None:
    """Raise Invalid or NotFound where a guardian is one of a protected family.

    For who may not see such families: whoever guesses an address would be told whose it is.
    """
    hidden = store.load_protection(session, school_id).guardians
    for draft in drafts:
        if draft.known_id in hidden:
            raise NoSuch("guardian")
        mails = _index_mails(draft.mails, key)
        owners = _owners_of(session, school_id, mails.values())
        for owner in owners.values():
            if owner.id in hidden:
                raise mail_of_another(None)


def mail_of_another(name: str | None) -> InvalidField:
    """Return the refusal of an address of another guardian; `name`: None where it is not shown."""
    message = "This address belongs to another guardian."
    return InvalidField("mails", "mail_of_another", message, name=name)


def check_room(session: Session, owner: Guardian | Member, more: int) -> None:
    """Raise Invalid where somebody would have too many mail addresses."""
    points = store.list_points(session, owner.school_id, [owner.id])
    mails = [point for point in points if point.kind == Channel.MAIL.value]
    if more and len(mails) + more > MAX_MAILS_A_GUARDIAN:
        raise InvalidField(
            "mails", "mails_too_many", "These are too many addresses.", limit=MAX_MAILS_A_GUARDIAN
        )


def _index_mails(typed: Sequence[str], key: SchoolKey) -> dict[str, bytes]:
    """Return address → blind index; raise Invalid for what is no address."""
    return {mail: index_of(key, Channel.MAIL, mail) for mail in check_mails(typed)}


def _owners_of(
    session: Session, school_id: UUID, indexes: Collection[bytes]
) -> dict[bytes, Guardian]:
    """Return blind index → the guardian who had the address first."""
    found = store.find_guardian_by_index(session, school_id, indexes)
    return dict(reversed(found))


def _find_same(
    session: Session, school_id: UUID, draft: GuardianDraft, owners: Mapping[bytes, Guardian]
) -> Guardian | None:
    """Return the guardian who is meant, None for a new one; raise Invalid for an address of
    somebody else.
    """
    if draft.known_id is not None:
        guardian = store.get_guardian(session, school_id, draft.known_id)
        others = [owner for owner in owners.values() if owner.id != guardian.id]
        if others:
            raise _refuse_owner(session, others[0])
        return guardian
    if not owners:
        return None
    owner = next(iter(owners.values()))
    is_named_otherwise = (
        draft.name and owner.name and fold_for_search(draft.name) != fold_for_search(owner.name)
    )
    if is_named_otherwise:
        raise _refuse_owner(session, owner)
    return owner


def _refuse_owner(session: Session, owner: Guardian) -> InvalidField:
    protection = store.load_protection(session, owner.school_id)
    return mail_of_another(None if owner.id in protection.guardians else owner.name)


def _check_not_ended(session: Session, guardian: Guardian, mail: str, index: bytes) -> None:
    if store.find_point_of(session, guardian, Channel.MAIL, index) is not None:
        raise InvalidField("mails", "mail_ended", "This address was ended.", value=mail)


def add_mails(
    session: Session, owner: Guardian | Member, mails: Sequence[str], key: SchoolKey, now: datetime
) -> None:
    """Register mail addresses of a guardian or of a member of staff."""
    for mail in mails:
        point_id = uuid4()
        sealed, index = seal_address(key, point_id, Channel.MAIL, mail)
        session.add(
            ContactPoint(
                id=point_id,
                school_id=owner.school_id,
                guardian_id=owner.id if isinstance(owner, Guardian) else None,
                member_id=owner.id if isinstance(owner, Member) else None,
                kind=Channel.MAIL.value,
                address=sealed,
                address_index=index,
                state=ContactState.ACTIVE.value,
                health=None,
                created_at=now,
            )
        )
    session.flush()


def _new_guardian(session: Session, school_id: UUID, draft: GuardianDraft) -> Guardian:
    name = check_text("name", draft.name) if draft.name and draft.name.strip() else None
    guardian = Guardian(id=uuid4(), school_id=school_id, name=name, language=draft.language.value)
    session.add(guardian)
    session.flush()
    return guardian
