"""The second step of a sign-in: who gave the password proves a second factor (ID-6).

A try is counted before it is judged, and forgiven when it was right, as with passwords (`tries`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from common import clock
from common.errors import Busy, ServiceError
from common.operations import ACCOUNT_FACTOR_FAILED, ACCOUNT_RECOVERY_CODE_USED
from identity import events
from identity.actions.sessions import get_open_session, next_step
from identity.actions.sign_in import enter_school
from identity.actions.tries import CountedTry, Verdict, count_before_check, forgive
from identity.domain.factors import CHALLENGE_FOR, FactorKey, FactorProved, FactorWrong
from identity.domain.passkeys import (
    NewPasskey,
    RelyingParty,
    find_credential_id,
    find_sign_count,
    make_challenge,
)
from identity.domain.second_factor import find_step
from identity.domain.sessions import Step
from identity.domain.sources import Source
from identity.domain.words import Actor, FactorKind
from identity.store import accounts, factors, homes, sessions
from identity.store.models import Account, SecondFactor


@dataclass(frozen=True, slots=True)
class CountedProof:
    """A try to prove a factor that is counted and not yet judged. `digest`: of the session's id."""

    digest: bytes
    counted: CountedTry


@dataclass(frozen=True, slots=True)
class ProvedFactor:
    """The factor was proved. `codes_left`: after a recovery code was used; None: it was none."""

    codes_left: int | None = None


def get_unproved_session(session: Session, digest: bytes, *, now: datetime) -> accounts.OpenSession:
    """Return a session whose owner has a factor to prove; raise SessionEnded or FactorProved."""
    found = get_open_session(session, digest, now=now)
    if next_step(found) is not Step.FACTOR:
        raise FactorProved()
    return found


def count_proof(
    session: Session, digest: bytes, key: FactorKey, *, now: datetime
) -> CountedProof | Busy:
    """Count a try to prove a factor, or return why it is not to be judged now.

    To be committed either way. Whoever tries has the password: tries are counted by account,
    wherever they come from. Raise SessionEnded or FactorProved.
    """
    account = get_unproved_session(session, digest, now=now).account

    def find(_session: Session, _index: bytes) -> Account:
        return account

    index = key.index_of_tries(account.id)
    source = Source.of_all_places(index)
    counted = count_before_check(
        session,
        source,
        find,
        now=now,
    )
    if isinstance(counted, Busy):
        return counted
    return CountedProof(digest, counted)


def prove_by_code(
    session: Session, proof: CountedProof, code: str, key: FactorKey, *, now: datetime
) -> ProvedFactor | ServiceError:
    """Let a session go on by a code of an app or a recovery code, or return what to answer.

    To be committed either way.
    """
    found = get_unproved_session(session, proof.digest, now=now)
    account_id = found.account.id
    apps = factors.lock_factors(session, account_id)
    if _fits_an_app(apps, code, key, now):
        _pass(session, found, proof.counted, now)
        return ProvedFactor()
    digest = key.digest(account_id, code)
    is_recovery_code = factors.take_recovery_code(session, account_id, digest)
    if not is_recovery_code:
        return _fail(session, found)
    _pass(session, found, proof.counted, now)
    left = factors.count_recovery_codes(session, account_id)
    home_id = homes.find_home_school(session, account_id, clock.today())
    events.record_operation(
        session,
        ACCOUNT_RECOVERY_CODE_USED,
        Actor.of_staff(account_id),
        school_id=home_id,
        account_id=account_id,
        left=left,
    )
    return ProvedFactor(left)


def _fits_an_app(known: list[SecondFactor], code: str, key: FactorKey, now: datetime) -> bool:
    """Return whether this is a code of one of somebody's apps, which it uses up."""
    for factor in known:
        if factor.kind != FactorKind.TOTP or factor.secret is None:
            continue
        secret = key.open_secret(factor.secret, factor.id)
        step = find_step(
            secret,
            code,
            last_step=factor.counter,
            now=now,
        )
        if step is not None:
            factor.counter = step
            factor.used_at = now
            return True
    return False


def challenge_for_proof(
    session: Session, digest: bytes, *, now: datetime
) -> tuple[bytes, list[bytes]]:
    """Return what a passkey is to sign, and the ids of those of which one will do."""
    found = get_unproved_session(session, digest, now=now)
    found.opened.challenge = make_challenge()
    found.opened.challenged_at = now
    known = factors.list_factors(session, found.account.id)
    return found.opened.challenge, credential_ids(known)


def credential_ids(known: list[SecondFactor]) -> list[bytes]:
    """Return the ids of the passkeys among somebody's factors."""
    return [each.credential_id for each in known if each.credential_id is not None]


def prove_by_passkey(
    session: Session, proof: CountedProof, credential: str, party: RelyingParty, *, now: datetime
) -> ProvedFactor | ServiceError:
    """Let a session go on by what a passkey has signed, or return what to answer.

    To be committed either way: what was to be signed is used up.
    """
    found = get_unproved_session(session, proof.digest, now=now)
    known = factors.lock_factors(session, found.account.id)
    taken = sessions.take_challenge(session, proof.digest)
    credential_id = find_credential_id(credential)
    passkey = next((each for each in known if each.credential_id == credential_id), None)
    if taken is None or passkey is None or passkey.credential_id is None:
        return _fail(session, found)
    challenge, since = taken
    kept = NewPasskey(
        passkey.credential_id,
        passkey.public_key or b"",
        passkey.counter,
    )
    sign_count = find_sign_count(
        party,
        challenge,
        credential,
        kept,
    )
    is_late = now - since > CHALLENGE_FOR
    if sign_count is None or is_late:
        return _fail(session, found)
    passkey.counter = sign_count
    passkey.used_at = now
    _pass(
        session,
        found,
        proof.counted,
        now,
    )
    return ProvedFactor()


def _fail(session: Session, found: accounts.OpenSession) -> FactorWrong:
    account_id = found.account.id
    events.record_operation(
        session,
        ACCOUNT_FACTOR_FAILED,
        Actor.of_staff(account_id),
        school_id=homes.find_home_school(session, account_id, clock.today()),
        account_id=account_id,
    )
    return FactorWrong()


def _pass(
    session: Session, found: accounts.OpenSession, counted: CountedTry, now: datetime
) -> None:
    """Write down that the factor was proved; who serves at one school only enters it."""
    forgive(session, found.account, Verdict(counted, matched=True))
    opened = found.opened
    opened.factor_at = now
    # Of a proof on its way; what a new passkey signs is another.
    opened.challenge = opened.challenged_at = None
    roles = accounts.list_open_roles(session, found.account.id, clock.today())
    if found.role is None and len(roles) == 1:
        enter_school(session, opened, roles[0], now=now)
