"""The house keeps the rules that every house keeps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from retention_house import House

import retention
from common.testing import checks
from retention.domain.words import ErasureState, StepState
from retention.store.models import METADATA
from retention.worker import QUEUES, create_worker

MIGRATIONS = Path(retention.__file__).parent / "migrations"


def test_every_route_says_who_may_call_it(house: House) -> None:
    checks.assert_every_route_has_a_rule(house.app)


def test_urls_are_kebab_case_and_typed(house: House) -> None:
    checks.assert_rules_kebab_case(house.app)


def test_a_migrated_database_equals_a_created_one(make_database: Callable[[str], str]) -> None:
    checks.assert_migrated_equals_created(METADATA, MIGRATIONS, make_database)


def test_the_migrations_have_one_head() -> None:
    checks.assert_one_head(MIGRATIONS)


def test_the_tables_hold_the_domains_words() -> None:
    checks.assert_words_match(
        METADATA, {"erasures.state": ErasureState, "erasure_steps.state": StepState}
    )


def test_the_worker_hears_what_its_queues_are_bound_to(house: House) -> None:
    heard = {key for queue in QUEUES for key in queue.keys}
    assert heard == {"contract.ended", "erasure.due", "school.erased", "erasure.completed"}
    transport: Any = None
    assert create_worker(house.settings, house.database, transport)


@pytest.mark.parametrize("module", ["retention.worker", "retention.jobs"])
def test_worker_and_clock_need_no_web_framework(module: str) -> None:
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; import {module}; sys.exit('flask' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
