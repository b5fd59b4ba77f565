"""What the gateway asks fits what each owner's API offers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import directory.app
import directory.config
import dispatch_line.app
import dispatch_line.config
import dispatch_mail.app
import dispatch_mail.config
import dispatch_push.app
import dispatch_push.config
import identity.app
import identity.config
import messaging.app
import messaging.config
import retention.app
import retention.config
from common.db import Database
from gateway.clients.calls import CALLS, SERVICES, Call

OWNERS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "identity": (identity.app, identity.config, {"keyring_dir": "keyring"}),
    "directory": (directory.app, directory.config, {}),
    "messaging": (messaging.app, messaging.config, {}),
    "dispatch-mail": (dispatch_mail.app, dispatch_mail.config, {}),
    "dispatch-line": (dispatch_line.app, dispatch_line.config, {}),
    "dispatch-push": (dispatch_push.app, dispatch_push.config, {"fcm_service_account_file": "service-account.json"}),
    "retention": (retention.app, retention.config, {}),
}


@pytest.fixture(scope="module")
def offers(keys_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return each owner's paths from its own OpenAPI document."""
    scratch, found = tmp_path_factory.mktemp("owners"), {}
    for service in SERVICES:
        app_room, config_room, more = OWNERS[service]
        database = Database.connect(f"sqlite:///{scratch}/{service}.db")
        given = {name: scratch / value for name, value in more.items()}
        settings = config_room.Settings(
            keys_dir=keys_dir, database_url=database.engine.url.render_as_string(), bus_url="memory://", **given
        )
        app = app_room.create_app(settings, database=database)
        with app.test_client() as client:
            found[service] = client.get("/openapi.json").get_json()["paths"]
        database.dispose()
    return found


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_owner_offers_what_we_ask(offers: dict[str, Any], call: Call) -> None:
    paths = offers[call.service]
    assert call.template in paths, f"{call.service} has no {call.template}"
    assert call.method.lower() in paths[call.template]
