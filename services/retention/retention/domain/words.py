"""The words that retention's rows are kept to."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class ErasureState(StrEnum):
    """Where a school is: under contract still, read-only, its rows going, all gone, key destroyed
    and certified.
    """

    WAITING = "waiting"
    READ_ONLY = "read_only"
    ERASING = "erasing"
    ERASED = "erased"
    CERTIFIED = "certified"


NOT_BEGUN = (ErasureState.WAITING, ErasureState.READ_ONLY)
UNDER_WAY = (ErasureState.ERASING, ErasureState.ERASED)


class StepState(StrEnum):
    """Whether a house has answered."""

    WAITING = "waiting"
    DONE = "done"


class Alarm(IntEnum):
    """How late an erasure is; an alarm only climbs."""

    NONE = 0
    FIRST = 1
    SECOND = 2
    HARD = 3
