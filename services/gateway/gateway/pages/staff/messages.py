"""送った連絡 and 下書き: lists of messages, found again by words, category and month (MSG-1).

A deleted draft is brought back from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.messaging import ListedMessage
from common.rights import Right
from gateway.domain import audience, categories, dates
from gateway.domain.menu import SEND, Bar, Under
from gateway.pages import door
from gateway.pages.door import page

blueprint = Blueprint("messages", __name__)
PER_PAGE = 30
FILTERS = ("query", "category", "month", "mine")


@blueprint.get("/messages/drafts")
@page(Right.MESSAGES_SEND, title="下書き", menu=Under(SEND))
def drafts() -> Any:
    """List own drafts, all that this person may see, or those deleted in the last 30 days."""
    which = request.args.get("which", "mine")
    if which not in ("mine", "all", "deleted"):
        which = "mine"
    deleted = request.args.get("deleted", type=UUID)
    wanted = {
        "state": "deleted" if which == "deleted" else "draft",
        "mine": "true" if which == "mine" else "",
        "after": request.args.get("after", ""),
        "limit": PER_PAGE,
    }
    found = door.person().messaging.messages(wanted)
    labels = _labels(found["items"])
    return render_template(
        "staff/drafts.html",
        messages=found["items"],
        next=found["next"],
        which=which,
        labels=labels,
        deleted=deleted,
    )


def _labels(messages: Iterable[ListedMessage]) -> dict[str, str]:
    """Return for whom each draft is, so that four of one subject can be told apart."""
    ask = door.person()
    groups = ask.directory.reach()
    listed = list(messages)
    member_ids: list[str] = []
    for message in listed:
        member_ids += message["audience"]["member_ids"]
    people = ask.directory.look_up(member_ids)
    names = {key: audience.say_person(person) for key, person in people.items()}
    labels = {}
    for message in listed:
        strip = audience.describe(
            message["audience"],
            groups,
            names,
        )
        labels[message["id"]] = strip.in_list(door.school_words())
    return labels


@blueprint.get("/messages")
@page(Right.MESSAGES_READ, title="送った連絡", menu=Under(SEND), bar=Bar("送った連絡", "sent"))
def sent() -> Any:
    """List what was sent, newest first."""
    asked = {name: request.args.get(name, "").strip() for name in (*FILTERS, "after")}
    since, until = dates.month_between(asked["month"])
    wanted = {
        "state": "sent",
        "mine": "true" if asked["mine"] else "",
        "query": asked["query"][:100],
        "category_id": asked["category"],
        "since": since,
        "until": until,
        "after": asked["after"],
        "limit": PER_PAGE,
    }
    messaging = door.person().messaging
    found = messaging.messages(wanted)
    listed = messaging.categories()
    return render_template(
        "staff/messages.html",
        messages=found["items"],
        next=found["next"],
        asked=asked,
        filters={name: asked[name] for name in FILTERS if asked[name]},
        used=categories.in_use(listed),
        retired=categories.retired(listed),
        categories={category["id"]: category for category in listed},
        months=dates.school_months(),
    )


@blueprint.post("/messages/<uuid:message_id>/discard")
@page(Right.MESSAGES_SEND)
def discard(message_id: UUID) -> Any:
    """Delete a draft; the next page offers to bring it back."""
    door.person().messaging.discard_draft(message_id)
    return redirect(url_for("messages.drafts", deleted=message_id), 303)


@blueprint.post("/messages/<uuid:message_id>/restore")
@page(Right.MESSAGES_SEND)
def restore(message_id: UUID) -> Any:
    """Bring a deleted draft back."""
    door.person().messaging.restore_draft(message_id)
    flash("下書きを元に戻しました。", "done")
    return redirect(url_for("compose.edit", message_id=message_id), 303)
