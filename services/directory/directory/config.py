"""What the directory is told besides what every house is told."""

from __future__ import annotations

from typing import ClassVar

import common.config
from common.web_push import PUSH_SERVICES


class Settings(common.config.Settings):
    """`key_seconds`: how long a school's data key is kept in memory, five minutes at most.

    `push_services`: the hosts to which an app may lead that registers; `push_town_url`: the
    simulated town's, in a demo. Both as dispatch-push is told them.
    """

    service: ClassVar[str] = "directory"

    key_seconds: float = 300.0
    push_services: tuple[str, ...] = PUSH_SERVICES
    push_town_url: str = ""
