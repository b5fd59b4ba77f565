"""What every house promises.

Rules on routes, migrations equal to models, words equal to the domain's; SQLite too.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from directory_school import FixedAccounts, FixedSchools
from flask import Flask

import directory
from common.db import Database, Encrypted, migrate
from common.testing.checks import (
    assert_every_route_has_a_rule,
    assert_migrated_equals_created,
    assert_one_head,
    assert_rules_kebab_case,
    assert_words_match,
)
from common.words import Channel, Language
from directory.app import create_app
from directory.clients import Clients
from directory.config import Settings
from directory.domain.my_page.links import LinkKind
from directory.domain.registration.states import ChildState
from directory.domain.words import (
    ContactState,
    GroupKind,
    MemberKind,
    MembershipKind,
    MemberStatus,
)
from directory.jobs import JOBS
from directory.store.models import METADATA

MIGRATIONS = Path(directory.__file__).parent / "migrations"


def test_every_route_has_a_rule(app):
    assert_every_route_has_a_rule(app)


def test_urls_are_kebab_case_with_typed_variables(app):
    assert_rules_kebab_case(app)


def test_migrations_end_in_one_head():
    assert_one_head(MIGRATIONS)


def test_a_migrated_database_equals_a_created_one(make_database):
    assert_migrated_equals_created(METADATA, MIGRATIONS, make_database)


def test_words_in_the_database_are_the_domains():
    assert_words_match(
        METADATA,
        {
            "members.kind": MemberKind,
            "members.status": MemberStatus,
            "members.planned_status": MemberStatus,
            "groups.kind": GroupKind,
            "memberships.kind": MembershipKind,
            "guardians.language": Language,
            "contact_points.kind": Channel,
            "contact_points.state": ContactState,
            "family_links.kind": LinkKind,
            "registrations.language": Language,
            "registration_children.state": ChildState,
        },
    )


def test_addresses_and_numbers_are_encrypted_columns():
    encrypted = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, Encrypted)
    }
    assert encrypted == {
        "contact_points.address",
        "line_links.address",
        "phone_numbers.number",
        "registration_apps.address",
        "registration_mails.address",
        "import_plans.asked",
        "import_plans.content",
        "import_plans.upload",
        "staff_imports.content",
        "staff_imports.upload",
    }


def test_every_row_of_the_roster_has_its_school():
    bus = {"outbox", "inbox", "parked_events", "leases"}
    # What was typed may be the code of no school.
    of_nobody = {"registration_tries", "registration_attempts"}
    assert all(
        "school_id" in table.columns
        for name, table in METADATA.tables.items()
        if name not in bus | of_nobody
    )


def test_the_clock_keeps_the_bus_the_uploads_and_the_audiences_small():
    names = [job.name for job in JOBS]
    assert names == [
        "purge",
        "erase_expired_plans",
        "erase_expired_imports",
        "resume_imports",
        "erase_deleted_members",
        "erase_guardians_alone",
        "purge_snapshots",
        "erase_deleted_groups",
        "tell_due_statuses",
        "tell_due_years",
        "forget_turned_years",
        "purge_tries",
        "sweep_registrations",
        "forget_old_sessions",
        "forget_old_links",
        "tell_weeks",
    ]


def test_the_api_describes_itself(empty_school):
    paths = empty_school.get("/openapi.json")["paths"]
    assert "/snapshots/{snapshot_id}/page" in paths
    assert "/contact-points/look-up" in paths


class TestOnSqlite:
    """The same house in standalone mode."""

    @pytest.fixture
    def app(self, tmp_path, keys_dir, school_keys, limits) -> Flask:
        url = f"sqlite:///{tmp_path}/directory.db"
        migrate.upgrade(url, MIGRATIONS, METADATA)
        settings = Settings(database_url=url, bus_url="memory://", keys_dir=keys_dir)
        database = Database.connect(url)
        yield create_app(
            settings,
            database=database,
            clients=Clients(school_keys, lambda _: limits.limit, FixedAccounts(), FixedSchools()),
        )
        database.dispose()

    def test_a_roster_is_loaded_searched_and_addressed(self, school):
        assert [item["display_name"] for item in school.get("/members?query=4-2-12")["items"]] == [
            "高木 さくら"
        ]
        first = school.get("/members?limit=3")
        rest = school.get(f"/members?after={first['next']}")
        assert len(first["items"]) + len(rest["items"]) == 11
        made = school.snapshot(groups=["全校"])
        page = school.get(f"/snapshots/{made['id']}/page?limit=1", school.service("messaging"))
        assert (made["heads"], made["households"], len(page["items"])) == (7, 6, 1)

    def test_a_pupil_moves_in(self, school):
        body = {
            "kind": "pupil",
            "display_name": "転入 花",
            "kana": "ア",
            "class_id": school.roster.id("4-1"),
        }
        made = school.post("/members", body)
        assert school.get(f"/members/{made['id']}")["class_name"] == "4年1組"


def test_what_people_ask_for_is_not_opened_to_a_house_in_its_own_name(school):
    """The roster of every school would lie open to who has stolen the gateway's key."""
    of_a_class = f"/groups/{school.roster.id('4-1')}"
    names = {"ids": school.of("山崎 樹")}
    for house in ("gateway", "messaging"):
        for path in ("/groups", of_a_class, "/members"):
            assert school.call("GET", path, school.service(house)).status_code == 403
    look_up = "/members/look-up"
    assert school.call("POST", look_up, school.service("messaging"), json=names).status_code == 200
    assert school.call("POST", look_up, school.service("gateway"), json=names).status_code == 403
    operator = school.service("operator")
    assert school.call("POST", "/members", operator, json={}).status_code == 403
    member = f"/members/{school.roster.id('山崎 樹')}"
    assert school.call("PATCH", member, operator, json={}).status_code == 403
