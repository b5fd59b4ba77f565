"""A school's data key: asked from identity, held in memory for five minutes at most (trust.md)."""

from __future__ import annotations

import asyncio
import base64
import threading
import weakref
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import bus, cache, clock
from common.answers.identity import KeyOut
from common.cache import Bounded
from common.crypto import SchoolKey
from common.schemas import Envelope
from common.web.client import ServiceClient

LONGEST_SECONDS = 300.0
# What this process holds: in standalone mode of every house.
_everywhere: weakref.WeakSet[SchoolKeys] = weakref.WeakSet()


class SchoolKeys:
    """The data keys that a house uses, by school; safe to share between threads.

    A missing key is asked from identity, which is refused inside a transaction (`TransactionOpen`):
    a handler gets its key in `gather`. `ttl` in seconds can shorten the five minutes, never
    lengthen them.
    """

    def __init__(self, client: ServiceClient, ttl: float = LONGEST_SECONDS) -> None:
        self._client = client
        self._held = Bounded[UUID, SchoolKey](seconds=min(ttl, LONGEST_SECONDS))
        self._guard = threading.Lock()
        self._drops = 0
        _everywhere.add(self)

    async def fetch(self, school_id: UUID) -> SchoolKey:
        """Do as `get` without keeping the event loop waiting.

        A thread is asked only for a key that is not held.
        """
        held = self._held.get(school_id)
        if held is not None:
            return held
        return await asyncio.to_thread(self.get, school_id)

    def get(self, school_id: UUID) -> SchoolKey:
        """Return the school's key.

        Raises NotFound, Refused `key_destroyed`, or Unavailable while identity is away.
        """
        held = self._held.get(school_id)
        if held is not None:
            return held
        with self._guard:
            drops = self._drops
        asked = clock.monotonic()
        path = {"school_id": school_id}
        answer: KeyOut = self._client.call(
            "GET", "/keys/{school_id}", path=path, school_id=school_id
        )
        key = SchoolKey(school_id, base64.b64decode(answer["material"], validate=True))
        with self._guard:
            if drops == self._drops:  # a key dropped while it was on its way is not kept
                self._held.put(school_id, key, since=asked)
        return key

    def drop(self, school_id: UUID) -> None:
        """Forget a school's key at once: it was destroyed or replaced."""
        with self._guard:
            self._drops += 1
            self._held.drop(school_id)


def drop_key(_session: Session, event: Envelope, _facts: Any, *, now: datetime) -> None:
    """Forget a school's key, and what was made of its texts, in this process (`key.destroyed`).

    Another process forgets the key within five minutes, the rest within ten.
    """
    assert event.school_id is not None
    cache.forget_school(event.school_id)
    for held in list(_everywhere):
        held.drop(event.school_id)


KEY_DESTROYED = bus.handler(drop_key, even_erased=True)
