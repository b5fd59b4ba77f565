"""最近の登録: which families registered lately, and which wait for the office (DIR-8, DIR-14)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for

from common.rights import Right
from gateway.domain.menu import REGISTRATION, Under
from gateway.domain.registration import STATE_WORDS
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("registrations", __name__)


@blueprint.get("/registrations")
@page(Right.ROSTER_CHANGE, title="最近の登録", menu=Under(REGISTRATION))
def listed() -> Any:
    """List what was registered within 14 days, what waits for the office first."""
    items = door.person().registrations.recent()
    waiting = [item for item in items if item["state"] == "held"]
    others = [item for item in items if item["state"] != "held"]
    return render_template(
        "staff/registrations.html",
        waiting=waiting,
        others=others,
        state_words=STATE_WORDS,
    )


@blueprint.post("/registrations/<uuid:registration_id>/accept")
@page(Right.PROTECTED_SEE)
def accept(registration_id: UUID) -> Any:
    """Let a protected family in."""
    with errors.told() as outcome:
        door.person().registrations.accept(registration_id)
    if outcome.error is None:
        flash("登録を承認しました。これからの連絡が、この受信先にも届きます。", "done")
    return redirect(url_for("registrations.listed"), 303)


@blueprint.post("/registrations/<uuid:registration_id>/refuse")
@page(Right.PROTECTED_SEE)
def refuse(registration_id: UUID) -> Any:
    """Turn a protected family down."""
    with errors.told() as outcome:
        door.person().registrations.refuse(registration_id)
    if outcome.error is None:
        flash("登録をお断りしました。入力されたアドレスは消去しました。", "done")
    return redirect(url_for("registrations.listed"), 303)
