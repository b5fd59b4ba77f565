"""What the directory is told besides what every house is told."""

from __future__ import annotations

from typing import ClassVar

import common.config


class Settings(common.config.Settings):
    """`key_seconds`: how long a school's data key is kept in memory, five minutes at most."""

    service: ClassVar[str] = "directory"

    key_seconds: float = 300.0
