"""Who is at the door: session cookies, who may open which page, and the headers of every answer.

A page says who may open it where it is defined: `@page(Right.MESSAGES_SEND)`, `@page()` for anybody
signed in, `@operator_page()`, `@public_page()`; and there its title and its place in the menu.
Operators have a session and a cookie of their own: neither opens the pages of the other. A page
that says nothing answers 500, and a test walks all routes. The check here is for the menu and for
plain words: the house that owns the data checks again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from common.errors import NotAllowed, Unauthenticated, Unavailable
from common.rights import Right
from common.web import auth
from common.words import ANY_SCHOOL, SchoolWords, words_of
from gateway.clients import Clients
from gateway.config import Firebase, Settings
from gateway.domain.letter import Desk
from gateway.domain.menu import Bar, MenuLine, PageAbout, Under
from gateway.domain.people import OperatorVisitor, Visitor
from gateway.pages import policy
from gateway.pages.ways import page_before

View = TypeVar("View", bound=Callable[..., Any])
# Two cookies: who is signed in as the one is not signed in as the other.
STAFF, OPERATOR = "renraku", "renraku-operator"


def page(
    right: Right | None = None,
    *,
    title: str = "",
    menu: MenuLine | Under | None = None,
    bar: Bar | None = None,
) -> Callable[[View], View]:
    """Open a page to signed-in staff who have this right; the rest is told by `About`."""
    return _declare(auth.staff(right), PageAbout(right, title, menu, bar))


def operator_page(*, title: str = "", menu: MenuLine | None = None) -> Callable[[View], View]:
    """Open a page to operators who signed in with their second factor (ID-10)."""
    return _declare(auth.operator(), PageAbout(title=title, menu=menu))


def family_page() -> Callable[[View], View]:
    """Open a page to families who are signed in to My Page (`pages.family` looks who they are)."""
    return _declare(auth.family(), PageAbout())


def public_page(*, title: str = "", menu: MenuLine | None = None) -> Callable[[View], View]:
    """Open a page to everybody."""
    return _declare(auth.PUBLIC, PageAbout(title=title, menu=menu))


def _declare(rule: auth.Rule, about: PageAbout) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.about = about  # type: ignore[attr-defined]
        return auth.allow(rule)(view)

    return mark


def about(app: Flask, endpoint: str) -> PageAbout:
    """Return what a page says of itself; nothing for what is no page of ours."""
    said: PageAbout = getattr(app.view_functions[endpoint], "about", PageAbout())
    return replace(said, endpoint=endpoint)


def wing(app: Flask, endpoint: str | None) -> str:
    """Return whose page it is: staff, guardian, operator or public; "" for none of them.

    It is the folder of the page's file: no list of pages can miss a new one.
    """
    blueprint, _, _ = (endpoint or "").rpartition(".")
    if blueprint not in app.blueprints:
        return ""
    module = app.blueprints[blueprint].import_name
    return module.removeprefix("gateway.pages.").partition(".")[0]


def takes_files(max_bytes: int) -> Callable[[View], View]:
    """Let a page take files up to this size; every other form stays small."""

    def mark(view: View) -> View:
        view.max_bytes = max_bytes  # type: ignore[attr-defined]
        return view

    return mark


def polled(view: View) -> View:
    """Mark a part of a page that a script asks for by itself, again and again.

    It keeps no session awake: who has left the desk is signed out in time. Unchanged, it is not
    sent again.
    """
    view.is_polled = True  # type: ignore[attr-defined]
    return view


def _is_polled() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "is_polled", False)


def clients() -> Clients:
    found: Clients = current_app.extensions["clients"]
    return found


def find_visitor() -> Visitor | None:
    """Return who is signed in, asking identity once a request.

    None for a stranger, or for a session that has ended.
    """
    if not hasattr(g, "visitor"):
        g.visitor = _resolve()
    found: Visitor | None = g.visitor
    return found


def visitor() -> Visitor:
    """Return who is signed in; only on pages that need it."""
    found = find_visitor()
    assert found is not None
    return found


def person() -> Clients:
    """Return the houses as the signed-in person may ask them."""
    return clients().speaking_for(visitor().token)


def _resolve() -> Visitor | None:
    session_id = request.cookies.get(cookie_name(STAFF))
    if not session_id:
        return None
    try:
        answer = clients().identity.resolve(session_id, by_hand=not _is_polled())
    except Unauthenticated as error:
        if error.code == "session_pending":
            g.missing_step = error.fields["step"]
        return None
    return Visitor(
        session_id,
        answer["token"],
        answer["session_number"],
        answer["account"],
        answer["school"],
    )


def missing_step() -> str | None:
    """Return the step that who gave the right password has still to take; None for others."""
    find_visitor()
    found: str | None = g.get("missing_step")
    return found


def session_id_of_staff() -> str:
    """Return the id of the session that this browser says it has; "" where it says nothing."""
    return request.cookies.get(cookie_name(STAFF), "")


def find_operator() -> OperatorVisitor | None:
    """Return the operator who is signed in, asking identity once a request; None for others."""
    if not hasattr(g, "operator"):
        g.operator = _resolve_operator()
    found: OperatorVisitor | None = g.operator
    return found


def current_operator() -> OperatorVisitor:
    """Return the operator who is signed in; only on the operator's pages."""
    found = find_operator()
    assert found is not None
    return found


def operators_houses() -> Clients:
    """Return the houses as the signed-in operator may ask them; only on the operator's pages."""
    return clients().speaking_for(current_operator().token)


