"""What every view reaches for: the database, the keys, the desks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import current_app

from common.db import Database
from common.errors import ServiceError
from common.hashing import Hasher
from common.keys import Keys
from common.web import auth
from identity.domain.factors import FactorKey
from identity.domain.logins import LoginKey, OperatorKey
from identity.domain.passkeys import RelyingParty
from identity.domain.sources import Sources
from identity.domain.temporary import TemporaryKey
from identity.domain.words import Actor, ActorKind
from identity.provider import Provider
from identity.store.keyring import Keyring


@dataclass(frozen=True)
class Desk:
    """Where one kind of people signs in: neither's rush or wrong tries count for the other."""

    hasher: Hasher
    sources: Sources


@dataclass(frozen=True)
class House:
    """`provider`: the city's, None where the operator has named none."""

    database: Database
    keys: Keys
    login: LoginKey
    temporary: TemporaryKey
    factor: FactorKey
    party: RelyingParty
    operator_key: OperatorKey
    keyring: Keyring
    staff: Desk
    operators: Desk
    provider: Provider | None


def house() -> House:
    """Return this application's house."""
    found: House = current_app.extensions["house"]
    return found


def actor() -> Actor:
    """Return who acts in this request, for the operation log."""
    who = auth.caller()
    if isinstance(who, auth.Staff):
        return Actor(ActorKind.STAFF, who.account_id)
    if isinstance(who, auth.Operator | auth.LookingOperator):
        return Actor(ActorKind.OPERATOR, who.operator_id)
    return Actor(ActorKind.OPERATOR if who.name == "operator" else ActorKind.SYSTEM)


@contextmanager
def naming(account_id: UUID) -> Iterator[None]:
    """Name the account in what is refused in the block: where many are asked for, nobody else can
    tell of whom it was.
    """
    try:
        yield
    except ServiceError as error:
        error.fields["account"] = str(account_id)
        raise
