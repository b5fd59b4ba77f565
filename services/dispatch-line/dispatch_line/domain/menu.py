"""The menu below a talk: what stands where, and what a tap asks for (screens.md 3.5).

Source: https://developers.line.biz/en/reference/messaging-api/#rich-menu-structure
"""

from __future__ import annotations

from typing import Any

from common.words import ANY_SCHOOL
from dispatch_line.domain.content import MY_PAGE, MY_POINTS

# By which an older one of ours is known and taken away.
NAME = "renraku"
CHAT_BAR = "メニュー"
WIDTH, HEIGHT = 2500, 843
MESSAGES_LABEL = f"{ANY_SCHOOL.school}からの連絡"
POINTS_LABEL = "受信先・きょうだい"
HELP_LABEL = "ヘルプ"
LABELS = (MESSAGES_LABEL, POINTS_LABEL, HELP_LABEL)


def menu_of(base_url: str) -> dict[str, Any]:
    """Return the menu as LINE takes it; its areas lie side by side in the order of LABELS."""
    actions = [
        _postback(MESSAGES_LABEL, MY_PAGE),
        _postback(POINTS_LABEL, MY_POINTS),
        {"type": "uri", "label": HELP_LABEL, "uri": f"{base_url}/m/help"},
    ]
    areas = []
    for place, action in enumerate(actions):
        left = WIDTH * place // len(actions)
        right = WIDTH * (place + 1) // len(actions)
        bounds = {
            "x": left,
            "y": 0,
            "width": right - left,
            "height": HEIGHT,
        }
        areas.append({"bounds": bounds, "action": action})
    return {
        "size": {"width": WIDTH, "height": HEIGHT},
        "selected": True,
        "name": NAME,
        "chatBarText": CHAT_BAR,
        "areas": areas,
    }


def _postback(label: str, data: str) -> dict[str, str]:
    return {"type": "postback", "label": label, "data": data, "displayText": label}
