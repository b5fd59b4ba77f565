"""What LINE takes: user ids, retry keys and messages, checked as the real API does.

Nothing here keeps anything.
Source: https://developers.line.biz/en/reference/messaging-api/ (messages, actions, limits).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

USER_ID = re.compile(r"U[0-9a-f]{32}")
MAX_USERS = 500
MAX_MESSAGES = 5
MAX_TEXT = 5000  # UTF-16 units, as all of LINE's limits
MAX_ALT_TEXT = 1500
MAX_FLEX_BYTES = 50_000
MAX_POSTBACK = 300
MAX_LABEL = {"template": 20, "flex": 40, "quickReply": 20, "menu": 20}
MENU_SIZES = ((2500, 1686), (2500, 843))
MAX_AREAS = 20
MAX_MENU_NAME = 300
MAX_CHAT_BAR = 14
MAX_QUICK_REPLIES = 13
TEMPLATES = ("buttons", "confirm")
FLEX = ("bubble", "carousel")
ACTIONS = ("postback", "uri", "message")
SCHEMES = ("https://", "http://", "line://", "tel:")

Problem = tuple[str, str]  # (property, message)


def retry_key_of(header: str | None) -> UUID | None:
    """Return the retry key of a request; raise ValueError when it is no UUID."""
    if header is None:
        return None
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", header):
        raise ValueError("not a UUID")
    return UUID(header)


def problems_of_users(to: Any) -> list[Problem]:
    """Return what is wrong with the recipients of a multicast."""
    if not isinstance(to, list) or not 1 <= len(to) <= MAX_USERS:
        return [("to", f"Size must be between 1 and {MAX_USERS}")]
    return [
        (f"to[{place}]", "Invalid user ID") for place, user in enumerate(to) if not is_user(user)
    ]


def is_user(user: Any) -> bool:
    return isinstance(user, str) and USER_ID.fullmatch(user) is not None


def problems_of_messages(messages: Any) -> list[Problem]:
    """Return what is wrong with the messages of a request."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= MAX_MESSAGES:
        return [("messages", f"Size must be between 1 and {MAX_MESSAGES}")]
    return [
        problem
        for place, message in enumerate(messages)
        for problem in _message(f"messages[{place}]", message)
    ]


def _message(at: str, message: Any) -> Iterator[Problem]:
    kind = message.get("type") if isinstance(message, dict) else None
    if isinstance(message, dict) and "quickReply" in message:
        yield from _quick_reply(f"{at}.quickReply.items", message["quickReply"])
    match kind:
        case "text":
            yield from _text(f"{at}.text", message.get("text"), MAX_TEXT)
        case "flex":
            yield from _text(f"{at}.altText", message.get("altText"), MAX_ALT_TEXT)
            yield from _flex(f"{at}.contents", message.get("contents"))
        case "template":
            yield from _text(f"{at}.altText", message.get("altText"), MAX_ALT_TEXT)
            yield from _buttons(f"{at}.template", message.get("template"))
        case _:
            yield _unknown_type(at, ("text", "flex", "template"))


def problems_of_menu(menu: Any) -> list[Problem]:
    """Return what is wrong with a menu below talks."""
    if not isinstance(menu, dict):
        return [("menu", "May not be empty")]
    size = menu.get("size") or {}
    width, height = size.get("width", 0), size.get("height", 0)
    if (width, height) not in MENU_SIZES:
        return [("size", "Must be 2500x1686 or 2500x843")]
    problems = [
        *_text("name", menu.get("name"), MAX_MENU_NAME),
        *_text("chatBarText", menu.get("chatBarText"), MAX_CHAT_BAR),
    ]
    areas = menu.get("areas")
    if not isinstance(areas, list) or not 1 <= len(areas) <= MAX_AREAS:
        return [*problems, ("areas", f"Size must be between 1 and {MAX_AREAS}")]
    for place, area in enumerate(areas):
        at = f"areas[{place}]"
        if not _lies_within(area.get("bounds"), width, height):
            problems.append((f"{at}.bounds", "Must lie within the menu"))
        problems += _action(f"{at}.action", area.get("action"), MAX_LABEL["menu"])
    return problems


def _lies_within(bounds: Any, width: int, height: int) -> bool:
    if not isinstance(bounds, dict):
        return False
    numbers = []
    for name in ("x", "y", "width", "height"):
        side = bounds.get(name)
        if not isinstance(side, int) or side < 0:
            return False
        numbers.append(side)
    left, top, wide, high = numbers
    if not wide or not high:
        return False
    right = left + wide
    bottom = top + high
    return right <= width and bottom <= height


