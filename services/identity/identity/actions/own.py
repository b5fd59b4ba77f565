"""What somebody who is signed in does about their own sign-in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.errors import NotAllowed, ServiceError
from common.operations import ACCOUNT_CHANGED, ACCOUNT_SESSIONS_ENDED
from common.words import Language
from identity import events
from identity.actions.passwords import choose_password
from identity.actions.sign_in import lock_owner
from identity.actions.tries import Verdict, forgive, is_right
from identity.domain.temporary import PasswordState, state_of
from identity.domain.words import Actor
from identity.store import accounts


class CurrentWrong(NotAllowed):
    """Who changes a password did not know the current one."""

    def __init__(self) -> None:
        super().__init__("current_wrong", "The current password is wrong.")


class CurrentExpired(NotAllowed):
    """The current password is a temporary one whose days are over: it opens nothing any more."""

    def __init__(self) -> None:
        super().__init__("temporary_expired", "The temporary password has expired.")


def change_password(
    session: Session, verdict: Verdict, digest: bytes, password_hash: str, *, now: datetime
) -> ServiceError | None:
    """Keep another password, or return what to answer to who did not know the current one.

    To be committed either way: the try was counted.
    """
    account = lock_owner(session, verdict)
    if account is None or not is_right(account, verdict):
        return CurrentWrong()
    forgive(session, account, verdict)
    state = state_of(account.password_hash, account.temporary_until, now)
    if state is PasswordState.EXPIRED:
        return CurrentExpired()
    choose_password(
        session,
        digest,
        password_hash,
        now=now,
    )
    return None


def choose_language(
    session: Session, school_id: UUID, account_id: UUID, language: Language
) -> None:
    """Choose in which language the product writes to a person; raise NotFound."""
    account = accounts.get_account(session, school_id, account_id)
    if account.language == language:
        return
    account.language = language.value
    events.record_operation(
        session,
        ACCOUNT_CHANGED,
        Actor.of_staff(account_id),
        school_id=school_id,
        account_id=account_id,
        changed=["language"],
    )


def end_sessions(
    session: Session, school_id: UUID, account_id: UUID, *, number: UUID, others: bool
) -> None:
    """End one session of a person, or (`others`) all but that one."""
    if others:
        count = accounts.end_sessions_but(session, account_id, number)
    else:
        count = accounts.end_session_by_number(session, account_id, number)
    if count:
        events.record_operation(
            session,
            ACCOUNT_SESSIONS_ENDED,
            Actor.of_staff(account_id),
            school_id=school_id,
            account_id=account_id,
            count=count,
        )
