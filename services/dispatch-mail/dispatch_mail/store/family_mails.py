"""Queries on the deliveries that bring the product's own mails to families."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from dispatch_mail.store.models import TABLES


def add_deliveries(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the deliveries as far as they are not there.

    A refusal of theirs speaks against the contact point as one of a message does.
    """
    insert_new(session, TABLES.deliveries, rows)
