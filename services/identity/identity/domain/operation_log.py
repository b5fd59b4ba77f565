"""How the operation log is read.

Which lines are wanted, where a page begins, and what is folded under one line (ID-9).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from common.clock import JST, to_jst
from common.errors import Invalid
from common.operations import MESSAGE_CONFIRMED

# A message to a whole school brings hundreds of these in an evening: the first of a message and day
# stands for all of them.
FOLDED_ACTIONS = frozenset({MESSAGE_CONFIRMED.name})
# So many are read in 0.5 to 1 s and are 5 MB on their way to the gateway: with more, who asked
# would wait without a word.
EXPORT_LINES = 10_000


@dataclass(frozen=True, slots=True)
class LogPlace:
    """A line's place in the log: by the time of the act, within one moment by its id.

    Not by its position, which it has only once it is sealed: a page that is being turned meanwhile
    would lose its place.
    """

    at: datetime
    id: UUID

    def key(self) -> str:
        """Return the place as it stands in an address."""
        return f"{self.at.isoformat()}_{self.id}"


def read_place(text: str) -> LogPlace:
    """Return the place that a key names; raise Invalid for what no page has given."""
    moment, _, line_id = text.partition("_")
    try:
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError("without its zone")
        return LogPlace(at.astimezone(UTC), UUID(line_id))
    except (ValueError, OverflowError):
        raise Invalid(
            "invalid",
            "This is no place in the list.",
            fields={"after": "not_a_key"},
        ) from None


@dataclass(frozen=True, slots=True)
class WantedLines:
    """Which lines are wanted.

    What is left out limits nothing. `first_day`, `last_day`: whole days in Japan, both included.
    `targets`: to what it was done, whatever these are.
    """

    actor_kind: str | None = None
    actor_id: UUID | None = None
    actions: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    targets: tuple[UUID, ...] = ()

    def begins(self) -> datetime | None:
        """Return the first moment that is wanted."""
        if self.first_day is None or self.first_day == date.min:
            return None
        return _midnight(self.first_day)

    def ends(self) -> datetime | None:
        """Return the first moment that is not wanted any more."""
        if self.last_day is None or self.last_day == date.max:
            return None
        return _midnight(self.last_day + timedelta(days=1))


def day_in_japan(moment: datetime) -> date:
    """Return the day on which a moment is in Japan."""
    return to_jst(moment).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=JST)
