"""状況盤: what an operator has to do now, and what is due next (OPS-1, screens.md 2.6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from common import clock
from gateway.domain import erasures
from gateway.domain.menu import MenuLine
from gateway.pages import door
from gateway.pages.door import operator_page

blueprint = Blueprint("operator_board", __name__, url_prefix="/operator")


@blueprint.get("")
@operator_page(title="状況盤", menu=MenuLine("home"))
def board() -> Any:
    """Show how everything stands."""
    found = door.operators_houses().retention.erasures()
    today = clock.today()
    late = []
    due = []
    for each in found:
        clocks = erasures.clocks_of(each, today)
        soon = erasures.next_clock(clocks)
        if erasures.is_late(each):
            late.append(each)
        elif soon is not None:
            due.append((each, soon))
    due.sort(key=lambda pair: pair[1].day)
    fresh = [each for each in found if erasures.is_to_hand_over(each)]
    return render_template(
        "operator/board.html",
        late=late,
        fresh=fresh,
        due=due,
        day=today,
    )
