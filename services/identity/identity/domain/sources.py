"""Where a try to sign in comes from: a device that is known, else a network."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from common.errors import Invalid
from common.guessing import Address, Where, network_of, read_address
from identity.domain.devices import DeviceKey

Network = IPv4Network | IPv6Network
# The widest network that a school may call its own, by version: what a large city has.
WIDEST = {4: 16, 6: 32}


class NetworkInvalid(Invalid):
    """This is no network, or too wide to be a school's own."""

    def __init__(self, text: str) -> None:
        super().__init__(
            "network_invalid",
            "This is no network of a school.",
            fields={"networks": text},
        )


def is_within(address: Address | None, networks: Iterable[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


@dataclass(frozen=True, slots=True)
class Source:
    """By what a try for a login is counted.

    `tries_index`: where its wrong tries stand, of the device or of all others of the network.
    `network_index`: where those of the whole network stand; None where these don't matter.
    """

    login_index: bytes
    where: Where
    tries_index: bytes
    network_index: bytes | None
    address: Address | None

    @classmethod
    def of_all_places(cls, index: bytes) -> Source:
        """Return the source by which something is counted wherever it comes from.

        `index`: 32 bytes that stand for what is counted.
        """
        return cls(index, Where.NETWORK, index, None, None)

    def freed_by(self, networks: Iterable[str]) -> Source:
        """Return the source as it counts for an account whose school calls these networks its own.

        `networks`: each as in `198.51.100.0/24`.
        """
        own = (ip_network(text) for text in networks)
        return replace(self, network_index=None) if is_within(self.address, own) else self


@dataclass(frozen=True)
class Sources:
    """Tells where the tries of one kind of people come from: of staff, or of operators.

    `material`: 32 bytes, of each kind its own, so that neither's tries count for the other.
    `never_slowed`: networks of which the whole never counts.
    """

    material: bytes = field(repr=False)
    devices: DeviceKey
    never_slowed: tuple[Network, ...] = ()

    def read(
        self, login_index: bytes, remote_address: str, device: str | None, *, now: datetime
    ) -> Source:
        """Return where a try comes from. `device`: the cookie as the browser sent it."""
        address = read_address(remote_address)
        nonce = self.devices.find(device, login_index, now=now)
        if nonce is not None:
            tries_index = self._index("device", login_index + nonce)
            return Source(login_index, Where.DEVICE, tries_index, None, address)
        network = network_of(address).encode()
        tries_index = self._index("login", login_index + network)
        is_free = is_within(address, self.never_slowed)
        network_index = None if is_free else self._index("network", network)
        return Source(login_index, Where.NETWORK, tries_index, network_index, address)

    def _index(self, kind: str, what: bytes) -> bytes:
        """Return 32 bytes that stand for a place, which itself is not kept."""
        return hmac.digest(self.material, kind.encode() + b" " + what, hashlib.sha256)


def read_networks(texts: Iterable[str]) -> list[str]:
    """Return networks that a school calls its own in their one spelling.

    Raise Invalid `network_invalid` for what is none, and for one that is nobody's own: whoever
    names half of the world there switches the slowing off.
    """
    networks = []
    for text in texts:
        try:
            network = ip_network(text.strip())
        except ValueError:
            raise NetworkInvalid(text) from None
        if network.prefixlen < WIDEST[network.version]:
            raise NetworkInvalid(text)
        networks.append(str(network))
    return list(dict.fromkeys(networks))
