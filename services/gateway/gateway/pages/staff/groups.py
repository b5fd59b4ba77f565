"""学年・学級とグループ: the class tree and the groups beside it, and their changes (DIR-4).

All of it works by plain forms; after a change the focus is on the row that was changed.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.directory import GroupWithMembers
from common.errors import ServiceError
from common.rights import Right
from gateway.domain import groups as words
from gateway.domain.audience import Picker, build_picker
from gateway.domain.groups import TypedGroup, read_kind
from gateway.domain.menu import PEOPLE, Under
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("groups", __name__)
# What a form shows again beside what was typed.
TOLD_BESIDE = (403, 409, 422)


@blueprint.get("/groups")
@page(Right.ROSTER_SEE, title="学年・{class}とグループ", menu=Under(PEOPLE))
def groups() -> Any:
    """Show the classes, or the groups of one kind."""
    kind = read_kind(request.args)
    picker = build_picker(door.person().directory.groups())
    return render_template("staff/groups.html", kind=kind, branches=_branches_of(picker, kind))


def _branches_of(picker: Picker, kind: str) -> Any:
    forests = {"class": picker.classes, "free": picker.free, "staff": picker.staff}
    return forests[kind]


@blueprint.get("/groups/arrange")
@page(Right.ROSTER_CHANGE, title="学年・{class}とグループを変える")
def arrange() -> Any:
    """Show one kind of groups as a list that can be added to and put in order."""
    kind = read_kind(request.args)
    directory = door.person().directory
    picker = build_picker(directory.groups())
    deleted = [group for group in directory.deleted_groups() if group["kind"] == kind]
    return render_template(
        "staff/groups_arrange.html",
        kind=kind,
        branches=_branches_of(picker, kind),
        deleted=deleted,
        deepest=words.DEEPEST,
        is_whole_school=_changes_whole_school(),
    )


def _changes_whole_school() -> bool:
    return door.visitor().groups_for(Right.ROSTER_CHANGE) is None


@blueprint.get("/groups/new")
@page(Right.ROSTER_CHANGE)
def new() -> Any:
    """Show the form of a new group, below the one that was chosen."""
    typed = TypedGroup(read_kind(request.args), parent_id=request.args.get("below", ""))
    return _new_form(typed)


def _new_form(typed: TypedGroup, *, sentence: str = "") -> str:
    parents = words.possible_parents(door.person().directory.groups(), typed.kind)
    return render_template(
        "staff/group_new.html",
        typed=typed,
        parents=parents,
        may_be_top=_changes_whole_school(),
        sentence=sentence,
    )


@blueprint.post("/groups")
@page(Right.ROSTER_CHANGE)
def add() -> Any:
    """Make a group; with `another` the form comes again for the next one at the same place."""
    typed = TypedGroup.of_form(request.form)
    try:
        made = door.person().directory.add_group(typed.new())
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        return _new_form(typed, sentence=errors.say(error)), error.status
    flash(f"「{typed.name}」を追加しました。", "done")
    if request.form.get("do") == "another":
        return redirect(url_for("groups.new", kind=typed.kind, below=typed.parent_id or None), 303)
    return _back_to_row(typed.kind, f"name-{made}")


def _back_to_row(kind: str, anchor: str) -> Any:
    """Lead back to the list; the browser gives the focus to what the address ends with."""
    return redirect(url_for("groups.arrange", kind=kind, _anchor=anchor), 303)


@blueprint.get("/groups/<uuid:group_id>")
@page(Right.ROSTER_SEE)
def group(group_id: UUID) -> Any:
    """Show a group with its members."""
    directory = door.person().directory
    found = directory.group(group_id, after=request.args.get("after", ""))
    listed = directory.groups()
    below = [each for each in listed if each["parent_id"] == str(group_id)]
    changeable = {each["id"] for each in listed if each["changeable"]}
    members = found["members"]
    return render_template(
        "staff/group.html",
        group=found,
        below=below,
        members=members["items"],
        next=members["next"],
        may_change=found["id"] in changeable and not words.is_root(found),
    )


@blueprint.get("/groups/<uuid:group_id>/edit")
@page(Right.ROSTER_CHANGE)
def edit(group_id: UUID) -> Any:
    """Show a group's name and place to be changed."""
    found = door.person().directory.group(group_id)
    return _edit_form(found, TypedGroup.of_answer(found))


