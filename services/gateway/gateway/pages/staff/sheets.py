"""登録手順書の発行: for whom, and then the paper (DIR-6, DIR-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.directory import GroupName, PrintedSheet, SheetChild
from common.errors import NotFound, ServiceError
from common.rights import Right
from common.words import Language, PrintedList
from gateway.domain.menu import REGISTRATION, Under
from gateway.domain.sheets import (
    MOST_SHEETS,
    Packet,
    SheetSchool,
    by_room,
    covers_of,
    packets_of,
    paper_of,
    say_reach,
)
from gateway.pages import door, errors
from gateway.pages.door import page
from gateway.provider import print_sheets

blueprint = Blueprint("sheets", __name__)
# Of the children of a list: those who are here, those whom nothing reaches, those who come.
WHO_WORDS = {
    "here": "在籍の{pupil}",
    "unreached": "登録のない家庭（届かない見込み）",
    "prospective": "入学予定者",
}
# A longer list is printed as a whole, or class by class.
CHOOSABLE = 200
# For how many days a sheet may be good: directory takes these.
SHEET_DAYS = (30, 60, 90, 180)
NOBODY = "用紙を印刷する{pupil}を選んでください。まだ何も印刷していません。"
NONE_THERE = "印刷する{pupil}がいません。"
TOO_MANY = (
    f"一度に印刷できるのは{MOST_SHEETS:,}人分までです。"
    "学年か{class}を選んで、分けて印刷してください。"
)


@dataclass(frozen=True, slots=True)
class SheetChoice:
    """Whose sheets a page is about, as its address or its form says it."""

    group_id: str
    who: str

    @classmethod
    def read(cls) -> SheetChoice:
        """Read the address or the form; what is not known is the usual choice."""
        who = request.values.get("who", "")
        return cls(request.values.get("group", ""), who if who in WHO_WORDS else "here")

    def children(self) -> list[SheetChild]:
        """Return the children, asking directory; nobody, and a word, where a group is gone."""
        with errors.told(404, 422):
            return door.person().sheets.children(
                self.group_id,
                prospective=self.who == "prospective",
                unreached=self.who == "unreached",
            )
        return []


@blueprint.get("/registration-sheets")
@page(Right.SHEETS_PRINT, title="登録手順書の発行", menu=Under(REGISTRATION))
def choose() -> Any:
    """Show for whom sheets may be printed, and which are out."""
    return _list(SheetChoice.read())


def _list(wanted: SheetChoice, *, sentence: str = "") -> str:
    children = wanted.children()
    is_open = door.visitor().may(Right.PROTECTED_SEE)
    ordinary = [child for child in children if not child["protected"]]
    protected = [child for child in children if child["protected"]]
    return render_template(
        "staff/sheets.html",
        wanted=wanted,
        who_words=WHO_WORDS,
        groups=_groups(),
        children=children,
        ordinary=ordinary,
        protected=protected,
        sees_protected=is_open,
        rooms=by_room(children),
        choosable=len(children) <= CHOOSABLE,
        say_reach=say_reach,
        sentence=door.visitor().words.say(sentence),
    )


def _groups() -> list[GroupName]:
    """Return classes to choose from; none for who may print and sees no roster."""
    names = errors.answer_or(door.person().directory.group_names, [])
    return [group for group in names if group["kind"] == "class"]


@blueprint.post("/registration-sheets/sheets.pdf")
@page(Right.SHEETS_PRINT)
def sheets() -> Any:
    """Print the sheets of the chosen, class by class, each class under its list if wanted."""
    wanted = SheetChoice.read()
    children = wanted.children()
    chosen = _chosen([child for child in children if not child["protected"]])
    problem = _problem(chosen)
    if problem:
        return _list(wanted, sentence=problem), 422
    printed = door.person().sheets.print([child["id"] for child in chosen])
    covers = None
    if "covers" in request.form:
        handed_over = [child for child in children if child["protected"]]
        covers = covers_of(_in_order(children, [*chosen, *handed_over]), door.visitor().words)
        # Those who are printed stand in the log already.
        _note_covers(handed_over)
    return give_sheets(packets_of(printed, covers))


@blueprint.post("/registration-sheets/protected.pdf")
@page(Right.PROTECTED_SEE)
def protected() -> Any:
    """Print the sheets of protected families, which are handed over apart from all others."""
    wanted = SheetChoice.read()
    ids = [child["id"] for child in wanted.children() if child["protected"]]
    if not ids:
        return _list(wanted, sentence=NONE_THERE), 422
    return give_sheets(packets_of(door.person().sheets.print(ids)))


@blueprint.post("/registration-sheets/covers.pdf")
@page(Right.SHEETS_PRINT)
def covers() -> Any:
    """Print only the lists by which homeroom teachers hand sheets over; no codes are on them."""
    wanted = SheetChoice.read()
    children = wanted.children()
    handed_over = [child for child in children if child["protected"]]
    chosen = _chosen([child for child in children if not child["protected"]])
    listed = _in_order(children, [*chosen, *handed_over])
    if not listed:
        return _list(wanted, sentence=NOBODY), 422
    _note_covers(listed)
    lists = covers_of(listed, door.visitor().words).values()
    return give_sheets([Packet(cover, ()) for cover in lists])


def _chosen(children: Sequence[SheetChild]) -> list[SheetChild]:
    """Return the ticked ones of a list with boxes, all of one without."""
    if "choosing" not in request.form:
        return list(children)
    ticked = set(request.form.getlist("member"))
    return [child for child in children if child["id"] in ticked]


def _problem(chosen: Sequence[SheetChild]) -> str:
    if not chosen:
        return NOBODY if "choosing" in request.form else NONE_THERE
    return TOO_MANY if len(chosen) > MOST_SHEETS else ""


def _in_order(children: Sequence[SheetChild], some: Sequence[SheetChild]) -> list[SheetChild]:
    ids = {child["id"] for child in some}
    return [child for child in children if child["id"] in ids]


def _note_covers(listed: Sequence[SheetChild]) -> None:
    if listed:
        door.person().identity.note_printed(PrintedList.SHEET_COVERS, len(listed))


def give_sheets(packets: Sequence[Packet]) -> Response:
    """Return the answer that gives the paper, in the language that was asked for."""
    language = Language.EN if request.values.get("lang") == "en" else Language.JA
    who = door.visitor()
    school = SheetSchool(
        name=who.school["name"],
        code=who.school["code"],
        phone=who.school["phone"],
        phone_hours=who.school["phone_hours"],
        words=who.words,
        address=door.base_url(),
        mail_domain=door.mail_domain(),
    )
    paper = paper_of(packets, school, door.person().sheets.text(), language)
    return Response(print_sheets(paper, clock.now()), mimetype="application/pdf")


def print_one(member_id: str) -> Response:
    """Return the paper of one child; raise NotFound for who gets none."""
    printed: list[PrintedSheet] = door.person().sheets.print([member_id])
    if not printed:
        raise NotFound("member_not_found", "No sheet is printed for this child.")
    return give_sheets(packets_of(printed))


@blueprint.get("/registration-sheets/text")
@page(Right.SHEETS_CHANGE, title="登録手順書の文と期間")
def text() -> Any:
    """Show what the school adds to its sheets."""
    return _text_form(door.person().sheets.text())


def _text_form(former: str, typed: str | None = None, *, sentence: str = "") -> str:
    shown = former if typed is None else typed
    return render_template(
        "staff/sheet_text.html",
        former=former,
        typed=shown,
        sentence=sentence,
        days=door.person().sheets.period(),
        offered=SHEET_DAYS,
    )


@blueprint.post("/registration-sheets/text")
@page(Right.SHEETS_CHANGE)
def change_text() -> Any:
    """Change what the school adds to its sheets: one paragraph, which leaves room for the rest."""
    typed = " ".join(request.form.get("text", "").split())
    former = request.form.get("former", "")
    ask = door.person().sheets
    try:
        ask.change_text(typed, former=former)
    except ServiceError as error:
        if error.status not in (409, 422):
            raise
        is_stale = error.code == "changed_meanwhile"
        now = ask.text() if is_stale else former
        return _text_form(now, typed, sentence=errors.say(error)), error.status
    flash("保存しました。これから印刷する用紙にのります。", "done")
    return redirect(url_for("sheets.choose"), 303)


@blueprint.post("/registration-sheets/period")
@page(Right.SHEETS_CHANGE)
def change_period() -> Any:
    """Change for how many days the sheets that are printed from now on are good."""
    chosen = request.form.get("days", "")
    if chosen not in map(str, SHEET_DAYS):
        return redirect(url_for("sheets.text"), 303)
    days = int(chosen)
    door.person().sheets.change_period(days)
    flash(f"保存しました。これから印刷する用紙は、印刷した日から{days}日登録できます。", "done")
    return redirect(url_for("sheets.choose"), 303)
