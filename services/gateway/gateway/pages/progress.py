"""A message on its way: undo window, live board, who has not confirmed and who was not reached (MSG-8, MSG-11, DLV-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common import clock
from common.errors import ServiceError
from gateway.clients.calls import SEND_NOW, STOP, WITHDRAW, Call
from gateway.domain import dates, progress
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("progress", __name__)
RECIPIENTS_PER_PAGE = 500
LISTS = {  # which → words of the tab and of the page
    "unconfirmed": ("未確認", "まだ確認していない家庭"),
    "unreached": ("届いていません", "届いていない家庭"),
    "confirmed": ("確認済み", "確認した家庭"),
    "all": ("全員", "対象の一覧"),
}


@blueprint.get("/messages/<uuid:message_id>")
@page("messages.read")
def message(message_id: UUID) -> Any:
    """Show a message with how it stands."""
    found = door.person().message(message_id)
    if found["state"] == "draft":
        return redirect(url_for("compose.edit", message_id=message_id))
    return render_template("message.html", message=found, **_board(message_id, found))


@blueprint.get("/messages/<uuid:message_id>/progress")
@page("messages.read")
def board(message_id: UUID) -> Any:
    """Give the part of the page that changes, for the script that asks while it is open."""
    found = door.person().message(message_id)
    return render_template("parts/progress.html", message=found, **_board(message_id, found))


def _board(message_id: UUID, found: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    stand = door.person().progress(message_id)
    started = dates.as_moment(stand["started_at"]) if stand["started_at"] else None
    return {
        "stand": stand,
        "seconds_left": progress.seconds_left(stand["release_at"], now),
        "elapsed": dates.say_elapsed((now - started).total_seconds()) if started else "",
        "closing": progress.closing_words(stand),
        "classes": progress.name_classes(stand["by_class"], door.person().groups()),
        "is_running": stand["state"] in progress.RUNNING,
        "every": progress.POLL_WHILE_RUNNING if stand["state"] in progress.RUNNING else progress.POLL_AFTER,
        "may_change": _may_change(found),
    }


def _may_change(found: dict[str, Any]) -> bool:
    """Say whether the visitor may stop this send: who is limited to own classes changes own messages only."""
    who = door.visitor()
    is_own = found["created_by"] == who.account["id"]
    return who.may("messages.send") and (is_own or who.groups_for("messages.send") is None)


@blueprint.post("/messages/<uuid:message_id>/withdraw")
@page("messages.send")
def withdraw(message_id: UUID) -> Any:
    """Take the message back while its undo window runs."""
    if _act(WITHDRAW, message_id, "取りやめました。だれにも送られていません。下書きに戻しました。"):
        return redirect(url_for("compose.edit", message_id=message_id), 303)
    return redirect(url_for("progress.message", message_id=message_id), 303)


@blueprint.post("/messages/<uuid:message_id>/send-now")
@page("messages.send")
def send_now(message_id: UUID) -> Any:
    """End the undo window."""
    _act(SEND_NOW, message_id, "")
    return redirect(url_for("progress.message", message_id=message_id), 303)


@blueprint.post("/messages/<uuid:message_id>/stop")
@page("messages.send")
def stop(message_id: UUID) -> Any:
    """Cancel what is not handed over yet."""
    _act(STOP, message_id, "残りを止めました。すでに渡した分は止められません。")
    return redirect(url_for("progress.message", message_id=message_id), 303)


def _act(call: Call, message_id: UUID, done: str) -> bool:
    """Do it and say so; a refusal is told on the page that follows."""
    try:
        door.person().act(call, message_id)
    except ServiceError as error:
        if error.status in (401, 403, 404):
            raise
        errors.tell(error)
        return False
    if done:
        flash(done, "done")
    return True


@blueprint.get("/messages/<uuid:message_id>/recipients")
@page("messages.read")
def recipients(message_id: UUID) -> Any:
    """List the children of a message by how it stands for them, by class and number, for calling and printing."""
    ask, which = door.person(), request.args.get("state", "unconfirmed")
    which = which if which in LISTS else "unconfirmed"
    found = ask.message(message_id)
    page_of = ask.recipients(message_id, state=which, after=request.args.get("after"), limit=RECIPIENTS_PER_PAGE)
    people = ask.look_up(each["member_id"] for each in page_of["items"])
    order = {group["id"]: index for index, group in enumerate(ask.groups())}
    rows = [{**each, "person": people.get(each["member_id"])} for each in page_of["items"]]
    rows.sort(key=lambda row: (order.get(row["class_id"], len(order)), (row["person"] or {}).get("number") or 999))
    counts = ask.progress(message_id)["counts"]
    return render_template(
        "recipients.html", message=found, rows=rows, which=which, lists=LISTS, counts=counts, next=page_of["next"]
    )
