"""By which name people find an account in LINE, to add it as a friend.

Asked by plain HTTP: an API would hold all of line-bot-sdk for one question.
Source: https://developers.line.biz/en/reference/messaging-api/#get-bot-info
"""

from __future__ import annotations

import httpx

from common.errors import Unavailable
from dispatch_line.provider.access import LineAccess


def read_basic_id(line: LineAccess, access_token: str) -> str:
    """Ask LINE for an account's basic id, such as @216abcde; raises Unavailable.

    For callers without an event loop.
    """
    headers = {"Authorization": f"Bearer {access_token}"}
    try:
        with httpx.Client(base_url=line.url, headers=headers, timeout=line.timeout) as client:
            answer = client.get("/v2/bot/info").raise_for_status().json()
        return str(answer["basicId"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise Unavailable("line_away", "LINE can't be asked for the account now.") from error
