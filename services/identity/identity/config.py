"""What identity is told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field

from common.config import PublicSettings, SettingsRefused

# They have a place of their own: a rush of staff must not keep out who would mend it.
OPERATORS_SLOTS = 1


@dataclass(frozen=True, slots=True)
class HashingPlaces:
    """How many passwords are checked at once, and how many more may wait for that."""

    slots: int
    waiting: int = 0

    @property
    def together(self) -> int:
        return self.slots + self.waiting


class Settings(PublicSettings):
    """Where the school keys lie, how much work a password check is, and whose network is trusted.

    A sign-in holds a thread until its password is checked. So that open sessions are answered
    meanwhile, all places for it together are at most half of `web_threads`.

    `networks_never_slowed`: a city's, as a JSON list (`["198.51.100.0/24"]`).
    Passkeys belong to the host of `base_url`: under another one they are worth nothing.
    """

    service: ClassVar[str] = "identity"

    keyring_dir: Path
    # A check takes about 0.25 s of a core (2024): little for who signs in, much for who guesses.
    bcrypt_cost: int = 12
    # Passwords checked at once; 0: half the cores, shared by the processes, as far as threads go.
    hashing_slots: int = Field(0, ge=0)
    # Who may wait for a slot; the next is told that we are busy. None: what half the threads leave.
    hashing_waiting: int | None = Field(None, ge=0)
    networks_never_slowed: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def load(cls, **values: Any) -> Self:
        """Read the settings; raise SettingsRefused, too, where sign-ins could hold every thread."""
        settings = super().load(**values)
        staff = settings.staff_places
        if staff.together > settings.most_staff_places:
            raise SettingsRefused(
                f"RENRAKU_HASHING_SLOTS={staff.slots} and RENRAKU_HASHING_WAITING={staff.waiting}, "
                f"with {OPERATORS_SLOTS} place for operators, are more than half of "
                f"RENRAKU_WEB_THREADS={settings.web_threads}: while passwords are checked, open "
                "sessions would wait. Have fewer places, or more threads (4 at least)."
            )
        return settings

    @property
    def staff_places(self) -> HashingPlaces:
        """Return how many of staff may have their password checked, or wait for it, at once."""
        slots = self.hashing_slots or self._usual_slots
        waiting = self.hashing_waiting
        if waiting is None:
            waiting = max(0, self.most_staff_places - slots)
        return HashingPlaces(slots, waiting)

    @property
    def _usual_slots(self) -> int:
        half_the_cores = len(os.sched_getaffinity(0)) // 2
        of_this_process = half_the_cores // max(1, self.web_processes)
        return max(1, min(of_this_process, self.most_staff_places))

    @property
    def most_staff_places(self) -> int:
        """Return how many places of half the threads are left for staff."""
        return self.web_threads // 2 - OPERATORS_SLOTS
