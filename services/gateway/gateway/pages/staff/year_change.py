"""年度更新: the next school year as a draft, its lists, its turn and the way back (DIR-10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.directory import YearShown
from common.answers.identity import ListedAccountOut
from common.errors import Invalid, ServiceError
from common.rights import Right
from gateway.clients.calls import CLASS_LISTS
from gateway.domain import years
from gateway.domain.menu import PEOPLE, Under
from gateway.domain.years import OUTCOME_WORDS, TypedMoment
from gateway.pages import door, errors
from gateway.pages.door import page
from gateway.pages.files import give_workbook

blueprint = Blueprint("year_change", __name__)
# Directory takes 5 MB and says so in words; this is where reading ends.
MAX_FILE_BYTES = 6 * 1024 * 1024
TOLD_BESIDE = (404, 409, 422)


@blueprint.get("/year-change")
@page(
    Right.ROSTER_CHANGE,
    title="年度更新",
    menu=Under(PEOPLE, for_whole_school=True),
)
def year() -> Any:
    """Show where the change of the year stands, and what can be done next."""
    shown = door.person().years.shown()
    return render_template(
        "staff/year_change.html",
        year=shown,
        named=years.say_fiscal_year(shown["fiscal_year"]),
        first_moment=years.first_moment(shown["fiscal_year"]),
        is_ready=years.is_ready(shown),
        without_class=_without_class(shown),
    )


def _without_class(shown: YearShown) -> list[ListedAccountOut]:
    """Return the accounts that would see nobody in the next year, for who may change them."""
    ask = door.person()
    if shown["state"] == "none" or not door.visitor().may(Right.ACCOUNTS_MANAGE):
        return []
    accounts = errors.answer_or(ask.accounts.everybody, [])
    groups = ask.directory.groups()
    if shown["state"] == "applied":
        classes = [group["id"] for group in groups]
    else:
        classes = [room["id"] for room in shown["classes"]]
    lasting = [group["id"] for group in groups if group["kind"] != "class"]
    return years.list_without_class(accounts, classes, lasting)


@blueprint.post("/year-change")
@page(Right.ROSTER_CHANGE)
def begin() -> Any:
    """Make a draft."""
    return _do(
        door.person().years.begin, "下書きを作りました。切り替えるまで、いまの名簿は変わりません。"
    )


def _do(act: Callable[[], object], done: str) -> Any:
    """Do something to the draft, say that it is done or why not, and show where it stands."""
    with errors.told(*TOLD_BESIDE) as outcome:
        act()
    if outcome.error is None:
        flash(_say(done), "done")
    return _back()


def _back() -> Any:
    return redirect(url_for("year_change.year"), 303)


def _say(text: str) -> str:
    return door.visitor().words.say(text)


@blueprint.post("/year-change/drop")
@page(Right.ROSTER_CHANGE)
def drop() -> Any:
    """Throw the draft away."""
    return _do(door.person().years.drop, "下書きを捨てました。いまの名簿は変わっていません。")


@blueprint.get("/year-change/lines")
@page(Right.ROSTER_CHANGE, title="年度更新の差分")
def lines() -> Any:
    """Show what becomes of children: by outcome, of one class, or what is still to do."""
    named = ("outcome", "group_id", "having")
    wanted = {name: request.args[name] for name in named if request.args.get(name)}
    if not wanted:
        wanted = {"outcome": "moves"}
    ask = door.person().years
    with errors.told(*TOLD_BESIDE) as outcome:
        found = ask.lines(wanted)
        shown = ask.shown()
    if outcome.error is not None:
        return _back()
    room = next((room for room in shown["classes"] if room["id"] == wanted.get("group_id")), None)
    return render_template(
        "staff/year_lines.html",
        year=shown,
        rooms=years.by_class(found),
        count=len(found),
        wanted=wanted,
        room=room,
        outcomes=OUTCOME_WORDS,
    )


@blueprint.get("/year-change/places/<uuid:member_id>")
@page(Right.ROSTER_CHANGE)
def place(member_id: UUID) -> Any:
    """Show what becomes of one child, to be decided otherwise."""
    ask = door.person().years
    with errors.told(*TOLD_BESIDE) as outcome:
        found = ask.lines({})
        shown = ask.shown()
    if outcome.error is not None:
        return _back()
    line = next((line for line in found if line["member_id"] == str(member_id)), None)
    if line is None:
        flash(_say("この{pupil}は、年度更新の対象ではありません。"), "error")
        return _back()
    return render_template("staff/year_place.html", year=shown, line=line)


@blueprint.post("/year-change/places/<uuid:member_id>")
@page(Right.ROSTER_CHANGE)
def decide(member_id: UUID) -> Any:
    """Decide what becomes of a child."""
    ask = door.person().years
    chosen = years.read_place(request.form)
    with errors.told(*TOLD_BESIDE) as outcome:
        if chosen is None:
            ask.leave_to_rule(member_id)
        else:
            ask.decide(member_id, chosen)
    if outcome.error is not None:
        return redirect(url_for("year_change.place", member_id=member_id), 303)
    flash("決めました。", "done")
    group_id = (chosen or {}).get("group_id")
    if group_id:
        return redirect(url_for("year_change.lines", group_id=group_id), 303)
    return _back()


@blueprint.post("/year-change/classes")
@page(Right.ROSTER_CHANGE)
def add_class() -> Any:
    """Add a class to the next year."""
    parent_id, name = request.form.get("parent", ""), request.form.get("name", "")
    years_of = door.person().years
    return _do(lambda: years_of.add_class(parent_id, name), f"「{name}」を加えました。")


@blueprint.post("/year-change/classes/<uuid:group_id>/remove")
@page(Right.ROSTER_CHANGE)
def remove_class(group_id: UUID) -> Any:
    """Take an empty class out of the next year."""
    years_of = door.person().years
    return _do(lambda: years_of.remove_class(group_id), "来年度の{class}から外しました。")


@blueprint.post("/year-change/classes/<uuid:group_id>/numbers")
@page(Right.ROSTER_CHANGE)
def number(group_id: UUID) -> Any:
    """Number the children of a class by their readings."""
    with errors.told(*TOLD_BESIDE) as outcome:
        count = door.person().years.number(group_id)
        flash(f"{count}人に、フリガナの順で1番からつけ直しました。", "done")
    if outcome.error is not None:
        return _back()
    return redirect(url_for("year_change.lines", group_id=group_id), 303)


@blueprint.post("/year-change/class-lists")
@door.takes_files(MAX_FILE_BYTES)
@page(Right.ROSTER_CHANGE, title="直すところがあります")
def take_lists() -> Any:
    """Take class lists, or show every cell that must be corrected."""
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        flash("ファイルを選んでください。", "error")
        return _back()
    try:
        taken = door.person().years.take_lists(chosen.read())
    except ServiceError as error:
        if error.code == "import_refused":
            faults = error.fields["errors"]
            return render_template("staff/year_faults.html", faults=faults), error.status
        is_about_file = error.status == Invalid.status or error.code == "import_busy"
        if not is_about_file and error.status not in TOLD_BESIDE:
            raise
        errors.tell(error)
        return _back()
    unused = "・".join(taken["unused"])
    count = taken["pupils"]
    flash(_say(f"{count}人の{{class}}と番号を読み込みました。"), "done")
    if unused:
        flash(f"使わなかった列：{unused}", "info")
    return _back()


@blueprint.post("/year-change/class-lists.xlsx")
@page(Right.ROSTER_CHANGE)
def export_lists() -> Any:
    """Give the draft as a file that is read back."""
    content = door.person().directory.file(CLASS_LISTS)
    return give_workbook(content, "新しい編制")


@blueprint.post("/year-change/rehearsal")
@page(Right.ROSTER_CHANGE, title="リハーサルの結果")
def rehearse() -> Any:
    """Show what turning the year would come to; nothing is changed."""
    with errors.told(*TOLD_BESIDE) as outcome:
        found = door.person().years.rehearse()
    if outcome.error is not None:
        return _back()
    return render_template("staff/year_rehearsal.html", found=found)


@blueprint.get("/year-change/turn")
@page(Right.ROSTER_CHANGE, title="新しい年度に切り替える")
def choose_moment() -> Any:
    """Ask when the year is to turn."""
    shown = door.person().years.shown()
    if not years.is_ready(shown):
        return _back()
    usual = TypedMoment.usual(shown["fiscal_year"])
    return render_template(
        "staff/year_turn.html",
        year=shown,
        named=years.say_fiscal_year(shown["fiscal_year"]),
        first_moment=years.first_moment(shown["fiscal_year"]),
        usual=usual,
    )


@blueprint.post("/year-change/turn")
@page(Right.ROSTER_CHANGE)
def turn() -> Any:
    """Turn the year at once, on 1 April, or at the moment that was typed."""
    ask = door.person().years
    when = request.form.get("when", "")
    if when == "now":
        return _do(ask.turn, "新しい年度に切り替えました。")
    typed = TypedMoment(request.form.get("day", ""), request.form.get("hour", ""))
    if when == "april":
        typed = TypedMoment.usual(ask.shown()["fiscal_year"])
    moment = typed.read()
    if moment is None:
        flash("切り替える日と時刻を入力してください。", "error")
        return redirect(url_for("year_change.choose_moment"), 303)
    chosen = "切り替える日時を決めました。その時刻に自動で切り替わります。"
    return _do(lambda: ask.schedule(moment), chosen)


@blueprint.post("/year-change/schedule/drop")
@page(Right.ROSTER_CHANGE)
def drop_schedule() -> Any:
    """Let the year not turn by itself."""
    return _do(door.person().years.drop_schedule, "予約を取り消しました。下書きは残っています。")


@blueprint.post("/year-change/undo")
@page(Right.ROSTER_CHANGE)
def undo() -> Any:
    """Undo the turn of the year."""
    return _do(door.person().years.undo, "切り替えを元に戻しました。下書きは残っています。")
