"""A message on its way: undo window, live board, and its children (MSG-8, MSG-11, DLV-8).

Of the children it tells who has not confirmed and who was not reached.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.messaging import MessageOut, ProgressOut, RecipientOut, RecipientPage
from common.rights import Right
from common.web.client import every_page
from gateway.clients import NamedGroup
from gateway.clients.calls import SEND_NOW, STOP, WITHDRAW, Call
from gateway.domain import dates, people_lists, progress
from gateway.pages import door, errors
from gateway.pages.door import page, polled

blueprint = Blueprint("progress", __name__)
RECIPIENTS_PER_PAGE = 500
# In an address: those who are in no class.
CLASSLESS = "none"
# Which list → words of its tab and of its page.
LISTS = {
    "unconfirmed": ("未確認", "まだ確認していない{pupil}"),
    "unreached": ("届いていません", "届いていない{pupil}"),
    "confirmed": ("確認済み", "確認した{pupil}"),
    "all": ("全員", "対象の一覧"),
}
WITHOUT_BUTTON = {**LISTS, "unconfirmed": ("配信済み・配信中", "届け終わった・届けている{pupil}")}


@blueprint.get("/messages/<uuid:message_id>")
@page(Right.MESSAGES_READ)
def message(message_id: UUID) -> Any:
    """Show a message with how it stands."""
    stand = door.person().messaging.progress(message_id)
    if stand["message"]["state"] == "draft":
        return redirect(url_for("compose.edit", message_id=message_id))
    return render_template("staff/message.html", category=stand["category"], **_board(stand))


@blueprint.get("/messages/<uuid:message_id>/progress")
@polled
@page(Right.MESSAGES_READ)
def board(message_id: UUID) -> Any:
    """Give the part of the page that changes, for the script that asks while it is open."""
    stand = door.person().messaging.progress(message_id)
    return render_template("staff/parts/progress.html", **_board(stand))


def _board(stand: ProgressOut) -> dict[str, Any]:
    found = stand["message"]
    now = clock.now()
    is_running = stand["state"] in progress.RUNNING
    elapsed = ""
    if stand["started_at"]:
        started = dates.as_moment(stand["started_at"])
        elapsed = dates.say_elapsed((now - started).total_seconds())
    return {
        "message": found,
        "stand": stand,
        "parts": progress.parts_of(stand["counts"], confirmable=found["confirmable"]),
        "stopped": progress.stopped_words(stand),
        "seconds_left": progress.seconds_left(stand["release_at"], now),
        "elapsed": elapsed,
        "closing": progress.closing_words(stand),
        "classes": progress.name_classes(
            stand["by_class"], _groups_of(stand), door.visitor().words
        ),
        "is_running": is_running,
        "every": progress.POLL_WHILE_RUNNING if is_running else progress.POLL_AFTER,
        "may_change": _may_change(found),
    }


def _may_change(found: MessageOut) -> bool:
    """Return whether the visitor may stop this send, or file it elsewhere.

    Who is limited to own classes changes own messages only.
    """
    who = door.visitor()
    is_own = found["created_by"] == who.account["id"]
    return who.may(Right.MESSAGES_SEND) and (is_own or who.groups_for(Right.MESSAGES_SEND) is None)


@blueprint.post("/messages/<uuid:message_id>/withdraw")
@page(Right.MESSAGES_SEND)
def withdraw(message_id: UUID) -> Any:
    """Take the message back while its undo window runs."""
    if _act(WITHDRAW, message_id, "取りやめました。だれにも送られていません。下書きに戻しました。"):
        return redirect(url_for("compose.edit", message_id=message_id), 303)
    return _back(message_id)


@blueprint.post("/messages/<uuid:message_id>/send-now")
@page(Right.MESSAGES_SEND)
def send_now(message_id: UUID) -> Any:
    """End the undo window."""
    _act(SEND_NOW, message_id, "")
    return _back(message_id)


@blueprint.post("/messages/<uuid:message_id>/stop")
@page(Right.MESSAGES_SEND)
def stop(message_id: UUID) -> Any:
    """Cancel what is not handed over yet."""
    _act(STOP, message_id, "止めるよう伝えました。実際に止まった人数は、すぐ下に出ます。")
    return _back(message_id)


def _act(call: Call[Any], message_id: UUID, done: str) -> bool:
    """Do it and say so; a refusal is told on the page that follows."""
    with errors.told() as outcome:
        door.person().messaging.act(call, message_id)
        if done:
            flash(done, "done")
    return outcome.error is None


def _back(message_id: UUID) -> Any:
    return redirect(url_for("progress.message", message_id=message_id), 303)


@blueprint.get("/messages/<uuid:message_id>/recipients")
@page(Right.MESSAGES_READ)
def recipients(message_id: UUID) -> Any:
    """List the children of a message by how it stands for them, class by class.

    The list is for calling and for printing.
    """
    ask = door.person()
    stand = ask.messaging.progress(message_id)
    found = stand["message"]
    if found["state"] == "draft":
        return redirect(url_for("compose.edit", message_id=message_id))
    lists = LISTS if found["confirmable"] else WITHOUT_BUTTON
    which = request.args.get("state", "unconfirmed")
    if which not in lists:
        which = "unconfirmed"
    groups = _groups_of(stand)
    classes = {row["class_id"] or CLASSLESS: row for row in stand["by_class"]}
    chosen = request.args.get("class", "")
    if chosen not in classes:
        chosen = ""
    seen = classes[chosen] if chosen else {**stand["counts"], "heads": stand["heads"]}
    rows = _recipients(message_id, which, chosen)
    people = ask.directory.look_up(row["member_id"] for row in rows)
    return render_template(
        "staff/recipients.html",
        message=found,
        classes=people_lists.by_class(rows, people, groups, door.visitor().words),
        which=which,
        lists=lists,
        counts=seen,
        heads=seen["heads"],
        whole_heads=stand["whole_heads"],
        choices=progress.name_classes(stand["by_class"], groups, door.visitor().words),
        chosen=chosen,
    )


def _recipients(message_id: UUID, which: str, chosen: str) -> list[RecipientOut]:
    """Return all children of a list, of one class where one is chosen."""
    ask = door.person()
    wanted = {
        "state": which,
        "class_id": "" if chosen == CLASSLESS else chosen,
        "classless": "true" if chosen == CLASSLESS else "",
        "limit": RECIPIENTS_PER_PAGE,
    }

    def fetch(after: str | None) -> RecipientPage:
        return ask.messaging.recipients(message_id, {**wanted, "after": after})

    return list(every_page(fetch))


def _groups_of(stand: ProgressOut) -> list[NamedGroup]:
    """Return the groups that name the classes of a message, also those of another year."""
    class_ids = [row["class_id"] for row in stand["by_class"]]
    return door.person().directory.groups_ever(class_ids)
