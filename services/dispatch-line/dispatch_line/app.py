"""The HTTP door of dispatch-line; the only file that sees every room."""

from __future__ import annotations

from flask import Flask

from common.db import PEOPLE, Database
from common.keys import Keys
from common.web.app import create_base_app
from dispatch_line.actions.accounts import AccountBook
from dispatch_line.api import accounts, previews, quota, webhooks
from dispatch_line.clients import Clients
from dispatch_line.config import Settings
from dispatch_line.domain.sealing import OwnKey
from dispatch_line.provider import LineAccess


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clients: Clients | None = None,
) -> Flask:
    """Return the application; tests and standalone mode give `database` and `clients`."""
    settings = settings or Settings.load()
    if database is None:
        database = Database.connect(
            settings.own_database_url,
            pool_size=settings.pool_size,
            patience=PEOPLE,
        )
    app, api = create_base_app(
        "dispatch_line",
        settings,
        title="Renraku dispatch-line",
        is_ready=database.is_ready,
    )
    key = OwnKey(Keys(settings.keys_dir, settings.service).secret("accounts"))
    line = LineAccess(settings.line_api_url, settings.line_timeout_seconds)
    app.extensions["settings"] = settings
    app.extensions.update(database=database, own_key=key, accounts=AccountBook(database, key, line))
    app.extensions["clients"] = clients or Clients.of(settings)
    for blueprint in (
        webhooks.blueprint,
        quota.blueprint,
        previews.blueprint,
        accounts.blueprint,
        accounts.links,
    ):
        api.register_blueprint(blueprint)
    return app
