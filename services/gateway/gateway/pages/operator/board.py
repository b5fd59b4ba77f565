"""状況盤: what an operator has to do now, and what is due next (OPS-1, screens.md 2.6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from common import clock
from gateway.domain import erasures
from gateway.pages import door
from gateway.pages.door import operator_page

blueprint = Blueprint("operator_board", __name__, url_prefix="/operator")


@blueprint.get("")
@operator_page
def board() -> Any:
    """Show how everything stands."""
    found, today = door.operators_houses().erasures(), clock.today()
    running = [(each, erasures.next_clock(erasures.clocks_of(each, today))) for each in found]
    due = sorted(((each, soon) for each, soon in running if soon and not erasures.is_late(each)), key=lambda pair: pair[1].day)
    late = [each for each in found if erasures.is_late(each)]
    fresh = [each for each in found if erasures.is_to_hand_over(each)]
    return render_template("operator/board.html", late=late, fresh=fresh, due=due, day=today)
