"""Home: only things with an action, and what is being sent (screens.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template

from common import clock
from gateway.domain.dates import as_moment
from gateway.domain.progress import RUNNING, SENT
from gateway.pages import door
from gateway.pages.door import page

blueprint = Blueprint("home", __name__)
LOOKED_AT = 50  # newest messages among which today's are found
SHOWN_DRAFTS = 3


@blueprint.get("/")
@page()
def home() -> Any:
    """Show what waits for this person."""
    return render_template("home.html", **_board())


@blueprint.get("/board")
@page()
def board() -> Any:
    """Give the part of the home page that changes, for the small script that asks every 15 seconds."""
    return render_template("parts/board.html", **_board())


def _board() -> dict[str, Any]:
    who = door.visitor()
    if not who.may("messages.read"):
        return {"sends": [], "drafts": [], "unreached": [], "now": clock.now()}
    found = door.person().messages(limit=LOOKED_AT)["items"]
    sends = [message for message in found if _is_current(message) and message.get("test_of") is None]
    sends.sort(key=lambda message: message["created_by"] != who.account["id"])  # own ones first; each newest first
    own_drafts = [m for m in found if m["state"] == "draft" and m["created_by"] == who.account["id"]]
    drafts = own_drafts[:SHOWN_DRAFTS] if who.may("messages.send") else []
    unreached = [message for message in sends if message["state"] in SENT and message["counts"]["unreached"]]
    return {"sends": sends, "drafts": drafts, "unreached": unreached, "now": clock.now()}


def _is_current(message: Mapping[str, Any]) -> bool:
    """Say whether a message is on its way or went out today in Japan."""
    if message["state"] in RUNNING:
        return True
    sent = message.get("released_at")
    return sent is not None and clock.to_jst(as_moment(sent)).date() == clock.today()
