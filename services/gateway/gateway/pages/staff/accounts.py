"""教職員のアカウントと権限: who may sign in, as what, and what they may do (ID-2, ID-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from common.answers.directory import ListedGroup, ListedMember, YearClass
from common.answers.identity import FullAccountOut, ListedAccountOut
from common.errors import ServiceError
from common.rights import Right
from gateway.clients import LOOK_UP_LIMIT
from gateway.domain import accounts
from gateway.domain.accounts import Offered, TypedAccount, WantedAccounts
from gateway.domain.menu import SETTINGS, Under, menu_for
from gateway.pages import door, errors
from gateway.pages.door import page
from gateway.pages.frame import pages_with_a_place

blueprint = Blueprint("accounts", __name__)
# What a form shows again beside what was typed.
TOLD_BESIDE = (403, 409, 422)


@blueprint.get("/accounts")
@page(Right.ACCOUNTS_MANAGE, title="教職員のアカウントと権限", menu=Under(SETTINGS))
def listed() -> Any:
    """List the accounts of the school."""
    return _list(WantedAccounts.of_address(request.args))


def _list(
    wanted: WantedAccounts, chosen: Sequence[str] = (), choice: str = "", *, sentence: str = ""
) -> str:
    """Show the list; what is refused is said above it, and what was ticked and chosen stays."""
    everybody = door.person().accounts.everybody()
    groups = _groups()
    found = [account for account in everybody if wanted.leaves(account)]
    deleted = [account for account in everybody if account["status"] == "deleted"]
    paths = None
    if groups is not None:
        paths = {group["id"]: group["path"] for group in groups}
    return render_template(
        "staff/accounts.html",
        wanted=wanted,
        accounts=accounts.in_order(found),
        deleted=len(deleted),
        words=accounts,
        # None: not known now.
        groups=paths,
        chosen=chosen,
        choice=choice,
        sentence=sentence,
    )


@blueprint.post("/accounts")
@page(Right.ACCOUNTS_MANAGE)
def add() -> Any:
    """Make an account, and show its temporary password; a wrong word is said beside the form."""
    typed = TypedAccount.of_form(request.form)
    try:
        made = door.person().accounts.add(typed.new())
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        return _new_form(typed, sentence=errors.say(error)), error.status
    return render_template("staff/account_made.html", typed=typed, made=made), 201


@blueprint.get("/accounts/new")
@page(Right.ACCOUNTS_MANAGE)
def new() -> Any:
    """Show the form of a new account; for somebody of the roster with the name filled in."""
    member_id = request.args.get("member", "")
    member = next((one for one in _staff_of_roster() or () if one["id"] == member_id), None)
    if member is None:
        return _new_form(TypedAccount())
    name = member["display_name"]
    return _new_form(TypedAccount(display_name=name, member_id=member_id))


def _new_form(typed: TypedAccount, *, sentence: str = "") -> str:
    return render_template(
        "staff/account_new.html",
        typed=typed,
        sentence=sentence,
        words=accounts,
        offered=_offered(typed),
    )


@blueprint.get("/accounts/<uuid:account_id>")
@page(Right.ACCOUNTS_MANAGE)
def account(account_id: UUID) -> Any:
    """Show one account with its form, and what its owner sees."""
    return _account_form(door.person().accounts.get(account_id))


def _account_form(
    found: FullAccountOut, typed: TypedAccount | None = None, *, sentence: str = ""
) -> str:
    who = door.visitor()
    pages = pages_with_a_place(current_app, "staff", "public")
    menu = menu_for(pages, found["functions"], who.words, found["own_only"])
    shown = typed or _as_typed(found)
    return render_template(
        "staff/account.html",
        account=found,
        typed=shown,
        sentence=sentence,
        words=accounts,
        offered=_offered(shown),
        menu_of_theirs=menu,
        is_self=found["id"] == who.account["id"],
    )


def _as_typed(found: FullAccountOut) -> TypedAccount:
    return TypedAccount(
        mail=found["mail"],
        display_name=found["display_name"],
        post=found["post"],
        role=found["role"],
        scope=found["scope"],
        member_id=found["member_id"] or "",
        group_ids=tuple(found["group_ids"]),
        may=frozenset(found["functions"]),
        starts_on=found["starts_on"] or "",
        ends_on=found["ends_on"] or "",
    )


@blueprint.post("/accounts/<uuid:account_id>")
@page(Right.ACCOUNTS_MANAGE)
def change(account_id: UUID) -> Any:
    """Change an account; what is refused is said beside what was typed."""
    ask = door.person().accounts
    before = ask.get(account_id)
    typed = TypedAccount.of_form(request.form)
    changes = typed.changes(before)
    try:
        if changes:
            ask.change(account_id, changes)
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        return _account_form(
            before,
            typed,
            sentence=errors.say(error),
        ), error.status
    flash("保存しました。開いている画面にも、次の操作から反映されます。", "done")
    return redirect(url_for("accounts.account", account_id=account_id), 303)


@blueprint.post("/accounts/<uuid:account_id>/status")
@page(Right.ACCOUNTS_MANAGE)
def change_status(account_id: UUID) -> Any:
    """Stop an account, or let it go on."""
    status = "ended" if request.form.get("status") == "ended" else "active"
    with errors.told() as outcome:
        door.person().accounts.change(account_id, {"status": status})
    if outcome.error is None:
        words = "利用を止めました。" if status == "ended" else "利用を再開しました。"
        flash(words, "done")
    return redirect(url_for("accounts.account", account_id=account_id), 303)


@blueprint.post("/accounts/<uuid:account_id>/factors/reset")
@page(Right.ACCOUNTS_MANAGE)
def reset_factors(account_id: UUID) -> Any:
    """Take the second factors away from who has lost them."""
    with errors.told(403, 409) as outcome:
        door.person().accounts.reset_factors(account_id)
    if outcome.error is None:
        flash("多要素認証をリセットしました。本人に、もう一度登録するよう伝えてください。", "done")
    return redirect(url_for("accounts.account", account_id=account_id), 303)


@blueprint.post("/accounts/<uuid:account_id>/delete")
@page(Right.ACCOUNTS_MANAGE)
def delete(account_id: UUID) -> Any:
    """Delete an account, which can be taken back for 30 days."""
    with errors.told() as outcome:
        door.person().accounts.delete(account_id)
    if outcome.error is not None:
        return redirect(url_for("accounts.account", account_id=account_id), 303)
    flash("アカウントを削除しました。30日間は「削除」の一覧から元に戻せます。", "done")
    return redirect(url_for("accounts.listed"), 303)


@blueprint.post("/accounts/<uuid:account_id>/restore")
@page(Right.ACCOUNTS_MANAGE)
def restore(account_id: UUID) -> Any:
    """Take a deletion back."""
    with errors.told() as outcome:
        door.person().accounts.restore(account_id)
    if outcome.error is None:
        flash("元に戻しました。", "done")
    return redirect(url_for("accounts.account", account_id=account_id), 303)


@blueprint.post("/accounts/changes")
@page(Right.ACCOUNTS_MANAGE)
def change_many() -> Any:
    """Change the chosen accounts alike: how far they reach, or one right on or off."""
    ask = door.person().accounts
    wanted = WantedAccounts.of_address(request.args)
    chosen = request.form.getlist("account")
    choice = request.form.get("change", "")
    changes = _shared_changes(choice)
    if not chosen or not changes:
        sentence = "人と、変える内容を選んでください。まだ何も変えていません。"
        return _list(wanted, chosen, choice, sentence=sentence), 422
    try:
        count = ask.change_alike(chosen, changes)
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        sentence = f"{errors.say_whose(error, ask.everybody())}まだ、だれの権限も変えていません。"
        return _list(wanted, chosen, choice, sentence=sentence), error.status
    flash(f"{count}人の権限を変えました。", "done")
    return redirect(url_for("accounts.listed", **wanted.as_address()), 303)


def _shared_changes(choice: str) -> dict[str, Any]:
    """Return what a choice of the list says: `scope own`, `on roster.change`, `off phones.see`."""
    verb, _, name = choice.partition(" ")
    if verb == "scope" and name in accounts.SCOPE_WORDS:
        return {"scope": name}
    if verb in ("on", "off") and name in {right.value for right in accounts.SWITCHES}:
        return {"function": name, "is_on": verb == "on"}
    return {}


def _groups() -> list[ListedGroup] | None:
    return errors.answer_or(door.person().directory.groups, None)


def _staff_of_roster() -> list[ListedMember] | None:
    def ask() -> list[ListedMember]:
        found = door.person().directory.members(
            kind="staff",
            status="active",
            query="",
            group_id="",
            after=None,
            limit=LOOK_UP_LIMIT,
        )
        return list(found["items"])

    return errors.answer_or(ask, None)


def _offered(typed: TypedAccount) -> Offered:
    """Return the groups, and the staff of the roster who have no account or are chosen already."""
    groups, staff = _groups(), _staff_of_roster()
    next_classes = _next_classes()
    if staff is None:
        return Offered(groups, None, next_classes)
    listed: list[ListedAccountOut] = door.person().accounts.everybody()
    taken = {one["member_id"] for one in listed if one["status"] != "deleted"}
    taken.discard(typed.member_id)
    free = [one for one in staff if one["id"] not in taken]
    return Offered(groups, free, next_classes)


def _next_classes() -> list[YearClass]:
    """Return the classes of the year that is planned."""
    year = errors.answer_or(door.person().years.shown, None)
    is_planned = year is not None and year["state"] in ("draft", "scheduled")
    return year["classes"] if year and is_planned else []
