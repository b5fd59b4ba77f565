"""さがす: children, staff and messages by one word, within one's rights (screens.md 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request

from common.answers.directory import MembersPage
from common.answers.messaging import MessagePage
from common.errors import ServiceError, Unauthenticated
from common.rights import Right
from gateway.domain.people import Visitor
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("search", __name__)
# Of each section; who looks for more goes on in the list itself.
SHOWN = 20
# Directory's limit for what is looked for.
LONGEST = 200

Section = dict[str, Any]


@blueprint.get("/search")
@page(title="さがす")
def search() -> Any:
    """Look for what was typed among everything that this person may see."""
    query = request.args.get("query", "").strip()[:LONGEST]
    who = door.visitor()
    sections = _look_everywhere(who, query) if query else []
    has_found = any(section["items"] for section in sections)
    return render_template(
        "staff/search.html",
        query=query,
        sections=sections,
        has_found=has_found,
        can=_searchable(who),
    )


def _look_everywhere(who: Visitor, query: str) -> list[Section]:
    found = []
    if who.may(Right.ROSTER_SEE):
        found.append(_look_for_members("pupil", query))
        found.append(_look_for_members("staff", query))
    if who.may(Right.MESSAGES_READ):
        found.append(_look_for_messages(query))
    return found


def _look_for_members(kind: str, query: str) -> Section:
    ask = door.person()
    return _section(kind, lambda: ask.directory.members(kind=kind, query=query, limit=SHOWN))


def _look_for_messages(query: str) -> Section:
    ask = door.person()
    wanted = {"query": query[:100], "limit": SHOWN}
    return _section("message", lambda: ask.messaging.messages(wanted))


def _section(kind: str, look: Callable[[], MembersPage | MessagePage]) -> Section:
    """Return what a house found.

    While one is away the others' findings stand, with a sentence in place of its own.
    """
    try:
        found = look()
    except Unauthenticated:
        raise
    except ServiceError as error:
        return {"kind": kind, "items": [], "more": False, "trouble": errors.say(error)}
    return {"kind": kind, "items": found["items"], "more": found["next"] is not None, "trouble": ""}


def _searchable(who: Visitor) -> list[str]:
    """Say by what this person can look for things."""
    words = []
    if who.may(Right.ROSTER_SEE):
        words.append(f"{who.words.pupil}は、氏名・フリガナ・「4-2-12」（4年2組12番）")
        words.append("教職員は、氏名・フリガナ")
    if who.may(Right.MESSAGES_READ):
        words.append("連絡は、件名の言葉")
    return words
