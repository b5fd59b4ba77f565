"""What a delivery needs of other houses before anything is handed over, and what it means when they refuse it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from common.delivery.outcomes import Deferred, Outcome, Reason, Refused
from common.errors import ServiceError, Unavailable

log = structlog.get_logger()

# The codes by which an owner says that what was asked for is erased. No status says so, and no other code.
GONE = {"message_unknown", "school_erased", "key_destroyed"}


class NotToBeHad(Exception):
    """A house that answers does not give what a message needs. `outcome`: of each of its deliveries."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@contextmanager
def needed() -> Iterator[None]:
    """Around what a message needs: raises NotToBeHad for this message alone, or Unavailable while the house is away for all.

    What is refused without being gone, or can't be read, is tried again up the ladder: somebody has to mend it first, and other
    messages must not wait meanwhile.
    """
    try:
        yield
    except Unavailable:
        raise
    except ServiceError as error:
        if error.code in GONE:
            raise NotToBeHad(Refused(Reason.CANCELLED, 0, "gone")) from error
        log.error("delivery.needs_refused", code=error.code)
        raise NotToBeHad(Deferred(Reason.OTHER, 0, error.code, None)) from error
    except (KeyError, TypeError, ValueError) as error:
        log.error("delivery.needs_unreadable", error=type(error).__name__)
        raise NotToBeHad(Deferred(Reason.OTHER, 0, "unreadable", None)) from error
