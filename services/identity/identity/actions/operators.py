"""Operators: added and removed by one another, signing in with a second factor (ID-10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.errors import Busy, NotAllowed, NotFound, Refused, ServiceError
from common.operations import (
    OPERATOR_ADDED,
    OPERATOR_FACTOR_REPLACED,
    OPERATOR_REMOVED,
    OPERATOR_SIGN_IN_FAILED,
    OPERATOR_SIGNED_IN,
    OPERATOR_SIGNED_OUT,
)
from identity import events
from identity.actions.accesses import end_accesses_of
from identity.actions.accounts import MailTaken
from identity.actions.tries import (
    CountedTry,
    OpenedSession,
    Verdict,
    count_before_check,
    forgive,
    is_right,
)
from identity.domain.guessing import OperatorSignInRefused
from identity.domain.logins import OperatorKey, normalise_mail
from identity.domain.second_factor import find_step, make_secret
from identity.domain.sessions import (
    OPERATORS,
    TOUCH_AFTER,
    SessionEnded,
    digest_of,
    is_alive,
    make_session_id,
)
from identity.domain.sources import Source
from identity.domain.words import Actor, ActorKind
from identity.store import operators, sessions
from identity.store.models import Operator, OperatorSession

NO_STEP = 0
# Its codes are compared where there is no operator: a quicker no would tell who is one.
_NOBODYS = make_secret()


@dataclass(frozen=True, slots=True)
class NewOperator:
    """Somebody who shall run the installation.

    `password_hash`: bcrypt, made before the transaction; `totp_secret`: base32.
    """

    id: UUID
    mail: str
    display_name: str
    password_hash: str = field(repr=False)
    totp_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedInOperator:
    """Who stands behind a session. `stale`: the look is to be written down (`touch`)."""

    operator: Operator
    stale: bool

    def claims(self) -> dict[str, str]:
        """Return the claims of the token by which houses know this person (`common.web.auth`)."""
        return {"kind": "operator", "sub": str(self.operator.id)}


class OwnAccount(Refused):
    """Operators neither remove themselves nor replace their own second factor: another one does.

    So the last one stays, whoever presses.
    """

    def __init__(self) -> None:
        super().__init__("own_account", "Another operator has to do this.")


def add_operator(
    session: Session, new: NewOperator, *, key: OperatorKey, actor: Actor, now: datetime
) -> None:
    """Add an operator; raise MailTaken when one signs in by this address.

    Who asks again for the same one, because the first answer was lost, gets credentials that are
    shown this time.
    """
    login_index = key.index(new.mail)
    sealed_secret = key.seal("totp_secret", new.totp_secret, new.id)
    known = operators.find_operator(session, login_index)
    if known is None:
        operator = Operator(
            id=new.id,
            login_index=login_index,
            login_mail=key.seal("login_mail", normalise_mail(new.mail), new.id),
            display_name=new.display_name,
            password_hash=new.password_hash,
            totp_secret=sealed_secret,
            last_step=NO_STEP,
            created_at=now,
        )
        session.add(operator)
        session.flush()
        events.record_of_operator(session, OPERATOR_ADDED, actor, new.id)
    elif known.id == new.id and known.last_step == NO_STEP:
        known.password_hash = new.password_hash
        known.totp_secret = sealed_secret
    else:
        raise MailTaken()


def remove_operator(session: Session, operator_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Remove an operator, whose sessions and accesses to schools end with it.

    Raise NotFound or OwnAccount. The installation's command removes the last one, too: it makes the
    next.
    """
    everybody = operators.lock_everybody(session)
    _check_other(operator_id, everybody, actor)
    end_accesses_of(session, operator_id, now=now)
    operators.delete_operator(session, operator_id)
    events.record_of_operator(session, OPERATOR_REMOVED, actor, operator_id)


def replace_factor(
    session: Session, operator_id: UUID, secret: str, *, key: OperatorKey, actor: Actor
) -> Operator:
    """Give an operator another second factor, which ends the open sessions.

    Raise NotFound or OwnAccount. The step used last stays: no code from before it is taken again.
    """
    everybody = operators.lock_everybody(session)
    _check_other(operator_id, everybody, actor)
    operator = operators.lock_operator(session, operator_id)
    operator.totp_secret = key.seal("totp_secret", secret, operator_id)
    operators.end_sessions_of(session, operator_id)
    events.record_of_operator(session, OPERATOR_FACTOR_REPLACED, actor, operator_id)
    return operator


def _check_other(operator_id: UUID, everybody: Collection[UUID], actor: Actor) -> None:
    if operator_id not in everybody:
        raise NotFound()
    # Who was removed a moment ago still holds a token: two must not remove each other.
    if actor.id is not None and actor.id not in everybody:
        raise NotAllowed()
    if actor.id == operator_id:
        raise OwnAccount()


def count_operator_sign_in(session: Session, source: Source, *, now: datetime) -> CountedTry | Busy:
    """Count an operator's try before anything of it is checked, as for staff."""
    return count_before_check(session, source, operators.find_operator, now=now)


def finish_operator_sign_in(
    session: Session, verdict: Verdict, code: str, *, key: OperatorKey, now: datetime
) -> OpenedSession | ServiceError:
    """Open a session and use the code up, or record the failure and return what to answer.

    To be committed either way.
    """
    counted = verdict.counted
    operator = None
    secret, last_step = _NOBODYS, NO_STEP
    if counted.owner_id:
        operator = session.get(Operator, counted.owner_id, with_for_update=True)
    if operator:
        secret = key.open("totp_secret", operator.totp_secret, operator.id)
        last_step = operator.last_step
    step = find_step(
        secret,
        code,
        last_step=last_step,
        now=now,
    )
    actor = Actor(ActorKind.OPERATOR, counted.owner_id)
    if operator is None or step is None or not is_right(operator, verdict):
        events.record_of_operator(session, OPERATOR_SIGN_IN_FAILED, actor, counted.owner_id)
        return OperatorSignInRefused()
    operator.last_step = step
    forgive(session, operator, verdict)
    session_id = make_session_id()
    opened = OperatorSession(
        id=digest_of(session_id),
        operator_id=operator.id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + OPERATORS.absolute,
    )
    session.add(opened)
    events.record_of_operator(session, OPERATOR_SIGNED_IN, actor, operator.id)
    return OpenedSession(session_id, opened.expires_at)


def resolve_operator_session(session: Session, digest: bytes, *, now: datetime) -> SignedInOperator:
    """Return who stands behind an operator's session; raise SessionEnded."""
    found = operators.find_session(session, digest)
    if found is None:
        raise SessionEnded()
    opened, operator = found
    if not is_alive(
        OPERATORS,
        expires_at=opened.expires_at,
        last_seen_at=opened.last_seen_at,
        now=now,
    ):
        raise SessionEnded()
    is_touch_due = now - opened.last_seen_at >= TOUCH_AFTER
    return SignedInOperator(operator, is_touch_due)


def touch_operator_session(session: Session, digest: bytes, *, now: datetime) -> None:
    """Write down that an operator's session is in use."""
    sessions.touch_session(session, OperatorSession, digest, now)


def end_operator_session(session: Session, digest: bytes) -> None:
    """End a session at its owner's wish; nothing happens when there is none."""
    found = operators.find_session(session, digest)
    if found is None:
        return
    sessions.end_session(session, OperatorSession, digest)
    _, operator = found
    events.record_of_operator(
        session, OPERATOR_SIGNED_OUT, Actor(ActorKind.OPERATOR, operator.id), operator.id
    )
