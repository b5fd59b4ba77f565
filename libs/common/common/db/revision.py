"""Whether a database is at its house's newest revision, told without alembic.

alembic takes a second to load for seven houses that have nothing to migrate: most starts.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from common.db.connect import POSTGRES, VIGILANCE

_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_STANDS_ON = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def newest(folder: Path) -> str | None:
    """Return the revision in a house's `migrations/` that no other stands on.

    None when there is not exactly one: alembic then says what is wrong.
    """
    revisions: set[str] = set()
    stood_on: set[str] = set()
    for file in (folder / "versions").glob("*.py"):
        script = file.read_text(encoding="utf-8")
        revisions.update(_REVISION.findall(script))
        stood_on.update(_STANDS_ON.findall(script))
    heads = revisions - stood_on
    return heads.pop() if len(heads) == 1 else None


def is_at(url: str, revision: str) -> bool:
    """Return whether a database is at this revision; False for an empty one."""
    on_postgres = make_url(url).get_backend_name() == POSTGRES
    engine = create_engine(url, connect_args=VIGILANCE if on_postgres else {})
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version"))
            return found.scalars().all() == [revision]
    except DBAPIError:
        # There is no such table yet, or nobody answers: alembic meets the same, and says it.
        return False
    finally:
        engine.dispose()
