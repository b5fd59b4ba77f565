"""Errors as pages, in words that say what to do next."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, flash, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from common.errors import NotAllowed, ServiceError, Unauthenticated
from gateway.domain import words
from gateway.pages import door

log = structlog.get_logger()
TITLES = {
    403: "この画面は使えません",
    404: "見つかりません",
    409: "いまはできません",
    422: "確かめてください",
    503: "つながりにくくなっています",
}
_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media"}


def say(error: ServiceError) -> str:
    """Return the sentence for a house's refusal; one that we have no words for is logged with the number people are shown."""
    if isinstance(error, NotAllowed) and _has_ended():
        return words.words_for("school_ended")
    if not words.is_known(error.code):
        log.error("page.unknown_error", code=error.code, number=number(), endpoint=request.endpoint)
    return words.words_for(error.code, error.fields, number=number())


def _has_ended() -> bool:
    """Say whether who is signed in belongs to a school whose contract has ended: then no right helps, and no administrator."""
    who = g.get("visitor")
    return who is not None and who.school["state"] == "ended"


def tell(error: ServiceError) -> None:
    """Show a refusal at the top of the next page."""
    flash(say(error), "error")


def number() -> str:
    """Return this request's number for the telephone."""
    return words.short_number(g.get("request_id", ""))


def install(app: Flask) -> None:
    """Answer every error with a page."""

    def refused(error: ServiceError) -> Any:
        if isinstance(error, Unauthenticated) and request.blueprint not in door.GUARDIAN_PAGES:
            return door.ask_to_sign_in()
        return error_page(say(error), error.status, is_gone=error.code == "link_gone")

    def form_too_old(error: CSRFError) -> Any:
        log.info("page.csrf_refused", reason=error.description, endpoint=request.endpoint)
        return error_page(words.words_for("csrf"), 400)

    def http(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:
            return error
        code = "workbook_too_large" if status == 413 and request.blueprint == "roster_import" else _CODES.get(status, "http_error")
        return error_page(words.words_for(code, number=number()), status)

    def unknown(error: Exception) -> Any:
        log.error("page.failed", exc_info=error, endpoint=request.endpoint, number=number())
        return error_page(words.words_for("internal", number=number()), 500)

    app.register_error_handler(ServiceError, refused)
    app.register_error_handler(CSRFError, form_too_old)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, unknown)


def error_page(sentence: str, status: int, *, is_gone: bool = False) -> tuple[str, int]:
    """Return a page with one sentence, in the frame that fits: guardians see no menu of staff."""
    title = TITLES.get(status, "うまくいきませんでした")
    if request.blueprint in door.GUARDIAN_PAGES:
        return render_template("guardian_error.html", status=status, is_gone=is_gone), status
    try:
        _ = door.find_operator() if door.is_operators_page() else door.find_visitor()
    except ServiceError:
        g.visitor = g.operator = None  # identity is away: the page of the error must not fail in its turn
    if door.is_operators_page():
        return render_template("operator/error.html", title=title, sentence=sentence), status
    return render_template("error.html", title=title, sentence=sentence), status
