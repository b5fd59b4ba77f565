"""The outside world of LINE.

`access` (how it is reached) · `account` (hands over and replies, by line-bot-sdk) · `messages` (its
bubbles) · `answers` (what LINE means) · `quota` (of the month) · `bot` (its id) · `menus` ·
`pauses`
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from dispatch_line.provider.access import LineAccess
from dispatch_line.provider.bot import read_basic_id
from dispatch_line.provider.menus import draw_menu, put_menu
from dispatch_line.provider.quota import Quota, read_quota

if TYPE_CHECKING:
    from dispatch_line.provider.account import LineProvider

__all__ = [
    "LineAccess",
    "Quota",
    "draw_menu",
    "load_sdk",
    "open_account",
    "put_menu",
    "read_basic_id",
    "read_quota",
]


async def load_sdk() -> None:
    """Load line-bot-sdk, which `open_account` and `messages` need.

    It holds 40 MB that an installation without LINE never needs, and takes a second to load: in a
    thread, so that claims and beats go on meanwhile.
    """
    await asyncio.to_thread(import_module, "dispatch_line.provider.account")


def open_account(line: LineAccess, access_token: str) -> LineProvider:
    """Return the connection of an account, for the event loop that asks; `load_sdk` goes before."""
    from dispatch_line.provider.account import LineProvider

    return LineProvider(line, access_token)
