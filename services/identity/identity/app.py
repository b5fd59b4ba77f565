"""The HTTP door of identity; the only file that sees every room."""

from __future__ import annotations

from flask import Flask

from common.db import PEOPLE, Database
from common.hashing import Hasher, HashingPlaces
from common.keys import Keys
from common.web.app import create_base_app
from identity.api import (
    accesses,
    account_reviews,
    accounts,
    download_alarms,
    federated_sign_ins,
    keys,
    operation_log,
    operator_sessions,
    operators,
    own,
    own_factors,
    proofs,
    recoveries,
    roster_accounts,
    schools,
    sessions,
    temporary_passwords,
)
from identity.api.door import Desk, House
from identity.config import OPERATORS_SLOTS, Settings
from identity.domain.devices import DeviceKey
from identity.domain.factors import FactorKey
from identity.domain.logins import LoginKey, OperatorKey
from identity.domain.passkeys import RelyingParty
from identity.domain.sources import Sources
from identity.domain.temporary import TemporaryKey
from identity.provider import Provider
from identity.store.keyring import Keyring

ROOMS = (
    sessions,
    proofs,
    federated_sign_ins,
    own,
    own_factors,
    operator_sessions,
    operators,
    schools,
    accesses,
    accounts,
    roster_accounts,
    temporary_passwords,
    account_reviews,
    download_alarms,
    recoveries,
    keys,
    operation_log,
)


def create_app(settings: Settings | None = None, *, database: Database | None = None) -> Flask:
    """Return the application; `database` is given by tests and by standalone mode."""
    settings = settings or Settings.load()
    if database is None:
        database = Database.connect(
            settings.own_database_url,
            pool_size=settings.pool_size,
            patience=PEOPLE,
        )
    app, api = create_base_app(
        "identity",
        settings,
        title="Renraku identity",
        is_ready=database.is_ready,
    )
    own_keys = Keys(settings.keys_dir, settings.service)
    app.extensions["database"] = database
    app.extensions["house"] = House(
        database=database,
        keys=own_keys,
        login=LoginKey(own_keys.secret("login")),
        temporary=TemporaryKey(own_keys.secret("temporary-passwords")),
        factor=FactorKey(own_keys.secret("factors")),
        party=RelyingParty.of(settings.base_url),
        operator_key=OperatorKey(own_keys.secret("operators")),
        keyring=Keyring(settings.keyring_dir, own_keys.wrapping_keys),
        staff=_open_desk(settings, own_keys, "staff", settings.staff_places),
        operators=_open_desk(settings, own_keys, "operators", HashingPlaces(OPERATORS_SLOTS)),
        provider=_open_provider(settings),
    )
    for room in ROOMS:
        api.register_blueprint(room.blueprint)
    return app


def _open_desk(settings: Settings, keys: Keys, kind: str, places: HashingPlaces) -> Desk:
    sources = Sources(
        keys.secret(f"sources of {kind}"),
        DeviceKey(keys.secret(f"devices of {kind}")),
        settings.networks_never_slowed,
    )
    return Desk(Hasher(settings.bcrypt_cost, places), sources)


def _open_provider(settings: Settings) -> Provider | None:
    city = settings.city
    return Provider(city, settings.city_places) if city else None
