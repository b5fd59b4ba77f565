"""A password on its way in: made or judged outside any transaction, because bcrypt is slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from common.errors import ServiceError
from identity.actions.tries import CountedTry, OpenedSession, Verdict
from identity.api.door import house
from identity.domain.passwords import check_password, make_password


def hashed(password: str | None, *, mail: str) -> tuple[str, str]:
    """Return a password (made when none is given) and its hash.

    Raise Invalid when it is weak, Busy when too many wait.
    """
    if password:
        check_password(password, mail=mail)
    chosen = password or make_password()
    hasher = house().hasher
    with hasher.turn():
        return chosen, hasher.hash(chosen)


def judged(
    password: str,
    count: Callable[[Any], CountedTry],
    finish: Callable[[Any, Verdict], OpenedSession | ServiceError],
) -> OpenedSession:
    """Count a try, check its password, finish it, each on its own.

    Raise what `finish` returns, after its transaction is committed. `count(session)` and
    `finish(session, verdict)` run in a transaction each; the check, which is slow on purpose, in
    none.
    """
    here = house()
    hasher = here.hasher
    # The turn comes before the try is counted: who is sent away busy has not tried.
    with hasher.turn():
        with here.database.for_system() as session:
            counted = count(session)
        matched = hasher.check(password, counted.password_hash)
        renewed = None
        if matched:
            renewed = hasher.renewed(password, counted.password_hash)
        verdict = Verdict(counted, matched, renewed)
        with here.database.for_system() as session:
            answer = finish(session, verdict)
    if isinstance(answer, ServiceError):
        raise answer
    return answer
