"""Rules about the code: doors have locks, models and migrations agree, workers carry no web
framework.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from messaging_house import House

import messaging
from common.schemas.events import EVENTS
from common.testing import checks
from common.words import FINAL, Channel, Lane
from messaging.domain import states
from messaging.store.models import METADATA

MIGRATIONS = Path(messaging.__file__).parent / "migrations"


def test_every_route_says_who_may_call_it(house: House) -> None:
    checks.assert_every_route_has_a_rule(house.app)
    checks.assert_rules_kebab_case(house.app)


def test_there_is_one_newest_migration_and_it_makes_what_the_models_say(
    make_database: Callable[[str], str],
) -> None:
    checks.assert_one_head(MIGRATIONS)
    checks.assert_migrated_equals_created(METADATA, MIGRATIONS, make_database)


def test_words_in_the_database_are_the_words_of_the_domain() -> None:
    checks.assert_words_match(
        METADATA,
        {
            "templates.kind": states.MessageKind,
            "templates.lane": Lane,
            "messages.kind": states.MessageKind,
            "messages.state": states.MessageState,
            "messages.lane": Lane,
            "recipients.state": states.RecipientState,
            "outcomes.channel": Channel,
            "outcomes.state": states.OutcomeState,
        },
    )


def test_words_on_the_bus_are_the_words_of_the_domain() -> None:
    assert {state.value for state in states.OutcomeState} - {"nothing", "bounced"} == set(FINAL)


def test_the_worker_hears_only_events_that_have_a_schema() -> None:
    from messaging.worker import QUEUES

    heard = {
        key.removesuffix(".urgent").removesuffix(".normal")
        for queue in QUEUES
        for key in queue.keys
    }
    assert heard == {
        "message.released",
        "message.paged",
        "delivery.settled",
        "delivery.amended",
        "guardianship.ended",
        "guardianship.protected",
        "guardian.joined",
        "contact_point.ended",
        "readers.unnamed",
        "school.erasing",
    }
    assert heard <= set(EVENTS)


@pytest.mark.parametrize("module", ["messaging.worker", "messaging.jobs"])
def test_worker_and_clock_load_no_web_framework(module: str) -> None:
    program = f"import sys, {module}; sys.exit('flask' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-W", "error", "-c", program], check=False).returncode == 0
    )


def test_the_api_describes_itself(house: House) -> None:
    spec = house.client.get("/openapi.json").json
    assert "/messages/{message_id}/release" in spec["paths"]
    assert {"get", "post"} <= set(spec["paths"]["/messages"])
