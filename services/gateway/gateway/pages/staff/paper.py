"""A list as a PDF with numbered sheets, for browsers that number none themselves."""

from __future__ import annotations

from flask import Blueprint, Response, request

from common import clock
from common.errors import Invalid
from gateway.domain import dates
from gateway.domain.paper import NoList, Paper
from gateway.pages import door
from gateway.pages.door import page
from gateway.provider import print_list

blueprint = Blueprint("paper", __name__)


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
