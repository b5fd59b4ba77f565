"""期限の時計: every day that matters until nothing of a school is left, the next ones first (RET-1, trust.md)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template

from common import clock
from gateway.domain import erasures
from gateway.pages import door
from gateway.pages.door import operator_page

blueprint = Blueprint("operator_clocks", __name__, url_prefix="/operator")


@blueprint.get("/clocks")
@operator_page
def clocks() -> Any:
    """List the clocks of every school whose contract has an end; what is over stands last."""
    today = clock.today()
    rows = [(each, erasures.clocks_of(each, today)) for each in door.operators_houses().erasures()]
    rows.sort(key=lambda row: soon.day if (soon := erasures.next_clock(row[1])) else date.max)
    return render_template("operator/clocks.html", rows=rows, day=today)
