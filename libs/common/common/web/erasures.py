"""Whether a school is to be erased, asked from retention: nobody else is believed about it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from common.answers.retention import ErasureOut
from common.config import Settings
from common.db import Database
from common.errors import NotFound
from common.web.client import ServiceClient

# Of retention's states those in which a school's rows go, or are gone.
BEGUN = frozenset({"erasing", "erased", "certified"})


def ask_retention(settings: Settings, database: Database) -> Callable[[UUID], bool]:
    """Return `is_due(school_id)` for a house: whether the school's erasure has begun.

    Where the school is marked as erased, retention has said so already, and is not asked again for
    every batch. Raises Unavailable while retention is away.
    """
    retention = ServiceClient.of(settings, "retention")

    def is_due(school_id: UUID) -> bool:
        if database.has_erased(school_id):
            return True
        try:
            path = {"school_id": school_id}
            answer: ErasureOut = retention.call(
                "GET", "/erasures/{school_id}", path=path, school_id=school_id
            )
        except NotFound as unknown:
            if unknown.code != "erasure_not_found":
                raise
            return False
        return answer["state"] in BEGUN

    return is_due
