"""送った連絡 and 下書き: lists of messages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from gateway.pages import door
from gateway.pages.door import page

blueprint = Blueprint("messages", __name__)
PER_PAGE = 30


@blueprint.get("/messages")
@page("messages.read")
def sent() -> Any:
    """List what was sent, newest first."""
    mine = request.args.get("mine") == "1"
    found = door.person().messages(mine=mine, after=request.args.get("after"), limit=PER_PAGE)
    shown = [message for message in found["items"] if message["state"] != "draft" and message.get("test_of") is None]
    return render_template("messages.html", messages=shown, next=found["next"], mine=mine, after=request.args.get("after"))


@blueprint.get("/messages/drafts")
@page("messages.send")
def drafts() -> Any:
    """List own drafts, or everybody's that this person may see."""
    mine = request.args.get("all") != "1"
    found = door.person().messages(state="draft", mine=mine, after=request.args.get("after"), limit=PER_PAGE)
    return render_template("drafts.html", messages=found["items"], next=found["next"], mine=mine)


@blueprint.post("/messages/<uuid:message_id>/discard")
@page("messages.send")
def discard(message_id: UUID) -> Any:
    """Throw a draft away."""
    door.person().discard_draft(message_id)
    flash("下書きを削除しました。", "done")
    return redirect(url_for("messages.drafts"), 303)