def _edit_form(found: GroupWithMembers, typed: TypedGroup, *, sentence: str = "") -> str:
    listed = door.person().directory.groups()
    is_whole = _changes_whole_school()
    return render_template(
        "staff/group_edit.html",
        group=found,
        typed=typed,
        parents=words.possible_parents(listed, found["kind"], without=found["id"]),
        may_be_top=is_whole,
        may_place=words.may_place(listed, found["id"], whole_school=is_whole),
        sentence=sentence,
    )


@blueprint.post("/groups/<uuid:group_id>/edit")
@page(Right.ROSTER_CHANGE)
def change(group_id: UUID) -> Any:
    """Change a group's name and place; where somebody else was first, show theirs and say so."""
    directory = door.person().directory
    typed = TypedGroup.of_form(request.form)
    changes = typed.changes()
    if "parent" not in request.form:
        del changes["parent_id"]
    try:
        directory.change_group(group_id, changes)
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        found = directory.group(group_id)
        shown = TypedGroup.of_answer(found) if error.code == "changed_meanwhile" else typed
        return _edit_form(found, shown, sentence=errors.say(error)), error.status
    flash("保存しました。", "done")
    return _back_to_row(typed.kind, f"change-{group_id}")


@blueprint.post("/groups/<uuid:group_id>/move")
@page(Right.ROSTER_CHANGE)
def move(group_id: UUID) -> Any:
    """Let a group change places with its neighbour; the focus stays on the arrow that was pressed.

    At the end of the row it goes to the other arrow.
    """
    form = request.form
    kind = read_kind(form)
    pressed = "up" if form.get("direction") == "up" else "down"
    with errors.told() as outcome:
        place = door.person().directory.move_group(group_id, pressed)
    if outcome.error is not None:
        return _back_to_row(kind, f"name-{group_id}")
    arrow = pressed
    if place["is_first"]:
        arrow = "down"
    elif place["is_last"]:
        arrow = "up"
    return _back_to_row(kind, f"{arrow}-{group_id}")


@blueprint.get("/groups/<uuid:group_id>/delete")
@page(Right.ROSTER_CHANGE)
def confirm_deletion(group_id: UUID) -> Any:
    """Say what a deletion would take along, before it is done."""
    return _deletion_page(group_id)


def _deletion_page(group_id: UUID, *, sentence: str = "") -> str:
    deletion = door.person().directory.group_deletion(group_id)
    return render_template("staff/group_delete.html", deletion=deletion, sentence=sentence)


@blueprint.post("/groups/<uuid:group_id>/delete")
@page(Right.ROSTER_CHANGE)
def delete(group_id: UUID) -> Any:
    """Delete a group, which can be taken back for 30 days."""
    try:
        door.person().directory.delete_group(group_id)
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        return _deletion_page(group_id, sentence=errors.say(error)), error.status
    flash("削除しました。30日間は、下の「削除したもの」から元に戻せます。", "done")
    return _back_to_row(read_kind(request.form), f"restore-{group_id}")


@blueprint.post("/groups/<uuid:group_id>/restore")
@page(Right.ROSTER_CHANGE)
def restore(group_id: UUID) -> Any:
    """Take a deletion back."""
    with errors.told() as outcome:
        door.person().directory.restore_group(group_id)
    kind = read_kind(request.form)
    if outcome.error is not None:
        return _back_to_row(kind, f"restore-{group_id}")
    flash("元に戻しました。入っていた人も、元のとおりです。", "done")
    return _back_to_row(kind, f"name-{group_id}")
