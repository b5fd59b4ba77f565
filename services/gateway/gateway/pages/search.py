"""さがす: children, staff and messages by one word, each by right and in one's own scope (screens.md 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request

from common.errors import ServiceError, Unauthenticated
from gateway.domain.people import Visitor
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("search", __name__)
SHOWN = 20  # of each section; who looks for more goes on in the list itself
LONGEST = 200  # directory's limit for what is looked for

Section = dict[str, Any]


@blueprint.get("/search")
@page()
def search() -> Any:
    """Look for what was typed among everything that this person may see."""
    query = request.args.get("query", "").strip()[:LONGEST]
    who = door.visitor()
    sections = _look_everywhere(who, query) if query else []
    has_found = any(section["items"] for section in sections)
    return render_template("search.html", query=query, sections=sections, has_found=has_found, can=_searchable(who))


def _look_everywhere(who: Visitor, query: str) -> list[Section]:
    ask, found = door.person(), []
    if who.may("roster.see"):
        found.append(_section("pupil", lambda: ask.members(kind="pupil", query=query, limit=SHOWN)))
        found.append(_section("staff", lambda: ask.members(kind="staff", query=query, limit=SHOWN)))
    if who.may("messages.read"):
        found.append(_section("message", lambda: ask.messages({"query": query[:100], "limit": SHOWN})))
    return found


def _section(kind: str, look: Callable[[], dict[str, Any]]) -> Section:
    """Return what a house found; while one is away the others' findings stand, with a sentence in place of its own."""
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
    if who.may("roster.see"):
        words.append(f"{who.pupil_word}は、氏名・フリガナ・「4-2-12」（4年2組12番）")
        words.append("教職員は、氏名・フリガナ")
    if who.may("messages.read"):
        words.append("連絡は、件名の言葉")
    return words
