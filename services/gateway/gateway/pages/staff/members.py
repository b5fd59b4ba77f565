"""名簿: people of the roster, found by name, reading, or 4-2-12, and one person with all there is.

That is family, contact points and numbers to call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.directory import GroupName, MemberOut, MembersPage, SheetOut
from common.answers.identity import ListedAccountOut
from common.errors import Invalid
from common.rights import Right
from common.web.client import every_page
from common.words import PrintedList
from gateway.clients import LOOK_UP_LIMIT
from gateway.domain.chosen import joinable
from gateway.domain.health import REACH_WORDS
from gateway.domain.member_form import STATUSES
from gateway.domain.member_plans import say_plan
from gateway.domain.menu import PEOPLE, Bar, Under
from gateway.domain.people import MEMBER_STATUS_WORDS
from gateway.pages import door, errors, ways
from gateway.pages.door import page
from gateway.pages.staff.histories import changes_of, received_by

blueprint = Blueprint("members", __name__)
PER_PAGE = 100
# 緊急連絡先1–3.
PHONES = 3
# Of these statuses children get a registration sheet.
WITH_SHEET = ("prospective", "enrolled", "suspended")

# Of the state: everybody, whatever it is.
EVERY_STATUS = "all"


@dataclass(frozen=True, slots=True)
class WantedMembers:
    """What a list is narrowed to, as the address of the page says it."""

    kind: str
    status: str
    query: str
    group_id: str
    reach: str

    @classmethod
    def read(cls, kind: str) -> WantedMembers:
        """Read the address; a status of the other kind of people, or none, is the usual one."""
        asked = request.args
        statuses = STATUSES[kind]
        status = asked.get("status", "")
        if status not in (*statuses, EVERY_STATUS):
            status = statuses[0]
        reach = asked.get("reach", "")
        if reach not in REACH_WORDS:
            reach = ""
        query = asked.get("query", "")
        group = asked.get("group", "")
        return cls(kind, status, query.strip(), group, reach)

    def ask(self, limit: int, **place: str | None) -> MembersPage:
        """Return a page of the list: from its beginning, or beside a place of it."""
        narrowed = {
            "kind": self.kind,
            "status": "" if self.status == EVERY_STATUS else self.status,
            "query": self.query,
            "group_id": self.group_id,
            "reach": self.reach,
        }
        return door.person().directory.members(**narrowed, **place, limit=limit)

    def params(self) -> dict[str, str | None]:
        """Return the same as the parameters of an address."""
        return {
            "status": self.status,
            "query": self.query or None,
            "group": self.group_id or None,
            "reach": self.reach or None,
        }

    def words(self) -> list[str]:
        """Say of whom the list is, beside the group and what was searched for."""
        everybody = self.status == EVERY_STATUS
        said = ["すべての状態" if everybody else MEMBER_STATUS_WORDS[self.status]]
        if self.reach:
            said.append(REACH_WORDS[self.reach])
        return said


@blueprint.get("/members")
@page(Right.ROSTER_SEE, title="{pupil}", menu=Under(PEOPLE), bar=Bar("名簿", "people"))
def pupils() -> Any:
    """List children."""
    return _list("pupil")


@blueprint.get("/members/staff")
@page(Right.ROSTER_SEE, title="教職員", menu=Under(PEOPLE, for_whole_school=True))
def staff() -> Any:
    """List members of staff."""
    return _list("staff")


def _list(kind: str) -> Any:
    wanted = WantedMembers.read(kind)
    place = {name: request.args.get(name) for name in ("after", "before")}
    found: MembersPage = {"items": [], "next": None, "previous": None, "total": 0}
    with errors.told(404, 422):
        found = wanted.ask(PER_PAGE, **place)
    may_change = door.visitor().may(Right.ROSTER_CHANGE)
    groups = _groups_of(kind)
    today = clock.today()
    selected = request.args.get("select", "")
    is_selecting = selected in ("1", "all")
    return render_template(
        "staff/members.html",
        wanted=wanted,
        place=place,
        found=found,
        members=found["items"],
        groups=groups,
        joinable=joinable(groups, kind),
        today=today.isoformat(),
        statuses=STATUSES[kind],
        every_status=EVERY_STATUS,
        reach_words=REACH_WORDS,
        selecting=may_change and is_selecting,
        all_chosen=selected == "all",
    )


def _groups_of(kind: str) -> list[GroupName]:
    wants_staff = kind == "staff"
    groups = door.person().directory.group_names()
    return [group for group in groups if (group["kind"] == "staff") == wants_staff]


@blueprint.get("/members/print")
@page(Right.ROSTER_SEE)
def printed() -> Any:
    """Show a whole list, however many pages it has on screen, as it goes onto paper.

    The operation log records it.
    """
    ways.demand_no_other_site()
    kind = "staff" if request.args.get("kind") == "staff" else "pupil"
    wanted = WantedMembers.read(kind)
    members = list(every_page(lambda after: wanted.ask(LOOK_UP_LIMIT, after=after)))
    printed_list = PrintedList.STAFF if kind == "staff" else PrintedList.PUPILS
    door.person().identity.note_printed(printed_list, len(members))
    return render_template(
        "staff/members_print.html",
        wanted=wanted,
        members=members,
        group=_group_of(wanted),
    )


def _group_of(wanted: WantedMembers) -> GroupName | None:
    for group in _groups_of(wanted.kind):
        if group["id"] == wanted.group_id:
            return group
    return None


@blueprint.get("/members/<uuid:member_id>")
@page(Right.ROSTER_SEE)
def member(member_id: UUID) -> Any:
    """Show one person: classes and groups, family with contact points (masked), numbers to call."""
    found = door.person().directory.member(member_id)
    return _show(found, _rows_of(found["phone_numbers"] or ()))


def _show(
    found: MemberOut, rows: list[dict[str, str]], problem: Mapping[str, str] | None = None
) -> str:
    may_change = door.visitor().may(Right.ROSTER_CHANGE)
    may_change_phones = may_change and found["phone_numbers"] is not None
    shows_sheet = door.visitor().may(Right.SHEETS_PRINT) and found["status"] in WITH_SHEET
    return render_template(
        "staff/member.html",
        member=found,
        account=_account_of(found),
        shows_sheet=shows_sheet,
        sheet=_sheet_of(found) if shows_sheet else None,
        phone_rows=rows,
        problem=problem,
        plan=say_plan(found, clock.today()),
        received=received_by(found),
        changes=changes_of(found),
        may_change_phones=may_change_phones,
    )


def _sheet_of(found: MemberOut) -> SheetOut | None:
    """Return a child's registration sheet; None for who must not print it."""
    member_id = UUID(found["id"])
    return errors.answer_or(lambda: door.person().sheets.of_child(member_id), None)


