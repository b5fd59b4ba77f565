"""登録の状況: whom an emergency message would miss now, for paper and telephone (DIR-9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request

from common.answers.directory import NamedMember, Unreachable
from common.rights import Right
from gateway.domain.menu import REGISTRATION, Under
from gateway.domain.people_lists import Child, ClassList, by_class
from gateway.domain.reachability import SHOWN_AT_ONCE, ClassStanding, standings_of, sum_of
from gateway.pages import door
from gateway.pages.door import page
from gateway.pages.staff.phone_list import with_numbers

blueprint = Blueprint("reachability", __name__)


class OutOfReach(Unreachable):
    """A child whom nothing would reach now, with its class."""

    class_id: str | None


@blueprint.get("/reachability")
@page(Right.ROSTER_SEE, title="登録の状況", menu=Under(REGISTRATION))
def standing() -> Any:
    """Count the classes, and name the children whom an urgent message would miss now.

    Of many children only those of the class that is asked for.
    """
    ask = door.person()
    groups = ask.directory.groups()
    standings = standings_of(ask.directory.reachability(), groups, door.visitor().words)
    whole = sum_of(standings)
    chosen = _find_class(standings, request.args.get("class", ""))
    is_few = whole.unreachable <= SHOWN_AT_ONCE
    lists = []
    if whole.unreachable and (is_few or chosen):
        lists = _without_numbers(_items(chosen))
    return render_template(
        "staff/reachability.html",
        standings=standings,
        whole=whole,
        chosen=chosen,
        classes=lists,
        replies=ask.dispatch.find_replies() if door.visitor().may(Right.MESSAGES_READ) else None,
    )


@blueprint.get("/unreachable")
@page(Right.ROSTER_SEE, title="届かない見込み")
def unreachable() -> Any:
    """List the children whom an urgent message would not reach now, with what is known of why.

    For paper and telephone: with numbers where the reader may see them, which the log records.
    """
    ask = door.person()
    chosen = None
    wanted = request.args.get("class", "")
    if wanted:
        groups = ask.directory.groups()
        standings = standings_of(ask.directory.reachability(), groups, door.visitor().words)
        chosen = _find_class(standings, wanted)
    items = _items(chosen)
    if door.visitor().may(Right.PHONES_SEE):
        people = ask.directory.look_up(item["member_id"] for item in items)
        classes = with_numbers(_with_classes(items, people), None)
    else:
        classes = _without_numbers(items)
    return render_template(
        "staff/unreachable.html", classes=classes, heads=len(items), chosen=chosen
    )


def _find_class(standings: Sequence[ClassStanding], wanted: str) -> ClassStanding | None:
    for each in standings:
        if each.class_id and each.class_id == wanted:
            return each
    return None


def _items(chosen: ClassStanding | None) -> list[Unreachable]:
    group_id = UUID(chosen.class_id) if chosen else None
    return door.person().directory.unreachable(group_id)


def _without_numbers(items: Sequence[Unreachable]) -> list[ClassList]:
    ask = door.person()
    people = ask.directory.look_up(item["member_id"] for item in items)
    rows: Sequence[Child] = _with_classes(items, people)
    return by_class(rows, people, ask.directory.groups(), door.visitor().words)


def _with_classes(
    items: Sequence[Unreachable], people: Mapping[str, NamedMember]
) -> list[OutOfReach]:
    rows: list[OutOfReach] = []
    for item in items:
        person = people.get(item["member_id"])
        rows.append({**item, "class_id": person["class_id"] if person else None})
    return rows
