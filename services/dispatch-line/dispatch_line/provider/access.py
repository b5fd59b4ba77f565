"""How LINE is reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineAccess:
    """How LINE is reached. `timeout` in seconds: the sdk's own default is five minutes."""

    url: str
    timeout: float = 10.0

    @property
    def data_url(self) -> str:
        """Return where LINE takes files: it has a host of its own for them."""
        return self.url.replace("://api.line.me", "://api-data.line.me")
