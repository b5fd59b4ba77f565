"""Who makes, removes or equips an operator shows a fresh code of the own telephone (ID-10).

With a stolen session alone nobody makes another operator (docs/adr/0017).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.errors import Busy
from common.guessing import Tries, Where, count_try
from identity.domain.guessing import CodeRefused
from identity.domain.logins import OperatorKey
from identity.domain.second_factor import find_step
from identity.store import operators, tries

NONE_WRONG = Tries(0, None)


def count_code(
    session: Session, operator_id: UUID, *, key: OperatorKey, now: datetime
) -> Busy | None:
    """Count a code before it is checked, or return why it is not to be checked now.

    To be committed either way.
    """
    index = key.index_of_codes(operator_id)
    before = tries.TRIES.lock(session, index, now)
    counted = count_try(before, Where.DEVICE, now=now)
    tries.TRIES.write(session, index, counted.tries)
    return counted.refusal


def use_code(
    session: Session, operator_id: UUID, code: str, *, key: OperatorKey, now: datetime
) -> None:
    """Use a code up, which forgives the wrong ones before it; raise NotFound or CodeRefused."""
    operator = operators.lock_operator(session, operator_id)
    step = find_step(
        key.open("totp_secret", operator.totp_secret, operator_id),
        code,
        last_step=operator.last_step,
        now=now,
    )
    if step is None:
        raise CodeRefused()
    operator.last_step = step
    tries.TRIES.write(session, key.index_of_codes(operator_id), NONE_WRONG)
