"""A password on its way in: made or judged outside any transaction, because bcrypt is slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from common.errors import ServiceError
from identity.actions.tries import CountedTry, Verdict
from identity.api.door import house
from identity.domain.passwords import SHORTEST, check_password, make_password
from identity.domain.temporary import is_same

Finished = TypeVar("Finished")


def hashed(password: str | None, *, mail: str) -> tuple[str, str]:
    """Return a password (made when none is given) and its hash.

    Raise Invalid when it is weak, Busy when too many wait.
    """
    chosen = password or make_password()
    return chosen, hash_chosen(chosen, mail=mail)


def hash_chosen(password: str, *, mail: str, shortest: int = SHORTEST) -> str:
    """Return the hash of a password of somebody's choice.

    `shortest`: the fewest characters it may have. Raise Invalid when it is weak, Busy when too many
    wait.
    """
    check_password(password, mail=mail, shortest=shortest)
    hasher = house().hasher
    with hasher.turn():
        return hasher.hash(password)


def judged(
    password: str,
    count: Callable[[Any], CountedTry],
    finish: Callable[[Any, Verdict], Finished | ServiceError],
) -> Finished:
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
        if counted.temporary is not None:
            matched = is_same(password, counted.temporary)
        renewed = None
        if matched and counted.password_hash is not None:
            renewed = hasher.renewed(password, counted.password_hash)
        verdict = Verdict(counted, matched, renewed)
        with here.database.for_system() as session:
            answer = finish(session, verdict)
    if isinstance(answer, ServiceError):
        raise answer
    return answer
