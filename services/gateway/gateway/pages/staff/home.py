"""Home: only things with an action, and what is being sent (screens.md 2.3)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from common import clock
from common.answers.directory import StoppedPoints
from common.answers.messaging import ListedMessage
from common.rights import Right
from gateway.domain.dates import as_moment
from gateway.domain.menu import Bar, MenuLine
from gateway.domain.progress import RUNNING
from gateway.pages import door, errors
from gateway.pages.door import page, polled

blueprint = Blueprint("home", __name__)
# Newest messages among which today's are found.
LOOKED_AT = 50
SHOWN_DRAFTS = 3
NO_POINTS: StoppedPoints = {"items": [], "more": False}


@blueprint.get("/")
@page(title="ホーム", menu=MenuLine("home"), bar=Bar("ホーム", "home"))
def home() -> Any:
    """Show what waits for this person."""
    return render_template("staff/home.html", **_board())


@blueprint.get("/board")
@polled
@page()
def board() -> Any:
    """Give the part of the home page that changes, for the script that asks every 15 seconds."""
    return render_template("staff/parts/board.html", **_board())


def _board() -> dict[str, Any]:
    who = door.visitor()
    ask = door.person()
    stand: dict[str, Any] = {
        "sends": [],
        "drafts": [],
        "unreached": None,
        "stopped": NO_POINTS,
        "unreachable": 0,
    }
    if who.may(Right.MESSAGES_READ):
        found = ask.messaging.messages({"state": "sent", "limit": LOOKED_AT})["items"]
        sends = [message for message in found if _is_current(message)]
        # Own ones come first; on both sides the newest stays first.
        sends.sort(key=lambda message: message["created_by"] != who.account["id"])
        stand["sends"] = sends
        stand["unreached"] = _unreached()
    if who.may(Right.MESSAGES_SEND):
        own_drafts = {"state": "draft", "mine": "true", "limit": SHOWN_DRAFTS}
        stand["drafts"] = ask.messaging.messages(own_drafts)["items"]
    if who.may(Right.ROSTER_SEE):
        stand["stopped"] = errors.answer_or(ask.directory.stopped_points, NO_POINTS)
        stand["unreachable"] = len(errors.answer_or(ask.directory.unreachable, []))
    return stand


def _unreached() -> dict[str, Any] | None:
    """Return how many children the messages of the last days did not reach, each counted once.

    And what those messages were about: the newest one's subject, and how many others there are.
    """
    rows = errors.answer_or(door.person().messaging.unreached, None)
    if not rows:
        return None
    found: list[str] = []
    for row in rows:
        found += row["message_ids"]
    ids = list(dict.fromkeys(found))
    newest = ids[0]
    named = door.person().messaging.name_messages([newest])
    return {
        "heads": len(rows),
        "message_id": newest,
        "subject": named[newest]["subject"] if newest in named else "",
        "others": len(ids) - 1,
    }


def _is_current(message: ListedMessage) -> bool:
    """Return whether a message is on its way or went out today in Japan."""
    if message["state"] in RUNNING:
        return True
    sent = message["released_at"]
    return sent is not None and clock.to_jst(as_moment(sent)).date() == clock.today()
