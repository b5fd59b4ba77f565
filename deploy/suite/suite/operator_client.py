"""The operator's hands: calls to the houses' APIs, signed by the operator's key."""

from __future__ import annotations

from dataclasses import dataclass

from common.keys import Keys
from common.web.client import ServiceClient
from suite.houses import HOUSES


@dataclass(frozen=True)
class OperatorClients:
    """The houses as the operator's commands see them."""

    identity: ServiceClient
    directory: ServiceClient
    messaging: ServiceClient
    dispatch_line: ServiceClient

    @classmethod
    def from_environment(cls) -> OperatorClients:
        settings = HOUSES["identity"].settings()
        keys = Keys(settings.keys_dir, "operator")

        def client(house: str) -> ServiceClient:
            return ServiceClient(house, settings.url_of(house), keys)

        return cls(
            identity=client("identity"),
            directory=client("directory"),
            messaging=client("messaging"),
            dispatch_line=client("dispatch-line"),
        )

    def close(self) -> None:
        """Close every connection."""
        for client in (self.identity, self.directory, self.messaging, self.dispatch_line):
            client.close()
