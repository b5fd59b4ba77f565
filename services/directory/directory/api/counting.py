"""What was typed from a sheet is counted before it is checked, in the browser and in the talk."""

from __future__ import annotations

from common import clock, metrics
from common.errors import Busy
from directory.actions.registration_tries import CountedEntry, count_entry, forgive_entry
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
        forgive_entry(session, counted)


def wrong_codes(left: int | None = None) -> CodesRefused:
    """Return what refuses a try that was wrong. `left`: how many more may be, in a talk."""
    metrics.record_registration_try(WRONG)
    return CodesRefused(left)
