"""持ち出しの見張り: who took out many personal records, to be looked at and stopped (ID-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for

from common.rights import Right
from gateway.domain.log import action_words
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("alarms", __name__)


@blueprint.get("/download-alarms")
@page(Right.ACCOUNTS_MANAGE, title="持ち出しの見張り")
def listed() -> Any:
    """List the alarms, the newest first; who is behind one can be stopped there."""
    ask = door.person()
    everybody = {account["id"]: account for account in ask.accounts.everybody()}
    return render_template(
        "staff/alarms.html",
        alarms=ask.accounts.alarms(),
        accounts=everybody,
        action_words=action_words,
    )


@blueprint.post("/download-alarms/<uuid:alarm_id>/seen")
@page(Right.ACCOUNTS_MANAGE)
def see(alarm_id: UUID) -> Any:
    """Note that an alarm was looked at, which takes it from the home page."""
    with errors.told() as outcome:
        door.person().accounts.see_alarm(alarm_id)
    if outcome.error is None:
        flash("確かめたことを記録しました。", "done")
    return redirect(url_for("alarms.listed"), 303)
