"""Errors as pages, in words that say what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from flask import Flask, flash, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from common.answers.identity import ListedAccountOut
from common.errors import NotAllowed, ServiceError, Unauthenticated
from gateway.domain import words
from gateway.pages import door, family

log = structlog.get_logger()
TITLES = {
    403: "この画面は使えません",
    404: "見つかりません",
    409: "いまはできません",
    422: "確かめてください",
    503: "つながりにくくなっています",
}
# A stranger is led to the sign-in page. What one may not see, or what is not there, has a page of
# its own: the page on which it would be told would be refused in the same way.
NEVER_TOLD = (401, 403, 404)
_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media",
}


def say(error: ServiceError) -> str:
    """Return the sentence for a house's refusal.

    One that we have no words for is logged with the number people are shown.
    """
    if isinstance(error, NotAllowed) and _has_ended():
        return sentence("school_ended")
    if not words.is_known(error.code):
        log.error("page.unknown_error", code=error.code, number=number(), endpoint=request.endpoint)
    return sentence(error.code, error.fields)


def sentence(code: str, fields: Mapping[str, Any] | None = None) -> str:
    """Return the sentence for a code, in the words of the reader's school."""
    return words.words_for(code, fields, school=door.school_words(), number=number())


def say_whose(error: ServiceError, accounts: Sequence[ListedAccountOut]) -> str:
    """Return the sentence for what a house refuses of many accounts, with the name of the one."""
    sentence = say(error)
    for account in accounts:
        if account["id"] == error.fields.get("account"):
            return f"{account['display_name']} さん：{sentence}"
    return sentence


def _has_ended() -> bool:
    """Return whether who is signed in belongs to a school whose contract has ended.

    Then no right helps, and no administrator.
    """
    who = g.get("visitor")
    return who is not None and who.school["state"] == "ended"


def tell(error: ServiceError) -> None:
    """Show a refusal at the top of the next page."""
    flash(say(error), "error")


Found = TypeVar("Found")
Otherwise = TypeVar("Otherwise")


@dataclass(slots=True)
class ToldOutcome:
    """What was refused in a block of `told`; None where all of it was done."""

    error: ServiceError | None = None


@contextmanager
def told(*statuses: int, but_also: str = "") -> Iterator[ToldOutcome]:
    """Show a refusal in the block at the top of the next page, and go on after the block.

    `statuses`: which refusals are told; all but NEVER_TOLD where none is named. `but_also`: a code
    that is told whatever its status. Others are raised.
    """
    outcome = ToldOutcome()
    try:
        yield outcome
    except ServiceError as error:
        is_told = error.status in statuses if statuses else error.status not in NEVER_TOLD
        if not is_told and error.code != but_also:
            raise
        tell(error)
        outcome.error = error


def answer_or(ask: Callable[[], Found], otherwise: Otherwise) -> Found | Otherwise:
    """Return what a house tells, or something else while it is away or does not tell this person.

    For what a page is worth showing without.
    """
    try:
        return ask()
    except Unauthenticated:
        raise
    except ServiceError:
        return otherwise


def answer_script(ask: Callable[[], dict[str, Any]]) -> Any:
    """Answer a script with what a house tells, or with the sentence of its refusal."""
    try:
        return jsonify(ask())
    except Unauthenticated:
        raise
    except ServiceError as error:
        return jsonify(error=say(error)), error.status


def number() -> str:
    """Return this request's number for the telephone."""
    return words.short_number(g.get("request_id", ""))


def install(app: Flask) -> None:
    """Answer every error with a page."""

    def refused(error: ServiceError) -> Any:
        if error.code == family.OVER:
            return family.ask_to_sign_in()
        if isinstance(error, Unauthenticated) and not door.is_guardians_page():
            return door.ask_to_sign_in()
        return error_page(say(error), error.status, code=error.code)

    def form_too_old(error: CSRFError) -> Any:
        log.info(
            "page.csrf_refused",
            reason=error.description,
            endpoint=request.endpoint,
        )
        return error_page(sentence("csrf"), 400)

    def http(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:
            return error
        code = _CODES.get(status, "http_error")
        if status == 413 and request.blueprint in ("roster_import", "staff_import"):
            code = "workbook_too_large"
        return error_page(sentence(code), status)

    def unknown(error: Exception) -> Any:
        log.error(
            "page.failed",
            exc_info=error,
            endpoint=request.endpoint,
            number=number(),
        )
        return error_page(sentence("internal"), 500)

    app.register_error_handler(ServiceError, refused)
    app.register_error_handler(CSRFError, form_too_old)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, unknown)


def error_page(sentence: str, status: int, *, code: str = "") -> tuple[str, int]:
    """Return a page with one sentence, in the frame that fits: guardians see no menu of staff."""
    if door.is_guardians_page():
        return render_template("guardian/error.html", status=status, code=code), status
    is_operators = door.is_operators_page()
    try:
        _ = door.find_operator() if is_operators else door.find_visitor()
    except ServiceError:
        # Identity is away: the page of the error must not fail in its turn.
        g.visitor = g.operator = None
    title = TITLES.get(status, "うまくいきませんでした")
    template = "operator/error.html" if is_operators else "error.html"
    page = render_template(
        template,
        title=title,
        sentence=sentence,
    )
    return page, status
