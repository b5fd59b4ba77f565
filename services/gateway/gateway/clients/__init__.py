"""What the gateway asks other houses: as itself (`Clients`), or as who is signed in (`Person`)."""

from __future__ import annotations

from gateway.clients.houses import LOOK_UP_LIMIT, Clients, House
from gateway.clients.person import XLSX, Person

__all__ = ["LOOK_UP_LIMIT", "XLSX", "Clients", "House", "Person"]
