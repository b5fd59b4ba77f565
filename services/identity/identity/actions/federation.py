"""Staff sign in by the city's account (ID-14).

Two transactions with the provider's answer between them, as with a password: the first takes the
sign-in out, so that its answer is good for once; the second opens the session or records the
failure.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from common import clock
from common.errors import ServiceError
from identity.actions.sign_in import open_session, record_failure
from identity.actions.tries import OpenedSession
from identity.domain.contracts import SchoolClosed
from identity.domain.federation import LIVES, Attempt, NobodyHere, digest_of_secret
from identity.domain.ways import Way
from identity.store import accounts, federation
from identity.store.federation import TakenSignIn
from identity.store.models import FederatedSignIn


def begin_federated(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Keep what is needed when the browser comes back."""
    begun = FederatedSignIn(
        id=digest_of_secret(attempt.state),
        binding=digest_of_secret(attempt.binding),
        nonce=attempt.nonce,
        verifier=attempt.verifier,
        started_at=now,
    )
    federation.add_sign_in(session, begun)


def take_federated(
    session: Session, state: str, binding: str, *, now: datetime
) -> TakenSignIn | None:
    """Return what a sign-in that came back in its own browser is checked by; None: there is none.

    It is used up, whatever becomes of it.
    """
    return federation.take_sign_in(
        session,
        digest_of_secret(state),
        digest_of_secret(binding),
        now - LIVES,
    )


def finish_federated(
    session: Session, login_index: bytes | None, way: Way, *, now: datetime
) -> OpenedSession | ServiceError:
    """Open a session for whom the provider names, or record the failure and return what to answer.

    To be committed either way. No account is made. `login_index`: None where the address is not one
    of the city's.
    """
    account = accounts.find_account(session, login_index) if login_index else None
    roles = accounts.list_open_roles(session, account.id, clock.today()) if account else []
    if account is not None and roles:
        return open_session(session, account, roles, way, now=now)
    record_failure(session, account.id if account else None)
    closed = accounts.find_closed_school(session, account.id) if account else None
    return SchoolClosed(closed) if closed else NobodyHere()
