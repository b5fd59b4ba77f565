"""Guardians and their contact points: siblings find each other by a shared address (DIR-15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.words import Channel
from directory.domain.errors import InvalidField
from directory.domain.mail_addresses import mail_identity
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
        mails = check_mails(draft.mails)
        indexes = [key.blind_index(mail_identity(mail)) for mail in mails]
        known = dict(reversed(store.find_guardian_by_index(session, member.school_id, indexes)))
        guardian = next((known[index] for index in indexes if index in known), None)
        if guardian is None:
            guardian = _new_guardian(session, member.school_id, draft)
        elif (
            draft.name
            and guardian.name
            and fold_for_search(draft.name) != fold_for_search(guardian.name)
        ):
            protection = store.load_protection(session, member.school_id)
            name = None if guardian.id in protection.guardians else guardian.name
            raise InvalidField(
                "mails", "mail_of_another", "This address belongs to another guardian.", name=name
            )
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
        add_mails(
            session,
            guardian,
            [m for m, i in zip(mails, indexes, strict=True) if i not in known],
            key,
            now,
        )
    return linked


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
