"""A notice that is written by hand, and the one message that the houses then hold."""

from __future__ import annotations

from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42


def only(houses: FakeHouses) -> dict[str, object]:
    (message,) = houses.messages.values()
    return message


def write(browser: Browser, group: str = CLASS_42, **typed: str) -> Browser:
    """Write a notice and go to the confirm screen."""
    text = {"subject": "持ち物", "body": "お弁当と水筒", **typed}
    return browser.open("/messages/new").press("confirm", group=group, **text)
