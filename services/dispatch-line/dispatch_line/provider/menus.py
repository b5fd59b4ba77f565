"""The menu below the talks of an account: drawn, handed to LINE, and shown to everybody.

Asked by plain HTTP: an API would hold all of line-bot-sdk for four questions.
Source: https://developers.line.biz/en/docs/messaging-api/using-rich-menus/
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from common.clock import now
from common.errors import Unavailable
from common.paper import typeset
from dispatch_line.provider.access import LineAccess

_PICTURE = Path(__file__).parent / "menu.typ"


def draw_menu(labels: Sequence[str]) -> bytes:
    """Return the menu's picture, a PNG of 2500 × 843 dots."""
    picture = typeset(_PICTURE, {"labels": list(labels)}, now(), "png")
    assert isinstance(picture, bytes)
    return picture


def put_menu(line: LineAccess, access_token: str, menu: dict[str, Any], picture: bytes) -> None:
    """Show a menu below all talks of an account, instead of those of its name; raise Unavailable.

    For callers without an event loop. What is left of a try that failed goes with the next one.
    """
    headers = {"Authorization": f"Bearer {access_token}"}
    menus = f"{line.url}/v2/bot/richmenu"
    try:
        with httpx.Client(headers=headers, timeout=line.timeout) as client:
            former = _list_named(client, menus, menu["name"])
            answer = client.post(menus, json=menu)
            menu_id = str(answer.raise_for_status().json()["richMenuId"])
            content = f"{line.data_url}/v2/bot/richmenu/{menu_id}/content"
            kind = {"Content-Type": "image/png"}
            client.post(content, content=picture, headers=kind).raise_for_status()
            shown = f"{line.url}/v2/bot/user/all/richmenu/{menu_id}"
            client.post(shown).raise_for_status()
            for old in former:
                client.delete(f"{menus}/{old}").raise_for_status()
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise Unavailable("line_away", "LINE can't be asked for the menu now.") from error


def _list_named(client: httpx.Client, menus: str, name: str) -> list[str]:
    """Return the ids of an account's menus of this name; those of its owner stay."""
    listed = client.get(f"{menus}/list").raise_for_status().json()["richmenus"]
    return [str(menu["richMenuId"]) for menu in listed if menu["name"] == name]
