"""The town's page: what a person sees of the outside world, and JSON for tests.

All paths lie under `prefix`. The page works under a path of a larger application too (mounted by a
dispatcher, with `prefix=""`): every address in it comes from `url_for`. It has no sign-in: it
belongs on a machine for practice only.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from common import clock

from .authenticator import authenticator_blueprint
from .city import City
from .city_pages import city_blueprint
from .control import MAX_PACE, RelayControl
from .domains import DOMAINS
from .fcm import Fcm
from .line import LineTown
from .line_links import links_blueprint
from .line_menus import TownMenus, menus_blueprint
from .mailboxes import Mailbox, Mailboxes, StoredMail
from .names import EVERYBODY, Names, listing, name_of
from .phone_pages import phones_blueprint
from .postman import Postman
from .reading import read_letter, split_links
from .talk_pages import talks_blueprint
from .web_push import PushTown
from .writing import quoted, write_empty_mail, write_reply

MAX_SHOWN = 100  # mails in a mailbox
_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self' "
)

pages = Blueprint("town", __name__, template_folder="templates", static_folder="static")


# A town may lack any of these parts, by name: a type around them would only be taken apart here.
def create_town_app(  # noqa: PLR0913
    mailboxes: Mailboxes,
    relay_control: RelayControl,
    *,
    fcm: Fcm | None = None,
    line: LineTown | None = None,
    names: Names | None = None,
    postman: Postman | None = None,
    city: City | None = None,
    authenticator: str = "",
    product: str = "",
    prefix: str = "/town",
) -> Flask:
    """Return the page of one town; ``/`` leads to it.

    With `fcm` it has phones too, and answers for FCM under ``/fcm``, for the push services of
    browsers under ``/push``; with `line` it has talks, and answers for LINE under ``/line``; with
    `names` it says who is behind an address; with `postman` its mailboxes write back; with `city`
    it has the city's identity provider under ``/city``; with `authenticator` (an otpauth://
    address) it has the telephone that shows this operator's codes. `product`: the address of the
    product's own pages.
    """
    app = Flask(__name__, static_folder=None)
    app.extensions["town"] = (mailboxes, relay_control)
    app.extensions["town_names"] = names
    app.extensions["town_postman"] = postman
    app.jinja_env.globals.update(name_of=name_of, product=product)
    app.register_blueprint(pages, url_prefix=prefix or None)
    if fcm is not None:
        app.extensions["town_fcm"] = fcm
        app.extensions["town_push"] = PushTown(fcm.phones)
        app.register_blueprint(phones_blueprint, url_prefix=prefix or None)
    app.jinja_env.globals.update(has_phones=fcm is not None)
    if line is not None:
        _open_talks(app, line, prefix)
    app.jinja_env.globals.update(has_talks=line is not None)
    if city is not None:
        app.extensions["town_city"] = city
        app.register_blueprint(city_blueprint, url_prefix=f"{prefix}/city")
    if authenticator:
        app.extensions["town_authenticator"] = authenticator
        app.register_blueprint(authenticator_blueprint, url_prefix=prefix or None)
    app.jinja_env.globals.update(has_authenticator=bool(authenticator))
    app.jinja_env.filters.update(jst=_jst, split_links=split_links)
    app.after_request(_protect)
    if prefix:
        app.add_url_rule("/", "root", lambda: redirect(url_for("town.show_town")))
    return app


def _open_talks(app: Flask, line: LineTown, prefix: str) -> None:
    menus = TownMenus()
    app.extensions["town_line"] = line
    app.extensions["town_menus"] = menus
    app.jinja_env.globals.update(menu_of=menus.find_shown)
    for blueprint in (talks_blueprint, links_blueprint, menus_blueprint):
        app.register_blueprint(blueprint, url_prefix=prefix or None)


@pages.get("/")
def show_town() -> str:
    """Show all mailboxes, the pace, and how the domains behave."""
    query = request.args.get("q", "").strip()
    return render_template(
        "town/town.html",
        domains=DOMAINS,
        pace_ms=round(_control().pace * 1000),
        max_pace_ms=round(MAX_PACE * 1000),
        **_mailbox_rows(query),
    )


@pages.get("/mailbox-rows")
def show_mailbox_rows() -> str:
    """Return the list alone, for the refresh."""
    query = request.args.get("q", "").strip()
    return render_template("town/_mailboxes.html", **_mailbox_rows(query))


@pages.get("/mails")
def show_mailbox() -> str:
    """Show one mailbox as a phone does."""
    recipient = request.args.get("recipient", "").strip()
    return render_template(
        "town/mailbox.html",
        recipient=recipient,
        letters=_letters(recipient),
        may_write=current_app.extensions["town_postman"] is not None,
        said=request.args.get("said"),
    )


@pages.post("/mails/write")
def write() -> AnyResponse:
    """Send an empty mail from a mailbox to an address of the product."""
    _refuse_other_sites()
    postman: Postman | None = current_app.extensions["town_postman"]
    if postman is None:
        abort(404)
    sender = request.form.get("sender", "").strip()
    recipient = request.form.get("to", "").strip()
    if not _is_address(sender) or not _is_address(recipient):
        abort(400)
    said = postman.post(quoted(sender), recipient, write_empty_mail(sender, recipient))
    shown = url_for("town.show_mailbox", recipient=sender, said=said or "ok")
    return redirect(shown, 303)


@pages.get("/mail-rows")
def show_mail_rows() -> str:
    """Return the mails of one mailbox alone, for the refresh."""
    return render_template("town/_mails.html", letters=_letters(request.args.get("recipient", "")))


@pages.get("/mails/<int:mail_id>")
def show_mail(mail_id: int) -> str:
    """Show one mail as a phone does."""
    mail = _find_mail(mail_id)
    if mail is None:
        abort(404)
    return render_template(
        "town/mail.html",
        mail=mail,
        letter=read_letter(mail.raw),
        may_reply=current_app.extensions["town_postman"] is not None,
        said=request.args.get("said"),
    )


@pages.post("/mails/<int:mail_id>/reply")
def reply(mail_id: int) -> AnyResponse:
    """Answer a mail, by hand or as a telephone does by itself."""
    _refuse_other_sites()
    postman: Postman | None = current_app.extensions["town_postman"]
    mail = _find_mail(mail_id)
    if postman is None or mail is None:
        abort(404)
    letter = read_letter(mail.raw)
    is_automatic = request.form.get("how") == "automatic"
    raw = write_reply(mail, letter, is_automatic=is_automatic)
    sender = quoted(mail.recipient)
    said = postman.post(sender, letter.sender_address, raw)
    shown = url_for("town.show_mail", mail_id=mail_id, said=said or "ok")
    return redirect(shown, 303)


@pages.post("/pace")
def set_pace() -> AnyResponse:
    """Set how long a mail takes; refuse a form that another site sent."""
    _refuse_other_sites()
    milliseconds = request.form.get("pace_ms", type=int)
    if milliseconds is None:
        abort(400)
    _control().set_pace(milliseconds / 1000)
    return redirect(url_for("town.show_town"), 303)


def _is_address(typed: str) -> bool:
    local_part, _, domain = typed.rpartition("@")
    is_whole = bool(local_part) and bool(domain)
    return is_whole and typed.isascii() and typed.isprintable() and " " not in typed


def _find_mail(mail_id: int) -> StoredMail | None:
    is_in_range = mail_id < 1 << 63  # where SQLite's integers end
    return _mailboxes().find_mail(mail_id) if is_in_range else None


def _refuse_other_sites() -> None:
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)


@pages.get("/mails.json")
def list_mails_json() -> Response:
    """Return the mails of ``?recipient=``, or the newest of the whole town, newest first."""
    recipient = request.args.get("recipient")
    box = _mailboxes()
    if recipient is None:
        found = box.list_latest(MAX_SHOWN)
    else:
        found = box.list_mails(recipient, MAX_SHOWN)
    return jsonify([_mail_json(mail) for mail in found])


@pages.get("/counts.json")
def count_json() -> Response:
    """Return how much arrived, and every (recipient, Message-ID) that arrived more than once."""
    box = _mailboxes()
    duplicates = [
        {"recipient": found.recipient, "message_id": found.message_id, "times": found.times}
        for found in box.count_by_message_id()
    ]
    return jsonify(
        {"mails": box.count(), "mailboxes": box.count_recipients(), "duplicates": duplicates}
    )


def _mailboxes() -> Mailboxes:
    mailboxes: Mailboxes = current_app.extensions["town"][0]
    return mailboxes


def _control() -> RelayControl:
    control: RelayControl = current_app.extensions["town"][1]
    return control


def _mailbox_rows(query: str) -> dict[str, object]:
    box = _mailboxes()
    return listing(box.list_mailboxes(limit=EVERYBODY), _address_of, count=box.count(), query=query)


def _address_of(mailbox: Mailbox) -> str:
    return mailbox.address


def _letters(recipient: str) -> list[tuple[StoredMail, object]]:
    return [(mail, read_letter(mail.raw)) for mail in _mailboxes().list_mails(recipient, MAX_SHOWN)]


def _mail_json(mail: StoredMail) -> dict[str, object]:
    letter = read_letter(mail.raw)
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(),
        "envelope_from": mail.envelope_from,
        "recipient": mail.recipient,
        "message_id": mail.message_id,
        "subject": mail.subject,
        "from": letter.sender_address,
        "from_name": letter.sender_name,
        "to": letter.to,
        "text": letter.text,
        "html": letter.html,
        "links": letter.links,
        "headers": dict(letter.headers),
    }


def _jst(moment: datetime) -> str:
    local = clock.to_jst(moment)
    return f"{local.month}月{local.day}日（{clock.WEEKDAYS[local.weekday()]}）{local:%-H:%M}"


def _protect(response: AnyResponse) -> AnyResponse:
    form_goes_on_to = g.form_goes_on_to if "form_goes_on_to" in g else ""
    response.headers["Content-Security-Policy"] = _CSP + form_goes_on_to
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Not no-referrer: the form's Origin would then be "null".
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "town.static":
        response.headers["Cache-Control"] = "no-store"
    return response
