"""A list as a PDF with numbered sheets, for browsers that number none themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from common import clock
from common.errors import Invalid
from common.words import PrintedList
from gateway.domain import dates
from gateway.domain.paper import NoList, Paper
from gateway.pages import door
from gateway.pages.door import page
from gateway.provider import print_list

blueprint = Blueprint("paper", __name__)
# Digits: no page has more than some thousand rows.
LONGEST_COUNT = 5


@blueprint.post("/paper.pdf")
@page()
def pdf() -> Response:
    """Set the list that this person sees, as their page has gathered it.

    Whose list it is and who prints it is added here.
    """
    try:
        paper = Paper.read(request.form.get("list", ""))
    except NoList as error:
        raise Invalid("no_list", f"This is no list: {error}.") from None
    _note(paper.records)
    who = door.visitor()
    now = clock.now()
    header = {
        "school": who.school["name"],
        "printed_at": f"{dates.say_date(clock.today())} {dates.say_time(now)}",
        "printed_by": who.title,
    }
    printed = print_list(paper, header, now)
    return Response(
        printed,
        mimetype="application/pdf",
    )


@blueprint.post("/printed-lists")
@page()
def printed() -> Any:
    """Take note that a browser which numbers its sheets prints the list on a page."""
    count = request.form.get("count", "")
    if not count.isdecimal() or len(count) > LONGEST_COUNT:
        raise Invalid("no_list", "This is no count.")
    _note(int(count))
    return "", 204


def _note(count: int) -> None:
    """Have the operation log keep what goes onto paper (ID-8).

    The page says which list it is; one whose opening stands in the log already says nothing.
    """
    which = request.form.get("which", "")
    if which in set(PrintedList):
        door.person().identity.note_printed(PrintedList(which), count)
