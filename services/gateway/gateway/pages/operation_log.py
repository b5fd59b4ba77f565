"""操作ログ: who did what, newest first, for administrators (ID-9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from common.errors import ServiceError
from gateway.pages import door
from gateway.pages.door import page

blueprint = Blueprint("operation_log", __name__)
PER_PAGE = 50


@blueprint.get("/operation-log")
@page("log.see")
def operations() -> Any:
    """List the school's operations."""
    after = request.args.get("after", "")
    found = door.person().operation_log(after=after if after.isdigit() else None, limit=PER_PAGE)
    shown = {"operations": found["items"], "next": found["next"], "is_first": not after}
    return render_template("operation_log.html", names=_names(), **shown)


def _names() -> dict[str, str]:
    """Return the names of accounts; the log is readable without them."""
    try:
        return door.person().account_names()
    except ServiceError as error:
        if error.status == 401:
            raise
        return {}
