"""期限の時計: every day that matters until nothing of a school is left (RET-1, trust.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, render_template

from common import clock
from gateway.domain import erasures
from gateway.domain.erasures import Clock
from gateway.domain.menu import MenuLine
from gateway.pages import door
from gateway.pages.door import operator_page

blueprint = Blueprint("operator_clocks", __name__, url_prefix="/operator")


@blueprint.get("/clocks")
@operator_page(title="期限の時計", menu=MenuLine("clock"))
def clocks() -> Any:
    """List the clocks of every school whose contract has an end; what is over stands last."""
    today = clock.today()
    found = door.operators_houses().retention.erasures()
    rows = [(each, erasures.clocks_of(each, today)) for each in found]
    rows.sort(key=lambda row: _next_day(row[1]))
    return render_template("operator/clocks.html", rows=rows, day=today)


def _next_day(clocks: Sequence[Clock]) -> date:
    """Return the day of what comes next; a day after all others where everything is over."""
    soon = erasures.next_clock(clocks)
    return date.max if soon is None else soon.day
