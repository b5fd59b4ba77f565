"""By which way a school lets its people in: by password or the city's account, from where (ID-14).

What a school demands binds all but its administrators, so that no setting, and no change of the
city's or of the school's network, can lock everybody out who could take it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from common.errors import Invalid, Refused
from common.guessing import Address
from identity.domain.sources import is_within
from identity.domain.words import Role, SignInBy


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody comes in. `address`: from where; `browser`: in words, for the list of sessions.

    `is_federated`: the city's provider says who it is; else a password does. `is_new_device`: they
    have never come in from it; the provider tells of new ones by itself.
    """

    is_federated: bool
    address: Address | None
    browser: str
    is_new_device: bool = False


@dataclass(frozen=True, slots=True)
class EntryRule:
    """What a school demands. `networks`: its own, each as in `198.51.100.0/24`.

    `networks_only`: a password is taken from these alone.
    """

    sign_in_by: SignInBy
    networks: tuple[str, ...] = ()
    networks_only: bool = False

    def admits(self, role: Role, *, is_federated: bool) -> bool:
        """Return whether who came in by this way may be here."""
        wanted = SignInBy.CITY if is_federated else SignInBy.PASSWORD
        return role is Role.ADMINISTRATOR or self.sign_in_by in (SignInBy.ANY, wanted)

    def refusal(self, role: Role, way: Way) -> Refused | None:
        """Return why somebody may not come in by this way; None: they may."""
        if not self.admits(role, is_federated=way.is_federated):
            return DemandsPassword() if way.is_federated else DemandsCity()
        if way.is_federated or role is Role.ADMINISTRATOR or not self.networks_only:
            return None
        own = (ip_network(text) for text in self.networks)
        return None if is_within(way.address, own) else OutsideNetworks()


class DemandsCity(Refused):
    """The school takes no passwords but its administrators'."""

    def __init__(self) -> None:
        super().__init__("sign_in_by_city", "This school signs in by the city's account.")


class DemandsPassword(Refused):
    """The school takes the city's account from its administrators only."""

    def __init__(self) -> None:
        super().__init__("sign_in_by_password", "This school signs in by password.")


class OutsideNetworks(Refused):
    """The school takes passwords from its own networks only."""

    def __init__(self) -> None:
        super().__init__("outside_networks", "Passwords are taken from the school's networks only.")


class NetworksMissing(Invalid):
    """A school can't demand its own networks while it has named none."""

    def __init__(self) -> None:
        super().__init__("networks_missing", "Name a network first.")
