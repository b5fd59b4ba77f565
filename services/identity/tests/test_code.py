"""The house keeps the rules that every house keeps."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from flask import Flask

import identity
from common.testing import checks
from common.words import GuardianNames, Language
from identity.domain.words import (
    ActorKind,
    ContractState,
    FactorFor,
    FactorKind,
    Role,
    RoleStatus,
    SchoolKind,
    SchoolState,
    SignInBy,
    StaffScope,
)
from identity.store.models import METADATA

MIGRATIONS = Path(identity.__file__).parent / "migrations"


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    checks.assert_every_route_has_a_rule(app)


def test_urls_are_kebab_case_and_typed(app: Flask) -> None:
    checks.assert_rules_kebab_case(app)


def test_a_migrated_database_equals_a_created_one(make_database: Callable[[str], str]) -> None:
    checks.assert_migrated_equals_created(METADATA, MIGRATIONS, make_database)


def test_the_migrations_have_one_head() -> None:
    checks.assert_one_head(MIGRATIONS)


def test_the_tables_hold_the_domains_words() -> None:
    checks.assert_words_match(
        METADATA,
        {
            "schools.kind": SchoolKind,
            "schools.state": SchoolState,
            "contracts.state": ContractState,
            "schools.factor_for": FactorFor,
            "second_factors.kind": FactorKind,
            "schools.sign_in_by": SignInBy,
            "schools.guardian_names": GuardianNames,
            "accounts.language": Language,
            "staff_roles.role": Role,
            "staff_roles.scope": StaffScope,
            "staff_roles.status": RoleStatus,
            "operation_log.actor_kind": ActorKind,
        },
    )


def test_the_documentation_names_every_route_of_the_house(app: Flask) -> None:
    paths = set(app.test_client().get("/openapi.json").json["paths"])
    assert paths == {
        "/sessions",
        "/sessions/resolve",
        "/sessions/end",
        "/sessions/schools",
        "/sessions/school",
        "/sessions/password",
        "/sessions/factor/kinds",
        "/sessions/factor/code",
        "/sessions/factor/challenges",
        "/sessions/factor/passkey",
        "/own/factors/look-up",
        "/own/factors/confirmations",
        "/own/factors/app-offers",
        "/own/factors/apps",
        "/own/factors/passkey-offers",
        "/own/factors/passkeys",
        "/own/factors/{factor_id}/end",
        "/own/factors/recovery-codes",
        "/accounts/{account_id}/factors",
        "/federated-sign-ins",
        "/own/sessions",
        "/own/sessions/end",
        "/own/language",
        "/own/password",
        "/accounts/changes",
        "/roster-accounts",
        "/roster-accounts/checks",
        "/accounts/notice-addresses",
        "/accounts/{account_id}/restore",
        "/temporary-passwords",
        "/account-reviews",
        "/download-alarms",
        "/schools/{school_id}/recoveries",
        "/schools/{school_id}/recoveries/{recovery_id}/agree",
        "/download-alarms/{alarm_id}/seen",
        "/account-reviews/{review_id}",
        "/temporary-passwords/exports",
        "/schools/current/settings",
        "/operator-sessions",
        "/operator-sessions/resolve",
        "/operator-sessions/end",
        "/operators",
        "/operators/{operator_id}",
        "/operators/{operator_id}/remove",
        "/operators/{operator_id}/second-factor",
        "/schools",
        "/schools/current",
        "/schools/mail-locals/{mail_local}",
        "/schools/codes/{code}",
        "/schools/{school_id}",
        "/schools/{school_id}/end",
        "/schools/{school_id}/erasing",
        "/schools/{school_id}/letters",
        "/schools/{school_id}/accesses",
        "/schools/{school_id}/accesses/{access_id}/end",
        "/schools/{school_id}/accesses/{access_id}/looks",
        "/accounts",
        "/accounts/{account_id}",
        "/accounts/{account_id}/password",
        "/keys/{school_id}",
        "/keys/{school_id}/destroy",
        "/operation-log",
        "/operation-log/exports",
        "/operation-log/printed-lists",
    }


def test_worker_and_clock_need_no_web_framework() -> None:
    code = "import sys, identity.worker, identity.jobs; sys.exit('flask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
