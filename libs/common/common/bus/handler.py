"""What a house does with one type of event: gather outside the transaction, act inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from common.schemas import Envelope


@dataclass(frozen=True, slots=True)
class Handler:
    """What to do with one type of event.

    `gather(event) -> facts` runs outside any transaction: HTTP to other houses belongs there.
    `around(facts)` is a context that holds something while the transaction lasts, and gives `act`
    the facts it gets. `act(session, event, facts, *, now)` runs in the transaction that also notes
    the event as received. `even_erased`: also for a school whose data is erased; any other event of
    such a school does nothing. `together`: how many events of a school one transaction may hold;
    more than one where nothing is gathered.
    """

    act: Callable[..., object]
    gather: Callable[[Envelope], Any] | None = None
    even_erased: bool = False
    around: Callable[[Any], AbstractContextManager[Any]] = nullcontext
    together: int = 1

    @contextmanager
    def facts(self, event: Envelope) -> Iterator[Any]:
        """Gather what `act` needs, for a block that opens the transaction and acts."""
        with self.around(self.gather(event) if self.gather else None) as facts:
            yield facts


def handler(
    act: Callable[..., object],
    gather: Callable[[Envelope], Any] | None = None,
    around: Callable[[Any], AbstractContextManager[Any]] = nullcontext,
    *,
    even_erased: bool = False,
) -> Handler:
    """Describe how an event is handled.

    As in `handler(gather=find_page(clients), act=accept_page(policy))`.
    """
    return Handler(act, gather, even_erased, around)


def handler_together(act: Callable[..., object], most: int) -> Handler:
    """Describe how events are handled that come by the hundred, and ask nobody anything."""
    return Handler(act, together=most)


def label_of(event_type: str | None, handlers: Mapping[str, Handler]) -> str:
    """Return an event's type for the metrics: a stranger's words must not make them grow."""
    if event_type and event_type in handlers:
        return event_type
    return "unknown"
