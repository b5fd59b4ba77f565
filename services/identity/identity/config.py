"""What identity is told."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import common.config


class Settings(common.config.Settings):
    """Where the school keys lie, and how much work a password check is."""

    service: ClassVar[str] = "identity"

    keyring_dir: Path
    # A check takes about 0.25 s of a core (2024): little for who signs in, much for who guesses.
    bcrypt_cost: int = 12
    hashing_slots: int = 2  # passwords checked at once: the other threads keep answering for open sessions
    hashing_waiting: int = 8  # who may wait for a slot (about a second); the next is told that we are busy
