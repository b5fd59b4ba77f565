"""Somebody registers in the talk: school code, ID, passcode (DLV-5, DIR-8, ADR 51).

Directory counts what is wrong and decides; here is kept for minutes how far somebody is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.db import Database
from common.errors import Busy, NotFound, Refused, ServiceError
from common.terms import TERMS_VERSION
from dispatch_line.actions.heard import Dealt, Heard, Offer, StateChange, demand_word, word_of
from dispatch_line.clients import Clients, TypedSheet
from dispatch_line.domain import words
from dispatch_line.domain.sealing import OwnKey
from dispatch_line.domain.talk_state import (
    SCHOOL_CODE,
    VALID_FOR,
    Command,
    TalkState,
    TalkStep,
)
from dispatch_line.store import accounts as account_store
from dispatch_line.store import talk_registrations as store
from dispatch_line.store.models import TalkRegistration

WRONG = "registration_codes_wrong"
LOCKED, SLOWED = "locked", "slowed"
OFF = "talk_registration_off"
OVER = StateChange(None)
# What ends a registration in the talk, and what is said then.
ENDS: Mapping[str, str] = {
    "sheet_replaced": words.SHEET_REPLACED,
    "contact_points_too_many": words.TOO_MANY,
    "registration_over": words.TALK_OVER,
}
SAID = {WRONG, LOCKED, SLOWED, OFF, *ENDS}


@dataclass(frozen=True)
class TalkRegistering:
    """What is needed to register somebody in the talk."""

    database: Database
    clients: Clients
    key: OwnKey

    def is_allowed(self, heard: Heard) -> bool:
        """Return whether a school that speaks through this account lets families register there."""
        schools = self._list_schools(heard)
        return bool(schools) and bool(self.clients.allowing(schools))

    def agree(self, heard: Heard, version: str) -> Dealt:
        """Begin, for who has agreed to our words on the use of addresses."""
        if not self.is_allowed(heard):
            return Dealt(words.TALK_OFF, Offer.LINK)
        if version != TERMS_VERSION:
            # They are others now.
            return Dealt(words.TERMS, Offer.TERMS)
        agreed_at = heard.event.occurred_at
        return _ask(TalkState(TalkStep.SCHOOL, version, agreed_at))

    def answer(self, heard: Heard) -> Dealt | None:
        """Take what somebody typed as the answer to what was asked; None where nothing was."""
        state = self._find(heard)
        typed = heard.event.data
        if state is None:
            return None
        if typed == Command.STOP:
            return Dealt(words.STOPPED, change=OVER)
        if typed is None or typed in list(Command):
            is_done = state.step is TalkStep.MORE
            return None if is_done else Dealt(words.ask_again(state.step))
        match state.step:
            case TalkStep.SCHOOL:
                return self._take_school(heard, state, typed)
            case TalkStep.PASSCODE:
                return self._register(heard, state, typed)
        return _ask(replace(state, step=TalkStep.PASSCODE, login_id=typed))

    def keep(self, session: Session, heard: Heard, change: StateChange, now: datetime) -> None:
        """Keep how far somebody is from now on."""
        account_id = heard.account_id
        user_index = self.key.index(account_id, heard.event.user_id)
        state = change.state
        if state is None:
            store.drop(session, account_id, user_index)
            return
        row = TalkRegistration(
            account_id=account_id,
            user_index=user_index,
            school_id=state.school_id,
            step=state.step.value,
            terms_version=state.terms_version,
            agreed_at=state.agreed_at,
            expires_at=now + VALID_FOR,
        )
        if state.login_id is not None:
            whose = user_index.hex()
            row.login_id = self.key.seal(account_id, "login_id", state.login_id, whose)
        store.put(session, row)

    def _find(self, heard: Heard) -> TalkState | None:
        user_index = self.key.index(heard.account_id, heard.event.user_id)
        with self.database.for_system(read_only=True) as session:
            row = store.find_open(session, heard.account_id, user_index, clock.now())
        if row is None:
            return None
        login_id = None
        if row.login_id is not None:
            whose = user_index.hex()
            login_id = self.key.open(heard.account_id, "login_id", row.login_id, whose)
        step = TalkStep(row.step)
        return TalkState(step, row.terms_version, row.agreed_at, row.school_id, login_id)

    def _take_school(self, heard: Heard, state: TalkState, typed: str) -> Dealt:
        if not SCHOOL_CODE.fullmatch(typed):
            return Dealt(words.ask_again(state.step))
        schools = self._list_schools(heard)
        user_id = heard.event.user_id

        def ask() -> Dealt:
            school_id = self.clients.school_of_code(
                schools,
                user_id,
                typed,
            )
            found = replace(
                state,
                step=TalkStep.LOGIN_ID,
                school_id=school_id,
            )
            return _ask(found)

        return _unless_declined(ask, state)

    def _register(self, heard: Heard, state: TalkState, typed: str) -> Dealt:
        assert state.school_id is not None
        assert state.login_id is not None
        sheet = TypedSheet(
            heard.event.user_id,
            state.login_id,
            typed,
            state.terms_version,
            state.agreed_at,
        )
        school_id = state.school_id
        again = replace(
            state,
            step=TalkStep.LOGIN_ID,
            login_id=None,
        )

        def register() -> Dealt:
            done = self.clients.register(school_id, sheet)
            said = words.registered(done["children"])
            if done["is_held"]:
                said = words.HELD
            more = replace(again, step=TalkStep.MORE)
            question = words.QUESTIONS[TalkStep.MORE]
            reply = f"{said}\n{question}"
            return Dealt(reply, change=StateChange(more))

        return _unless_declined(register, again)

    def _list_schools(self, heard: Heard) -> list[UUID]:
        with self.database.for_system(read_only=True) as session:
            return list(account_store.list_schools(session, heard.account_id))


def _ask(state: TalkState) -> Dealt:
    return Dealt(words.QUESTIONS[state.step], change=StateChange(state))


def _unless_declined(ask: Callable[[], Dealt], again: TalkState) -> Dealt:
    """Return what directory's answer leads to. `again`: from where a wrong number is typed anew."""
    try:
        return ask()
    except (NotFound, Refused, Busy) as error:
        demand_word(error, SAID)
        return _declined(error, again)


def _declined(error: ServiceError, again: TalkState) -> Dealt:
    word = word_of(error)
    left = error.fields.get("left", 0)
    if word == LOCKED or (word == WRONG and not left):
        return Dealt(words.LOCKED, change=OVER)
    if word == WRONG:
        return Dealt(words.wrong_number(left, again.step), change=StateChange(again))
    if word == SLOWED:
        return Dealt(words.SLOWED)
    if word == OFF:
        return Dealt(words.TALK_OFF, Offer.LINK, change=OVER)
    return Dealt(ENDS[word], change=OVER)
