"""How the gateway asks another house: in its own name, or as who is signed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

from gateway.clients.calls import Call

# Directory's and messaging's limit for one look-up.
LOOK_UP_LIMIT = 500

Answer = TypeVar("Answer")


class AskedHouse(Protocol):
    """Another house, as `common.web.client.ServiceClient` reaches it."""

    def call(
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, Any] | None = None,
        school_id: UUID | None = None,
        user_token: str | None = None,
        **request: Any,
    ) -> Any: ...

    def send(
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, Any] | None = None,
        user_token: str | None = None,
        timeout: float = ...,
    ) -> Any:
        """As `call`, returning the whole answer."""


@dataclass(frozen=True)
class Asker:
    """Who asks the other houses. `token`: of the person who is signed in, None for the gateway."""

    houses: Mapping[str, AskedHouse]
    token: str | None = None

    def ask(self, call: Call[Answer], **request: Any) -> Answer:
        """Make a call and return its answer; raise the error that the house answered."""
        house = self.houses[call.service]
        answer: Answer = house.call(call.method, call.template, **self._spoken(request))
        return answer

    def file(self, call: Call[bytes], **request: Any) -> bytes:
        """Return the file that a call gives; raise the error that the house answered."""
        house = self.houses[call.service]
        answer = house.send(call.method, call.template, **self._spoken(request))
        content: bytes = answer.content
        return content

    def _spoken(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return a request with the token of who is signed in."""
        if self.token is None:
            return request
        return {**request, "user_token": self.token}


def page_params(after: str | None, limit: int) -> dict[str, Any]:
    """Return the parameters that ask for a page of a list; the first one comes after nothing."""
    params: dict[str, Any] = {"limit": limit}
    if after:
        params["after"] = after
    return params


def in_calls(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield ids, so many at a time as one call takes."""
    for start in range(0, len(ids), LOOK_UP_LIMIT):
        yield ids[start : start + LOOK_UP_LIMIT]
