"""What the gateway asks identity: schools, sessions, accounts and the operation log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from common.answers.identity import (
    EndedSchoolOut,
    LogExportOut,
    OperationPageOut,
    OwnSessionsOut,
    ResolvedOperatorOut,
    ResolvedOut,
    SchoolChoiceOut,
    SchoolOfOperatorOut,
    SchoolOut,
    SchoolPageOut,
    SessionOut,
)
from gateway.clients import calls
from gateway.clients.asking import LOOK_UP_LIMIT, Asker, page_params

# What a file of the log may take: it holds up to 10,000 lines.
EXPORT_SECONDS = 90


@dataclass(frozen=True)
class Identity:
    """Identity, as `asker` may ask it."""

    asker: Asker

    def sign_in(self, words: Mapping[str, str | None]) -> SessionOut:
        """Return a new session for {mail, password, remote_address, device, browser}.

        `browser`: in words, for the list of own sessions. Raise Unauthenticated `sign_in_refused`,
        Busy `locked`, `slowed`, `sign_in_busy`.
        """
        return self.asker.ask(calls.SIGN_IN, json=dict(words))

    def resolve(self, session_id: str, *, by_hand: bool) -> ResolvedOut:
        """Return who is signed in, with a token; raise Unauthenticated `session_ended`.

        `by_hand`: the session stays awake for it.
        """
        body = {"session_id": session_id, "by_hand": by_hand}
        return self.asker.ask(calls.RESOLVE, json=body)

    def schools_to_choose(self, session_id: str) -> list[SchoolChoiceOut]:
        """Return the schools at which a session's owner may work; raise `session_ended`."""
        return self.asker.ask(calls.SCHOOLS_TO_CHOOSE, json={"session_id": session_id})["items"]

    def choose_school(self, session_id: str, school_id: UUID) -> None:
        """Let a session be of one of its owner's schools; raise NotFound for any other."""
        body = {"session_id": session_id, "school_id": str(school_id)}
        self.asker.ask(calls.CHOOSE_SCHOOL, json=body)

    def replace_temporary(self, session_id: str, password: str) -> None:
        """Replace a session's owner's temporary password; raise Invalid `password_weak`."""
        body = {"session_id": session_id, "password": password}
        self.asker.ask(calls.FIRST_PASSWORD, json=body)

    def change_own_password(self, words: Mapping[str, str | None]) -> None:
        """Change the password of a session's owner.

        `words`: {session_id, current, password, remote_address, device}. Raise NotAllowed
        `current_wrong`, Invalid `password_weak`, Busy as at the sign-in.
        """
        self.asker.ask(calls.OWN_PASSWORD, json=dict(words))

    def own_sessions(self) -> OwnSessionsOut:
        """Return the sessions of who is signed in, with the address of the sign-in."""
        return self.asker.ask(calls.OWN_SESSIONS)

    def end_own_sessions(self, number: str, *, others: bool) -> None:
        """End one session of who is signed in, or all others."""
        self.asker.ask(calls.END_OWN_SESSIONS, json={"number": number, "others": others})

    def end_session(self, session_id: str) -> None:
        self.asker.ask(calls.END_SESSION, json={"session_id": session_id})

    def current_school(self, school_id: str) -> SchoolOut:
        """Return a school for which the gateway asks in its own name."""
        return self.asker.ask(calls.CURRENT_SCHOOL, school_id=UUID(school_id))

    def account_names(self) -> dict[str, str]:
        """Return account id → name of the staff who may sign in.

        They are the first 500, more than any school has.
        """
        found = self.asker.ask(calls.ACCOUNTS, params={"limit": LOOK_UP_LIMIT})["items"]
        return {account["id"]: account["display_name"] for account in found}

    def operation_log(
        self, wanted: Mapping[str, Any], *, after: str | None, limit: int
    ) -> OperationPageOut:
        """Return a page of the operation log.

        `wanted`: actor_kind, actor_id, actions, without, first_day, last_day.
        """
        asked = {**wanted, **page_params(after, limit)}
        return self.asker.ask(calls.OPERATION_LOG, params=asked)

    def export_operation_log(self, wanted: Mapping[str, Any]) -> LogExportOut:
        """Return the wanted lines for a file; the log keeps the taking."""
        return self.asker.ask(calls.EXPORT_OPERATION_LOG, json=dict(wanted), timeout=EXPORT_SECONDS)

    def sign_in_operator(self, words: Mapping[str, str | None]) -> SessionOut:
        """Return a new session for {mail, password, code, remote_address, device}.

        Raise Unauthenticated `operator_sign_in_refused` whichever of the three is wrong, Busy as
        for staff.
        """
        return self.asker.ask(calls.OPERATOR_SIGN_IN, json=dict(words))

    def resolve_operator(self, session_id: str) -> ResolvedOperatorOut:
        """Return the operator who is signed in; raise Unauthenticated `session_ended`."""
        return self.asker.ask(calls.RESOLVE_OPERATOR, json={"session_id": session_id})

    def end_operator_session(self, session_id: str) -> None:
        self.asker.ask(calls.END_OPERATOR_SESSION, json={"session_id": session_id})

    def schools(self, *, after: str | None, limit: int) -> SchoolPageOut:
        """Return a page of the schools by code, erased ones too (for operators)."""
        return self.asker.ask(calls.SCHOOLS, params=page_params(after, limit))

    def school(self, school_id: UUID) -> SchoolOfOperatorOut:
        """Return a school with its contract, None once it is erased (for operators).

        Raise NotFound.
        """
        return self.asker.ask(calls.SCHOOL, path={"school_id": school_id})

    def end_contract(
        self, school_id: UUID, ended_on: date, grace_days: int, *, name_typed: str
    ) -> EndedSchoolOut:
        """End a contract, or change its end (for operators).

        Raise Invalid `end_invalid`, Refused `school_erasing`, `school_erased`.
        """
        body = {
            "ended_on": ended_on.isoformat(),
            "grace_days": grace_days,
            "name_typed": name_typed or None,
        }
        return self.asker.ask(calls.END_CONTRACT, path={"school_id": school_id}, json=body)
