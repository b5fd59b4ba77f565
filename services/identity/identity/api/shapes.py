"""Rows as they go over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.db.types import as_dict
from common.rights import known
from common.words import Language
from identity.actions.particulars import KnownSchool
from identity.domain.rights import rights_of
from identity.domain.temporary import state_of
from identity.domain.words import Role, StaffScope
from identity.store.models import Account, Contract, School, StaffRole
from identity.store.schools import limit_of


def profile_of(school: School, member_limit: int) -> dict[str, Any]:
    """Return a school's profile."""
    return {**as_dict(school), "member_limit": member_limit}


def settings_of(school: School, city_name: str) -> dict[str, Any]:
    """Return what a school's administrators set. `city_name`: of the city's accounts."""
    return {**as_dict(school), "city_name": city_name}


def listed_school_of(school: School, contract: Contract | None) -> dict[str, Any]:
    """Return a school as the operator's list shows it."""
    return {
        **profile_of(school, limit_of(contract)),
        "ends_on": contract.ends_on if contract else None,
    }


def school_of_operator(known: KnownSchool, *, has_letter: bool) -> dict[str, Any]:
    """Return a school with its contract and whom the operator reaches about it."""
    particulars = known.particulars
    return {
        **listed_school_of(known.school, known.contract),
        "contract": known.contract,
        "contacts": particulars.contacts if particulars else (),
        "version": particulars.version() if particulars else "",
        "has_letter": has_letter,
    }


def account_of(role: StaffRole) -> dict[str, Any]:
    """Return an account as it is at one school."""
    return {
        **as_dict(role),
        "id": role.account_id,
        "staff_role_id": role.id,
        "functions_off": sorted(known(role.functions_off)),
        "functions_on": sorted(known(role.functions_on)),
    }


def reader_of(role: StaffRole, account: Account, mail: str) -> dict[str, Any]:
    """Return who reads a notice, and in which language."""
    return {
        "account_id": role.account_id,
        "mail": mail,
        "display_name": role.display_name,
        "language": Language(account.language),
    }


def full_account_of(
    role: StaffRole, account: Account, mail: str, *, now: datetime
) -> dict[str, Any]:
    """Return an account to who manages it, with what it may do as things stand."""
    rights = rights_of(
        Role(role.role),
        StaffScope(role.scope),
        functions_off=role.functions_off,
        functions_on=role.functions_on,
    )
    return {
        **account_of(role),
        "mail": mail,
        "functions": sorted(rights.functions),
        "own_only": sorted(rights.own_only),
        "password_state": state_of(account.password_hash, account.temporary_until, now),
        "temporary_until": account.temporary_until,
    }
