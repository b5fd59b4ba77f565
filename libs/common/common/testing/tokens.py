"""Keys and tokens for tests.

Real signatures from a throw-away keys folder, so that the door's own check runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from common import keys
from common.houses import SIGNERS
from common.keys import Keys
from common.words import SchoolPart

USER_TOKEN_LIFETIME = timedelta(minutes=5)


def make_keys(folder: Path) -> Path:
    """Make a pair of keys and a secret for every service in `folder`.

    Return the folder, for `Settings.keys_dir`.
    """
    keys.initialise(folder, SIGNERS)
    return folder


def staff_token(
    keys_dir: Path,
    *,
    school_id: UUID,
    functions: Iterable[str] = (),
    own_only: Iterable[str] = (),
    role: str = "administrator",
    groups: Iterable[UUID] = (),
    account_id: UUID | None = None,
    member_id: UUID | None = None,
    own_messages: bool = False,
) -> str:
    """Return the token that identity would sign for a member of staff, good for 5 minutes.

    They may do exactly what `functions` names.
    """
    claims = {
        "kind": "staff",
        "sub": str(account_id or uuid4()),
        "school": str(school_id),
        "member": str(member_id) if member_id else None,
        "role": role,
        "functions": sorted(functions),
        "own_only": sorted(own_only),
        "groups": [str(group) for group in groups],
        "own_messages": own_messages,
    }
    return Keys(keys_dir, "identity").sign_user_token(claims, USER_TOKEN_LIFETIME)


def operator_token(keys_dir: Path, operator_id: UUID | None = None) -> str:
    """Return the token that identity would sign for a signed-in operator, good for 5 minutes."""
    claims = {"kind": "operator", "sub": str(operator_id or uuid4())}
    return Keys(keys_dir, "identity").sign_user_token(claims, USER_TOKEN_LIFETIME)


def looking_token(
    keys_dir: Path,
    school_id: UUID,
    part: SchoolPart,
    *,
    lifetime: timedelta = USER_TOKEN_LIFETIME,
) -> str:
    """Return the token that identity would sign for an operator who looks at a part of a school."""
    claims = {
        "kind": "operator",
        "sub": str(uuid4()),
        "school": str(school_id),
        "part": part.value,
    }
    return Keys(keys_dir, "identity").sign_user_token(claims, lifetime)


def service_token(
    keys_dir: Path, service: str, audience: str, school_id: UUID | None = None
) -> str:
    """Return the token by which `service` calls `audience`.

    It is for one school or (None) for the system.
    """
    return Keys(keys_dir, service).sign_service_token(audience, school_id)


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}
