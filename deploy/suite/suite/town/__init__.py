"""The town: the outside world, simulated.

Mail that Renraku hands to the town's relay goes no further than the town's mailboxes, where a
person can look at it as on a phone; each domain under `town.test` behaves like one that exists
outside (full, slow, greylisting, gone). It checks what it receives as the real one does, and is the
same for the demo, the tests and the benchmark. It is no part of the product and imports nothing of
it but the clock.
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
from .postman import Postman
from .relay import Relay
from .service_account import FILE_NAME


@dataclass(frozen=True)
class TownSettings:
    """Where the town keeps its mail, and the pace (seconds a mail) that it starts with.

    `inbound_port`: where it brings mails that come back; 0: nothing comes back.
    """

    path: Path
    pace: float = 0.0
    relay: RelaySettings = field(default_factory=RelaySettings)
    tls: ssl.SSLContext | None = None
    inbound_port: int = 0


class Town:
    """The mailboxes and the relay together.

    `mailboxes`, `fcm`, `line`, `names`, `postman` and `control` are what the page needs.
    """

    def __init__(self, settings: TownSettings) -> None:
        path = settings.path
        self.mailboxes = Mailboxes(path)
        phones = Phones(_beside(path, "phones"))
        self.fcm = Fcm(phones, path.with_name(FILE_NAME))
        self.line = LineTown(_beside(path, "line"))
        self.names = Names(_beside(path, "names"))
        self.control = RelayControl(settings.relay)
        self.control.set_pace(settings.pace)
        self.postman = Postman(settings.inbound_port)
        self._relay = Relay(self.mailboxes, self.control, self.postman, settings.tls)

    async def start(self) -> int:
        """Open the relay in the running event loop and return its port."""
        return await self._relay.start()

    async def stop(self) -> None:
        """Close the relay and then the mailboxes, with all that was taken written."""
        await self._relay.stop()
        self.mailboxes.close()


def _beside(path: Path, what: str) -> Path:
    """Return the path of another file of the same town: town.db, town-line.db."""
    return path.with_stem(f"{path.stem}-{what}")
