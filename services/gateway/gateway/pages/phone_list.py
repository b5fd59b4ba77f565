"""電話一覧: whom to call because a message did not reach or was not confirmed, for the telephone and for paper (MSG-18, DIR-13)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request

from common.web.client import every_page
from gateway.clients import LOOK_UP_LIMIT
from gateway.pages import door
from gateway.pages.door import page

blueprint = Blueprint("phone_list", __name__)
LISTS = {"unreached": "届いていない家庭", "unconfirmed": "まだ確認していない家庭"}


@blueprint.get("/messages/<uuid:message_id>/phone-list")
@page("phones.see")
def phone_list(message_id: UUID) -> Any:
    """List the children of a message who must be called, by class and number; the operation log records who looked."""
    ask, which = door.person(), request.args.get("state", "unreached")
    which = which if which in LISTS else "unreached"
    message = ask.message(message_id)

    def fetch(after: Any) -> Any:
        return ask.recipients(message_id, state=which, after=after, limit=LOOK_UP_LIMIT)

    recipients = list(every_page(fetch))
    ids = [each["member_id"] for each in recipients]
    people = ask.look_up(ids)
    calls = ask.phone_numbers(ids, message_id) if ids else {}
    order = {group["id"]: index for index, group in enumerate(ask.groups())}
    rows = [{**each, "person": people.get(each["member_id"]), "call": calls.get(each["member_id"])} for each in recipients]
    rows.sort(key=lambda row: (order.get(row["class_id"], len(order)), (row["person"] or {}).get("number") or 999))
    return render_template("phone_list.html", message=message, rows=rows, which=which, lists=LISTS)
