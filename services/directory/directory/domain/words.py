"""The words of the roster's columns; the database's CHECKs are made from them."""

from __future__ import annotations

from enum import StrEnum


class MemberKind(StrEnum):
    PUPIL = "pupil"
    STAFF = "staff"


class MemberStatus(StrEnum):
    """入学予定・在籍・休学等・転出・卒業; for staff 在職・異動・退職 (DIR-12)."""

    PROSPECTIVE = "prospective"
    ENROLLED = "enrolled"
    SUSPENDED = "suspended"
    TRANSFERRED = "transferred"
    GRADUATED = "graduated"
    ACTIVE = "active"
    MOVED = "moved"
    RETIRED = "retired"


class GroupKind(StrEnum):
    CLASS = "class"
    FREE = "free"
    STAFF = "staff"


class MembershipKind(StrEnum):
    """在籍 in exactly one class, 交流 or belonging in any number of others."""

    ENROLLED = "enrolled"
    JOINED = "joined"


class ImportStage(StrEnum):
    """How far an uploaded roster file is; its page names each.

    waiting → reading → comparing → shown: the preview. shown → confirmed → applying → applied, once
    somebody has pressed. From shown back to waiting when something is decided; from confirmed or
    applying back to shown when nothing could be written. failed: it could not be read.
    """

    WAITING = "waiting"
    READING = "reading"
    COMPARING = "comparing"
    SHOWN = "shown"
    CONFIRMED = "confirmed"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"


# The worker makes the preview, or writes it; a crash leaves them so.
BEING_READ = (ImportStage.WAITING, ImportStage.READING, ImportStage.COMPARING)
BEING_APPLIED = (ImportStage.CONFIRMED, ImportStage.APPLYING)


class ContactState(StrEnum):
    """Stopped: the family used a mail's one-click link, urgent messages still go.

    Ended: never addressed again.
    """

    ACTIVE = "active"
    STOPPED = "stopped"
    ENDED = "ended"


class Reachability(StrEnum):
    """How a person of a list is reached.

    Doubtful: something arrives, and a contact point is dead, stopped or wants a look. Unreached:
    nothing arrives, not even in an emergency; unregistered: of those, who has no contact point.
    """

    REACHED = "reached"
    DOUBTFUL = "doubtful"
    UNREACHED = "unreached"
    UNREGISTERED = "unregistered"


STATUSES: dict[MemberKind, frozenset[MemberStatus]] = {
    MemberKind.PUPIL: frozenset(
        {
            MemberStatus.PROSPECTIVE,
            MemberStatus.ENROLLED,
            MemberStatus.SUSPENDED,
            MemberStatus.TRANSFERRED,
            MemberStatus.GRADUATED,
        }
    ),
    MemberKind.STAFF: frozenset({MemberStatus.ACTIVE, MemberStatus.MOVED, MemberStatus.RETIRED}),
}
# Whom a message reaches and whom heads count.
ADDRESSED = (MemberStatus.ENROLLED.value, MemberStatus.ACTIVE.value)
# Whom the contract's limit counts.
WITHIN_LIMIT = (*ADDRESSED, MemberStatus.SUSPENDED.value)
# Who is at the school or comes to it.
STAYING = (*WITHIN_LIMIT, MemberStatus.PROSPECTIVE.value)
# Pupils who are at the school or will be: no two of them have one seat or one management number.
PRESENT = (
    MemberStatus.PROSPECTIVE.value,
    MemberStatus.ENROLLED.value,
    MemberStatus.SUSPENDED.value,
)


def states_for(lane: str) -> tuple[ContactState, ...]:
    """Return the states of contact points that a lane may use."""
    if lane == "urgent":
        return (ContactState.ACTIVE, ContactState.STOPPED)
    return (ContactState.ACTIVE,)
