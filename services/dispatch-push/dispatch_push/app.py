"""The HTTP door of dispatch-push; the only file that sees every room."""

from __future__ import annotations

from flask import Flask

from common.db import PEOPLE, Database
from common.web.app import create_base_app
from dispatch_push.api import previews, web_push
from dispatch_push.clients import Clients
from dispatch_push.config import Settings


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
        "dispatch_push",
        settings,
        title="Renraku dispatch-push",
        is_ready=database.is_ready,
    )
    app.extensions["database"] = database
    app.extensions["clients"] = clients or Clients.of(settings)
    app.extensions["settings"] = settings
    api.register_blueprint(previews.blueprint)
    api.register_blueprint(web_push.blueprint)
    return app
