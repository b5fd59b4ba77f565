"""電話一覧: whom to call because something did not reach them (MSG-18, DIR-13).

The list is for the telephone and for paper, and is ticked off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request

from common.answers.directory import CalledMember
from common.answers.messaging import RecipientOut, RecipientPage, ToldChild, UnreachedChild
from common.rights import Right
from common.web.client import every_page
from gateway.clients import LOOK_UP_LIMIT
from gateway.domain import dates
from gateway.domain.people_lists import Child, ClassList, by_class
from gateway.pages import door, ways
from gateway.pages.door import page
from gateway.pages.ways import safe_next

blueprint = Blueprint("phone_list", __name__)
LISTS = {"unreached": "届いていない{pupil}", "unconfirmed": "まだ確認していない{pupil}"}
HOW = {"phone": "電話", "paper": "紙"}


class OfOneMessage(RecipientOut):
    """A child of a message, as a row that can be ticked off."""

    message_ids: list[str]


class OfSomeMessages(UnreachedChild):
    """A child whom some messages did not reach, with what they were about."""

    subjects: list[str]


class Called(Child):
    """A child with whom to call, None where nobody is known."""

    call: CalledMember | None


@blueprint.get("/messages/<uuid:message_id>/phone-list")
@page(Right.PHONES_SEE, title="電話一覧")
def of_message(message_id: UUID) -> Any:
    """List the children of a message who must be called, and who was called.

    The operation log records who looked.
    """
    which = request.args.get("state", "unreached")
    if which not in LISTS:
        which = "unreached"
    message = door.person().messaging.message(message_id)
    found = [*_recipients(message_id, which), *_recipients(message_id, "told")]
    rows: list[OfOneMessage] = [{**row, "message_ids": [str(message_id)]} for row in found]
    classes = with_numbers(rows, message_id)
    return render_template(
        "staff/phone_list.html",
        message=message,
        classes=classes,
        which=which,
        lists=LISTS,
        how=HOW,
    )


def _recipients(message_id: UUID, which: str) -> list[RecipientOut]:
    ask = door.person()

    def fetch(after: str | None) -> RecipientPage:
        wanted = {"state": which, "after": after, "limit": LOOK_UP_LIMIT}
        return ask.messaging.recipients(message_id, wanted)

    return list(every_page(fetch))


@blueprint.get("/unreached")
@page(Right.PHONES_SEE, title="届いていない{pupil}")
def unreached() -> Any:
    """List the children whom messages of the last days did not reach, until they are told.

    Each stands there once, with all of its messages.
    """
    ask = door.person()
    found = ask.messaging.unreached()
    message_ids: list[str] = []
    for child in found:
        message_ids += child["message_ids"]
    messages = ask.messaging.name_messages(message_ids)
    rows: list[OfSomeMessages] = []
    for child in found:
        named = [messages[each] for each in child["message_ids"] if each in messages]
        subjects = [message["subject"] for message in named]
        row: OfSomeMessages = {
            **child,
            "subjects": subjects,
        }
        rows.append(row)
    return render_template("staff/unreached.html", classes=with_numbers(rows, None))


def with_numbers(rows: Sequence[Child], message_id: UUID | None) -> list[ClassList]:
    """Return rows by class with guardians and telephone numbers; the operation log records it."""
    ways.demand_no_other_site()
    ask = door.person()
    ids = [row["member_id"] for row in rows]
    calls = ask.directory.phone_numbers(ids, message_id) if ids else {}
    called: list[Called] = [{**row, "call": calls.get(row["member_id"])} for row in rows]
    groups = ask.directory.groups_ever([row["class_id"] for row in rows])
    return by_class(called, ask.directory.look_up(ids), groups, door.visitor().words)


@blueprint.post("/told")
@page(Right.PHONES_SEE)
def tell() -> Any:
    """Note that a family was told; who was first stays, and is named to whoever ticks after."""
    form = request.form
    ask = door.person()
    how = form.get("how", "phone")
    if how not in HOW:
        how = "phone"
    by = door.visitor().account["display_name"]
    member_id = form.get("member", "")
    first: ToldChild | None = None
    for message_id in _message_ids():
        answers = ask.messaging.tell(
            message_id,
            [member_id],
            how=how,
            by=by,
        )
        for told in answers:
            if told["already"]:
                first = told
    if first is not None:
        flash(_already_told(first), "note")
    return redirect(_back(), 303)


def _already_told(first: ToldChild) -> str:
    moment = dates.say_time(dates.as_moment(first["told_at"]))
    how = HOW[first["told_how"]]
    return f"{moment} に {first['told_by_name']} さんが、もう{how}で伝えています。"


@blueprint.post("/told/withdraw")
@page(Right.PHONES_SEE)
def take_back() -> Any:
    """Take such a note back."""
    for message_id in _message_ids():
        door.person().messaging.take_back(message_id, [request.form.get("member", "")])
    flash("「伝えた」の印を取り消しました。", "done")
    return redirect(_back(), 303)


def _message_ids() -> list[UUID]:
    found = []
    for text in request.form.getlist("message")[:100]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _back() -> str:
    return safe_next(request.form.get("back"), "phone_list.unreached")
