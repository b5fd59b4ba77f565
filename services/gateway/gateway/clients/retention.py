"""What the gateway asks retention: what becomes of a school whose contract ends (RET-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.answers.retention import CalendarOut, ErasureOut, ErasurePageOut
from common.errors import NotFound, ServiceError, Unauthenticated
from common.web.client import every_page
from gateway.clients import calls
from gateway.clients.asking import Asker, page_params
from gateway.clients.calls import Call

# The banner of an ended school stands on every page: none waits for it.
ERASURE_SECONDS = 2
# More than end in a year; the rest comes with further calls.
ERASURES_PER_CALL = 500


@dataclass(frozen=True)
class Retention:
    """Retention, as `asker` may ask it."""

    asker: Asker

    def find_own_erasure(self, school_id: str) -> ErasureOut | None:
        """Return the days after the end of the own school's contract.

        None while retention is away or has not heard of it yet.
        """
        path = {"school_id": school_id}
        try:
            return self.asker.ask(calls.ERASURE, path=path, timeout=ERASURE_SECONDS)
        except Unauthenticated:
            raise
        except ServiceError:
            return None

    def find_erasure(self, school_id: UUID) -> ErasureOut | None:
        """Return how far a school's end is, None while its contract has no end (for operators)."""
        try:
            return self.asker.ask(calls.ERASURE, path={"school_id": school_id})
        except NotFound:
            return None

    def erasures(self) -> list[ErasureOut]:
        """Return every erasure, the newest end of a contract first (for operators)."""

        def fetch(after: str | None) -> ErasurePageOut:
            return self.asker.ask(calls.ERASURES, params=page_params(after, ERASURES_PER_CALL))

        return list(every_page(fetch))

    def calendar(self, ended_on: date, grace_days: int) -> CalendarOut:
        """Return the days that would follow from an end; raise Invalid `end_invalid`."""
        wanted = {"ended_on": ended_on.isoformat(), "grace_days": grace_days}
        return self.asker.ask(calls.CALENDAR, params=wanted)

    def hand_over(self, school_id: UUID) -> None:
        """Note that the school was given its certificate; raise NotFound while there is none."""
        self.asker.ask(calls.HAND_OVER, path={"school_id": school_id})

    def certificate(self, call: Call[bytes], school_id: UUID) -> bytes:
        """Return CERTIFICATE (paper) or CERTIFICATE_TO_CHECK (its signed bytes).

        Raise NotFound while there is none.
        """
        return self.asker.file(call, path={"school_id": school_id})
