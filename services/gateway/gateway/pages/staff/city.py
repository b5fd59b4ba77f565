"""Sign in by the city's account: over to its provider, and back (ID-14).

Both ways lead over a page that goes on by itself and not over a redirect. Chromium holds a form's
redirects to our `form-action`, on whatever pages of the city's they pass; and on the way back the
next page would count as opened by another site (`ways.demand_no_other_site`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, make_response, render_template, request, session, url_for
from werkzeug.wrappers import Response

from common.errors import NotFound, ServiceError
from gateway.domain import words
from gateway.pages import door, errors, sign_ins, ways
from gateway.pages.door import public_page
from gateway.pages.staff.sign_in import browser_in_words, show_form

blueprint = Blueprint("city", __name__)
BINDING = "renraku-city"
# As long as identity knows of a sign-in on its way.
LIVES = timedelta(minutes=10)
NEXT = "next_after_city"


@blueprint.post("/sign-in/city")
@public_page()
def go_over() -> Any:
    """Lead the browser to the city's provider, with a cookie by which it is known again."""
    try:
        with sign_ins.place(door.STAFF):
            way = door.clients().identity.go_over(_return_to())
    except NotFound:
        raise
    except ServiceError as error:
        return show_form("", sentence=errors.say(error)), error.status
    session[NEXT] = request.form.get("next", "")
    response = _lead_on(way["address"], "アカウントのログイン画面に進みます。")
    _keep_binding(response, way["binding"])
    return response


@blueprint.get("/sign-in/city/return")
@public_page()
def come_back() -> Any:
    """Open a session for whom the provider names.

    A GET, because providers send browsers back by one; without our cookie it does nothing. No
    browser asks here by HEAD, which Flask would answer like a GET.
    """
    if request.method == "HEAD":
        abort(405)
    if "error" in request.args:
        # Asked even so, because without a provider there is no such page.
        door.clients().identity.city_name()
        return _refused(words.DECLINED, 401)
    brought = {name: request.args.get(name, "") for name in ("state", "code")}
    given = {
        **brought,
        "binding": request.cookies.get(_cookie(), ""),
        "return_to": _return_to(),
        "browser": browser_in_words(),
    }
    try:
        with sign_ins.place(door.STAFF):
            session_id = door.clients().identity.come_back(given)
    except NotFound:
        raise
    except ServiceError as error:
        return _refused(_say(error), error.status)
    target = session.get(NEXT)
    door.end_session_before(door.clients().identity.end_session)
    session.clear()
    response = _lead_on(ways.safe_next(target), "ログインしました。")
    door.open_session(response, session_id)
    _forget_binding(response)
    return response


def _say(error: ServiceError) -> str:
    if error.code == "invalid":
        return errors.sentence("federation_refused")
    return errors.say(error)


def _refused(sentence: str, status: int) -> Response:
    """Return the sign-in page with what is wrong, for a browser that begins anew."""
    response = make_response(show_form("", sentence=sentence), status)
    # Who finds no place, or identity away, has not tried: the same answer is good a moment later.
    if status not in (429, 503):
        _forget_binding(response)
    return response


def _lead_on(address: str, sentence: str) -> Response:
    page = render_template("staff/leads_on.html", address=address, sentence=sentence)
    return make_response(page)


def _return_to() -> str:
    """Return the address to which the provider sends browsers back, as it is registered there."""
    return door.base_url() + url_for("city.come_back")


def _cookie() -> str:
    return door.cookie_name(BINDING)


def _keep_binding(response: Response, binding: str) -> None:
    response.set_cookie(
        _cookie(),
        binding,
        max_age=LIVES,
        httponly=True,
        # It comes back from a page of the provider's, which Strict would not let it do.
        samesite="Lax",
        secure=door.is_secure(),
        path="/",
    )


def _forget_binding(response: Response) -> None:
    response.delete_cookie(
        _cookie(),
        httponly=True,
        samesite="Lax",
        secure=door.is_secure(),
        path="/",
    )
