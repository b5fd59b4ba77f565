"""The base of every house's Flask application.

API documentation, errors in one shape, auth, health, metrics, request ids.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

import marshmallow as ma
import orjson
import structlog
from flask import Flask, Response, g, request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import HTTPException

from common import clock, metrics
from common.config import Settings
from common.errors import ServiceError
from common.keys import Keys, check_own
from common.web import auth
from common.web.client import _REQUEST_ID

log = structlog.get_logger()
# Passed on to other houses in a header: a visitor's own invention must not break the call.
_REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9_-]{1,40}")
MAX_BODY_BYTES = 8 * 1024 * 1024
_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media",
    422: "invalid",
}


class ErrorBody(ma.Schema):
    code = ma.fields.String()
    message = ma.fields.String()
    # The name is part of our error shape; marshmallow keeps declared fields apart.
    fields = ma.fields.Dict()  # type: ignore[assignment]


class ErrorShape(ma.Schema):
    error = ma.fields.Nested(ErrorBody)


class HouseApi(Api):
    """flask-smorest with our error shape (its ERROR_SCHEMA changes the documentation only)."""

    ERROR_SCHEMA = ErrorShape

    def handle_http_exception(self, error: HTTPException) -> Any:
        data = getattr(error, "data", None) or {}
        locations = [
            part for part in (data.get("messages") or {}).values() if isinstance(part, dict)
        ]
        fields: dict[str, Any] = {}
        for location in locations:
            fields.update(location)
        code = error.code or 500
        body = {
            "error": {
                "code": _CODES.get(code, "http_error"),
                "message": str(error.description or error.name),
                "fields": fields,
            }
        }
        headers = [
            (name, value)
            for name, value in error.get_headers()
            if name.lower() not in ("content-type", "content-length")
        ]
        return body, code, headers


def create_base_app(
    name: str, settings: Settings, *, title: str, is_ready: Callable[[], bool]
) -> tuple[Flask, HouseApi]:
    """Return a Flask application and its API registry.

    `is_ready` tells whether the role can do its work now (/readyz).
    """
    app = Flask(name, static_folder=None)
    app.config.update(
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        OPENAPI_SWAGGER_UI_PATH=None,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
    )
    app.json = _Json(app)
    api = HouseApi(
        app,
        spec_kwargs={
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    observe(app, settings.service)
    check_own(settings.keys_dir, settings.service)
    auth.install(app, Keys(settings.keys_dir, settings.service))
    _answer_errors(app)
    add_health(app, settings.service, is_ready)
    # The view itself is a bound method, which can't carry a rule.
    documentation = partial(app.view_functions["api-docs.openapi_json"])
    app.view_functions["api-docs.openapi_json"] = auth.allow(auth.PUBLIC)(documentation)
    return app, api


class _Json(DefaultJSONProvider):
    """JSON by orjson: it knows UUIDs and moments, and is quick with pages of hundreds of rows."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj, default=self.default, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)


def observe(app: Flask, service: str) -> None:
    """Give each request an id, log it without personal data, and measure it."""

    def begin() -> None:
        structlog.contextvars.clear_contextvars()
        said = request.headers.get("X-Request-Id", "")
        g.request_id = said if _REQUEST_ID_FORM.fullmatch(said) else secrets.token_hex(8)
        g.began = clock.monotonic()
        _REQUEST_ID.set(g.request_id)
        structlog.contextvars.bind_contextvars(service=service, request_id=g.request_id)

    def end(response: Response) -> Response:
        seconds = clock.monotonic() - g.get("began", clock.monotonic())
        endpoint = request.endpoint or "unknown"
        metrics.record_request(service, endpoint, response.status_code, seconds)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response

    app.before_request(begin)
    app.after_request(end)


def _answer_errors(app: Flask) -> None:
    def known(error: ServiceError) -> Any:
        headers = {}
        if "retry_after" in error.fields:
            headers["Retry-After"] = str(error.fields["retry_after"])
        return error.body(), error.status, headers

    def unknown(error: Exception) -> Any:
        log.error("request.failed", exc_info=error, endpoint=request.endpoint)
        body = {
            "code": "internal",
            "message": "Something went wrong on our side.",
            "fields": {"id": g.get("request_id", "")},
        }
        return {"error": body}, 500

    app.register_error_handler(ServiceError, known)
    app.register_error_handler(Exception, unknown)


def add_health(app: Flask, service: str, is_ready: Callable[[], bool]) -> None:
    """Add /healthz (alive), /readyz (able to work) and /metrics."""
    health = metrics.RoleHealth(lambda: True, {service: is_ready})
    # For who answers for several houses of one process.
    app.extensions["is_ready"] = is_ready

    @app.get("/healthz")
    @auth.allow(auth.PUBLIC)
    def healthz() -> Any:
        return {"status": "alive"}

    @app.get("/readyz")
    @auth.allow(auth.PUBLIC)
    def readyz() -> Any:
        if is_ready():
            return {"status": "ready"}, 200
        return {"status": "not ready"}, 503

    @app.get("/metrics")
    @auth.allow(auth.PUBLIC)
    def metrics_page() -> Any:
        return Response(metrics.page(health), content_type=CONTENT_TYPE_LATEST)
