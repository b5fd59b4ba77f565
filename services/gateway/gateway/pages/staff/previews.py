"""A message as each channel will bring it, so that nothing goes out unseen (MSG-1).

The houses that send it are asked how it looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from common.answers.directory import SnapshotOut
from gateway.clients.calls import LINE_PREVIEW, MAIL_PREVIEW, PUSH_PREVIEW, Call
from gateway.pages import door

# A channel as a frozen audience calls it → its tab, and who knows how it looks.
CHANNELS: Mapping[str, tuple[str, Call[Any]]] = {
    "mail": ("メール", MAIL_PREVIEW),
    "line": ("LINE", LINE_PREVIEW),
    "push": ("アプリの通知", PUSH_PREVIEW),
}


def gather(message_id: UUID, snapshot: SnapshotOut) -> list[dict[str, Any]]:
    """Return a tab for each channel of an audience: its words and its preview.

    The preview is None while its house is away.
    """
    ask = door.person()
    tabs = []
    for channel in snapshot["channels"]:
        words, call = CHANNELS[channel]
        seen = ask.dispatch.find_preview(call, message_id, snapshot["id"])
        tabs.append({"channel": channel, "words": words, "seen": seen})
    return tabs
