"""Two roster files at once are read, compared or applied in all processes of directory together.

Each of them takes a processor and some hundred megabytes for seconds. A turn is a lease in the
plan's name: its own event takes it again after a crash, and nobody else before it has ended.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from common.db import is_postgres, lease
from common.errors import Unavailable

TURNS = ("import-1", "import-2")
# Longer than any of them takes: without a renewal, a third would begin beside two that are slow.
TURN_SECONDS = 120.0


def take_turn(session: Session, plan_id: UUID) -> None:
    """Take a turn for a plan, or keep the one it has.

    On SQLite there is one process, which handles as many at once as its queue says. Raise
    Unavailable while others have theirs; the event is then tried again.
    """
    if not is_postgres(session):
        return
    held = lease.find_held(session, TURNS, plan_id)
    in_order = sorted(TURNS, key=lambda name: name not in held)
    if not any(lease.take(session, name, plan_id, TURN_SECONDS) for name in in_order):
        raise Unavailable("import_busy", "Other files are being read just now.")


def give_turn_back(session: Session, plan_id: UUID) -> None:
    """End a plan's turn now."""
    if not is_postgres(session):
        return
    for name in TURNS:
        lease.give_up(session, name, plan_id)
