"""Second factors of staff: registered, removed, and reset by an administrator (ID-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.errors import NotFound, ServiceError
from common.operations import (
    ACCOUNT_FACTOR_ADDED,
    ACCOUNT_FACTOR_REMOVED,
    ACCOUNT_FACTORS_RESET,
    ACCOUNT_RECOVERY_CODES_MADE,
    Operation,
)
from identity import events
from identity.actions.homes import lock_managed
from identity.actions.own import CurrentWrong
from identity.actions.proofs import credential_ids
from identity.actions.sessions import get_enrolling_session, next_step
from identity.actions.sign_in import lock_owner
from identity.actions.tries import Verdict, forgive, is_right
from identity.domain.factors import (
    CHALLENGE_FOR,
    MOST_FACTORS,
    SURE_FOR,
    FactorDemanded,
    FactorKey,
    FactorWrong,
    OfferGone,
    OwnFactors,
    PasswordNeeded,
    TooManyFactors,
    demands,
    make_recovery_codes,
)
from identity.domain.passkeys import (
    PasskeyRefused,
    RelyingParty,
    make_challenge,
    read_passkey,
)
from identity.domain.second_factor import find_step, make_secret
from identity.domain.sessions import Step
from identity.domain.words import Actor, FactorFor, FactorKind, Role
from identity.store import accounts, factors, schools, sessions
from identity.store.models import Account, SecondFactor

NO_COUNTER = 0


@dataclass(frozen=True, slots=True)
class OwnSecurity:
    """How it stands with a person's factors.

    `is_demanded`: by one of their schools; `is_sure`: whether the password was given a short while
    ago, so that they may be changed.
    """

    factors: list[SecondFactor]
    codes_left: int
    is_demanded: bool
    is_sure: bool


def get_own_security(session: Session, digest: bytes, *, now: datetime) -> OwnSecurity:
    """Return how it stands with the factors of a session's owner.

    Raise SessionEnded or SessionPending.
    """
    found = get_enrolling_session(session, digest, now=now)
    account_id = found.account.id
    return OwnSecurity(
        factors.list_factors(session, account_id),
        factors.count_recovery_codes(session, account_id),
        _is_demanded(session, account_id),
        _is_sure(found, now),
    )


def confirm_password(
    session: Session, verdict: Verdict, digest: bytes, *, now: datetime
) -> ServiceError | None:
    """Let factors be changed for a while, or return what to answer to who gave a wrong password.

    To be committed either way: the try was counted.
    """
    account = lock_owner(session, verdict)
    if account is None or not is_right(account, verdict):
        return CurrentWrong()
    found = get_enrolling_session(session, digest, now=now)
    forgive(session, account, verdict)
    found.opened.confirmed_at = now
    return None


def _sure_session(session: Session, digest: bytes, now: datetime) -> accounts.OpenSession:
    """Return a session whose owner gave the password a short while ago; raise PasswordNeeded."""
    found = get_enrolling_session(session, digest, now=now)
    if not _is_sure(found, now):
        raise PasswordNeeded()
    return found


def _is_sure(found: accounts.OpenSession, now: datetime) -> bool:
    given_at = found.opened.confirmed_at
    if given_at is None and next_step(found) is Step.ENROLMENT:
        # Who has to register one has just given it at the sign-in.
        given_at = found.opened.created_at
    return given_at is not None and now - given_at <= SURE_FOR


def offer_app(
    session: Session, digest: bytes, key: FactorKey, *, now: datetime
) -> tuple[str, Account]:
    """Return the secret that an authenticator app of a session's owner is to take in.

    The same until it is registered: who mistypes the first code need not scan again. Raise
    PasswordNeeded, TooManyFactors, SessionEnded or SessionPending.
    """
    found = _sure_session(session, digest, now)
    _check_room(session, found.account.id)
    opened = found.opened
    if opened.offered_secret is not None:
        return key.open_offer(opened.offered_secret, opened.number), found.account
    secret = make_secret()
    opened.offered_secret = key.seal_offer(secret, opened.number)
    return secret, found.account


@dataclass(frozen=True, slots=True)
class TypedApp:
    """What is given to register an authenticator app: its name, and the code that it shows."""

    name: str
    code: str


def add_app(
    session: Session, digest: bytes, typed: TypedApp, key: FactorKey, *, now: datetime
) -> list[str]:
    """Register the authenticator app that shows this code; return new recovery codes, or none.

    Raise FactorWrong, OfferGone, TooManyFactors, SessionEnded or SessionPending.
    """
    found = get_enrolling_session(session, digest, now=now)
    opened = found.opened
    if opened.offered_secret is None:
        raise OfferGone()
    secret = key.open_offer(opened.offered_secret, opened.number)
    step = find_step(
        secret,
        typed.code,
        last_step=NO_COUNTER,
        now=now,
    )
    if step is None:
        raise FactorWrong()
    opened.offered_secret = None
    factor = _new_factor(found.account.id, FactorKind.TOTP, typed.name, now)
    factor.secret = key.seal_secret(secret, factor.id)
    factor.counter = step
    return _add(session, found, factor, key, now)


def offer_passkey(
    session: Session, digest: bytes, *, now: datetime
) -> tuple[bytes, accounts.OpenSession, list[bytes]]:
    """Return what a new passkey is to sign, for whom, and the ids of those that there are.

    Raise PasswordNeeded, TooManyFactors, SessionEnded or SessionPending.
    """
    found = _sure_session(session, digest, now)
    _check_room(session, found.account.id)
    known = factors.list_factors(session, found.account.id)
    challenge = make_challenge()
    found.opened.challenge = challenge
    found.opened.challenged_at = now
    return challenge, found, credential_ids(known)


@dataclass(frozen=True, slots=True)
class MadePasskey:
    """What is given to register a passkey: its name, and what the browser has made, as JSON."""

    name: str
    credential: str
    party: RelyingParty


def add_passkey(
    session: Session, digest: bytes, made: MadePasskey, key: FactorKey, *, now: datetime
) -> list[str] | ServiceError:
    """Register a passkey; return new recovery codes or none, or what to answer.

    To be committed either way: what was to be signed is used up. Raise TooManyFactors, SessionEnded
    or SessionPending.
    """
    found = get_enrolling_session(session, digest, now=now)
    taken = sessions.take_challenge(session, digest)
    if taken is None or now - taken[1] > CHALLENGE_FOR:
        return OfferGone()
    try:
        new = read_passkey(made.party, taken[0], made.credential)
    except PasskeyRefused as refused:
        return refused
    if factors.is_registered(session, new.credential_id):
        return PasskeyRefused()
    factor = _new_factor(
        found.account.id,
        FactorKind.PASSKEY,
        made.name,
        now,
    )
    factor.credential_id = new.credential_id
    factor.public_key = new.public_key
    factor.counter = new.sign_count
    return _add(
        session,
        found,
        factor,
        key,
        now,
    )


def _new_factor(account_id: UUID, kind: FactorKind, name: str, now: datetime) -> SecondFactor:
    return SecondFactor(
        id=uuid4(),
        account_id=account_id,
        kind=kind.value,
        name=name,
        counter=NO_COUNTER,
        created_at=now,
    )


def _add(
    session: Session,
    found: accounts.OpenSession,
    factor: SecondFactor,
    key: FactorKey,
    now: datetime,
) -> list[str]:
    """Keep a factor, which this session has proved; with the first one come recovery codes."""
    account_id = factor.account_id
    known = factors.lock_factors(session, account_id)
    _check_room(session, account_id)
    session.add(factor)
    found.opened.factor_at = now
    _record(session, found, ACCOUNT_FACTOR_ADDED, kind=factor.kind)
    return [] if known else _make_codes(session, found, key)


def _check_room(session: Session, account_id: UUID) -> None:
    if len(factors.list_factors(session, account_id)) >= MOST_FACTORS:
        raise TooManyFactors()


def remove_factor(session: Session, digest: bytes, factor_id: UUID, *, now: datetime) -> None:
    """Remove a factor of a session's owner; with the last one go the recovery codes.

    Raise NotFound, FactorDemanded, PasswordNeeded, SessionEnded or SessionPending.
    """
    found = _sure_session(session, digest, now)
    account_id = found.account.id
    known = factors.lock_factors(session, account_id)
    factor = next((each for each in known if each.id == factor_id), None)
    if factor is None:
        raise NotFound()
    kind = factor.kind
    is_last = len(known) == 1
    if is_last and _is_demanded(session, account_id):
        raise FactorDemanded()
    if is_last:
        factors.delete_factors(session, account_id)
    else:
        session.delete(factor)
    _record(
        session,
        found,
        ACCOUNT_FACTOR_REMOVED,
        kind=kind,
    )


def renew_recovery_codes(
    session: Session, digest: bytes, key: FactorKey, *, now: datetime
) -> list[str]:
    """Return new recovery codes of a session's owner; the old ones are worth nothing from now on.

    Raise NotFound without a factor, PasswordNeeded, SessionEnded or SessionPending.
    """
    found = _sure_session(session, digest, now)
    if not factors.lock_factors(session, found.account.id):
        raise NotFound()
    return _make_codes(session, found, key)


def _make_codes(session: Session, found: accounts.OpenSession, key: FactorKey) -> list[str]:
    account_id = found.account.id
    codes = make_recovery_codes()
    digests = [key.digest(account_id, code) for code in codes]
    factors.replace_recovery_codes(session, account_id, digests)
    _record(session, found, ACCOUNT_RECOVERY_CODES_MADE)
    return codes


def reset_factors(session: Session, school_id: UUID, account_id: UUID, *, actor: Actor) -> None:
    """Take a person's factors away who has lost them, which ends their sessions.

    Raise NotFound, ManagedElsewhere, ServesElsewhere, or OwnFactors.
    """
    lock_managed(session, school_id, account_id)
    if actor.id == account_id:
        raise OwnFactors()
    take_factors_away(session, school_id, account_id, actor=actor)


def take_factors_away(session: Session, school_id: UUID, account_id: UUID, *, actor: Actor) -> None:
    """Take a person's factors away, if there are any, which ends their sessions."""
    count = factors.delete_factors(session, account_id)
    if not count:
        return
    accounts.end_sessions_of(session, account_id)
    events.record_operation(
        session,
        ACCOUNT_FACTORS_RESET,
        actor,
        school_id=school_id,
        account_id=account_id,
        count=count,
    )


def _is_demanded(session: Session, account_id: UUID) -> bool:
    """Return whether one of a person's schools demands a second factor of them."""
    for role in accounts.list_open_roles(session, account_id, clock.today()):
        school = schools.get_school(session, role.school_id)
        if demands(FactorFor(school.factor_for), Role(role.role)):
            return True
    return False


def _record(
    session: Session, found: accounts.OpenSession, operation: Operation, **details: Any
) -> None:
    events.record_operation(
        session,
        operation,
        Actor.of_staff(found.account.id),
        school_id=found.opened.school_id,
        account_id=found.account.id,
        **details,
    )
