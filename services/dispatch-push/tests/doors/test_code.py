"""The house keeps the rules that every house keeps."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

import dispatch_push
from common.testing import checks
from common.words import DeliveryState
from dispatch_push.store.models import METADATA

MIGRATIONS = Path(dispatch_push.__file__).parent / "migrations"


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    checks.assert_every_route_has_a_rule(app)


def test_urls_are_kebab_case_and_typed(app: Flask) -> None:
    checks.assert_rules_kebab_case(app)


def test_a_migrated_database_equals_a_created_one(make_database: Callable[[str], str]) -> None:
    checks.assert_migrated_equals_created(METADATA, MIGRATIONS, make_database)


def test_the_migrations_have_one_head() -> None:
    checks.assert_one_head(MIGRATIONS)


def test_the_tables_hold_the_words_of_delivery() -> None:
    checks.assert_words_match(METADATA, {"deliveries.state": DeliveryState})
