"""Mail families the links by which they come to their page, and say that a mail has come (MY-1,
MY-7).

Whoever asks for a link to an address gets the same answer, whether a family has that address or
not.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.guessing import network_of, read_address
from common.operations import FAMILY_SIGNED_IN
from common.words import Channel
from directory.actions.contact_points import note_proof
from directory.actions.families import index_of
from directory.actions.family_sessions import (
    Family,
    choose_page,
    list_own_points,
    open_session,
)
from directory.actions.family_tellings import TOLD, ask_for, reader_of
from directory.domain.errors import (
    InvalidField,
    LinkOver,
    LinksSlowed,
    LinkUsed,
    NoFamilyPage,
    NoSuch,
    TryLinkOver,
    TryLinkUsed,
)
from directory.domain.family_mails import FamilyMailKind
from directory.domain.mail_addresses import find_mail_problem, mail_identity, tidy_mail
from directory.domain.my_page import links
from directory.domain.my_page.links import LinkKind, LinkLimit
from directory.domain.scope import Actor
from directory.domain.words import ContactState
from directory.events import record_operation
from directory.store import families as family_store
from directory.store import my_page as store
from directory.store.models import ContactPoint, FamilyLink, LinkAsk


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """Who asks for a link: the address as it was typed, and from where."""

    typed: str = field(repr=False)
    remote_address: str


@dataclass(frozen=True, slots=True)
class PressedLink:
    """What a press did. `token`: lets the browser in; None for a test.

    `is_staff`: at a contact point of one of the staff.
    """

    kind: LinkKind
    token: str | None = field(repr=False, default=None)
    is_staff: bool = False


def request_sign_in(
    session: Session, asked: LinkRequest, key: SchoolKey, secret: bytes, *, now: datetime
) -> None:
    """Mail a link to each guardian who is registered with an address; to nobody where none is.

    Beyond some, nothing more is mailed to one address for one network, or in a day, and nothing is
    said of that either.
    Raise Invalid for what is no address; LinksSlowed where a whole network asks too often.
    """
    mail = tidy_mail(asked.typed)
    problem = find_mail_problem(mail)
    if problem is not None:
        raise InvalidField("mail", problem, "This is not a mail address.", value=mail)
    network = network_of(read_address(asked.remote_address)).encode()
    school = key.school_id.bytes
    network_place = links.place_of(secret, "network", school + network)
    _count(session, key.school_id, network_place, (links.OF_NETWORK,), now)
    identity = school + mail_identity(mail).encode()
    there_place = links.place_of(secret, "address there", identity + b" " + network)
    address_place = links.place_of(secret, "address", identity)
    try:
        _count(session, key.school_id, there_place, links.OF_ADDRESS_THERE, now)
        _count(session, key.school_id, address_place, links.OF_ADDRESS, now)
    except LinksSlowed:
        return
    _mail_sign_in(session, key, mail, now)


def _mail_sign_in(session: Session, key: SchoolKey, mail: str, now: datetime) -> None:
    """Mail a link to a registered address; who shares it comes to the same page by one link."""
    index = index_of(key, Channel.MAIL, mail)
    points = family_store.list_points_at(session, key.school_id, Channel.MAIL.value, index)
    point = choose_page(session, points)
    if point is not None:
        _mail_link(session, point, LinkKind.SIGN_IN, now)


def give_sign_in(
    session: Session, key: SchoolKey, user_id: str, secret: bytes, *, now: datetime
) -> str:
    """Return the link by which a LINE user comes to their page, for an answer in their own talk.

    It is as good as a mailed one, and as short-lived. Raise NotFound for who is nobody's;
    NoFamilyPage for one of the staff; LinksSlowed after some.
    """
    index = index_of(key, Channel.LINE, user_id)
    points = family_store.list_points_at(session, key.school_id, Channel.LINE.value, index)
    point = choose_page(session, points)
    if point is None and points:
        raise NoFamilyPage()
    if point is None:
        raise NoSuch("contact_point")
    place = links.place_of(secret, "line user", point.id.bytes)
    _count(
        session,
        key.school_id,
        place,
        (links.OF_LINE_USER,),
        now,
    )
    link = _new_link(point, LinkKind.SIGN_IN, now)
    session.add(link)
    return links.write_link(secret, key.school_id, link.id)


def _count(
    session: Session, school_id: UUID, place: bytes, limits: Sequence[LinkLimit], now: datetime
) -> None:
    """Count one more at a place; raise LinksSlowed where that is too many.

    Who asks there at the same time waits until this is done.
    """
    store.lock_place(session, school_id, place, now)
    for limit in limits:
        if store.count_asks(session, place, now - limit.within) >= limit.most:
            raise LinksSlowed(int(limit.within.total_seconds()) // limit.most)
    session.add(LinkAsk(id=uuid4(), school_id=school_id, place=place, asked_at=now))
    session.flush()


def test_point(
    session: Session, family: Family, contact_point_id: UUID, secret: bytes, *, now: datetime
) -> None:
    """Send a test to one of the family's own contact points; the press on it proves the point.

    Raise NotFound for a point that is not theirs, or to which none can go; LinksSlowed after some.
    """
    points = list_own_points(session, family)
    mine = [point for point in points if point.id == contact_point_id]
    if not mine or mine[0].kind not in TOLD:
        raise NoSuch("contact_point")
    send_test(session, mine[0], secret, now=now)


def send_test(session: Session, point: ContactPoint, secret: bytes, *, now: datetime) -> None:
    """Send a test to a contact point; raise LinksSlowed after some."""
    place = links.place_of(secret, "point", point.id.bytes)
    _count(session, point.school_id, place, (links.OF_POINT,), now)
    _mail_link(session, point, LinkKind.TEST, now)


def _mail_link(session: Session, point: ContactPoint, kind: LinkKind, now: datetime) -> None:
    link = _new_link(point, kind, now)
    session.add(link)
    ask_for(session, point, link.id)


def _new_link(point: ContactPoint, kind: LinkKind, now: datetime) -> FamilyLink:
    return FamilyLink(
        id=uuid4(),
        school_id=point.school_id,
        contact_point_id=point.id,
        kind=kind.value,
        created_at=now,
        expires_at=now + links.LIVES[kind],
    )


def show_link_mail(
    session: Session, school_id: UUID, link_id: UUID, secret: bytes, *, now: datetime
) -> dict[str, Any]:
    """Return what the mail of a link says and where it goes, the address sealed.

    Raise NotFound where it need not go any more: pressed, too old, or its contact point gone.
    """
    link = store.find_link(session, school_id, link_id)
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise NoSuch("family_mail")
    point = _point_of(session, link)
    reader = reader_of(session, point, FamilyMailKind(link.kind))
    return {
        "kind": reader.kind,
        "contact_point_id": point.id,
        "guardian_id": reader.id,
        "address": base64.b64encode(point.address).decode(),
        "language": reader.language,
        "token": links.write_link(secret, school_id, link.id),
        "code": None,
        "expires_at": link.expires_at,
    }


def show_link(session: Session, school_id: UUID, link_id: UUID, *, now: datetime) -> LinkKind:
    """Return what a press on a link would do; nothing changes, for scanners fetch links.

    Raise NotFound, LinkUsed, LinkOver; TryLinkUsed, TryLinkOver for the link of a test.
    """
    link = store.find_link(session, school_id, link_id)
    _check_good(link, now)
    assert link is not None
    _point_of(session, link)
    return LinkKind(link.kind)


def press_link(session: Session, school_id: UUID, link_id: UUID, *, now: datetime) -> PressedLink:
    """Use a link, once: let the browser in that holds it, or note that the mail has come.

    Either proves the contact point, whose mail alone brought the link. Raise as
    `show_link`.
    """
    link = store.lock_link(session, school_id, link_id)
    _check_good(link, now)
    assert link is not None
    point = _point_of(session, link)
    link.used_at = now
    note_proof(point, now)
    kind = LinkKind(link.kind)
    if kind is LinkKind.TEST:
        return PressedLink(kind, is_staff=point.guardian_id is None)
    same = family_store.list_points_at(session, school_id, point.kind, point.address_index)
    page = choose_page(session, [point, *same])
    if page is None or page.guardian_id is None:
        raise NoSuch("family_link")
    token = open_session(session, school_id, page.guardian_id, contact_point_id=page.id, now=now)
    _record_sign_in(session, page, page.guardian_id)
    return PressedLink(kind, token)


def _record_sign_in(session: Session, point: ContactPoint, guardian_id: UUID) -> None:
    children = family_store.list_children_of(session, point.school_id, [guardian_id])
    member_ids = [str(member_id) for member_id in children.get(guardian_id, [])]
    actor = Actor(point.school_id, "guardian", guardian_id)
    target = ("contact_point", point.id)
    record_operation(session, actor, FAMILY_SIGNED_IN, target, member_ids=member_ids)


def _check_good(link: FamilyLink | None, now: datetime) -> None:
    if link is None:
        raise NoSuch("family_link")
    is_test = link.kind == LinkKind.TEST.value
    if link.used_at is not None:
        raise TryLinkUsed() if is_test else LinkUsed()
    if link.expires_at <= now:
        raise TryLinkOver() if is_test else LinkOver()


def _point_of(session: Session, link: FamilyLink) -> ContactPoint:
    """Return the contact point to which a link went; raise NotFound where it is gone."""
    point = family_store.find_known_point(session, link.school_id, link.contact_point_id)
    if point is None or point.state == ContactState.ENDED.value:
        raise NoSuch("family_link")
    return point


def forget_old_links(session: Session, *, now: datetime) -> None:
    """Delete links that are over, and what was counted, at all schools. A job."""
    store.forget_links(session, now - links.KEPT_AFTER)
    store.forget_asks(session, now - links.LONGEST_COUNTED)
