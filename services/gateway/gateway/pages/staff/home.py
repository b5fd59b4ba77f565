"""Home: only things with an action, and what is being sent (screens.md 2.3)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from common import clock
from common.answers.directory import RosterBoard
from common.answers.messaging import ListedMessage
from common.rights import Right
from gateway.domain import years
from gateway.domain.dates import as_moment
from gateway.domain.menu import Bar, MenuLine
from gateway.domain.progress import RUNNING
from gateway.pages import door, errors
from gateway.pages.door import page, polled

blueprint = Blueprint("home", __name__)
NOTHING_WAITS: RosterBoard = {
    "items": [],
    "more": False,
    "unreachable": 0,
    "counted": 0,
    "year": None,
}
# From here on the contract's limit is near enough to talk about it.
NEARLY_FULL = 0.9


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
    """Return what the home page shows: one question to each house."""
    who = door.visitor()
    ask = door.person()
    stand: dict[str, Any] = {
        "sends": [],
        "drafts": [],
        "unreached": None,
        "stopped": NOTHING_WAITS,
        "unreachable": 0,
        "nearly_full": None,
        "year": "",
    }
    if who.may(Right.MESSAGES_READ):
        board = ask.messaging.board()
        sends = [message for message in board["sent"] if _is_current(message)]
        # Own ones come first; on both sides the newest stays first.
        sends.sort(key=lambda message: message["created_by"] != who.account["id"])
        stand["sends"] = sends
        stand["unreached"] = board["unreached"]
        if who.may(Right.MESSAGES_SEND):
            stand["drafts"] = board["drafts"]
    if who.may(Right.ROSTER_SEE):
        roster = errors.answer_or(ask.directory.board, NOTHING_WAITS)
        stand["stopped"] = roster
        stand["unreachable"] = roster["unreachable"]
        limit = who.school["member_limit"]
        if roster["counted"] >= NEARLY_FULL * limit:
            stand["nearly_full"] = {"counted": roster["counted"], "limit": limit}
        if who.may(Right.ROSTER_CHANGE) and who.groups_for(Right.ROSTER_CHANGE) is None:
            stand["year"] = years.say_on_board(roster["year"], clock.today())
    return stand


def _is_current(message: ListedMessage) -> bool:
    """Return whether a message is on its way or went out today in Japan."""
    if message["state"] in RUNNING:
        return True
    sent = message["released_at"]
    return sent is not None and clock.to_jst(as_moment(sent)).date() == clock.today()
