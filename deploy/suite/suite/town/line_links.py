"""How the town's people add an account as a friend, and link it in LINE's own dialog.

Source: https://developers.line.biz/en/docs/messaging-api/linking-accounts/
"""

from __future__ import annotations

import re
from secrets import token_hex

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from .line_rules import is_user
from .talk_pages import call_of, lead_to_talk, line_town, may_send_forms, spoken, tell_account

NONCE = re.compile(r"[A-Za-z0-9+/=_-]{10,255}")

links_blueprint = Blueprint("line_links", __name__)


@links_blueprint.post("/line/v2/bot/user/<user_id>/linkToken")
def issue_link_token(user_id: str) -> Response:
    return spoken(line_town().issue_link_token(call_of(), user_id))


@links_blueprint.get("/line/v2/bot/info")
def bot_info() -> Response:
    return spoken(line_town().bot_info(call_of()))


@links_blueprint.get("/line/add/@<name>")
def show_account(name: str) -> str:
    """Show an account as LINE does to who does not have it as a friend."""
    if line_town().talks.find_channel(name=name) is None:
        abort(404)
    return render_template("town/friend.html", channel=name)


@links_blueprint.post("/line/friends")
def add_friend() -> AnyResponse:
    """Add an account as a friend, as somebody of the town or as somebody new."""
    may_send_forms()
    talks = line_town().talks
    name = request.form.get("channel", "")
    channel = talks.find_channel(name=name)
    given = request.form.get("user", "").strip()
    user_id = given or f"U{token_hex(16)}"
    if channel is None or not is_user(user_id):
        abort(400)
    talks.set_blocked(name, user_id, False)
    followed = {"isUnblocked": False}
    told = tell_account(channel, "follow", user_id, follow=followed)
    return lead_to_talk(name, user_id, told)


@links_blueprint.get("/line/dialog")
def show_dialog() -> tuple[str, int]:
    """Ask whether an account may be linked; LINE refuses what is used, too old or no nonce."""
    token, nonce = request.args.get("linkToken", ""), request.args.get("nonce", "")
    owner = line_town().talks.find_link_token(token)
    if owner is None or not NONCE.fullmatch(nonce):
        return render_template("town/dialog.html", owner=None), 400
    page = render_template("town/dialog.html", owner=owner, token=token, nonce=nonce)
    return page, 200


@links_blueprint.post("/line/dialog")
def link() -> AnyResponse | tuple[str, int]:
    """Link, as who holds the phone: `user` is another one where a link was passed on."""
    may_send_forms()
    nonce = request.form.get("nonce", "")
    token = request.form.get("linkToken", "")
    owner = line_town().talks.spend_link_token(token)
    if owner is None or not NONCE.fullmatch(nonce):
        return render_template("town/dialog.html", owner=None), 400
    channel = line_town().talks.find_channel(name=owner[0])
    if channel is None:
        abort(404)
    user_id = request.form.get("user") or owner[1]
    is_owner = user_id == owner[1]
    told = {"result": "ok" if is_owner else "failed", "nonce": nonce}
    status = tell_account(channel, "accountLink", user_id, can_answer=is_owner, link=told)
    return lead_to_talk(channel.name, user_id, status)
