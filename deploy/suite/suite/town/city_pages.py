"""The city's identity provider on the town's page: OpenID Connect under ``/city``.

A person picks whose account it is, where a real provider would ask for a password.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from .city import Asked, City

DISCOVERY = "/.well-known/openid-configuration"

city_blueprint = Blueprint("city", __name__)


@city_blueprint.before_request
def away() -> Any:
    """Answer nothing but 503 while a test says that the provider is down."""
    return ("The provider is down.", 503) if _city().is_down else None


@city_blueprint.get(DISCOVERY)
def describe() -> Response:
    """Answer what the provider says of itself (OpenID Connect Discovery 1.0)."""
    return jsonify(
        {
            "issuer": _issuer(),
            "authorization_endpoint": url_for("city.ask", _external=True),
            "token_endpoint": url_for("city.give_token", _external=True),
            "jwks_uri": url_for("city.show_keys", _external=True),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "email", "profile"],
        }
    )


@city_blueprint.get("/keys")
def show_keys() -> Response:
    """Answer the keys by which tokens are checked."""
    return jsonify(_city().published_keys())


@city_blueprint.get("/authorize")
def ask() -> Any:
    """Show whose accounts there are; a browser that nobody of ours sent goes nowhere."""
    asked = Asked.read(request.args)
    if not _city().knows(asked):
        return _strangers()
    problem = asked.problem()
    if problem:
        return _back(asked, error=problem)
    # Chromium holds a form to the page's policy on the way back to the product, too.
    parts = urlsplit(asked.redirect_uri)
    g.form_goes_on_to = f"{parts.scheme}://{parts.netloc}"
    return render_template("town/city.html", people=_city().list_people(), asked=request.args)


@city_blueprint.post("/authorize")
def answer() -> Any:
    """Send the browser back with a code for who was picked."""
    asked = Asked.read(request.form)
    if not _city().knows(asked) or asked.problem():
        return _strangers()
    if "decline" in request.form:
        return _back(asked, error="access_denied")
    code = _city().give_code(asked, request.form.get("person", ""))
    return _back(asked, code=code) if code else _strangers()


@city_blueprint.post("/token")
def give_token() -> Response:
    """Answer with an ID token for a code."""
    authorization = request.headers.get("Authorization", "")
    given = _city().grant(_issuer(), request.form, authorization)
    response = jsonify(given.body)
    response.status_code = given.status
    return response


def _city() -> City:
    city: City = current_app.extensions["town_city"]
    return city


def _issuer() -> str:
    return url_for("city.describe", _external=True).removesuffix(
        "/.well-known/openid-configuration"
    )


def _back(asked: Asked, **said: str) -> AnyResponse:
    query = urlencode({**said, "state": asked.state})
    return redirect(f"{asked.redirect_uri}?{query}", 303)


def _strangers() -> tuple[str, int]:
    return render_template("town/city.html", people=[], asked={}), 400
