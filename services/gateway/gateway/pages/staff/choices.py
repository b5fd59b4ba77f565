"""名簿: what is done with people chosen from a list, seen before it is done (DIR-1, DIR-5, DIR-12).

Each first shows who changes and who does not, and changes nothing.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.directory import GroupName, NamedMember
from common.rights import Right
from gateway.domain.chosen import (
    JOIN,
    LEAVE,
    TypedStatus,
    joinable,
    part_by_group,
    part_by_status,
)
from gateway.domain.dates import say_day
from gateway.domain.member_form import problems_of
from gateway.domain.people import MEMBER_STATUS_WORDS
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("choices", __name__)
CHOOSE_PEOPLE = "人を選んでください。まだ何も変えていません。"


def chosen_kind() -> str:
    """Return of which kind the people of a list are."""
    return "staff" if request.values.get("kind") == "staff" else "pupil"


def chosen_people() -> list[NamedMember]:
    """Return who was chosen and is still there."""
    chosen = request.form.getlist("member")
    return list(door.person().directory.look_up(chosen).values())


def back_to_list() -> Any:
    """Lead to the list from which people were chosen."""
    kind = chosen_kind()
    return redirect(url_for("members.staff" if kind == "staff" else "members.pupils"), 303)


@blueprint.post("/members/groups/preview")
@page(Right.ROSTER_CHANGE)
def preview_groups() -> Any:
    """Show who would come into a group, or leave it."""
    people = chosen_people()
    group = _chosen_group()
    if not people or group is None:
        flash(CHOOSE_PEOPLE if not people else "グループを選んでください。", "error")
        return back_to_list()
    way = LEAVE if request.form.get("way") == LEAVE else JOIN
    here = {}
    for each in door.person().directory.members_of(UUID(group["id"])):
        here[each["id"]] = each["membership"]
    return render_template(
        "staff/choice_groups.html",
        kind=chosen_kind(),
        group=group,
        way=way,
        parted=part_by_group(
            people,
            here,
            way,
        ),
    )


def _chosen_group() -> GroupName | None:
    offered = joinable(door.person().directory.group_names(), chosen_kind())
    wanted = request.form.get("group", "")
    return next((group for group in offered if group["id"] == wanted), None)


@blueprint.post("/members/groups")
@page(Right.ROSTER_CHANGE)
def change_groups() -> Any:
    """Take the chosen people into a group, or let them leave it."""
    people = request.form.getlist("member")
    group = _chosen_group()
    if not people or group is None:
        flash("グループか人が、もうありません。まだ何も変えていません。", "error")
        return back_to_list()
    is_leaving = request.form.get("way") == LEAVE
    filling: dict[str, Any] = {
        "add": [] if is_leaving else people,
        "remove": people if is_leaving else [],
        "kind": "joined",
    }
    with errors.told(403, 404, 409, 422) as outcome:
        done = door.person().directory.fill_group(UUID(group["id"]), filling)
    if outcome.error is None:
        flash(_say_groups(group["path"], done["added"], done["removed"]), "done")
    return back_to_list()


def _say_groups(name: str, added: int, removed: int) -> str:
    if added:
        return f"{added}人を「{name}」に加えました。"
    if removed:
        return f"{removed}人を「{name}」から外しました。"
    return "もうそのようになっています。何も変えていません。"


@blueprint.post("/members/statuses/preview")
@page(Right.ROSTER_CHANGE)
def preview_statuses() -> Any:
    """Show whose status would change, and from which day on."""
    kind = chosen_kind()
    people = chosen_people()
    typed = TypedStatus.read(kind, request.form)
    problem = typed.problem if people else CHOOSE_PEOPLE
    if problem or typed.since is None:
        flash(problem, "error")
        return back_to_list()
    today = clock.today()
    return render_template(
        "staff/choice_statuses.html",
        kind=kind,
        typed=typed,
        day=say_day(typed.since, today=today),
        is_planned=typed.since > today,
        parted=part_by_status(people, typed.status),
    )


@blueprint.post("/members/statuses")
@page(Right.ROSTER_CHANGE)
def change_statuses() -> Any:
    """Give the chosen people a status; where one of them is refused, nobody changes."""
    people = request.form.getlist("member")
    typed = TypedStatus.read(chosen_kind(), request.form)
    problem = typed.problem if people else CHOOSE_PEOPLE
    if problem or typed.since is None:
        flash(problem, "error")
        return back_to_list()
    with errors.told(403, 404, 409, 422) as outcome:
        done = door.person().members.change_statuses(people, typed.status, typed.since)
    if outcome.error is None:
        flash(_say_statuses(typed, done["changed"]), "done")
        return back_to_list()
    for sentence in problems_of(outcome.error, door.school_words()).values():
        flash(f"まだだれも変えていません。{sentence}", "error")
    return back_to_list()


def _say_statuses(typed: TypedStatus, changed: int) -> str:
    words = MEMBER_STATUS_WORDS[typed.status]
    if not changed:
        return "もうそのようになっています。何も変えていません。"
    today = clock.today()
    if typed.since is not None and typed.since > today:
        return f"{changed}人を、{say_day(typed.since, today=today)}に「{words}」にする予定です。"
    return f"{changed}人を「{words}」にしました。"
