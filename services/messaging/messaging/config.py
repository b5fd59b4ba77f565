"""Settings of messaging."""

from __future__ import annotations

from typing import ClassVar

import common.config
from common.words import CHANNELS

# Children of a page of the fan-out. A page ends with a whole household, so that it may grow a
# little, and must still fit into two events of 500: a third, nearly empty one would cost every
# dispatcher a transaction.
PAGE_HEADS = 960


class Settings(common.config.Settings):
    """What messaging is told besides what every house is told.

    `link_days`: how long a reading link works after the release. `snapshot_minutes`: how old a
    confirmed audience may be when it is sent to. `profile_seconds`: how long a school's profile is
    kept in memory. `channels`: which dispatchers run here, and so who must answer for every child.
    """

    service: ClassVar[str] = "messaging"

    channels: tuple[str, ...] = CHANNELS
    link_days: int = 90
    snapshot_minutes: int = 30
    profile_seconds: int = 60
    fan_out_page: int = PAGE_HEADS
