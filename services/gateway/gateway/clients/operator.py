"""What the signed-in operator asks other houses (ID-10, OPS-1, RET-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from common.errors import NotFound
from common.web.client import every_page
from gateway.clients import calls
from gateway.clients.calls import Call
from gateway.clients.houses import Clients, page_params

# More than end in a year; the rest comes with further calls.
ERASURES_PER_CALL = 500


def sign_in(clients: Clients, words: Mapping[str, str]) -> str:
    """Return a new session's id for {mail, password, code, remote_address}.

    Raise Unauthenticated `operator_sign_in_refused` whichever of the three is wrong, Busy `locked`.
    """
    return str(clients.ask(calls.OPERATOR_SIGN_IN, json=dict(words))["session_id"])


def resolve(clients: Clients, session_id: str) -> dict[str, Any]:
    """Return {token, operator}; raise Unauthenticated `session_ended`."""
    answer: dict[str, Any] = clients.ask(calls.RESOLVE_OPERATOR, json={"session_id": session_id})
    return answer


def end_session(clients: Clients, session_id: str) -> None:
    clients.ask(calls.END_OPERATOR_SESSION, json={"session_id": session_id})


@dataclass(frozen=True)
class Operator:
    """The houses as an operator may ask them; the house that is asked checks that this is one."""

    clients: Clients
    token: str

    def _ask(self, call: Call, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.clients.ask(call, user_token=self.token, **request)
        return answer

    def schools(self, *, after: str | None, limit: int) -> dict[str, Any]:
        """Return a page of the schools by code, erased ones too."""
        return self._ask(calls.SCHOOLS, params=page_params(after, limit))

    def school(self, school_id: UUID) -> dict[str, Any]:
        """Return a school with its contract (None once it is erased); raise NotFound."""
        return self._ask(calls.SCHOOL, path={"school_id": school_id})

    def calendar(self, ended_on: date, grace_days: int) -> dict[str, Any]:
        """Return the days that would follow from an end; raise Invalid `end_invalid`."""
        wanted = {"ended_on": ended_on.isoformat(), "grace_days": grace_days}
        return self._ask(calls.CALENDAR, params=wanted)

    def end_contract(
        self, school_id: UUID, ended_on: date, grace_days: int, *, name_typed: str
    ) -> dict[str, Any]:
        """End a contract, or change its end.

        Raise Invalid `end_invalid`, Refused `school_erasing`, `school_erased`.
        """
        body = {
            "ended_on": ended_on.isoformat(),
            "grace_days": grace_days,
            "name_typed": name_typed or None,
        }
        return self._ask(calls.END_CONTRACT, path={"school_id": school_id}, json=body)

    def erasures(self) -> list[dict[str, Any]]:
        """Return every erasure, the newest end of a contract first."""

        def fetch(after: Any) -> dict[str, Any]:
            return self._ask(calls.ERASURES, params=page_params(after, ERASURES_PER_CALL))

        return list(every_page(fetch))

    def find_erasure(self, school_id: UUID) -> dict[str, Any] | None:
        """Return how far a school's end is; None while its contract has no end."""
        try:
            return self._ask(calls.ERASURE, path={"school_id": school_id})
        except NotFound:
            return None

    def hand_over(self, school_id: UUID) -> None:
        """Note that the school was given its certificate; raise NotFound while there is none."""
        self._ask(calls.HAND_OVER, path={"school_id": school_id})

    def certificate(self, call: Call, school_id: UUID) -> bytes:
        """Return CERTIFICATE (paper) or CERTIFICATE_TO_CHECK (its signed bytes).

        Raise NotFound while there is none.
        """
        house = self.clients.houses[call.service]
        response = house.send(
            call.method, call.template, path={"school_id": school_id}, user_token=self.token
        )
        content: bytes = response.content
        return content
