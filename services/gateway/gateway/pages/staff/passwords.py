"""教職員のパスワード: temporary ones issued, looked up until used, put on paper (ID-4, ID-5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.identity import TemporaryPasswordOut
from common.errors import ServiceError
from common.rights import Right
from gateway.domain import accounts, dates
from gateway.domain.menu import SETTINGS, Under
from gateway.domain.passwords_workbook import write_passwords
from gateway.pages import door, errors
from gateway.pages.door import page
from gateway.pages.files import give_workbook
from gateway.pages.staff.accounts import TOLD_BESIDE
from gateway.provider import print_slips

blueprint = Blueprint("passwords", __name__)
NOBODY = "人を選んでください。まだ何もしていません。"
NONE_HOLDS = "選んだ人に、いま使える一時パスワードはありません。先に発行してください。"


@blueprint.get("/passwords")
@page(Right.ACCOUNTS_MANAGE, title="教職員のパスワード", menu=Under(SETTINGS))
def listed() -> Any:
    """Tell how it stands with everybody's password."""
    return _list()


def _list(chosen: Sequence[str] = (), *, sentence: str = "") -> str:
    """Show the list; what is refused is said above it, and who was ticked stays ticked."""
    rows = door.person().accounts.passwords()
    state = request.args.get("state", "")
    shown = [row for row in rows if state in ("", row["state"])]
    shown.sort(key=lambda row: accounts.PASSWORD_ORDER.index(row["state"]))
    counts = {word: sum(row["state"] == word for row in rows) for word in accounts.PASSWORD_ORDER}
    return render_template(
        "staff/passwords.html",
        rows=shown,
        state=state,
        counts=counts,
        words=accounts,
        chosen=chosen,
        sentence=sentence,
    )


@blueprint.post("/passwords/issue")
@page(Right.ACCOUNTS_MANAGE)
def issue() -> Any:
    """Issue temporary passwords to the chosen, in place of whatever they had."""
    ask = door.person().accounts
    chosen = request.form.getlist("account")
    if not chosen:
        return _back(NOBODY)
    try:
        count = ask.issue(chosen)
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        sentence = f"{errors.say_whose(error, ask.everybody())}まだ、だれにも発行していません。"
        return _list(chosen, sentence=sentence), error.status
    flash(f"{count}人に一時パスワードを発行しました。本人に直接渡してください。", "done")
    return redirect(url_for("passwords.listed", state="valid"), 303)


@blueprint.post("/passwords/shown")
@page(Right.ACCOUNTS_MANAGE)
def shown() -> Any:
    """Show the temporary passwords of the chosen, to be noted down."""
    found = _taken()
    if isinstance(found, str):
        return _back(found)
    return render_template("staff/passwords_shown.html", rows=found)


@blueprint.post("/passwords/export.xlsx")
@page(Right.ACCOUNTS_MANAGE)
def export() -> Any:
    """Give the temporary passwords of the chosen as an Excel file."""
    found = _taken()
    if isinstance(found, str):
        return _back(found)
    content = write_passwords(found, school=door.visitor().school["name"])
    return give_workbook(content, "一時パスワード")


@blueprint.post("/passwords/slips.pdf")
@page(Right.ACCOUNTS_MANAGE)
def slips() -> Any:
    """Set a slip for each of the chosen, to be cut out and handed over."""
    found = _taken()
    if isinstance(found, str):
        return _back(found)
    school = door.visitor().school
    settings = door.person().accounts.settings()
    now = clock.now()
    header = {
        "school": school["name"],
        "code": school["code"],
        "address": door.desk().address,
        "shortest": str(settings["password_length"]),
        "printed_at": f"{dates.say_date(clock.today())} {dates.say_time(now)}",
    }
    printed = print_slips([_slip_of(row) for row in found], header, now)
    return Response(printed, mimetype="application/pdf")


def _slip_of(row: TemporaryPasswordOut) -> dict[str, str]:
    return {
        "name": f"{row['post']} {row['display_name']}".strip(),
        "mail": row["mail"],
        "password": row["password"],
        "until": dates.say_until(row["temporary_until"] or ""),
    }


def _taken() -> Sequence[TemporaryPasswordOut] | str:
    """Return the temporary passwords of the chosen, or what to say where there is none."""
    chosen = request.form.getlist("account")
    if not chosen:
        return NOBODY
    return door.person().accounts.export(chosen) or NONE_HOLDS


def _back(sentence: str) -> Any:
    return _list(request.form.getlist("account"), sentence=sentence), 422
