"""契約を終了する: form, every date, and the button that says what it does (RET-1, screens.md 3)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.identity import SchoolOfOperatorOut
from common.answers.retention import CalendarOut, ErasureOut
from common.errors import Invalid, Refused, ServiceError
from common.words import words_of
from gateway.domain import contract_end, dates, endings
from gateway.domain.contract_end import WantedEnd
from gateway.pages import door, errors
from gateway.pages.door import operator_page

blueprint = Blueprint(
    "operator_endings", __name__, url_prefix="/operator/schools/<uuid:school_id>/end"
)


@blueprint.get("")
@operator_page()
def confirm(school_id: UUID) -> Any:
    """Show what would follow, with every date; nothing changes yet."""
    school = door.operators_houses().identity.school(school_id)
    wanted = WantedEnd.of(request.args)
    if problem := wanted.problem(clock.today(), _first_day(school)):
        return _form(school, errors.sentence("end_invalid", problem))
    return _confirm(school, wanted)


def _first_day(school: SchoolOfOperatorOut) -> str | None:
    contract = school["contract"]
    return contract["starts_on"] if contract else None


def _form(school: SchoolOfOperatorOut, sentence: str) -> tuple[str, int]:
    typed = {
        "ended_on": request.values.get("ended_on", ""),
        "grace_days": request.values.get("grace_days", ""),
    }
    return render_template("operator/end.html", school=school, sentence=sentence, **typed), 422


def _confirm(
    school: SchoolOfOperatorOut, wanted: WantedEnd, refused: ServiceError | None = None
) -> Any:
    assert wanted.ended_on is not None
    assert wanted.grace_days is not None
    today = clock.today()
    try:
        calendar = door.operators_houses().retention.calendar(wanted.ended_on, wanted.grace_days)
    except Invalid as error:
        return _form(school, errors.say(error))
    told = ""
    if calendar["read_only_until"]:
        told = endings.ending_words(calendar, words_of(school["kind"]))
    button = _button_words(school["name"], wanted.ended_on, calendar, today)
    sentence = errors.say(refused) if refused else ""
    status = refused.status if refused else 200
    page = render_template(
        "operator/end_confirm.html",
        school=school,
        calendar=calendar,
        at_once=contract_end.erases_at_once(calendar, today),
        has_come=wanted.ended_on <= today,
        told=told,
        button=button,
        sentence=sentence,
    )
    return page, status


def _button_words(name: str, ended_on: date, calendar: CalendarOut, today: date) -> str:
    """Say what the button does: which school, which day, and an erasure that begins at once."""
    day = f"{dates.say_year(ended_on)}{ended_on.month}月{ended_on.day}日"
    if contract_end.erases_at_once(calendar, today):
        return f"{name}の契約を{day}で終わり、すぐに消去する"
    return f"{name}の契約を{day}で終わる"


@blueprint.post("")
@operator_page()
def end(school_id: UUID) -> Any:
    """End the contract; what can't be is told on the page that was pressed."""
    wanted = WantedEnd.of(request.form)
    houses = door.operators_houses()
    school = houses.identity.school(school_id)
    if problem := wanted.problem(clock.today(), _first_day(school)):
        return _form(school, errors.sentence("end_invalid", problem))
    assert wanted.ended_on is not None
    assert wanted.grace_days is not None
    typed = request.form.get("name_typed", "").strip()
    try:
        houses.identity.end_contract(
            school_id,
            wanted.ended_on,
            wanted.grace_days,
            name_typed=typed,
        )
    except Invalid as error:
        return _confirm(school, wanted, error)
    except Refused as error:
        _tell_refusal(error, houses.retention.find_erasure(school_id), wanted)
    else:
        day = dates.say_date(wanted.ended_on)
        flash(f"{school['name']}の契約の終わりを{day}に決めました。", "done")
    awaits = contract_end.key_of(wanted.ended_on, wanted.grace_days)
    page = url_for(
        "operator_schools.school",
        school_id=school_id,
        awaits=awaits,
    )
    return redirect(page, 303)


def _tell_refusal(error: Refused, erasure: ErasureOut | None, wanted: WantedEnd) -> None:
    """Tell why the end is not changed.

    A second press of the same button, after which the erasure began, is told nothing.
    """
    if error.code not in ("school_erasing", "school_erased"):
        errors.tell(error)
    elif erasure is None or not _is_the_same_end(erasure, wanted):
        flash(errors.sentence("end_too_late"), "error")


def _is_the_same_end(erasure: ErasureOut, wanted: WantedEnd) -> bool:
    is_same_day = erasure["ended_on"] == str(wanted.ended_on)
    return is_same_day and erasure["grace_days"] == wanted.grace_days
