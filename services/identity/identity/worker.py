"""The queue door of identity: the operation log of every house ends here, and so does a school.

Here come, too, the accounts that an import of staff asks for, and what is told on Mondays.

Imports no Flask.
"""

from __future__ import annotations

from common.bus import (
    BeyondTables,
    Queue,
    Transport,
    Worker,
    erase_school,
    erasure_queue,
    handler,
    handler_together,
)
from common.db import Database
from common.keys import Keys
from common.web.erasures import ask_retention
from identity.actions import ends
from identity.actions.operation_log import append_operation
from identity.actions.roster_accounts import Fetch, find_wanted, settle_accounts
from identity.actions.weeks import tell_week
from identity.clients import ask_directory
from identity.config import Settings
from identity.domain.logins import LoginKey
from identity.store.models import METADATA

# Of one school in one transaction: 0.3 ms of this process each, 2 ms by itself.
LINES_TOGETHER = 50
QUEUES = (
    Queue("identity.operation-log", ("operation.recorded",), prefetch=4 * LINES_TOGETHER),
    Queue("identity.accounts", ("accounts.requested",)),
    Queue("identity.weeks", ("week.counted",)),
    erasure_queue("identity"),
)
BEYOND_TABLES = BeyondTables(ends.close_school, ends.erase_lonely_accounts, ends.end_erasure)


def create_worker(
    settings: Settings,
    database: Database,
    transport: Transport,
    *,
    wanted_accounts: Fetch | None = None,
) -> Worker:
    """Return the consumer of the operation log, of accounts to give, and of schools' ends.

    `wanted_accounts`: who knows what an import wants, in place of the directory.
    """
    keys = Keys(settings.keys_dir, settings.service)
    wanted_accounts = wanted_accounts or ask_directory(settings)
    login = LoginKey(keys.secret("login"))
    handlers = {
        "operation.recorded": handler_together(append_operation, LINES_TOGETHER),
        "accounts.requested": handler(
            act=settle_accounts(login), gather=find_wanted(wanted_accounts)
        ),
        "week.counted": handler(act=tell_week),
        "school.erasing": erase_school(
            METADATA, "identity", ask_retention(settings, database), BEYOND_TABLES
        ),
    }
    return Worker(keys, database, transport, QUEUES, handlers)
