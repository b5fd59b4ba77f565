"""What a worker's thread does with one event: check who said it, gather, act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock, pulse
from common.bus import inbox, parked, signatures
from common.bus.handler import Handler
from common.bus.transport import Incoming
from common.db import Database
from common.db.erasure import SchoolErased
from common.keys import Keys
from common.schemas import Envelope

# Other houses may take their whole patience, several times, and statements theirs.
HANDLER_SECONDS = 300.0


class HandledBefore(Exception):
    """One of several events is in the inbox already."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and the message that brought it."""

    event: Envelope
    message: Incoming


class Handling:
    """Handles events, each in one transaction with its inbox row."""

    def __init__(self, keys: Keys, database: Database, handlers: Mapping[str, Handler]) -> None:
        self._keys = keys
        self._database = database
        self._handlers = handlers

    def handle(self, queue: str, event: Envelope, message: Incoming) -> str:
        """Check who said it, gather and act.

        Return `done`, `seen` when the event was handled before, `erased` when its school is no
        more.
        """
        self._database.clock.demand()
        signatures.check(self._keys, event.type, message)
        chosen = self._handlers[event.type]
        school_id = event.school_id
        asks_others = chosen.gather and not chosen.even_erased
        if asks_others and school_id and self._database.has_erased(school_id):
            # Other houses need not be asked about it.
            return "erased"
        try:
            with (
                pulse.step(f"handle.{event.type}", HANDLER_SECONDS),
                chosen.facts(event) as facts,
                self._open(school_id, chosen) as session,
            ):
                now = clock.now()
                if not inbox.first_time(session, queue, event.id, now):
                    return "seen"
                if event.type in signatures.OWNERS:
                    parked.forget_unsigned(session, queue, event.id)
                chosen.act(session, event, facts, now=now)
        except SchoolErased:
            return "erased"
        return "done"

    def handle_together(self, queue: str, of_school: Sequence[Told]) -> None:
        """Act on several events of one school in one transaction.

        Raises what keeps one of them from it, and HandledBefore: then nothing is done.
        """
        self._database.clock.demand()
        for told in of_school:
            signatures.check(self._keys, told.event.type, told.message)
        first = of_school[0].event
        now = clock.now()
        ids = [told.event.id for told in of_school]
        with (
            pulse.step(f"handle.{first.type}", HANDLER_SECONDS),
            self._open(first.school_id, self._handlers[first.type]) as session,
        ):
            if not inbox.first_time_of_all(session, queue, ids, now):
                raise HandledBefore
            for told in of_school:
                self._handlers[told.event.type].act(session, told.event, None, now=now)

    def _open(self, school_id: UUID | None, chosen: Handler) -> AbstractContextManager[Session]:
        if school_id is None:
            return self._database.for_system()
        return self._database.for_school(school_id, even_erased=chosen.even_erased)
