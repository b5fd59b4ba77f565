"""The town's phones: the FCM API under ``/fcm``, the push services of browsers under ``/push``,
lock screens for people, JSON for tests.

Part of the town's page.
"""

from __future__ import annotations

from pathlib import Path

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    send_from_directory,
)

from .fcm import TEMPERS, Answer, Fcm
from .names import EVERYBODY, listing
from .phones import Notification, Phone, Phones
from .web_push import Delivery, PushTown

STATIC = Path(__file__).parent / "static"
MAX_SHOWN = 100  # notifications on a screen
MAX_REQUEST = 64 * 1024  # bytes; FCM's own limit is far below

phones_blueprint = Blueprint("phones", __name__)


@phones_blueprint.post("/fcm/token")
def give_token() -> Response:
    """Answer as https://oauth2.googleapis.com/token."""
    return _spoken(_fcm().grant(request.form))


@phones_blueprint.post("/fcm/v1/projects/<project>/messages:send")
def send_message(project: str) -> Response:
    """Answer as https://fcm.googleapis.com."""
    if (request.content_length or 0) > MAX_REQUEST:
        error = {
            "code": 413,
            "message": "Request too large",
            "status": "INVALID_ARGUMENT",
        }
        return _spoken(Answer(413, {"error": error}))
    authorization = request.headers.get("Authorization", "")
    answer = _fcm().send(project, authorization, request.get_data())
    return _spoken(answer)


@phones_blueprint.post("/push/<name>")
def bring_to_browser(name: str) -> Response:
    """Answer as the push service of a browser does."""
    if (request.content_length or 0) > MAX_REQUEST:
        return Response("too large", 413, mimetype="text/plain")
    push: PushTown = current_app.extensions["town_push"]
    origin = request.host_url.rstrip("/")
    brought = push.bring(Delivery(name, origin, dict(request.headers), request.get_data()))
    return Response(brought.why, brought.status, brought.headers, mimetype="text/plain")


@phones_blueprint.get("/firebase/<any('firebase-app.js', 'firebase-messaging.js'):name>")
def give_script(name: str) -> Response:
    """Answer as https://www.gstatic.com, whose scripts any page may load."""
    response = send_from_directory(STATIC, name, mimetype="text/javascript")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@phones_blueprint.get("/phones")
def show_phones() -> str:
    """Show all phones, and how they behave."""
    return render_template("town/phones.html", tempers=TEMPERS, **_phone_rows())


@phones_blueprint.get("/phone-rows")
def show_phone_rows() -> str:
    """Return the list alone, for the refresh."""
    return render_template("town/_phones.html", **_phone_rows())


@phones_blueprint.get("/phone")
def show_phone() -> str:
    """Show one phone's lock screen."""
    token = request.args.get("token", "")
    shown = _phones().list_on_screen(token, MAX_SHOWN)
    return render_template("town/phone.html", token=token, notifications=shown)


@phones_blueprint.get("/phone-screen")
def show_phone_screen() -> str:
    """Return the notifications of one phone alone, for the refresh."""
    token = request.args.get("token", "")
    shown = _phones().list_on_screen(token, MAX_SHOWN)
    return render_template("town/_notifications.html", notifications=shown)


@phones_blueprint.get("/notifications.json")
def list_notifications_json() -> Response:
    """Return all that arrived for ``?token=``, or the newest of the whole town, newest first."""
    arrived = _phones().list_arrived(request.args.get("token"), MAX_SHOWN)
    return jsonify([_as_json(found) for found in arrived])


@phones_blueprint.get("/notification-counts.json")
def count_notifications_json() -> Response:
    """Return how many arrived, and how many of these came to the same phone a second time."""
    return jsonify({"notifications": _phones().count(), "duplicates": _phones().count_duplicates()})


def _fcm() -> Fcm:
    fcm: Fcm = current_app.extensions["town_fcm"]
    return fcm


def _phones() -> Phones:
    return _fcm().phones


def _spoken(answer: Answer) -> Response:
    response = jsonify(answer.body)
    response.status_code = answer.status
    response.headers.update(answer.headers)
    return response


def _phone_rows() -> dict[str, object]:
    query = request.args.get("q", "").strip()
    box = _phones()
    return listing(box.list_phones(limit=EVERYBODY), _token_of, count=box.count(), query=query)


def _token_of(phone: Phone) -> str:
    return phone.token


def _as_json(found: Notification) -> dict[str, object]:
    return {
        "id": found.id,
        "received_at": found.received_at.isoformat(),
        "token": found.token,
        "title": found.title,
        "body": found.body,
        "link": found.link,
        "tag": found.tag,
        "urgent": found.is_urgent,
    }
