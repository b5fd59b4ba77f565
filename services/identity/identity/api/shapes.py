"""Rows as they go over HTTP."""

from __future__ import annotations

from typing import Any

from common.db.types import as_dict
from common.rights import known
from identity.store.models import Contract, School, StaffRole
from identity.store.schools import limit_of


def profile_of(school: School, member_limit: int) -> dict[str, Any]:
    """Return a school's profile."""
    return {**as_dict(school), "member_limit": member_limit}


def listed_school_of(school: School, contract: Contract | None) -> dict[str, Any]:
    """Return a school as the operator's list shows it."""
    return {
        **profile_of(school, limit_of(contract)),
        "ends_on": contract.ends_on if contract else None,
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
