"""The month's quota of an account.

Asked by plain HTTP: an API would hold all of line-bot-sdk for two questions.
Source: https://developers.line.biz/en/reference/messaging-api/#get-quota
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from common.errors import Unavailable
from dispatch_line.provider.access import LineAccess


@dataclass(frozen=True, slots=True)
class Quota:
    """How many messages an account may send this month, and how many it has sent.

    `limit` None: as many as it likes.
    """

    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)


def read_quota(line: LineAccess, access_token: str) -> Quota:
    """Ask LINE for the month's quota and consumption; raises Unavailable.

    For callers without an event loop.
    """
    headers = {"Authorization": f"Bearer {access_token}"}
    try:
        with httpx.Client(base_url=line.url, headers=headers, timeout=line.timeout) as client:
            quota = _ask(client, "/v2/bot/message/quota")
            used = _ask(client, "/v2/bot/message/quota/consumption")
        limit = int(quota["value"]) if quota["type"] == "limited" else None
        return Quota(limit, int(used["totalUsage"]))
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise Unavailable("line_away", "LINE can't be asked for the quota now.") from error


def _ask(client: httpx.Client, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(path).raise_for_status().json()
    return answer
