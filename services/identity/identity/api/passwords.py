"""A password on its way in: checked or made, and hashed before any transaction begins."""

from __future__ import annotations

from identity.api.house import house
from identity.domain.passwords import check_password, make_password


def hashed(password: str | None, *, mail: str) -> tuple[str, str]:
    """Return a password (made when none is given) and its hash; raise Invalid when it is weak, Busy when too many wait."""
    if password:
        check_password(password, mail=mail)
    chosen = password or make_password()
    hasher = house().hasher
    with hasher.turn():
        return chosen, hasher.hash(chosen)
