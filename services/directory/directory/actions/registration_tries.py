"""Count tries for the codes of a sheet, by what was typed and by network (ADR 32, DIR-8).

A try is counted before it is checked; a right one is forgiven. Nobody elsewhere is kept out, and a
network that guesses waits, and is never shut.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.errors import Busy
from common.guessing import (
    CALM_TRIES,
    NETWORK_WINDOW,
    Tries,
    Where,
    count_try,
    delay_of,
)
from directory.domain.registration.trying import TriedPlace
from directory.store import registration_tries as store
from directory.store.models import RegistrationAttempt

NO_TRIES = Tries(0, None)


@dataclass(frozen=True, slots=True)
class CountedEntry:
    """A try that is counted and not yet judged.

    `begins_lock`: if it is wrong too, this sheet is locked for this network from now on, or the
    network is slowed. `left`: how many more may be wrong; `before`: the tries without this one.
    """

    place: TriedPlace
    attempt_id: UUID
    begins_lock: bool
    left: int
    before: Tries


def count_entry(session: Session, place: TriedPlace, *, now: datetime) -> CountedEntry | Busy:
    """Count a try, or return why it is not to be checked now.

    To be committed either way: whoever is told to wait has a place in the line from then on.
    """
    before = store.TRIES.lock(session, place.tries_index, now)
    wrong_ones = store.count_attempts(session, place.network_index, now - NETWORK_WINDOW)
    free = place.free_tries
    counted = count_try(before, Where.NETWORK, free=free, delay=delay_of(wrong_ones), now=now)
    store.TRIES.write(session, place.tries_index, counted.tries)
    if counted.refusal is not None:
        return counted.refusal
    attempt = RegistrationAttempt(id=uuid4(), network_index=place.network_index, at=now)
    session.add(attempt)
    failed_count = counted.tries.failed_count
    is_last_free = failed_count == free
    is_last_calm = wrong_ones + 1 == CALM_TRIES
    return CountedEntry(
        place,
        attempt.id,
        begins_lock=is_last_free or is_last_calm,
        left=max(0, free - failed_count),
        before=before,
    )


def forgive_entry(session: Session, counted: CountedEntry, *, now: datetime) -> None:
    """Forget the wrong tries of who has shown to hold the sheet."""
    place = counted.place
    if place.keeps_count:
        take_back_entry(session, counted, now=now)
        return
    store.forgive(session, place.tries_index, NO_TRIES, counted.attempt_id)


def take_back_entry(session: Session, counted: CountedEntry, *, now: datetime) -> None:
    """Forget this try alone, which was no wrong one; those before and beside it stay."""
    place = counted.place
    stand = store.TRIES.lock(session, place.tries_index, now)
    fewer = max(0, stand.failed_count - 1)
    others = Tries(fewer, counted.before.next_at)
    store.forgive(session, place.tries_index, others, counted.attempt_id)


def purge_tries(session: Session, *, now: datetime) -> None:
    """Forget tries of more than a day ago. A job."""
    store.purge_tries(session, now)