def _quick_reply(at: str, quick_reply: Any) -> Iterator[Problem]:
    items = quick_reply.get("items") if isinstance(quick_reply, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_QUICK_REPLIES:
        yield at, f"Size must be between 1 and {MAX_QUICK_REPLIES}"
        return
    for place, item in enumerate(items):
        action = item.get("action") if isinstance(item, dict) else None
        yield from _action(f"{at}[{place}].action", action, MAX_LABEL["quickReply"])


def _unknown_type(at: str, known: tuple[str, ...]) -> Problem:
    return f"{at}.type", f"Must be one of the following values: [{', '.join(known)}]"


def _text(at: str, text: Any, limit: int) -> Iterator[Problem]:
    if not isinstance(text, str) or not text.strip():
        yield at, "May not be empty"
    elif len(text.encode("utf-16-le", "surrogatepass")) // 2 > limit:
        yield at, f"Length must be between 0 and {limit}"


def _buttons(at: str, template: Any) -> Iterator[Problem]:
    kind = template.get("type") if isinstance(template, dict) else None
    if kind not in TEMPLATES:
        yield _unknown_type(at, TEMPLATES)
        return
    if "title" in template:
        yield from _text(f"{at}.title", template["title"], 40)
    most_text = _most_text(template)
    yield from _text(f"{at}.text", template.get("text"), most_text)
    most_actions = 2 if kind == "confirm" else 4
    yield from _actions(f"{at}.actions", template.get("actions"), most_actions)


def _most_text(template: dict[str, Any]) -> int:
    """Return how long a template's text may be: shorter beside a title or a picture."""
    if template["type"] == "confirm":
        return 240
    if "title" in template or "thumbnailImageUrl" in template:
        return 60
    return 160


def _actions(at: str, actions: Any, most: int) -> Iterator[Problem]:
    if not isinstance(actions, list) or not 1 <= len(actions) <= most:
        yield at, f"Size must be between 1 and {most}"
        return
    for place, action in enumerate(actions):
        yield from _action(f"{at}[{place}]", action, MAX_LABEL["template"])


def _action(at: str, action: Any, most_label: int) -> Iterator[Problem]:
    kind = action.get("type") if isinstance(action, dict) else None
    if kind not in ACTIONS:
        yield _unknown_type(at, ACTIONS)
        return
    yield from _text(f"{at}.label", action.get("label"), most_label)
    if kind == "postback":
        yield from _postback(at, action)
    elif kind == "uri":
        yield from _uri(f"{at}.uri", action.get("uri"))
    else:
        yield from _text(f"{at}.text", action.get("text"), 300)


def _postback(at: str, action: dict[str, Any]) -> Iterator[Problem]:
    yield from _text(f"{at}.data", action.get("data"), MAX_POSTBACK)
    if "displayText" in action:
        yield from _text(f"{at}.displayText", action["displayText"], 300)


def _uri(at: str, uri: Any) -> Iterator[Problem]:
    yield from _text(at, uri, 1000)
    if isinstance(uri, str) and not uri.startswith(SCHEMES):
        yield at, "Invalid action URI"


def _flex(at: str, contents: Any) -> Iterator[Problem]:
    if not isinstance(contents, dict) or contents.get("type") not in FLEX:
        yield _unknown_type(at, FLEX)
    elif len(str(contents).encode()) > MAX_FLEX_BYTES:
        yield at, "The message is too large"
    else:
        yield from _component(at, contents)


def _component(at: str, part: Any) -> Iterator[Problem]:
    kind = part.get("type") if isinstance(part, dict) else None
    match kind:
        case "text":
            yield from _text(f"{at}.text", part.get("text"), 2000)
        case "button":
            yield from _action(f"{at}.action", part.get("action"), MAX_LABEL["flex"])
        case "bubble":
            yield from _sections(at, part)
        case "box" | "carousel":
            yield from _sections(at, part)
            yield from _components(f"{at}.contents", part.get("contents"))
        case "separator" | "filler" | "image" | "icon" | "spacer":
            pass
        case _:
            yield f"{at}.type", "Unknown component"


def _sections(at: str, part: dict[str, Any]) -> Iterator[Problem]:
    for name in ("header", "hero", "body", "footer"):
        if name in part:
            yield from _component(f"{at}.{name}", part[name])


def _components(at: str, contents: Any) -> Iterator[Problem]:
    if not isinstance(contents, list):
        yield at, "May not be empty"
        return
    for place, inner in enumerate(contents):
        yield from _component(f"{at}[{place}]", inner)
