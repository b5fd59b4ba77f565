"""The town's LINE: the Messaging API under ``/line/v2``, talks for people, JSON for tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from .line import MOODS, Answer, LineTown, Request
from .line_webhooks import make_event, tell
from .names import EVERYBODY, listing
from .talks import Channel, Said, Talk, words_of

MAX_SHOWN = 100  # messages in a talk
NEWEST = "newest"  # where a talk opens
MAX_REQUEST = 2 * 1024 * 1024

talks_blueprint = Blueprint("talks", __name__)


@talks_blueprint.post("/line/v2/bot/message/multicast")
def multicast() -> Response:
    return spoken(line_town().multicast(call_of()))


@talks_blueprint.post("/line/v2/bot/message/push")
def push() -> Response:
    return spoken(line_town().push(call_of()))


@talks_blueprint.post("/line/v2/bot/message/reply")
def reply() -> Response:
    return spoken(line_town().reply(call_of()))


@talks_blueprint.get("/line/v2/bot/profile/<user_id>")
def profile(user_id: str) -> Response:
    return spoken(line_town().profile(call_of(), user_id))


@talks_blueprint.get("/line/v2/bot/message/quota")
def quota() -> Response:
    return spoken(line_town().quota(call_of()))


@talks_blueprint.get("/line/v2/bot/message/quota/consumption")
def consumption() -> Response:
    return spoken(line_town().consumption(call_of()))


@talks_blueprint.put("/line/channels/<name>.json")
def put_channel(name: str) -> Response:
    """Make or replace an account, as its owner does on LINE's own site."""
    given = request.get_json()
    channel = Channel(
        name,
        given["access_token"],
        given["secret"],
        given["webhook_url"],
        given.get("monthly_limit"),
    )
    line_town().talks.put_channel(channel)
    return jsonify({"name": name})


@talks_blueprint.get("/line/")
def show_talks() -> str:
    """Show all talks, and how people behave."""
    return render_template(
        "town/talks.html", moods=MOODS, quotas=line_town().list_quotas(), **_talk_rows()
    )


@talks_blueprint.get("/line/talk-rows")
def show_talk_rows() -> str:
    """Return the list alone, for the refresh."""
    return render_template("town/_talks.html", **_talk_rows())


@talks_blueprint.get("/line/talk")
def show_talk() -> str:
    """Show one talk as a phone does."""
    return render_template("town/talk.html", **_talk(), told=request.args.get("told", type=int))


@talks_blueprint.get("/line/said-rows")
def show_said_rows() -> str:
    """Return what was said in a talk alone, for the refresh."""
    return render_template("town/_said.html", **_talk())


@talks_blueprint.post("/line/taps")
def tap() -> AnyResponse:
    """Tap a button of a message: its account is told, and its words stand in the talk."""
    channel, user_id = _person()
    action = _tapped_action(channel, user_id)
    words = action.get("displayText")
    if words:
        line_town().talks.take(channel.name, "tap", [user_id], [{"type": "text", "text": words}])
    return _tell(channel, "postback", user_id, postback={"data": action["data"]})


def _tapped_action(channel: Channel, user_id: str) -> dict[str, Any]:
    """Return what the form's button does; abort with 400 where there is no such button."""
    message_id = request.form.get("message", type=int)
    place = request.form.get("button", type=int)
    actions: list[dict[str, Any]] = []
    for said in line_town().talks.list_said(channel.name, user_id):
        if said.id == message_id:
            actions = actions_of(said)
    if place is None or not 0 <= place < len(actions):
        abort(400)
    action = actions[place]
    if action["type"] != "postback":
        abort(400)
    return action


@talks_blueprint.post("/line/texts")
def type_text() -> AnyResponse:
    """Type a word into the talk."""
    channel, user_id = _person()
    text = request.form.get("text", "").strip()
    if not text or len(text) > 5000:
        abort(400)
    message = {"type": "text", "text": text}
    taken = line_town().talks.take(channel.name, "text", [user_id], [message])
    return _tell(channel, "message", user_id, message={"id": taken.request_id, **message})


@talks_blueprint.post("/line/blocks")
def set_blocked() -> AnyResponse:
    """Block the account, or end the block."""
    channel, user_id = _person()
    blocked = request.form.get("blocked") == "yes"
    line_town().talks.set_blocked(channel.name, user_id, blocked)
    if blocked:
        status = tell_account(channel, "unfollow", user_id, can_answer=False)
        return lead_to_talk(channel.name, user_id, status)
    return _tell(channel, "follow", user_id, follow={"isUnblocked": True})


@talks_blueprint.post("/line/limits")
def set_limit() -> AnyResponse:
    """Set an account's monthly limit, as its owner does by the plan that is bought.

    An empty field takes it away.
    """
    channel = _channel()
    text = request.form.get("monthly_limit", "").strip()
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    if text and not is_number:
        abort(400)
    line_town().talks.set_limit(channel.name, int(text) if text else None)
    return redirect(url_for("talks.show_talks"), 303)


