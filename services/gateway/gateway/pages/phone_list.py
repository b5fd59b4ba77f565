"""電話一覧: whom to call because something did not reach them, for the telephone and for paper, ticked off (MSG-18, DIR-13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request

from common.web.client import every_page
from gateway.clients import LOOK_UP_LIMIT
from gateway.domain import dates, people_lists
from gateway.pages import door
from gateway.pages.door import page, safe_next

blueprint = Blueprint("phone_list", __name__)
LISTS = {"unreached": "届いていない{pupil}", "unconfirmed": "まだ確認していない{pupil}"}
HOW = {"phone": "電話", "paper": "紙"}


@blueprint.get("/messages/<uuid:message_id>/phone-list")
@page("phones.see")
def of_message(message_id: UUID) -> Any:
    """List the children of a message who must be called, and who was called; the operation log records who looked."""
    ask, which = door.person(), request.args.get("state", "unreached")
    which = which if which in LISTS else "unreached"
    message = ask.message(message_id)
    rows = [*_recipients(message_id, which), *_recipients(message_id, "told")]
    for row in rows:
        row["message_ids"] = [str(message_id)]
    classes = _with_numbers(rows, message_id)
    return render_template("phone_list.html", message=message, classes=classes, which=which, lists=LISTS, how=HOW)


def _recipients(message_id: UUID, which: str) -> list[dict[str, Any]]:
    ask = door.person()

    def fetch(after: Any) -> Any:
        return ask.recipients(message_id, {"state": which, "after": after, "limit": LOOK_UP_LIMIT})

    return list(every_page(fetch))


@blueprint.get("/unreached")
@page("phones.see")
def unreached() -> Any:
    """List the children whom messages of the last days did not reach, each once with its messages, until they are told."""
    ask = door.person()
    rows = ask.unreached()
    messages = ask.name_messages(message_id for row in rows for message_id in row["message_ids"])
    for row in rows:
        row["subjects"] = [messages[each]["subject"] for each in row["message_ids"] if each in messages]
    return render_template("unreached.html", classes=_with_numbers(rows, None))


@blueprint.get("/unreachable")
@page("roster.see")
def unreachable() -> Any:
    """List the children whom an urgent message would not reach now, with what is known of why."""
    ask = door.person()
    items = ask.unreachable()
    people = ask.look_up(item["member_id"] for item in items)
    rows = [{**item, "class_id": people.get(item["member_id"], {}).get("class_id")} for item in items]
    if door.visitor().may("phones.see"):
        return render_template("unreachable.html", classes=_with_numbers(rows, None), heads=len(rows))
    return render_template("unreachable.html", classes=people_lists.by_class(rows, people, ask.groups()), heads=len(rows))


def _with_numbers(rows: Sequence[Mapping[str, Any]], message_id: UUID | None) -> list[people_lists.ClassList]:
    """Return rows by class with guardians and telephone numbers."""
    ask = door.person()
    ids = [row["member_id"] for row in rows]
    calls = ask.phone_numbers(ids, message_id) if ids else {}
    called = [{**row, "call": calls.get(row["member_id"])} for row in rows]
    return people_lists.by_class(called, ask.look_up(ids), ask.groups())


@blueprint.post("/told")
@page("phones.see")
def tell() -> Any:
    """Note that a family was told; who was first stays, and is named to whoever ticks after."""
    form, ask = request.form, door.person()
    how = form.get("how", "phone")
    how = how if how in HOW else "phone"
    by = door.visitor().account["display_name"]
    member_id = form.get("member", "")
    first: dict[str, Any] | None = None
    for message_id in _message_ids():
        for told in ask.tell(message_id, [member_id], how=how, by=by):
            first = told if told["already"] else first
    if first is not None:
        moment = dates.say_time(dates.as_moment(first["told_at"]))
        flash(f"{moment} に {first['told_by_name']} さんが、もう{HOW[first['told_how']]}で伝えています。", "note")
    return redirect(_back(), 303)


@blueprint.post("/told/withdraw")
@page("phones.see")
def take_back() -> Any:
    """Take such a note back."""
    for message_id in _message_ids():
        door.person().take_back(message_id, [request.form.get("member", "")])
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
