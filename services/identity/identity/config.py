"""What identity is told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field

from common.config import PublicSettings, SettingsRefused
from common.hashing import HashingPlaces

# They have a place of their own: a rush of staff must not keep out who would mend it.
OPERATORS_SLOTS = 1
# What the operator names of the city's provider: all of it or nothing.
CITY = ("issuer", "client_id", "client_secret", "name", "mail_domains")
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class CityProvider:
    """Who says who somebody is in the city's stead, and as whom we are known there.

    `issuer`: the address by which the provider names itself; `name`: how people call its accounts;
    `mail_domains`: of these accounts, in small letters.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    mail_domains: frozenset[str]

    @property
    def is_on_this_machine(self) -> bool:
        return urlsplit(self.issuer).hostname in THIS_MACHINE

    def may_be_asked(self, address: str) -> bool:
        """Return whether nobody on the way reads along: https, or this machine if it is there."""
        parts = urlsplit(address)
        if parts.scheme == "https" and parts.hostname:
            return True
        is_here = self.is_on_this_machine and parts.hostname in THIS_MACHINE
        return parts.scheme == "http" and is_here


class Settings(PublicSettings):
    """Where the school keys lie, how much work a password check is, and whose network is trusted.

    A sign-in holds a thread until its password is checked. So that open sessions are answered
    meanwhile, all places for it together are at most half of `web_threads`.

    `networks_never_slowed`: a city's, as a JSON list (`["198.51.100.0/24"]`).
    Passkeys belong to the host of `base_url`: under another one they are worth nothing.
    `city_…`: the provider by whose accounts staff may sign in (`CityProvider`); all of them are
    named, or none is and nothing is offered.
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
    city_issuer: str = ""
    city_client_id: str = ""
    city_client_secret: str = Field("", repr=False)
    city_name: str = Field("", max_length=40)
    city_mail_domains: tuple[str, ...] = ()

    @classmethod
    def load(cls, **values: Any) -> Self:
        """Read the settings.

        Raise SettingsRefused, too, where sign-ins could hold every thread, or the city's provider
        is named by half or would be asked where others read along.
        """
        settings = super().load(**values)
        settings.check_city()
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

    @property
    def city(self) -> CityProvider | None:
        """Return the city's provider; None where none is offered."""
        if not self.city_issuer:
            return None
        return CityProvider(
            issuer=self.city_issuer,
            client_id=self.city_client_id,
            client_secret=self.city_client_secret,
            name=self.city_name,
            mail_domains=frozenset(domain.lower() for domain in self.city_mail_domains),
        )

    @property
    def city_places(self) -> int:
        """Return how many may come back from the city's provider at once: each asks it and waits.

        A quarter of the threads, so that with the passwords' half one is left for who is signed in.
        """
        return max(1, self.web_threads // 4)

    def check_city(self) -> None:
        """Raise SettingsRefused where the city's provider can't be asked as it is named."""
        given = [name for name in CITY if getattr(self, f"city_{name}")]
        missing = [f"RENRAKU_CITY_{name.upper()}" for name in CITY if name not in given]
        if given and missing:
            raise SettingsRefused(
                "The city's provider is named by half: set these too, or none of them.\n  "
                + "\n  ".join(missing)
            )
        city = self.city
        if city is not None and not city.may_be_asked(city.issuer):
            raise SettingsRefused(
                f"RENRAKU_CITY_ISSUER={city.issuer} must begin with https://, because whoever "
                "reads along could sign in as anybody (http:// is for this machine alone)."
            )
