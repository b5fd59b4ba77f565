"""What was typed from a sheet is counted before it is checked, in the browser and in the talk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from common import clock, metrics
from common.errors import Busy, ServiceError
from directory.actions.registration_tries import (
    CountedEntry,
    count_entry,
    forgive_entry,
    take_back_entry,
)
from directory.api import door
from directory.domain.registration.errors import CodesRefused
from directory.domain.registration.trying import TriedPlace

RESULTS = RIGHT, WRONG, REFUSED = "right", "wrong", "refused"


def count_typed(place: TriedPlace) -> CountedEntry:
    """Count a try before it is checked; raise Busy where it has to wait."""
    with door.database().for_system() as session:
        counted = count_entry(session, place, now=clock.now())
    if isinstance(counted, Busy):
        metrics.record_registration_try(REFUSED)
        raise counted
    return counted


def forgive_typed(counted: CountedEntry) -> None:
    """Note that a try was right."""
    metrics.record_registration_try(RIGHT)
    with door.database().for_system() as session:
        forgive_entry(session, counted, now=clock.now())


@contextmanager
def forgiving(counted: CountedEntry) -> Iterator[None]:
    """Take a try back that is refused in here: it was no wrong code, such as while a house is away.

    What is wrong is refused behind it.
    """
    try:
        yield
    except ServiceError:
        with door.database().for_system() as session:
            take_back_entry(session, counted, now=clock.now())
        raise


def wrong_codes(left: int | None = None) -> CodesRefused:
    """Return what refuses a try that was wrong. `left`: how many more may be, in a talk."""
    metrics.record_registration_try(WRONG)
    return CodesRefused(left)