def school_words() -> SchoolWords:
    """Return the words of the school that this page is about; usual ones where none is known."""
    who = g.get("visitor")
    if who is not None:
        found: SchoolWords = who.words
        return found
    spoken: SchoolWords = g.get("school_words", ANY_SCHOOL)
    return spoken


def speak_as(school_kind: str) -> None:
    """Let a page for families say what this kind of school says."""
    g.school_words = words_of(school_kind)


def is_operators_page() -> bool:
    return wing(current_app, request.endpoint) == "operator"


def is_guardians_page() -> bool:
    """Return whether families open this page, most by a link that is a secret."""
    return wing(current_app, request.endpoint) == "guardian"


def _resolve_operator() -> OperatorVisitor | None:
    session_id = request.cookies.get(cookie_name(OPERATOR))
    if not session_id:
        return None
    try:
        answer = clients().identity.resolve_operator(session_id)
    except Unauthenticated:
        return None
    who = answer["operator"]
    token = answer["token"]
    name = who["display_name"]
    return OperatorVisitor(who["id"], session_id, token, name)


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def desk() -> Desk:
    """Return where people sign in, and whom they call when they can't."""
    settings = _settings()
    return Desk(
        address=f"{settings.base_url.rstrip('/')}{url_for('sign_in.sign_in')}",
        name=settings.operator_name,
        phone=settings.operator_phone,
    )


def mail_domain() -> str:
    """Return by which domain families' mails come."""
    return _settings().mail_domain


def push_town_url() -> str:
    """Return where the simulated town takes notifications; "" outside a demo."""
    return _settings().push_town_url


def firebase() -> Firebase | None:
    """Return the operator's project at Firebase; None where there is none."""
    return _settings().firebase


def is_firebase_first() -> bool:
    """Return whether phones register with Firebase even where it would go without."""
    return _settings().firebase_first


def is_secure() -> bool:
    """Return whether people reach us by https."""
    return _settings().is_secure


def base_url() -> str:
    """Return where people reach us, without a stroke at its end."""
    return _settings().base_url.rstrip("/")


def cookie_name(kind: str) -> str:
    """Return a cookie's name, by which a browser binds it to our host where it can."""
    return f"__Host-{kind}" if is_secure() else kind


def open_session(response: AnyResponse, session_id: str, kind: str = STAFF) -> None:
    """Give the browser its session; the cookie ends with the browser, the session on the server."""
    response.set_cookie(
        cookie_name(kind),
        session_id,
        httponly=True,
        samesite="Lax",
        secure=is_secure(),
        path="/",
    )


def end_session_before(end: Callable[[str], None], kind: str = STAFF) -> None:
    """End the session that this browser had, because a new one takes its cookie's place.

    Nobody could end it any more, and who has its id would go on for hours. While identity is away
    it stays: nobody is kept from signing in by that.
    """
    session_id = request.cookies.get(cookie_name(kind))
    if session_id:
        with suppress(Unavailable):
            end(session_id)


def close_session(response: AnyResponse, kind: str = STAFF) -> None:
    response.delete_cookie(
        cookie_name(kind),
        httponly=True,
        samesite="Lax",
        secure=is_secure(),
        path="/",
    )


def install(app: Flask) -> None:
    """Check every request against its page's rule, and answer with the headers of trust.md."""

    def check() -> Any:
        if request.endpoint is None:
            # Flask answers 404 or 405.
            return None
        view = app.view_functions[request.endpoint]
        limit = getattr(view, "max_bytes", None)
        if limit:
            # It is set here, because once the form was read it is too late.
            request.max_content_length = limit
        rules = auth.rules_of(app, request.endpoint, request.method)
        return _check_rules(rules)

    app.before_request(check)
    app.after_request(_protect)


def _check_rules(rules: Collection[auth.Rule]) -> AnyResponse | None:
    """Return nothing for who may open the page, the sign-in page for a stranger.

    Raise NotAllowed for who is signed in and lacks the right.
    """
    if request.method == "OPTIONS":
        return None
    if not rules:
        raise RuntimeError(f"{request.endpoint} declares no permission")
    if auth.PUBLIC in rules or any(rule.is_for_families for rule in rules):
        # Families are looked at by `pages.family`.
        return None
    if any(rule.is_for_operators for rule in rules):
        return None if find_operator() else ask_to_sign_in()
    who = find_visitor()
    if who is None:
        return ask_to_sign_in()
    if not any(_is_open_to(who, rule) for rule in rules):
        raise NotAllowed()
    return None


def _is_open_to(who: Visitor, rule: auth.Rule) -> bool:
    return rule.is_for_staff and (rule.right is None or who.may(rule.right))


def ask_to_sign_in() -> AnyResponse:
    """Send a stranger to the sign-in page.

    Who comes from a form comes back to the page that held it.
    """
    if is_operators_page():
        kind, sign_in, home = OPERATOR, "operator_sign_in.sign_in", "/operator"
    else:
        kind, sign_in, home = STAFF, "sign_in.sign_in", "/"
    back = page_before()
    target = None if back == home else back
    if kind == STAFF and missing_step() is not None:
        return redirect(url_for("steps.next_step", next=target), 303)
    ended = "1" if request.cookies.get(cookie_name(kind)) else None
    response = redirect(url_for(sign_in, next=target, ended=ended), 303)
    close_session(response, kind)
    return response


def _protect(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = policy.of_page()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # The address of a guardian's page is a secret, which must not leave in a Referer.
    headers["Referrer-Policy"] = "no-referrer" if is_guardians_page() else "same-origin"
    if is_secure():
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    if _is_polled():
        response.add_etag()
        response.make_conditional(request)
    return response
