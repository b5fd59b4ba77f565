"""The HTTP door of the directory; the only file that sees every room."""

from __future__ import annotations

from flask import Flask

from common import metrics
from common.db import PEOPLE, Database
from common.hashing import Hasher
from common.keys import Keys
from common.web.app import HouseApi, create_base_app
from common.web_push import PushServices
from directory.api import (
    board,
    contact_points,
    counting,
    empty_mails,
    family_links,
    family_sessions,
    groups,
    guardians,
    import_plans,
    imports,
    line_links,
    members,
    memberships,
    moves,
    own_contact_points,
    own_passwords,
    phone_numbers,
    registration_links,
    registration_sheets,
    registrations,
    rosters,
    snapshots,
    staff_imports,
    talk_registrations,
    unreachable,
    year_change,
)
from directory.clients import Clients
from directory.config import Settings


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clients: Clients | None = None,
) -> Flask:
    """Return the application.

    What is not given comes from the settings: identity answers for keys, limits, accounts and
    schools.
    """
    settings = settings or Settings.load()
    if database is None:
        database = Database.connect(
            settings.own_database_url,
            pool_size=settings.pool_size,
            patience=PEOPLE,
        )
    app, api = create_base_app(
        "directory",
        settings,
        title="Renraku directory",
        is_ready=database.is_ready,
    )
    app.extensions["database"] = database
    secrets = Keys(settings.keys_dir, "directory")
    app.extensions["link_secret"] = secrets.secret("links")
    app.extensions["tries_secret"] = secrets.secret("registration")
    metrics.expect_registration_tries(counting.RESULTS)
    app.extensions["hasher"] = Hasher(settings.bcrypt_cost, settings.password_places)
    app.extensions["push_services"] = PushServices(settings.push_services, settings.push_town_url)
    app.extensions["clients"] = clients or Clients.of(settings)
    _open_doors(api)
    return app


def _open_doors(api: HouseApi) -> None:
    """Let every resource of the house answer."""
    people = (members, guardians, memberships, moves, phone_numbers, registration_sheets)
    roster = (groups, *people, rosters, imports, import_plans, year_change)
    reach = (snapshots, contact_points, unreachable, board)
    my_page = (family_sessions, family_links, own_passwords)
    registering = (
        registrations,
        registration_links,
        line_links,
        talk_registrations,
        empty_mails,
    )
    of_staff = (staff_imports, own_contact_points)
    for resource in (*roster, *reach, *my_page, *registering, *of_staff):
        api.register_blueprint(resource.blueprint)
    api.register_blueprint(family_links.mails)
    api.register_blueprint(family_links.notifications)
    api.register_blueprint(import_plans.exports)
    api.register_blueprint(staff_imports.exports)
