"""The texts that come with the product, brought to every installation, new or upgraded."""

from __future__ import annotations

from common.db import Database
from messaging.actions.catalogue import put_supplied_templates
from suite.demo.templates import as_messaging_takes_them
from suite.houses import HOUSES


def put_supplied_texts() -> int:
    """Make the supplied templates those of this version; return how many there are.

    Where none has changed nothing is written. Nobody can edit a supplied template, so that
    replacing one takes nothing away.
    """
    database = Database.connect(HOUSES["messaging"].settings().own_database_url)
    try:
        with database.for_system() as session:
            return len(put_supplied_templates(session, as_messaging_takes_them()))
    finally:
        database.dispose()
