"""Whether a database is at its newest revision is told without alembic, and as alembic tells it."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from common.db import revision
from suite.houses import STORED, Doors


@pytest.fixture(params=STORED, ids=lambda house: house.name)
def house(request: pytest.FixtureRequest) -> Doors:
    made: Doors = request.param
    return made


def test_the_newest_revision_is_the_one_that_alembic_would_go_to(house: Doors) -> None:
    config = Config()
    config.set_main_option("script_location", str(house.migrations))
    config.set_main_option("path_separator", "os")
    head = ScriptDirectory.from_config(config).get_current_head()
    assert revision.newest(house.migrations) == head


class Place:
    """Settings that know one thing: where the house's database is."""

    def __init__(self, url: str) -> None:
        self.own_database_url = url


def test_an_empty_database_and_one_that_is_behind_are_not_at_the_newest(tmp_path: Path) -> None:
    house = STORED[0]
    url = f"sqlite:///{tmp_path / 'one.db'}"
    newest = revision.newest(house.migrations)
    assert newest is not None
    assert not revision.is_at(url, newest)
    house.upgrade(Place(url))
    assert revision.is_at(url, newest)
    assert not revision.is_at(url, "0001")


def test_the_same_holds_on_postgresql(make_database) -> None:
    house = STORED[0]
    url = make_database("revision")
    newest = revision.newest(house.migrations)
    assert not revision.is_at(url, newest)
    assert house.upgrade(Place(url)) == newest
    assert revision.is_at(url, newest)


def test_two_heads_are_left_to_alembic_to_complain_of(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "0001_a.py").write_text('revision = "0001"\ndown_revision = None\n')
    for name in ("0002", "0003"):
        text = f'revision = "{name}"\ndown_revision = "0001"\n'
        (versions / f"{name}_b.py").write_text(text)
    assert revision.newest(tmp_path) is None
