"""The HTTP door of dispatch-mail; the only file that sees every room."""

from __future__ import annotations

from flask import Flask

from common.db import PEOPLE, Database
from common.keys import Keys
from common.web.app import create_base_app
from dispatch_mail.api import previews, replies, unsubscribes
from dispatch_mail.clients import Clients
from dispatch_mail.config import Settings
from dispatch_mail.domain.compose import Sender


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
        "dispatch_mail",
        settings,
        title="Renraku dispatch-mail",
        is_ready=database.is_ready,
    )
    app.extensions["database"] = database
    app.extensions["clients"] = clients or Clients.of(settings)
    app.extensions["sender"] = sender_of(settings)
    for blueprint in (previews.blueprint, replies.blueprint, unsubscribes.blueprint):
        api.register_blueprint(blueprint)
    return app


def sender_of(settings: Settings) -> Sender:
    """Return who we are in mails."""
    secret = Keys(settings.keys_dir, settings.service).secret("links")
    return Sender(settings.base_url.rstrip("/"), settings.mail_domain, secret)
