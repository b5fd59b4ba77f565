"""Mail addresses that nobody has any more: directory has to know, and has to know when one takes
mails again (DLV-4).

Jobs over settled rows, not a part of settling: each notes what it told in the transaction that
tells it, so that after a crash the next run finds what is left. An address is still tried: only so
does anybody learn that it works again.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.bus import outbox
from dispatch_mail.domain.dead_addresses import bounds, end_of_judged, is_burst, is_dead
from dispatch_mail.store import refusals
from dispatch_mail.store.refusals import Recovery, Refusal

AT_ONCE = 500


def report_dead_addresses(session: Session, *, now: datetime) -> None:
    """Judge refusals whose day in Japan is over, oldest first, and tell directory: refused on two
    days is dead, refused once is a doubt.
    """
    taken = refusals.take_unjudged(session, end_of_judged(now), AT_ONCE)
    if not taken:
        return
    counted = _without_bursts(session, taken)
    dead = _dead_of(session, counted)
    refusals.note_judged(session, taken, counted)
    if dead:
        refusals.note_told_dead(session, dead, now)
    for refusal in dead:
        point_id = refusal.contact_point_id
        _tell(session, refusal.school_id, point_id, "user_unknown", refusal.refused_at)
    doubtful = [refusal for refusal in counted if refusal not in dead]
    _tell_doubts(session, doubtful, now)


def _tell_doubts(session: Session, refused: list[Refusal], now: datetime) -> None:
    """Tell of mails that were refused at once; of what came back directory knows since then."""
    new = [refusal for refusal in refused if refusal.told_doubt_at is None]
    if not new:
        return
    known = refusals.list_dead(session, {refusal.contact_point_id for refusal in new})
    refusals.note_told_doubt(session, new, now)
    for refusal in new:
        point = refusal.contact_point_id
        if point not in known:
            _tell(session, refusal.school_id, point, "returned", refusal.refused_at)


def _without_bursts(session: Session, taken: list[Refusal]) -> list[Refusal]:
    """Return the refusals of days on which their domain did not refuse most of its mails."""
    known: dict[tuple[str, date], bool] = {}
    counted = []
    for refusal in taken:
        route = refusal.route
        day = clock.to_jst(refusal.refused_at).date()
        day_of_route = (route, day)
        if day_of_route not in known:
            first, end = bounds(day)
            answers = refusals.count_answers(session, route, first, end)
            known[day_of_route] = is_burst(*answers)
        if known[day_of_route]:
            continue
        counted.append(refusal)
    return counted


def _dead_of(session: Session, counted: list[Refusal]) -> list[Refusal]:
    """Return the second refusals: one for each contact point that is dead since then and not yet
    told of.
    """
    if not counted:
        return []
    points = {refusal.contact_point_id for refusal in counted}
    earlier = defaultdict(list, refusals.list_counted(session, points))
    accepted = refusals.list_accepted(session, points)
    known = refusals.list_dead(session, points)
    dead = []
    for refusal in counted:
        point = refusal.contact_point_id
        refused_at = refusal.refused_at
        is_second = is_dead(
            refused_at,
            earlier[point],
            accepted.get(point),
        )
        if is_second and point not in known:
            dead.append(refusal)
            known.add(point)
        earlier[point].append(refused_at)
    return dead


def report_recovered_addresses(session: Session, *, now: datetime) -> None:
    """Tell directory of contact points held for dead or doubtful that have taken a mail since."""
    latest: dict[UUID, Recovery] = {}
    for recovery in refusals.take_recovered(session, now, AT_ONCE):
        known = latest.setdefault(recovery.contact_point_id, recovery)
        if recovery.accepted_at > known.accepted_at:
            latest[recovery.contact_point_id] = recovery
    for recovery in latest.values():
        _tell(session, recovery.school_id, recovery.contact_point_id, "ok", recovery.accepted_at)


def _tell(
    session: Session, school_id: UUID, contact_point_id: UUID, health: str, since: datetime
) -> None:
    payload = {"contact_point_id": contact_point_id, "health": health, "since": since}
    outbox.put(session, "contact_point.changed", payload, school_id=school_id)