def _account_of(found: MemberOut) -> ListedAccountOut | None:
    """Return the account of one of the staff, to who manages accounts."""
    if found["kind"] != "staff" or not door.visitor().may(Right.ACCOUNTS_MANAGE):
        return None
    listed = errors.answer_or(door.person().accounts.everybody, [])
    theirs = (
        one for one in listed if one["member_id"] == found["id"] and one["status"] != "deleted"
    )
    return next(theirs, None)


def _rows_of(phones: Any) -> list[dict[str, str]]:
    """Return the rows of the form: the numbers there are, and empty ones up to three."""
    rows = [{"number": phone["number"], "label": phone["label"]} for phone in phones]
    return rows + [{"number": "", "label": ""}] * (PHONES - len(rows))


@blueprint.post("/members/<uuid:member_id>/phone-numbers")
@page(Right.ROSTER_CHANGE)
def change_phones(member_id: UUID) -> Any:
    """Make what was typed a child's numbers to call.

    What is no number is shown again beside what was typed.
    """
    rows = _typed_phones()
    filled = [row for row in rows if row["number"]]
    directory = door.person().directory
    try:
        directory.change_phones(member_id, filled)
    except Invalid as error:
        problem = {
            "words": errors.say(error),
            "value": _refused_number(error),
        }
        found = directory.member(member_id)
        return _show(found, _rows_of(rows), problem), 422
    flash("緊急連絡先を保存しました。", "done")
    page = url_for("members.member", member_id=member_id)
    return redirect(page, 303)


def _typed_phones() -> list[dict[str, str]]:
    numbers = request.form.getlist("number")
    labels = request.form.getlist("label")
    pairs = zip(numbers, labels, strict=False)
    return [{"number": number.strip(), "label": label.strip()} for number, label in pairs]


def _refused_number(error: Invalid) -> Any:
    refused = error.fields.get("phone_numbers")
    return refused.get("value", "") if isinstance(refused, dict) else ""


@blueprint.post("/members/<uuid:member_id>/contact-points/<uuid:contact_point_id>/resume")
@page(Right.ROSTER_CHANGE)
def resume(member_id: UUID, contact_point_id: UUID) -> Any:
    """Let ordinary messages go to a stopped contact point again."""
    with errors.told(403, 404):
        door.person().directory.resume_point(contact_point_id)
        flash("受信を再開しました。これからは、ふだんの連絡も届きます。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)
