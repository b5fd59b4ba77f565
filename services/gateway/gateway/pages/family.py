"""Which family is at the door of My Page: a cookie beside staff's, a session for each school.

The sessions of two schools lie in one cookie and know nothing of each other (MY-6). `s`, in the
address, names the school that is meant, by its code or (pages of ours) by its id; without it it is
the one that came last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from common.answers.directory import FamilyOut
from common.answers.identity import SchoolOut
from common.cache import Bounded
from common.errors import NotFound, Refused, Unauthenticated, Unavailable
from common.web import auth
from gateway.pages import door

FAMILY, SCHOOL = "renraku-family", "renraku-family-school"
# What directory answers when a browser is not known any more.
OVER = "family_session_over"
# As long as browsers keep a cookie at most (RFC 6265bis, 5.5), and directory a session.
LIVES = timedelta(days=400)
# Children at more schools than these share a browser nowhere, and a cookie has its length.
MOST_SCHOOLS = 6
_HELD = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{20,100})")
_CODE = re.compile(r"[0-9]{4,12}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A page is asked for far more often than a school changes its name.
SCHOOL_SECONDS = 60


class HeldSession(NamedTuple):
    """A session as the browser holds it."""

    school_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class FamilyVisitor:
    """The family that is signed in, at one school. `known`: what directory tells of it."""

    held: HeldSession
    school: SchoolOut
    known: FamilyOut

    @property
    def school_id(self) -> UUID:
        return self.held.school_id

    @property
    def token(self) -> str:
        return self.held.token

    @property
    def is_over(self) -> bool:
        """Return whether the school's contract has ended: everything can be read, nothing done."""
        return self.school["state"] != "active"


def install(app: Flask) -> None:
    """Let only families in where a page is theirs; links between their pages name the school."""

    def check() -> Any:
        if request.endpoint is None:
            return None
        rules = auth.rules_of(app, request.endpoint, request.method)
        is_theirs = any(rule.is_for_families for rule in rules)
        if is_theirs and find() is None:
            return ask_to_sign_in()
        return None

    def name_school(endpoint: str, values: dict[str, Any]) -> None:
        blueprint = endpoint.partition(".")[0]
        who: FamilyVisitor | None = g.get("family")
        if blueprint not in ("my_page", "my_points", "my_apps", "my_password"):
            return
        if who is not None and len(held_sessions()) > 1:
            values.setdefault("s", who.school["code"])
        asked = request.args.get("lang")
        if asked is not None:
            values.setdefault("lang", asked)

    app.extensions["family_schools"] = Bounded[UUID, SchoolOut](most=500, seconds=SCHOOL_SECONDS)
    app.before_request(check)
    app.url_defaults(name_school)


def find() -> FamilyVisitor | None:
    """Return the family that is signed in at the school that is meant, asking once a request."""
    if "family" not in g:
        g.family = _resolve(asked_code())
        if g.family is not None:
            door.speak_as(g.family.school["kind"])
    found: FamilyVisitor | None = g.family
    return found


def current() -> FamilyVisitor:
    """Return the family that is signed in; only on pages that need it."""
    found = find()
    assert found is not None
    return found


def asked_code() -> str:
    """Return what the address names a school by, its code or its id; "" where it names none."""
    code = request.args.get("s", "")
    return code if _CODE.fullmatch(code) else ""


def _resolve(code: str) -> FamilyVisitor | None:
    for held in held_sessions():
        try:
            school = school_of(held.school_id)
            names = school["code"], school["id"]
            if code and code not in names:
                continue
            known = door.clients().my_page.resolve(held.school_id, held.token)
        except (Unauthenticated, NotFound):
            # Forgotten, or the school is erased: another one may still be known.
            continue
        return FamilyVisitor(held, school, known)
    return None


def school_of(school_id: UUID) -> SchoolOut:
    """Return a school's profile; raise NotFound for an erased one."""
    kept: Bounded[UUID, SchoolOut] = current_app.extensions["family_schools"]
    school = kept.get(school_id)
    if school is None:
        school = door.clients().identity.current_school(str(school_id))
        kept.put(school_id, school)
    return school


def list_schools() -> list[SchoolOut]:
    """Return the schools at which this browser has a session; erased ones are left out."""
    schools = []
    for held in held_sessions():
        try:
            schools.append(school_of(held.school_id))
        except NotFound:
            continue
    return schools


def held_sessions() -> Sequence[HeldSession]:
    """Return what the cookie holds, the one that came last first."""
    text = request.cookies.get(door.cookie_name(FAMILY), "")
    found = []
    for part in text.split("~")[:MOST_SCHOOLS]:
        held = _HELD.fullmatch(part)
        if held is not None:
            found.append(HeldSession(UUID(hex=held[1]), held[2]))
    return found


def remember(response: Response, school_id: UUID, token: str) -> None:
    """Let the browser be known at a school from now on, in place of an older session there.

    The one that it takes the place of ends on the server too: nobody could leave it any more.
    """
    remember_all(response, [HeldSession(school_id, token)])


def remember_all(response: Response, opened: Sequence[HeldSession]) -> None:
    """Do as `remember` for several schools at once."""
    school_ids = {each.school_id for each in opened}
    others = []
    for held in held_sessions():
        if held.school_id not in school_ids:
            others.append(held)
        elif held not in opened:
            _end_quietly(held)
    _hold(response, [*opened, *others][:MOST_SCHOOLS])


def _end_quietly(held: HeldSession) -> None:
    # Who has just come in is not sent away because an old session could not be ended now.
    with suppress(Unavailable, Refused):
        door.clients().my_page.end(held.school_id, held.token)


def leave(response: Response, school_id: UUID) -> None:
    """Let the browser be known at a school no more, here and on the server."""
    for held in held_sessions():
        if held.school_id == school_id:
            door.clients().my_page.end(school_id, held.token)
    forget(response, school_id)


def forget(response: Response, school_id: UUID) -> None:
    """Let the browser be known at a school no more."""
    _hold(response, [held for held in held_sessions() if held.school_id != school_id])


def _hold(response: Response, sessions: Sequence[HeldSession]) -> None:
    text = "~".join(f"{held.school_id.hex}.{held.token}" for held in sessions)
    _set_cookie(response, FAMILY, text)


def name_school(response: Response, code: str) -> None:
    """Let the browser know at which school its family asks for a link."""
    _set_cookie(response, SCHOOL, code)


def named_code() -> str:
    """Return by what the address, or else an earlier one, has named a school."""
    remembered = request.cookies.get(door.cookie_name(SCHOOL), "")
    known = remembered if _CODE.fullmatch(remembered) else ""
    return asked_code() or known


def _set_cookie(response: Response, kind: str, text: str) -> None:
    response.set_cookie(
        door.cookie_name(kind),
        text,
        max_age=LIVES,
        httponly=True,
        samesite="Lax",
        secure=door.is_secure(),
        path="/",
    )


def ask_to_sign_in() -> Response:
    """Send a family that is not known to the page where it asks for a link."""
    code = asked_code() or None
    return redirect(url_for("my_page.home", s=code), 303)


def remote_address() -> str:
    """Return from where this browser comes, for what is counted by place."""
    return request.remote_addr or "unknown"
