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
    # Passwords checked at once: with more, no thread would be left to answer for open sessions.
    hashing_slots: int = 2
    # Who may wait for a slot (about a second); the next is told that we are busy.
    hashing_waiting: int = 8
