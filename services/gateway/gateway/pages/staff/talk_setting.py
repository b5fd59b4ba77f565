"""Whether families may register in the LINE talk, by the numbers of their sheet (DLV-5, ADR 51)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import NotFound, Unavailable
from common.rights import Right
from gateway.domain.menu import SETTINGS, Under
from gateway.pages import door
from gateway.pages.door import page

blueprint = Blueprint("talk_setting", __name__)
MENU_NOT_SHOWN = (
    "メニューを出せませんでした。LINEにつながらないか、アカウントがありません。"
    "少し待って、もう一度押してください。"
)


@blueprint.get("/settings/line")
@page(Right.SETTINGS_EDIT, title="LINE", menu=Under(SETTINGS))
def show() -> Any:
    """Show whether families may register in the talk, and what speaks for and against it."""
    who = door.person()
    account = door.clients().dispatch.find_line_account(UUID(door.visitor().school["id"]))
    return render_template(
        "staff/settings_line.html",
        is_allowed=who.registrations.is_talk_allowed(),
        account=account,
    )


@blueprint.post("/settings/line/menu")
@page(Right.SETTINGS_EDIT)
def show_menu() -> Any:
    """Show our menu below the talks of the school's LINE account."""
    try:
        door.person().dispatch.show_line_menu()
    except (NotFound, Unavailable):
        flash(MENU_NOT_SHOWN, "error")
    else:
        flash("LINEのトークにメニューを出しました。", "done")
    return redirect(url_for("talk_setting.show"), 303)


@blueprint.post("/settings/line")
@page(Right.SETTINGS_EDIT)
def change() -> Any:
    """Let families register in the talk, or only by a link."""
    is_allowed = "allowed" in request.form
    door.person().registrations.allow_talk(is_allowed=is_allowed)
    flash("保存しました。", "done")
    return redirect(url_for("talk_setting.show"), 303)
