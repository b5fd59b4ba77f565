"""The town: the outside world, simulated. Mail that Renraku hands to the town's relay goes no further than the town's
mailboxes, where a person can look at it as on a phone; each domain under `town.test` behaves like one that exists
outside (full, slow, greylisting, gone). It checks what it receives as the real one does, and is the same for the demo,
the tests and the benchmark. It is no part of the product and imports nothing of it but the clock.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from .control import RelayControl, RelaySettings
from .fcm import Fcm
from .line import LineTown
from .mailboxes import Mailboxes
from .names import Names
from .phones import Phones
from .relay import Relay
from .service_account import FILE_NAME


@dataclass(frozen=True)
class TownSettings:
    """Where the town keeps its mail, and the pace (seconds a mail) that it starts with."""

    path: Path
    pace: float = 0.0
    relay: RelaySettings = field(default_factory=RelaySettings)
    tls: ssl.SSLContext | None = None


class Town:
    """The mailboxes and the relay together. `mailboxes`, `fcm`, `line`, `names` and `control` are what the page needs."""

    def __init__(self, settings: TownSettings) -> None:
        self.mailboxes = Mailboxes(settings.path)
        self.fcm = Fcm(Phones(settings.path.with_stem(f"{settings.path.stem}-phones")), settings.path.with_name(FILE_NAME))
        self.line = LineTown(settings.path.with_stem(f"{settings.path.stem}-line"))
        self.names = Names(settings.path.with_stem(f"{settings.path.stem}-names"))
        self.control = RelayControl(settings.relay)
        self.control.set_pace(settings.pace)
        self._relay = Relay(self.mailboxes, self.control, settings.tls)

    async def start(self) -> int:
        """Open the relay in the running event loop and return its port."""
        return await self._relay.start()

    async def stop(self) -> None:
        """Close the relay and then the mailboxes, with all that was taken written."""
        await self._relay.stop()
        self.mailboxes.close()
