"""A password on its way in: made or judged outside any transaction, because bcrypt is slow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from common import clock
from common.errors import Busy, ServiceError
from common.guessing import Where
from common.passwords import SHORTEST, check_password, make_password
from identity.actions.tries import CountedTry, OpenedSession, Verdict
from identity.api.door import Desk, house
from identity.domain.sources import Source
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
    hasher = house().staff.hasher
    with hasher.turn():
        return hasher.hash(password)


def source_of(desk: Desk, login_index: bytes, body: Mapping[str, Any]) -> Source:
    """Return where a try at this desk comes from. `body`: what the gateway says of it."""
    return desk.sources.read(
        login_index,
        body["remote_address"],
        body["device"],
        now=clock.now(),
    )


def answer_of(
    opened: OpenedSession, desk: Desk, source: Source, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the gateway is told of a session that has been opened at this desk."""
    device = desk.sources.devices.give(body["device"], source.login_index, now=clock.now())
    is_new = source.where is not Where.DEVICE
    return {**asdict(opened), "device": device, "new_device": is_new}


def judged(
    desk: Desk,
    password: str,
    count: Callable[[Any], CountedTry | Busy],
    finish: Callable[[Any, Verdict], Finished | ServiceError],
) -> Finished:
    """Count a try, check its password, finish it, each on its own.

    Raise what `count` or `finish` returns, after its transaction is committed. `count(session)` and
    `finish(session, verdict)` run in a transaction each; the check, which is slow on purpose, in
    none.
    """
    database = house().database
    hasher = desk.hasher
    # The turn comes before the try is counted: who is sent away busy has not tried.
    with hasher.turn():
        with database.for_system() as session:
            counted = count(session)
        if isinstance(counted, Busy):
            raise counted
        matched = hasher.check(password, counted.password_hash)
        if counted.temporary is not None:
            matched = is_same(password, counted.temporary)
        renewed = None
        if matched and counted.password_hash is not None:
            renewed = hasher.renewed(password, counted.password_hash)
        verdict = Verdict(counted, matched, renewed)
        with database.for_system() as session:
            answer = finish(session, verdict)
    if isinstance(answer, ServiceError):
        raise answer
    return answer
