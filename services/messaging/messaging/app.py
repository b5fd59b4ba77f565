"""The API of messaging; the only file that sees every room."""

from __future__ import annotations

from flask import Flask

from common.db import PEOPLE, Database
from common.keys import Keys
from common.web.app import create_base_app
from messaging.api import BLUEPRINTS
from messaging.clients import Clients
from messaging.config import Settings


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clients: Clients | None = None,
) -> Flask:
    """Return the Flask application.

    `database`, `clients`: in place of those that the settings name.
    """
    settings = settings or Settings.load()
    if database is None:
        database = Database.connect(
            settings.own_database_url, pool_size=settings.pool_size, patience=PEOPLE
        )
    app, api = create_base_app(
        __name__, settings, title="Renraku messaging", is_ready=database.is_ready
    )
    app.extensions["settings"] = settings
    app.extensions["database"] = database
    app.extensions["clients"] = clients or Clients.of(settings)
    app.extensions["link_secret"] = Keys(settings.keys_dir, settings.service).secret("links")
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    return app
