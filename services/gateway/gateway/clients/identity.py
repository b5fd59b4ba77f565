"""What the gateway asks identity: schools, sessions, accounts and the operation log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from common.answers.identity import (
    AccessOut,
    CreatedOperatorOut,
    CreatedSchoolOut,
    EndedSchoolOut,
    LetterOut,
    ListedAccessOut,
    ListedAccountOut,
    LogExportOut,
    OperationPageOut,
    OperatorOut,
    OwnSessionsOut,
    ResolvedOperatorOut,
    ResolvedOut,
    SchoolChoiceOut,
    SchoolOfOperatorOut,
    SchoolOut,
    SchoolPageOut,
    SessionOut,
    WayOverOut,
)
from common.words import Language, PrintedList, SchoolPart
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

    def city_name(self) -> str:
        """Return what the city's accounts are called; raise NotFound where none are taken."""
        return self.asker.ask(calls.CITY)["name"]

    def go_over(self, return_to: str) -> WayOverOut:
        """Begin a sign-in by the city's account; raise NotFound, Unavailable `city_away`."""
        return self.asker.ask(calls.GO_OVER, json={"return_to": return_to})

    def come_back(self, words: Mapping[str, str]) -> str:
        """Return a new session's id for {state, code, binding, return_to, browser}, once.

        Raise Unauthenticated `federation_refused`, `nobody_here`, NotFound, Refused, Busy, or
        Unavailable `city_away`.
        """
        return self.asker.ask(calls.COME_BACK, json=dict(words))["session_id"]

    def resolve(self, session_id: str, *, by_hand: bool) -> ResolvedOut:
        """Return who is signed in, with a token; raise Unauthenticated `session_ended`.

        `by_hand`: the session stays awake for it.
        """
        body = {"session_id": session_id, "by_hand": by_hand}
        return self.asker.ask(calls.RESOLVE, json=body)

    def schools_to_choose(self, session_id: str) -> list[SchoolChoiceOut]:
        """Return the schools at which a session's owner may work; raise `session_ended`."""
        return self.asker.ask(calls.SCHOOLS_TO_CHOOSE, json={"session_id": session_id})["items"]

    def choose_school(self, session_id: str, school_id: UUID, remote_address: str) -> None:
        """Let a session be of one of its owner's schools; raise NotFound for any other.

        Raise Refused where that school wants its people to come in by another way.
        """
        body = {
            "session_id": session_id,
            "school_id": str(school_id),
            "remote_address": remote_address,
        }
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

    def choose_own_language(self, language: Language) -> None:
        """Choose the language of the product's own mails to who is signed in."""
        self.asker.ask(calls.OWN_LANGUAGE, json={"language": language.value})

    def end_own_sessions(self, number: str, *, others: bool) -> None:
        """End one session of who is signed in, or all others."""
        self.asker.ask(calls.END_OWN_SESSIONS, json={"number": number, "others": others})

    def end_session(self, session_id: str) -> None:
        self.asker.ask(calls.END_SESSION, json={"session_id": session_id})

    def current_school(self, school_id: str) -> SchoolOut:
        """Return a school for which the gateway asks in its own name."""
        return self.asker.ask(calls.CURRENT_SCHOOL, school_id=UUID(school_id))

    def school_by_code(self, code: str) -> SchoolOut:
        """Return the school that a family's sheet names; raise NotFound."""
        return self.asker.ask(calls.SCHOOL_BY_CODE, path={"code": code})

    def account_names(self) -> dict[str, str]:
        """Return account id → name of the staff who may sign in.

        They are the first 500, more than any school has.
        """
        return {account["id"]: account["display_name"] for account in self.accounts()}

    def accounts(self) -> list[ListedAccountOut]:
        """Return the staff who may sign in: the first 500, more than any school has."""
        return self.asker.ask(calls.ACCOUNTS, params={"limit": LOOK_UP_LIMIT})["items"]

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

    def note_printed(self, printed: PrintedList, count: int) -> None:
        """Have the log keep that a list goes onto paper, with so many records; none is no list."""
        if count:
            body = {"list": printed.value, "count": count}
            self.asker.ask(calls.NOTE_PRINTED, json=body)

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

    def schools(self, *, query: str, after: str | None, limit: int) -> SchoolPageOut:
        """Return a page of the schools by code, erased ones too (for operators).

        `query`: words of the name or digits of the code; "" asks for all.
        """
        wanted = page_params(after, limit)
        if query:
            wanted["query"] = query
        return self.asker.ask(calls.SCHOOLS, params=wanted)

    def create_school(self, new: Mapping[str, Any]) -> CreatedSchoolOut:
        """Make a school with its first administrator (for operators); the same again: the same one.

        Raise Invalid with what is wrong in each field, Refused `code_taken`.
        """
        return self.asker.ask(calls.CREATE_SCHOOL, json=dict(new))

    def change_school(self, school_id: UUID, wanted: Mapping[str, Any]) -> SchoolOfOperatorOut:
        """Change a school and its contract (for operators).

        Raise Invalid with what is wrong in each field, Refused `school_changed_elsewhere`.
        """
        path = {"school_id": school_id}
        return self.asker.ask(calls.CHANGE_SCHOOL, path=path, json=dict(wanted))

    def letter(self, school_id: UUID) -> LetterOut:
        """Return what the letter to a school's first administrator says; the log notes it.

        For operators. Raise Refused `letter_gone`.
        """
        return self.asker.ask(calls.LETTER, path={"school_id": school_id})

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

    def operators(self) -> list[OperatorOut]:
        """Return who runs the installation, the first first (for operators)."""
        return self.asker.ask(calls.OPERATORS)["items"]

    def add_operator(self, new: Mapping[str, str]) -> CreatedOperatorOut:
        """Add an operator; password and second factor are given this once (for operators).

        `new`: `id`, `mail`, `display_name`, and `code` of who asks. Raise Invalid with what is
        wrong in each field or `code_refused`, Refused `mail_taken`, Busy `locked`.
        """
        return self.asker.ask(calls.ADD_OPERATOR, json=dict(new))

    def remove_operator(self, operator_id: UUID, *, code: str) -> None:
        """Remove an operator (for operators, whose own `code` it needs).

        Raise Invalid `code_refused`, Refused `own_account`, Busy `locked`.
        """
        path = {"operator_id": operator_id}
        self.asker.ask(calls.REMOVE_OPERATOR, path=path, json={"code": code})

    def replace_factor(self, operator_id: UUID, *, code: str) -> str:
        """Return the address of an operator's new second factor, given this once.

        For operators, whose own `code` it needs. Raise as `remove_operator`.
        """
        path = {"operator_id": operator_id}
        return self.asker.ask(calls.REPLACE_FACTOR, path=path, json={"code": code})["otpauth"]

    def accesses(self, school_id: UUID) -> list[ListedAccessOut]:
        """Return the newest accesses of operators to a school's data (for operators)."""
        return self.asker.ask(calls.ACCESSES, path={"school_id": school_id})["items"]

    def begin_access(self, school_id: UUID, wanted: Mapping[str, Any]) -> AccessOut:
        """Begin to look at a school's data (for operators).

        Raise Invalid `access_invalid`, Refused `access_open`, `access_over`.
        """
        return self.asker.ask(calls.BEGIN_ACCESS, path={"school_id": school_id}, json=dict(wanted))

    def end_access(self, school_id: UUID, access_id: UUID) -> None:
        """End an own access (for operators)."""
        path = {"school_id": school_id, "access_id": access_id}
        self.asker.ask(calls.END_ACCESS, path=path)

    def look(self, school_id: UUID, access_id: str, part: SchoolPart) -> str:
        """Return a token that opens a part of a school's data; the look stands in the school's log.

        Raise Refused `access_over`.
        """
        path = {"school_id": school_id, "access_id": access_id}
        return self.asker.ask(calls.LOOK, path=path, json={"part": part.value})["token"]
