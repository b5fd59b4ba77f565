"""The HTTP door of retention; the only file that sees every room."""

from __future__ import annotations

from flask import Flask

from common.db import PEOPLE, Database
from common.web.app import create_base_app
from retention.api import calendars, erasures
from retention.config import Settings


def create_app(settings: Settings | None = None, *, database: Database | None = None) -> Flask:
    """Return the application; `database` is given by tests and by standalone mode."""
    settings = settings or Settings.load()
    if database is None:
        database = Database.connect(
            settings.own_database_url, pool_size=settings.pool_size, patience=PEOPLE
        )
    app, api = create_base_app(
        "retention", settings, title="Renraku retention", is_ready=database.is_ready
    )
    app.extensions["database"] = database
    api.register_blueprint(erasures.blueprint)
    api.register_blueprint(calendars.blueprint)
    return app
