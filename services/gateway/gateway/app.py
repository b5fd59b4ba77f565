"""The HTTP door of the gateway; the only file that sees every room."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from common.keys import Keys
from common.web.app import add_health, observe
from gateway.clients import Clients
from gateway.config import Settings
from gateway.pages import BLUEPRINTS, EXEMPT, door, errors, family, filters, frame, sign_ins
from gateway.pages.public import static_files

MAX_FORM_BYTES = 1024 * 1024
# Seconds. Static addresses carry a fingerprint of the file.
A_YEAR = 31_536_000


def create_app(settings: Settings | None = None, *, clients: Clients | None = None) -> Flask:
    """Return the application; `clients` is given by tests."""
    settings = settings or Settings.load()
    app = Flask("gateway")
    app.config.update(
        SECRET_KEY=Keys(settings.keys_dir, settings.service).secret("cookies"),
        SESSION_COOKIE_NAME="__Host-renraku-form" if settings.is_secure else "renraku-form",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=A_YEAR,
        # A mother opens a page at 7 and presses at 21.
        WTF_CSRF_TIME_LIMIT=None,
        # Guardians' pages send no Referer; the token alone decides.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.extensions["settings"] = settings
    app.extensions["clients"] = clients or Clients.of(settings)
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    observe(app, settings.service)
    door.install(app)
    sign_ins.install(app, settings)
    csrf = CSRFProtect(app)
    family.install(app)
    frame.install(app)
    filters.install(app)
    errors.install(app)
    add_health(app, settings.service, lambda: True)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for view in EXEMPT:
        csrf.exempt(view)
    app.view_functions["static"] = static_files.send
    return app
