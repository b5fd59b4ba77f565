"""The checks of every house find what they are there to find: each is shown a fault."""

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from common.db import words
from common.db.types import new_metadata
from common.testing import checks
from common.web import auth


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Animal(StrEnum):
    CAT = "cat"


def app_with(path: str, *, ruled: bool = True) -> Flask:
    app = Flask("house", static_folder=None)

    def view(**_: object) -> str:
        return ""

    app.add_url_rule(path, view_func=auth.allow(auth.PUBLIC)(view) if ruled else view)
    return app


def test_a_route_without_a_rule_is_found() -> None:
    checks.assert_every_route_has_a_rule(app_with("/members"))
    with pytest.raises(AssertionError, match="GET /members"):
        checks.assert_every_route_has_a_rule(app_with("/members", ruled=False))


@pytest.mark.parametrize(
    "path", ["/contact-points/<uuid:contact_point_id>", "/openapi.json", "/r/<string:token>", "/"]
)
def test_good_urls_pass(path: str) -> None:
    checks.assert_rules_kebab_case(app_with(path))


@pytest.mark.parametrize("path", ["/contact_points", "/ContactPoints", "/members/<member_id>"])
def test_urls_of_another_fashion_are_found(path: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(path)):
        checks.assert_rules_kebab_case(app_with(path))


def model(*, rule: bool = True, where: str = "colour = 'red'") -> sa.MetaData:
    metadata = new_metadata()
    table = sa.Table(
        "paints",
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("colour", sa.String(8), nullable=False),
        sa.Index(
            "ix_paints_red", "colour", sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        ),
    )
    if rule:
        table.append_constraint(words("colour", Colour))
    return metadata


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "versions" / "0001_first.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = '0001', None, None, None\n"
        "def upgrade():\n"
        "    op.create_table('paints', sa.Column('id', sa.Uuid(), nullable=False),\n"
        "        sa.Column('colour', sa.String(8), nullable=False),\n"
        "        sa.CheckConstraint("
        "\"colour IN ('red', 'blue')\", name=op.f('ck_paints_colour')),\n"
        "        sa.PrimaryKeyConstraint('id', name=op.f('pk_paints')))\n"
        "    red = sa.text(\"colour = 'red'\")\n"
        "    op.create_index('ix_paints_red', 'paints', ['colour'],"
        " sqlite_where=red, postgresql_where=red)\n"
    )
    return folder


def test_equal_databases_pass(migrations: Path, make_database: Callable[[str], str]) -> None:
    checks.assert_migrated_equals_created(model(), migrations, make_database)


def test_a_check_or_a_partial_index_that_differs_is_found(
    migrations: Path, make_database: Callable[[str], str]
) -> None:
    with pytest.raises(AssertionError, match="only in the migrations"):
        checks.assert_migrated_equals_created(model(rule=False), migrations, make_database)
    with pytest.raises(AssertionError, match="only in the migrations"):
        checks.assert_migrated_equals_created(
            model(where="colour = 'blue'"), migrations, make_database
        )


def test_two_heads_are_found(migrations: Path) -> None:
    checks.assert_one_head(migrations)
    first = migrations / "versions" / "0001_first.py"
    second = first.read_text().replace("'0001', None,", "'0002', None,")
    (migrations / "versions" / "0002_second.py").write_text(second)
    with pytest.raises(AssertionError, match="0002"):
        checks.assert_one_head(migrations)


def test_words_that_differ_from_the_domains_are_found() -> None:
    checks.assert_words_match(model(), {"paints.colour": Colour})
    for wrong in ({"paints.colour": Animal}, {}, {"paints.colour": Colour, "paints.kind": Animal}):
        with pytest.raises(AssertionError):
            checks.assert_words_match(model(), wrong)
