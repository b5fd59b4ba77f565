"""Queries about sign-ins that have gone over to the city's provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from identity.store.models import FederatedSignIn


@dataclass(frozen=True, slots=True)
class TakenSignIn:
    """What a sign-in that came back is checked by."""

    nonce: str
    verifier: str


def add_sign_in(session: Session, begun: FederatedSignIn) -> None:
    session.add(begun)


def take_sign_in(
    session: Session, digest: bytes, binding: bytes, since: datetime
) -> TakenSignIn | None:
    """Take a sign-in out that began after a moment in this browser; None: there is none.

    Of two who bring the same, one deletes the row. What another browser brings stays for its own.
    """
    table = FederatedSignIn
    taken = session.execute(
        delete(table)
        .where(table.id == digest, table.binding == binding, table.started_at > since)
        .returning(table.nonce, table.verifier)
    ).one_or_none()
    return None if taken is None else TakenSignIn(*taken)


def purge_federated(session: Session, before: datetime) -> None:
    session.execute(delete(FederatedSignIn).where(FederatedSignIn.started_at <= before))
