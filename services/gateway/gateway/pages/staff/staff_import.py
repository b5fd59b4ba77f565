"""教職員をExcelで登録・変更・削除: a file of staff is checked, shown as differences, then applied.

The roster is written at once, the accounts a moment later; the page says how that went.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import Invalid, ServiceError
from common.rights import Right
from gateway.clients import XLSX
from gateway.domain import import_questions, imports
from gateway.domain.cell_words import explain_faults
from gateway.pages import door, errors
from gateway.pages.door import page
from gateway.pages.files import give_file, give_workbook

blueprint = Blueprint("staff_import", __name__)
# Directory takes 5 MB and says so in words; this is where reading ends.
MAX_FILE_BYTES = 6 * 1024 * 1024
PER_PAGE = 200


@blueprint.get("/members/import/staff")
@page(Right.ROSTER_CHANGE, title="教職員をExcelで登録・変更・削除")
def choose() -> Any:
    """Ask for a file, and offer the present staff and an empty form of it."""
    return render_template("staff/staff_import_choose.html")


@blueprint.post("/members/import/staff")
@door.takes_files(MAX_FILE_BYTES)
@page(Right.ROSTER_CHANGE)
def upload() -> Any:
    """Have a file checked; nothing is changed yet."""
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        flash("ファイルを選んでください。", "error")
        return _choose_again()
    try:
        staff_plan_id = door.person().staff_imports.plan("staff.xlsx", chosen.read())
    except ServiceError as error:
        is_about_file = error.status == Invalid.status
        if not is_about_file and error.code != "import_busy":
            raise
        errors.tell(error)
        return _choose_again()
    return redirect(url_for("staff_import.plan", staff_plan_id=staff_plan_id), 303)


def _choose_again() -> Any:
    return redirect(url_for("staff_import.choose"), 303)


@blueprint.get("/members/import/staff/<uuid:staff_plan_id>")
@page(Right.ROSTER_CHANGE)
def plan(staff_plan_id: UUID) -> Any:
    """Show what a file would change, what must be corrected or decided, or what it has changed."""
    after = max(0, request.args.get("after", 0, type=int))
    with errors.told(404) as outcome:
        found = door.person().staff_imports.show(staff_plan_id, after=after, limit=PER_PAGE)
    if outcome.error is not None:
        return _choose_again()
    counts = found["counts"]
    changes = found["changes"]
    words = door.visitor().words
    return render_template(
        "staff/staff_import_plan.html",
        plan=found,
        sections=imports.staff_sections(changes["items"], counts),
        sums=imports.sums(counts),
        has_work=imports.has_work(counts),
        questions=list(import_questions.group_questions(found["questions"], words)),
        next=changes["next"],
        after=after,
    )


@blueprint.get("/members/import/staff/<uuid:staff_plan_id>/accounts")
@page(Right.ROSTER_CHANGE)
def accounts(staff_plan_id: UUID) -> Any:
    """Give the part of the page that says how it went with the accounts."""
    found = door.person().staff_imports.show(staff_plan_id, after=0, limit=1)
    return render_template("staff/parts/import_accounts.html", plan=found)


@blueprint.post("/members/import/staff/<uuid:staff_plan_id>/decisions")
@page(Right.ROSTER_CHANGE)
def decide(staff_plan_id: UUID) -> Any:
    """Take what the office decides, and compare anew with it."""
    ask = door.person().staff_imports
    with errors.told(404, 422) as outcome:
        found = ask.show(staff_plan_id, after=0, limit=1)
        decisions = import_questions.read_decisions(found["questions"], request.form)
        ask.decide(staff_plan_id, decisions)
    if outcome.error is not None:
        return _choose_again()
    return redirect(url_for("staff_import.plan", staff_plan_id=staff_plan_id), 303)


@blueprint.post("/members/import/staff/<uuid:staff_plan_id>/apply")
@page(Right.ROSTER_CHANGE)
def apply(staff_plan_id: UUID) -> Any:
    """Write what the preview said; a second press changes nothing."""
    with errors.told(404, 409, 422) as outcome:
        done = door.person().staff_imports.apply(staff_plan_id, request.form.get("revision"))
        words = imports.done_words(done["counts"])
        flash("すでに反映されています。" if done["already"] else words, "done")
    refused = outcome.error
    if refused is not None and refused.code in ("import_stale", "import_plan_not_found"):
        return _choose_again()
    return redirect(url_for("staff_import.plan", staff_plan_id=staff_plan_id), 303)


@blueprint.get("/members/import/staff/<uuid:staff_plan_id>/marked.xlsx")
@page(Right.ROSTER_CHANGE)
def marked(staff_plan_id: UUID) -> Any:
    """Give the uploaded file back with the cells to correct marked."""
    ask = door.person().staff_imports
    with errors.told(404, 422, 429) as outcome:
        faults = ask.errors(staff_plan_id)["errors"]
        notes = explain_faults(faults, door.visitor().words)
        content = ask.marked(staff_plan_id, notes)
    if outcome.error is not None:
        return redirect(url_for("staff_import.plan", staff_plan_id=staff_plan_id), 303)
    return give_workbook(content, "教職員_直すところ")


@blueprint.post("/members/export-staff.xlsx")
@page(Right.ROSTER_CHANGE)
def export() -> Any:
    """Give the staff as the file that can be read in again; the operation log records it."""
    return give_workbook(door.person().staff_imports.export(), "教職員")


@blueprint.get("/members/import/staff/template.xlsx")
@page(Right.ROSTER_CHANGE)
def template() -> Any:
    """Give an empty file of staff."""
    return give_file(door.person().staff_imports.template(), "教職員_ひな形.xlsx", XLSX)
