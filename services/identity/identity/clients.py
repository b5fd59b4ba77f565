"""What identity asks of the directory: which accounts an import of staff wants.

Never inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from common.answers.directory import WantedAccounts
from common.web.client import ServiceClient
from identity.config import Settings
from identity.domain.roster_accounts import WantedAccount


def ask_directory(settings: Settings) -> Callable[[UUID, UUID], list[WantedAccount]]:
    """Return `fetch(school_id, import_id)` by the directory named in the settings."""
    directory = ServiceClient.of(settings, "directory")

    def fetch(school_id: UUID, import_id: UUID) -> list[WantedAccount]:
        answer: WantedAccounts = directory.call(
            "GET",
            "/imports/staff-plans/{staff_plan_id}/accounts",
            path={"staff_plan_id": import_id},
            school_id=school_id,
        )
        return [WantedAccount.of_json(item) for item in answer["items"]]

    return fetch