@talks_blueprint.get("/line/said.json")
def list_said_json() -> Response:
    """Return what was said in the talk of ``?channel=`` and ``?user=``, the oldest first."""
    said = line_town().talks.list_said(
        request.args.get("channel", ""), request.args.get("user", ""), MAX_SHOWN
    )
    return jsonify([_as_json(one) for one in said])


@talks_blueprint.get("/line/counts.json")
def count_json() -> Response:
    """Return how many messages arrived, and how many came to the same person a second time."""
    talks = line_town().talks
    return jsonify({"messages": talks.count(), "duplicates": talks.count_duplicates()})


def actions_of(said: Said) -> list[dict[str, Any]]:
    """Return the buttons of a message in their order."""
    return [part["action"] for part in _parts(said.body) if part.get("type") == "button"]


def texts_of(said: Said) -> list[str]:
    """Return the texts of a message in their order."""
    return [part["text"] for part in _parts(said.body) if part.get("type") == "text"]


def _parts(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the texts and buttons of a text, template or flex message."""
    kind = body.get("type")
    for item in body.get("quickReply", {}).get("items", []):
        yield {
            "type": "button",
            "action": item["action"],
        }
    if kind == "template":
        template = body["template"]
        for name in ("title", "text"):
            if name in template:
                yield {
                    "type": "text",
                    "text": template[name],
                }
        for action in template["actions"]:
            yield {
                "type": "button",
                "action": action,
            }
        return
    if kind in ("text", "button"):
        yield body
    for name in ("contents", "header", "body", "footer"):
        inner = body.get(name)
        parts = inner if isinstance(inner, list) else [inner]
        for part in parts:
            if isinstance(part, dict):
                yield from _parts(part)


def line_town() -> LineTown:
    line: LineTown = current_app.extensions["town_line"]
    return line


def call_of() -> Request:
    if (request.content_length or 0) > MAX_REQUEST:
        abort(413)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        token = ""
    return Request(
        token,
        request.get_data(),
        request.headers.get("X-Line-Retry-Key"),
    )


def spoken(answer: Answer) -> Response:
    if answer.wait:
        time.sleep(answer.wait)
    if isinstance(answer.body, str):
        return Response(
            answer.body,
            answer.status,
            content_type="text/html; charset=utf-8",
        )
    response = jsonify(answer.body)
    response.status_code = answer.status
    response.headers.update(answer.headers)
    return response


def _person() -> tuple[Channel, str]:
    """Return whose talk a form is about."""
    return _channel(), request.form.get("user", "")


def _channel() -> Channel:
    """Return the account that a form is about; refuse a form that another site sent."""
    may_send_forms()
    channel = line_town().talks.find_channel(name=request.form.get("channel", ""))
    if channel is None:
        abort(404)
    return channel


def may_send_forms() -> None:
    """Abort with 403 where another site sent a form."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


def _tell(channel: Channel, kind: str, user_id: str, **more: Any) -> AnyResponse:
    """Tell the account of an event that it may answer, and lead back to the talk."""
    return lead_to_talk(channel.name, user_id, tell_account(channel, kind, user_id, **more))


def tell_account(
    channel: Channel, kind: str, user_id: str, *, can_answer: bool = True, **more: Any
) -> int:
    """Tell the account of an event; return the status of its webhook, 0 where nobody answers."""
    if can_answer:
        more["replyToken"] = line_town().talks.give_reply_token(channel.name, user_id)
    return tell(channel, make_event(kind, user_id, **more))


def lead_to_talk(channel: str, user_id: str, status: int) -> AnyResponse:
    """Lead to the end of a talk, which says what the account's webhook answered."""
    talk = url_for(
        "talks.show_talk",
        channel=channel,
        user=user_id,
        told=status,
        _anchor=NEWEST,
    )
    return redirect(talk, 303)


def _talk_rows() -> dict[str, object]:
    query = request.args.get("q", "").strip()
    talks = line_town().talks
    return listing(talks.list_talks(limit=EVERYBODY), _user_of, count=talks.count(), query=query)


def _user_of(talk: Talk) -> str:
    return talk.user_id


def _talk() -> dict[str, object]:
    channel, user_id = request.args.get("channel", ""), request.args.get("user", "")
    talks = line_town().talks
    said = [
        (one, texts_of(one), actions_of(one))
        for one in talks.list_said(channel, user_id, MAX_SHOWN)
    ]
    return {
        "channel": channel,
        "user": user_id,
        "said": said,
        "blocked": talks.is_blocked(channel, user_id),
    }


def _as_json(said: Said) -> dict[str, object]:
    return {
        "id": said.id,
        "at": said.at.isoformat(),
        "kind": said.kind,
        "words": words_of(said.body),
        "texts": texts_of(said),
        "buttons": [action["label"] for action in actions_of(said)],
        "body": said.body,
    }
