"""所属の割り当て: who is in which group, from the group's side and from the person's (DIR-5).

A form sends who comes and who goes, never a whole list: two people at work at once lose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.directory import GroupWithMembers, ListedGroup, MemberOut
from common.errors import ServiceError
from common.rights import Right
from gateway.domain.audience import build_picker
from gateway.domain.groups import possible_classes
from gateway.domain.menu import PEOPLE, Under
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("memberships", __name__)
PER_PAGE = 100
TOLD_BESIDE = (403, 409, 422)
# Who may be put into a group; the first is the usual one.
STATUSES = {"pupil": ("enrolled", "suspended", "prospective"), "staff": ("active",)}


@blueprint.get("/memberships")
@page(Right.ROSTER_CHANGE, title="所属の割り当て", menu=Under(PEOPLE))
def choose() -> Any:
    """Show the groups to begin with, and a search for a person."""
    listed = [group for group in door.person().directory.groups() if group["changeable"]]
    picker = build_picker(listed)
    return render_template("staff/memberships.html", picker=picker)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Among whom one looks for people to add, as the address of the page says it."""

    query: str
    room: str
    status: str

    @classmethod
    def read(cls, kind: str, given: Mapping[str, str]) -> Wanted:
        statuses = STATUSES[kind]
        status = given.get("status", "")
        return cls(
            given.get("query", "").strip(),
            given.get("room", ""),
            status if status in statuses else statuses[0],
        )

    def params(self) -> dict[str, str | None]:
        """Return the same as the parameters of an address."""
        return {
            "query": self.query or None,
            "room": self.room or None,
            "status": self.status,
        }


@blueprint.get("/groups/<uuid:group_id>/memberships")
@page(Right.ROSTER_CHANGE)
def of_group(group_id: UUID) -> Any:
    """Show who is in a group, and people to add, narrowed by class or name."""
    directory = door.person().directory
    found = directory.group(group_id)
    kind = _people_of(found)
    wanted = Wanted.read(kind, request.args)
    here = directory.members_of(group_id)
    groups = directory.groups()
    listed = directory.members(
        kind=kind,
        status=wanted.status,
        query=wanted.query,
        group_id=wanted.room,
        after=request.args.get("after", ""),
        limit=PER_PAGE,
    )
    return render_template(
        "staff/group_members.html",
        group=found,
        kind=kind,
        here=here,
        here_ids={member["id"] for member in here},
        members=listed["items"],
        next=listed["next"],
        wanted=wanted,
        statuses=STATUSES[kind],
        rooms=_rooms(groups, kind),
        takes_pupils=any(each["id"] == found["id"] for each in possible_classes(groups)),
    )


def _people_of(group: GroupWithMembers) -> str:
    return "staff" if group["kind"] == "staff" else "pupil"


def _rooms(groups: Sequence[ListedGroup], kind: str) -> list[ListedGroup]:
    """Return the groups by which the people of a kind are narrowed: classes first."""
    wants_staff = kind == "staff"
    return [group for group in groups if (group["kind"] == "staff") == wants_staff]


@blueprint.post("/groups/<uuid:group_id>/memberships")
@page(Right.ROSTER_CHANGE)
def fill(group_id: UUID) -> Any:
    """Take the ticked people in, or let them go."""
    form = request.form
    filling = {
        "add": form.getlist("add"),
        "remove": form.getlist("remove"),
        "kind": "enrolled" if form.get("kind") == "enrolled" else "joined",
    }
    back = url_for("memberships.of_group", group_id=group_id, **_narrowed(form))
    if not filling["add"] and not filling["remove"]:
        flash("人を選んでから押してください。まだ何も変えていません。", "error")
        return redirect(back, 303)
    with errors.told(403, 409, 422) as outcome:
        done = door.person().directory.fill_group(group_id, filling)
    if outcome.error is None:
        flash(_say(done["added"], done["removed"]), "done")
    return redirect(back, 303)


def _narrowed(form: Mapping[str, str]) -> dict[str, Any]:
    """Return by what the list was narrowed when the button was pressed."""
    return {name: form[name] for name in ("query", "room", "status") if form.get(name)}


def _say(added: int, removed: int) -> str:
    said = []
    if added:
        said.append(f"{added}人を加えました。")
    if removed:
        said.append(f"{removed}人を外しました。")
    return "".join(said) or "もうそのようになっています。何も変えていません。"


@blueprint.get("/members/<uuid:member_id>/memberships")
@page(Right.ROSTER_CHANGE)
def of_member(member_id: UUID) -> Any:
    """Show a person's class and groups to be changed."""
    return _member_form(door.person().directory.member(member_id))


def _member_form(found: MemberOut, *, sentence: str = "") -> str:
    groups = door.person().directory.groups()
    kind = "staff" if found["kind"] == "staff" else "pupil"
    in_reach = [group for group in _rooms(groups, kind) if group["changeable"]]
    classes = [] if kind == "staff" else possible_classes(groups)
    picker = build_picker(in_reach)
    return render_template(
        "staff/member_groups.html",
        member=found,
        classes=[group for group in classes if group["changeable"]],
        headings=picker.headings,
        joined={group["id"] for group in found["groups"] if group["membership"] == "joined"},
        sentence=sentence,
    )


@blueprint.post("/members/<uuid:member_id>/memberships")
@page(Right.ROSTER_CHANGE)
def move_member(member_id: UUID) -> Any:
    """Put a person into the chosen class and groups; what stood unchanged on the form stays."""
    form = request.form
    ticked = set(form.getlist("group"))
    shown = set(form.getlist("was"))
    class_id = form.get("class", "")
    is_moved = class_id not in ("", form.get("was_class", ""))
    moves = {
        "class_id": class_id if is_moved else None,
        "join": sorted(ticked - shown),
        "leave": sorted(shown - ticked),
    }
    directory = door.person().directory
    try:
        directory.move_member(member_id, moves)
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        found = directory.member(member_id)
        return _member_form(found, sentence=errors.say(error)), error.status
    flash("所属を保存しました。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)
