"""The houses of the product by name: every list of them comes from here."""

from __future__ import annotations

from dataclasses import dataclass

from common.words import Channel


@dataclass(frozen=True, slots=True)
class House:
    """A service.

    `channel`: whose deliveries it hands over. `has_store`: it owns a database, hears queues and
    keeps a clock. `erases`: rows of schools lie in that database.
    """

    name: str
    channel: Channel | None = None
    has_store: bool = True
    erases: bool = True

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")


HOUSES = (
    House("identity"),
    House("directory"),
    House("messaging"),
    House("dispatch-mail", Channel.MAIL),
    House("dispatch-line", Channel.LINE),
    House("dispatch-push", Channel.PUSH),
    House("retention", erases=False),
    House("gateway", has_store=False, erases=False),
)
NAMES = tuple(house.name for house in HOUSES)
STORED = tuple(house.name for house in HOUSES if house.has_store)
DISPATCHERS = tuple(house.name for house in HOUSES if house.channel is not None)
ERASING = tuple(house.name for house in HOUSES if house.erases)
# Who signs tokens: each house, and the operator's command line.
SIGNERS = (*NAMES, "operator")
