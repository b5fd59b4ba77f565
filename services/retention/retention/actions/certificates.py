"""The end of a school's key, and the certificate of its erasure (RET-1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.db import Database
from common.errors import NotFound
from common.schemas import Envelope
from retention import events, provider
from retention.actions.erasures import calendar_of
from retention.clients import Clients, DestroyedKey
from retention.domain import wording
from retention.domain.certificate import Facts, make_certificate, sign
from retention.domain.words import ErasureState
from retention.store import erasures
from retention.store.models import Erasure


def destroy_key(database: Database, clients: Clients) -> Callable[[Envelope], DestroyedKey | None]:
    """Return the gathering half of `erasure.completed`: let identity destroy the key, once.

    None while a house has still to answer: a key does not come back, so the event's word alone is
    not enough.
    """

    def gather(event: Envelope) -> DestroyedKey | None:
        assert event.school_id is not None
        with database.for_system(read_only=True) as session:
            erasure = erasures.find_erasure(session, event.school_id)
            is_erased = erasure is not None and erasure.state == ErasureState.ERASED
        return clients.destroy_key(event.school_id) if is_erased else None

    return gather


def certify(signer: Callable[[bytes], bytes], issuer: str) -> Callable[..., None]:
    """Return the acting half of `erasure.completed`: write the certificate, once.

    `issuer`: who runs the installation.
    """

    def act(session: Session, event: Envelope, key: DestroyedKey | None, *, now: datetime) -> None:
        assert event.school_id is not None
        erasure = erasures.find_locked(session, event.school_id)
        if key is None or erasure is None or erasure.state != ErasureState.ERASED:
            return
        erasure.key_destroyed_at = key.destroyed_at
        facts = _facts(session, erasure, key, now, issuer)
        erasure.certificate = sign(make_certificate(facts), signer)
        erasure.state = ErasureState.CERTIFIED
        erasure.certified_at = now
        erasure.asked_at = now
        events.record_erased(session, erasure.school_id, erasure.certificate["id"])

    return act


def _facts(
    session: Session, erasure: Erasure, key: DestroyedKey, now: datetime, issuer: str
) -> Facts:
    assert erasure.started_at
    assert erasure.erased_at
    return Facts(
        id=uuid4(),
        school_id=erasure.school_id,
        school_code=erasure.school_code,
        school_name=erasure.school_name,
        calendar=calendar_of(erasure),
        started_at=erasure.started_at,
        erased_at=erasure.erased_at,
        key_destroyed_at=key.destroyed_at,
        fingerprint=key.fingerprint,
        counts=_counts_of(session, erasure.school_id),
        issued_at=now,
        issuer=issuer,
    )


def _counts_of(session: Session, school_id: UUID) -> dict[str, dict[str, int]]:
    """Return house → table → how many rows it lost."""
    steps = erasures.list_steps(session, [school_id])[school_id]
    return {step.house: step.counts or {} for step in steps}


def get_certificate(session: Session, school_id: UUID) -> dict[str, Any]:
    """Return the certificate of a school's erasure; raise NotFound while there is none."""
    certificate = erasures.get_erasure(session, school_id).certificate
    if certificate is None:
        raise NotFound(
            "certificate_not_found", "The erasure is not over: there is no certificate yet."
        )
    return certificate


def hand_over(session: Session, school_id: UUID, operator_id: UUID, *, now: datetime) -> None:
    """Note that a school has its certificate; the first time stays.

    Raise NotFound while there is none.
    """
    get_certificate(session, school_id)
    erasure = erasures.find_locked(session, school_id)
    assert erasure is not None
    if erasure.handed_over_at is None:
        erasure.handed_over_at = now
        events.record_handed_over(session, school_id, operator_id)


def print_certificate(certificate: dict[str, Any]) -> bytes:
    """Return the certificate as a PDF of one page."""
    issued_at = datetime.fromisoformat(certificate["issued_at"])
    return provider.print_page(wording.paper_of(certificate), issued_at)
