"""What PostgreSQL executes at a claim is what stands, commented, in sql/.

There it can be read from top to bottom.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase

from common.db.types import new_metadata
from common.delivery import claims, kept_batches
from common.delivery.tables import DeliveryColumns, KeptBatchColumns

SQL = Path(__file__).parent / "sql"
COMMENT = re.compile(r"--.*")
BLANKS = re.compile(r"\s+")


class Base(DeclarativeBase):
    metadata = new_metadata()


class Delivery(DeliveryColumns, Base):
    __tablename__ = "deliveries"


class Multicast(KeptBatchColumns, DeliveryColumns, Base):
    __tablename__ = "multicasts"


def table(name: str) -> sa.Table:
    return Base.metadata.tables[name]


def plain(sql: str) -> str:
    """Return a statement without comments, its blanks in one way."""
    words = BLANKS.sub(" ", COMMENT.sub("", sql)).strip()
    return words.replace("( ", "(").replace(" )", ")")


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("claim", claims.claim_statement(table("deliveries"), 2, (True, True))),
        (
            "claim_of_one_message",
            kept_batches.new_batch_statement(table("multicasts"), (False, False)),
        ),
    ],
)
def test_the_statement_is_the_one_that_can_be_read(name: str, statement: sa.ClauseElement) -> None:
    executed = str(statement.compile(dialect=postgresql.dialect()))
    assert plain(executed) == plain((SQL / f"{name}.postgresql.sql").read_text(encoding="utf-8"))
