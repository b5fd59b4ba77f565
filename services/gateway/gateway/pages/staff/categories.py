"""設定 → カテゴリ: the school's own labels on messages, and the one of a sent message (MSG-3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import ServiceError
from common.rights import Right
from gateway.domain import categories
from gateway.domain.categories import TypedCategory
from gateway.domain.menu import SETTINGS, Under
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("categories", __name__)
# In place of a category's id: the form for a new one.
NEW = "new"
TOLD_BESIDE = (409, 422)


@blueprint.get("/settings/categories")
@page(Right.CATALOGUE_EDIT, title="カテゴリ", menu=Under(SETTINGS))
def listed() -> Any:
    """Show the categories in order, with their forms."""
    return _show()


def _show(sentence: str = "", of: str = "", typed: TypedCategory | None = None) -> str:
    """Render the list. `of`: the category whose form was refused; `typed`: what it held."""
    found = door.person().messaging.categories()
    used = categories.in_use(found)
    forms = {each["id"]: TypedCategory.of_answer(each) for each in used}
    forms[NEW] = TypedCategory()
    if typed is not None:
        forms[of] = typed
    return render_template(
        "staff/settings_categories.html",
        used=used,
        retired=categories.retired(found),
        forms=forms,
        refused=of,
        sentence=sentence,
        colours=categories.COLOUR_WORDS,
        limits=(categories.NAME_LIMIT, categories.MARK_LIMIT),
    )


@blueprint.post("/settings/categories")
@page(Right.CATALOGUE_EDIT)
def add() -> Any:
    """Add a category at the end."""
    typed = TypedCategory.of_form(request.form)
    problem = typed.problem()
    if problem:
        return _show(problem, NEW, typed), 422
    try:
        added = door.person().messaging.add_category(typed.wanted())
    except ServiceError as error:
        return _refused(error, NEW, typed)
    flash(f"「{added['name']}」を加えました。", "done")
    return _back(added["id"])


@blueprint.post("/settings/categories/<uuid:category_id>")
@page(Right.CATALOGUE_EDIT)
def change(category_id: UUID) -> Any:
    """Rename a category, or change its mark or colour."""
    typed = TypedCategory.of_form(request.form)
    problem = typed.problem()
    if problem:
        return _show(problem, str(category_id), typed), 422
    try:
        wanted = {**typed.wanted(), "version": max(typed.version, 1)}
        door.person().messaging.change_category(category_id, wanted)
    except ServiceError as error:
        # What somebody else has made of it meanwhile is shown in the place of what was typed.
        shown = None if error.code == "changed_meanwhile" else typed
        return _refused(error, str(category_id), shown)
    flash("保存しました。", "done")
    return _back(str(category_id))


def _refused(error: ServiceError, of: str, typed: TypedCategory | None) -> tuple[str, int]:
    if error.status not in TOLD_BESIDE:
        raise error
    return _show(errors.say(error), of, typed), error.status


@blueprint.post("/settings/categories/<uuid:category_id>/move")
@page(Right.CATALOGUE_EDIT)
def move(category_id: UUID) -> Any:
    """Let a category change places with its neighbour."""
    is_up = request.form.get("to") == "up"
    door.person().messaging.move_category(category_id, up=is_up)
    return _back(str(category_id))


@blueprint.post("/settings/categories/<uuid:category_id>/retire")
@page(Right.CATALOGUE_EDIT)
def retire(category_id: UUID) -> Any:
    """Let nobody choose a category any more; what was sent keeps it."""
    found = door.person().messaging.retire_category(category_id)
    flash(
        f"「{found['name']}」を使うのをやめました。送った連絡には残ります。下の一覧から、また使えます。",
        "done",
    )
    return _back()


@blueprint.post("/settings/categories/<uuid:category_id>/restore")
@page(Right.CATALOGUE_EDIT)
def restore(category_id: UUID) -> Any:
    """Let a category be chosen again."""
    found = door.person().messaging.restore_category(category_id)
    flash(f"「{found['name']}」をまた使えるようにしました。", "done")
    return _back(found["id"])


def _back(category_id: str = "") -> Any:
    anchor = f"category-{category_id}" if category_id else None
    return redirect(url_for("categories.listed", _anchor=anchor), 303)


@blueprint.get("/messages/<uuid:message_id>/category")
@page(Right.MESSAGES_SEND, title="カテゴリを変える")
def of_message(message_id: UUID) -> Any:
    """Offer other categories for a sent message."""
    messaging = door.person().messaging
    message = messaging.message(message_id)
    if message["state"] == "draft":
        return redirect(url_for("compose.edit", message_id=message_id))
    choices = categories.in_use(messaging.categories(), message["category_id"])
    return render_template("staff/filing.html", message=message, choices=choices)


@blueprint.post("/messages/<uuid:message_id>/category")
@page(Right.MESSAGES_SEND)
def file_message(message_id: UUID) -> Any:
    """File a sent message under another category, or under none."""
    chosen = request.form.get("category") or None
    former = request.form.get("instead_of") or None
    with errors.told() as outcome:
        door.person().messaging.file_message(message_id, chosen, instead_of=former)
        if chosen != former:
            flash("カテゴリを変えました。", "done")
    back = "progress.message" if outcome.error is None else "categories.of_message"
    return redirect(url_for(back, message_id=message_id), 303)
