"""What stands at the foot of a person's page: what they were sent, and what was changed of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import request

from common.answers.directory import MemberOut
from common.answers.messaging import ReceivedPage
from common.rights import Right
from gateway.domain.log_lines import LogLine, lines_of
from gateway.pages import door, errors
from gateway.pages.staff.operation_log import account_names, names_for

PER_PART = 10
# So many things of one person that the log can be asked for; nobody has more contact points.
MOST_TARGETS = 100


@dataclass(frozen=True, slots=True)
class Changes:
    """Lines of the operation log about one person, and where older ones begin."""

    lines: Sequence[LogLine]
    next: str | None


def received_by(found: MemberOut) -> ReceivedPage | None:
    """Return what a person was sent, to who reads messages, as far as they may see each.

    None for who reads none, and while messaging is away.
    """
    if not door.visitor().may(Right.MESSAGES_READ):
        return None
    messaging = door.person().messaging
    member_id = UUID(found["id"])
    after = request.args.get("received") or None
    return errors.answer_or(
        lambda: messaging.received(member_id, after=after, limit=PER_PART), None
    )


def changes_of(found: MemberOut) -> Changes | None:
    """Return what was changed of a person and their contact points, to who sees the log.

    None for who does not, and while identity is away.
    """
    if not door.visitor().may(Right.LOG_SEE):
        return None
    identity = door.person().identity
    wanted = {"targets": _targets_of(found)}
    after = request.args.get("changed") or None
    page = errors.answer_or(
        lambda: identity.operation_log(wanted, after=after, limit=PER_PART), None
    )
    if page is None:
        return None
    names = names_for(page["items"], account_names())
    lines = lines_of(page["items"], names, door.visitor().words)
    return Changes(lines, page["next"])


def _targets_of(found: MemberOut) -> list[str]:
    """Return what the log knows a person by: themselves, and the contact points they have."""
    points = list(found["contact_points"])
    for guardian in found["guardians"]:
        points += guardian["contact_points"]
    targets = [found["id"], *(point["id"] for point in points)]
    return targets[:MOST_TARGETS]
