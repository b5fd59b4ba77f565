"""What the gateway asks other houses, a file a house; the answers have their owners' types."""

from __future__ import annotations

from gateway.clients.asking import LOOK_UP_LIMIT, AskedHouse
from gateway.clients.directory import XLSX, NamedGroup
from gateway.clients.houses import Clients

__all__ = ["LOOK_UP_LIMIT", "XLSX", "AskedHouse", "Clients", "NamedGroup"]
