"""The menus below the town's talks, as strict as LINE's rich menus.

Source: https://developers.line.biz/en/reference/messaging-api/#rich-menu-object
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, abort, current_app, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from .line_rules import problems_of_menu
from .talk_pages import call_of, lead_to_talk, line_town, may_send_forms, tell_account
from .talks import Channel

LARGEST_PICTURE = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"

menus_blueprint = Blueprint("line_menus", __name__)


@dataclass
class TownMenu:
    """One menu of an account. `picture`: a PNG, once it was given."""

    id: str
    body: dict[str, Any]
    picture: bytes = b""


@dataclass
class TownMenus:
    """The menus of each account, and which one is shown; the town forgets them when it ends."""

    made: dict[str, dict[str, TownMenu]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    def of(self, channel: str) -> dict[str, TownMenu]:
        return self.made.setdefault(channel, {})

    def find_shown(self, channel: str) -> TownMenu | None:
        """Return the menu below an account's talks, None where there is none."""
        return self.of(channel).get(self.shown.get(channel, ""))


def menus() -> TownMenus:
    found: TownMenus = current_app.extensions["town_menus"]
    return found


@menus_blueprint.post("/line/v2/bot/richmenu")
def make() -> AnyResponse:
    channel = _account()
    try:
        body = json.loads(call_of().body)
    except ValueError:
        return _refused("The request body could not be parsed as JSON")
    problems = problems_of_menu(body)
    if problems:
        at, message = problems[0]
        return _refused(f"{at}: {message}")
    menu_id = f"richmenu-{uuid4().hex}"
    menus().of(channel.name)[menu_id] = TownMenu(menu_id, body)
    return jsonify({"richMenuId": menu_id})


@menus_blueprint.get("/line/v2/bot/richmenu/list")
def list_made() -> AnyResponse:
    made = menus().of(_account().name).values()
    return jsonify({"richmenus": [{"richMenuId": menu.id, **menu.body} for menu in made]})


@menus_blueprint.post("/line/v2/bot/richmenu/<menu_id>/content")
def give_picture(menu_id: str) -> AnyResponse:
    menu = _menu(menu_id)
    picture = call_of().body
    if request.mimetype != "image/png" or len(picture) > LARGEST_PICTURE:
        return _refused("The image is no PNG, or too large")
    size = menu.body["size"]
    if size_of(picture) != (size["width"], size["height"]):
        return _refused("The image has not the size of the menu")
    if menu.picture:
        return _refused("An image has already been uploaded to the richmenu")
    menu.picture = picture
    return jsonify({})


@menus_blueprint.post("/line/v2/bot/user/all/richmenu/<menu_id>")
def show_to_all(menu_id: str) -> AnyResponse:
    menu = _menu(menu_id)
    if not menu.picture:
        return _refused("must upload richmenu image before applying it to user")
    menus().shown[_account().name] = menu_id
    return jsonify({})


@menus_blueprint.delete("/line/v2/bot/richmenu/<menu_id>")
def delete(menu_id: str) -> AnyResponse:
    _menu(menu_id)
    del menus().of(_account().name)[menu_id]
    return jsonify({})


@menus_blueprint.get("/line/menus/<channel>.png")
def show_picture(channel: str) -> Response:
    """Show the picture of the menu below an account's talks."""
    menu = menus().find_shown(channel)
    if menu is None:
        abort(404)
    return Response(menu.picture, mimetype="image/png")


@menus_blueprint.post("/line/menu-taps")
def tap() -> AnyResponse:
    """Tap a field of the menu: its account is told, and its words stand in the talk."""
    may_send_forms()
    talks = line_town().talks
    name = request.form.get("channel", "")
    user_id = request.form.get("user", "")
    channel = talks.find_channel(name=name)
    if channel is None:
        abort(404)
    action = _tapped(name)
    words = {"type": "text", "text": action["displayText"]}
    talks.take(name, "tap", [user_id], [words])
    postback = {"data": action["data"]}
    told = tell_account(
        channel,
        "postback",
        user_id,
        postback=postback,
    )
    return lead_to_talk(name, user_id, told)


def _tapped(channel: str) -> dict[str, Any]:
    """Return what the form's field does; abort with 400 where there is no such field."""
    menu = menus().find_shown(channel)
    place = request.form.get("area", type=int, default=-1)
    areas = menu.body["areas"] if menu else []
    if not 0 <= place < len(areas):
        abort(400)
    action: dict[str, Any] = areas[place]["action"]
    if action["type"] != "postback":
        abort(400)
    return action


def size_of(picture: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, None where it is none (its first chunk, IHDR)."""
    if not picture.startswith(PNG) or len(picture) < 24:
        return None
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def _account() -> Channel:
    channel = line_town().talks.find_channel(token=call_of().token)
    if channel is None:
        abort(401)
    return channel


def _menu(menu_id: str) -> TownMenu:
    menu = menus().of(_account().name).get(menu_id)
    if menu is None:
        abort(404)
    return menu


def _refused(message: str) -> AnyResponse:
    answer = jsonify({"message": message})
    answer.status_code = 400
    return answer
