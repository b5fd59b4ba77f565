"""Excelで登録・変更・削除: a roster file is checked, shown as differences, then applied whole.

Directory does both in the background; a small file is done before anybody sees how far it is. The
same file is also given back.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.directory import ImportPlanOut
from common.errors import Invalid, ServiceError
from common.rights import Right
from gateway.clients import XLSX
from gateway.clients.calls import EXPORT_ROSTER, ROSTER_TEMPLATE
from gateway.domain import import_progress, import_questions, imports
from gateway.domain.cell_words import explain_faults
from gateway.domain.menu import PEOPLE, Under
from gateway.pages import door, errors
from gateway.pages.door import page, polled
from gateway.pages.files import give_file, give_workbook

blueprint = Blueprint("roster_import", __name__)
# Directory takes 5 MB and says so in words; this is where reading ends.
MAX_FILE_BYTES = 6 * 1024 * 1024
PER_PAGE = 200
# A school's usual file is done by then, and nobody has to look at how far it is.
FIRST_WAIT_SECONDS = 2.0
LOOK_SECONDS = 0.2
# Seconds between two looks of the script.
POLL = 1


@blueprint.get("/members/import")
@page(Right.ROSTER_CHANGE, title="Excelで登録・変更・削除", menu=Under(PEOPLE))
def choose() -> Any:
    """Ask for a file, and offer the present roster and an empty form of it."""
    return render_template("staff/import_choose.html")


@blueprint.post("/members/import")
@door.takes_files(MAX_FILE_BYTES)
@page(Right.ROSTER_CHANGE)
def upload() -> Any:
    """Have a file checked; nothing is changed yet."""
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        flash("ファイルを選んでください。", "error")
        return _choose_again()
    content = chosen.read()
    directory = door.person().directory
    try:
        plan_id = directory.plan_import("roster.xlsx", content)
    except ServiceError as error:
        if error.status != Invalid.status:
            raise
        errors.tell(error)
        return _choose_again()
    _wait_a_moment(plan_id)
    return _show(plan_id)


def _wait_a_moment(plan_id: UUID) -> ImportPlanOut:
    """Return how far a file is: as soon as there is something to look at, or after two seconds."""
    directory = door.person().directory
    until = clock.monotonic() + FIRST_WAIT_SECONDS
    while True:
        stand = directory.import_progress(plan_id)
        is_ready = import_progress.progress_of(stand, clock.now()) is None
        if is_ready or clock.monotonic() >= until:
            return stand
        time.sleep(LOOK_SECONDS)


def _show(plan_id: UUID) -> Any:
    return redirect(url_for("roster_import.plan", plan_id=plan_id), 303)


def _choose_again() -> Any:
    return redirect(url_for("roster_import.choose"), 303)


@blueprint.get("/members/import/<uuid:plan_id>")
@page(Right.ROSTER_CHANGE)
def plan(plan_id: UUID) -> Any:
    """Show what a file would change, what must be corrected or decided, or what it has changed.

    While it is being worked on, how far that is.
    """
    after = max(0, request.args.get("after", 0, type=int))
    errors_after = max(0, request.args.get("errors_after", 0, type=int))
    with errors.told(404) as outcome:
        found = door.person().directory.import_plan(
            plan_id,
            after=after,
            limit=PER_PAGE,
            errors_after=errors_after,
        )
    if outcome.error is not None:
        return _choose_again()
    progress = import_progress.progress_of(found, clock.now())
    if progress is not None:
        return render_template(
            "staff/import_progress.html", plan=found, progress=progress, every=POLL
        )
    counts = found["counts"]
    changes = found["changes"]
    words = door.visitor().words
    return render_template(
        "staff/import_plan.html",
        plan=found,
        trouble=_trouble_words(found),
        sections=imports.sections(changes["items"], counts),
        sums=imports.sums(counts),
        has_work=imports.has_work(counts),
        questions=list(import_questions.group_questions(found["questions"], words)),
        next=changes["next"],
        after=after,
        errors_after=errors_after,
    )


def _trouble_words(plan: ImportPlanOut) -> str:
    """Return why a file could not be read, or not be applied."""
    trouble = plan["trouble"]
    if trouble is None:
        return ""
    return errors.sentence(trouble["code"], trouble["params"])


@blueprint.get("/members/import/<uuid:plan_id>/progress")
@polled
@page(Right.ROSTER_CHANGE)
def progress(plan_id: UUID) -> Any:
    """Give the part of the page that changes, for the script that asks while it is open."""
    stand = door.person().directory.import_progress(plan_id)
    return render_template(
        "staff/parts/import_progress.html",
        plan=stand,
        progress=import_progress.progress_of(stand, clock.now()),
        every=POLL,
    )


@blueprint.post("/members/import/<uuid:plan_id>/decisions")
@page(Right.ROSTER_CHANGE)
def decide(plan_id: UUID) -> Any:
    """Take what the office decides, and compare anew with it."""
    directory = door.person().directory
    with errors.told(404, 422) as outcome:
        found = directory.import_plan(plan_id, after=0, limit=1)
        decisions = import_questions.read_decisions(found["questions"], request.form)
        directory.decide_import(plan_id, decisions)
        _wait_a_moment(plan_id)
    refused = outcome.error
    if refused is not None and refused.code != "import_under_way":
        return _choose_again()
    return _show(plan_id)


@blueprint.post("/members/import/<uuid:plan_id>/apply")
@page(Right.ROSTER_CHANGE)
def apply(plan_id: UUID) -> Any:
    """Have written what the preview said; a second press changes nothing."""
    with errors.told(404, 409, 422) as outcome:
        pressed = door.person().directory.apply_import(plan_id, request.form.get("revision"))
        _tell_end(_wait_a_moment(plan_id), is_first=not pressed["already"])
    refused = outcome.error
    if refused is not None and refused.code == "import_plan_not_found":
        return _choose_again()
    return _show(plan_id)


def _tell_end(stand: ImportPlanOut, *, is_first: bool) -> None:
    """Say on the next page what was applied, where that was done at once."""
    if stand["state"] != "applied":
        return
    words = imports.done_words(stand["counts"]) if is_first else "すでに反映されています。"
    flash(words, "done")


@blueprint.get("/members/import/<uuid:plan_id>/marked.xlsx")
@page(Right.ROSTER_CHANGE)
def marked(plan_id: UUID) -> Any:
    """Give the uploaded file back with the cells to correct marked."""
    directory = door.person().directory
    words = door.visitor().words
    with errors.told(404, 422, 429) as outcome:
        faults = directory.import_errors(plan_id)["errors"]
        content = directory.marked_import(plan_id, explain_faults(faults, words))
    if outcome.error is not None:
        return _show(plan_id)
    return give_workbook(content, "名簿_直すところ")


@blueprint.post("/members/export.xlsx")
@page(Right.ROSTER_CHANGE)
def export() -> Any:
    """Give the roster as the file that can be read in again; the operation log records it."""
    return give_workbook(door.person().directory.file(EXPORT_ROSTER), "名簿")


@blueprint.get("/members/import/template.xlsx")
@page(Right.ROSTER_CHANGE)
def template() -> Any:
    """Give an empty roster file."""
    return give_file(door.person().directory.file(ROSTER_TEMPLATE), "名簿_ひな形.xlsx", XLSX)
