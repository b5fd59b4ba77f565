"""The other houses, and what the gateway asks them in its own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self
from uuid import UUID

from common.houses import STORED
from common.web.client import ServiceClient
from gateway.clients import calls
from gateway.clients.calls import Call
from gateway.config import Settings

# Directory's limit for one look-up.
LOOK_UP_LIMIT = 500


class House(Protocol):
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
        **request: Any,
    ) -> Any:
        """As `call`, returning the whole response."""


@dataclass(frozen=True)
class Clients:
    """The other houses by name, and what the gateway asks them in its own name.

    All raise the error the house answered.
    """

    houses: Mapping[str, House]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the clients of the houses that the settings name."""
        return cls({service: ServiceClient.of(settings, service) for service in STORED})

    def ask(self, call: Call, **request: Any) -> Any:
        """Make one of our calls."""
        return self.houses[call.service].call(call.method, call.template, **request)

    def sign_in(self, mail: str, password: str, remote_address: str) -> str:
        """Return a new session's id; raise Unauthenticated `sign_in_refused`, Busy `locked`."""
        body = {"mail": mail, "password": password, "remote_address": remote_address}
        return str(self.ask(calls.SIGN_IN, json=body)["session_id"])

    def resolve(self, session_id: str) -> dict[str, Any]:
        """Return {token, account, school}; raise Unauthenticated `session_ended`."""
        answer: dict[str, Any] = self.ask(calls.RESOLVE, json={"session_id": session_id})
        return answer

    def end_session(self, session_id: str) -> None:
        self.ask(calls.END_SESSION, json={"session_id": session_id})

    def reading(self, token: str) -> dict[str, Any]:
        """Return what a guardian's link shows.

        Raise NotFound `link_unknown`, Refused `link_expired`.
        """
        answer: dict[str, Any] = self.ask(calls.READING, path={"token": token})
        return answer

    def confirm_reading(self, token: str) -> None:
        self.ask(calls.CONFIRM_READING, path={"token": token})

    def children(self, school_id: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return the children that a reading is for, in its order."""
        wanted = {"ids": list(ids)[:LOOK_UP_LIMIT]}
        found = self.ask(calls.LOOK_UP, school_id=UUID(school_id), json=wanted)["items"]
        by_id = {child["id"]: child for child in found}
        return [by_id[member_id] for member_id in ids if member_id in by_id]

    def school(self, school_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.ask(calls.CURRENT_SCHOOL, school_id=UUID(school_id))
        return answer

    def unsubscribe_school(self, token: str) -> str:
        """Return the school whose mails a link stops, changing nothing; raise NotFound."""
        return str(self.ask(calls.UNSUBSCRIBE, path={"token": token})["school_id"])

    def stop_mails(self, token: str) -> str:
        """Stop ordinary mails to the address that a link was sent to; return the school."""
        return str(self.ask(calls.STOP_MAILS, path={"token": token})["school_id"])

    def resume_mails(self, token: str) -> str:
        """Take back that mails to the address stop which a link was sent to; return the school."""
        return str(self.ask(calls.RESUME_MAILS, path={"token": token})["school_id"])


def page_params(after: Any, limit: int) -> dict[str, Any]:
    """Return the parameters that ask for a page of a list; the first one comes after nothing."""
    params: dict[str, Any] = {"limit": limit}
    if after:
        params["after"] = after
    return params
