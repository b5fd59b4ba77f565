"""Events that lie in hand at once are handled in one transaction, each school's in its own.

A commit costs more than what such an event writes. It is all or nothing: what does not go together
(an error, an event that was handled before, one that came a second time) is left for the slot,
which takes each by itself, as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from common import metrics
from common.bus.handler import Handler
from common.bus.handling import Handling, Told
from common.bus.held import Line
from common.bus.topology import Queue
from common.bus.transport import Incoming
from common.schemas import Envelope, EventRefused

log = structlog.get_logger()


@dataclass
class Taken:
    """What became of the messages that were taken out: handled, or left for the slot."""

    done: list[Incoming] = field(default_factory=list)
    left: list[Incoming] = field(default_factory=list)


class Together:
    """Handles what may go together (`Handler.together`).

    `is_crowded(line)`: whether other events of a school and queue wait already.
    """

    def __init__(
        self,
        service: str,
        handling: Handling,
        handlers: Mapping[str, Handler],
        is_crowded: Callable[[Line], bool],
    ) -> None:
        self._service = service
        self._handling = handling
        self._handlers = handlers
        self._is_crowded = is_crowded

    def most_of(self, queue: Queue) -> int:
        """Return how many events of a queue one transaction may hold."""
        return max((self._most(key) for key in queue.keys), default=1)

    def _most(self, event_type: str) -> int:
        chosen = self._handlers.get(event_type)
        return 1 if chosen is None else chosen.together

    def take(self, queue: str, messages: Sequence[Incoming]) -> Taken:
        """Handle what goes together."""
        taken = Taken()
        by_school: dict[UUID | None, list[Told]] = {}
        for message in messages:
            event = self._read(queue, message)
            if event is None:
                taken.left.append(message)
            else:
                told = Told(event, message)
                by_school.setdefault(event.school_id, []).append(told)
        for of_school in by_school.values():
            is_done = len(of_school) > 1 and self._handle(queue, of_school)
            messages_of_school = [told.message for told in of_school]
            (taken.done if is_done else taken.left).extend(messages_of_school)
        return taken

    def _read(self, queue: str, message: Incoming) -> Envelope | None:
        """Return a message's event if it may go with others."""
        if message.deliveries:
            # It may be what takes its worker down: by itself it can be found.
            return None
        try:
            event = Envelope.load(message.body)
        except EventRefused:
            return None
        goes = self._most(event.type) > 1 and not self._is_crowded((queue, event.school_id))
        return event if goes else None

    def _handle(self, queue: str, of_school: Sequence[Told]) -> bool:
        """Handle a school's events; return False when nothing of them was done."""
        try:
            self._handling.handle_together(queue, of_school)
        except Exception as error:
            # Each by itself will say what is wrong with it.
            log.info("bus.taken_apart", service=self._service, error=type(error).__name__)
            return False
        for told in of_school:
            metrics.record_handled(self._service, told.event.type, "done")
        return True
