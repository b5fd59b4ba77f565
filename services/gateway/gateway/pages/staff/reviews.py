"""アカウントの棚卸し: twice a year all who can sign in are looked at, and it is signed (ID-13)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import ServiceError
from common.rights import Right
from gateway.domain import accounts
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("reviews", __name__)
STAYS, STOPS = "stay", "stop"


@blueprint.get("/account-reviews")
@page(Right.ACCOUNTS_MANAGE, title="アカウントの棚卸し")
def listed() -> Any:
    """List the reviews there were, the newest first."""
    ask = door.person()
    return render_template(
        "staff/reviews.html",
        reviews=ask.accounts.reviews(),
        names=ask.identity.account_names(),
    )


@blueprint.get("/account-reviews/new")
@page(Right.ACCOUNTS_MANAGE)
def new() -> Any:
    """Show everybody who can sign in; nobody is decided beforehand."""
    return _form({})


def _form(decided: dict[str, str], *, sentence: str = "") -> str:
    everybody = door.person().accounts.everybody("active")
    return render_template(
        "staff/review_new.html",
        accounts=accounts.in_order(everybody),
        decided=decided,
        sentence=sentence,
        words=accounts,
    )


@blueprint.post("/account-reviews")
@page(Right.ACCOUNTS_MANAGE)
def add() -> Any:
    """Keep what was decided; who is left undecided is asked for again."""
    decided = _decided()
    kept = [each for each, answer in decided.items() if answer == STAYS]
    stopped = [each for each, answer in decided.items() if answer == STOPS]
    missing = len(decided) - len(kept) - len(stopped)
    if missing:
        sentence = f"まだ決めていない人が{missing}人います。全員を確かめてください。"
        return _form(decided, sentence=sentence), 422
    try:
        review = door.person().accounts.add_review(kept, stopped)
    except ServiceError as error:
        if error.status in errors.NEVER_TOLD:
            raise
        return _form(decided, sentence=errors.say(error)), error.status
    flash("棚卸しの結果に署名し、保存しました。", "done")
    return redirect(url_for("reviews.review", review_id=review["id"]), 303)


def _decided() -> dict[str, str]:
    """Return what was ticked of each account that the form showed; "" for nothing."""
    answers = {}
    for account_id in request.form.getlist("asked"):
        answers[account_id] = request.form.get(f"of {account_id}", "")
    return answers


@blueprint.get("/account-reviews/<uuid:review_id>")
@page(Right.ACCOUNTS_MANAGE)
def review(review_id: UUID) -> Any:
    """Show a review as it was signed, to be read or printed."""
    ask = door.person()
    return render_template(
        "staff/review.html",
        review=ask.accounts.review(review_id),
        names=ask.identity.account_names(),
    )
