"""設定: the school's own words and times, and what keeps it safe."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import ServiceError
from common.rights import Right
from common.words import words_of
from gateway.domain.guardians import GUARDIAN_NAME_WORDS
from gateway.domain.menu import SETTINGS, Under
from gateway.domain.school_settings import (
    FACTOR_CHOICES,
    PUPIL_CHOICES,
    SIGN_IN_WORDS,
    TypedSettings,
    say_refusal,
)
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("settings", __name__)
TOLD_BESIDE = (409, 422)


@blueprint.get("/settings")
@page(Right.SETTINGS_EDIT, title="{school}の情報と呼び方", menu=Under(SETTINGS))
def school() -> Any:
    """Show what the school is called, and how it calls its children."""
    return _form("school")


@blueprint.get("/settings/safety")
@page(Right.SETTINGS_EDIT, title="安全", menu=Under(SETTINGS))
def safety() -> Any:
    """Show passwords, ways and times of signing in, and who sees whose messages."""
    return _form("safety")


def _form(part: str, typed: TypedSettings | None = None, *, sentence: str = "") -> str:
    found = door.person().accounts.settings()
    return render_template(
        f"staff/settings_{part}.html",
        typed=typed or TypedSettings.of_answer(found),
        usual_word=words_of(found["kind"]).pupil,
        choices=PUPIL_CHOICES,
        guardian_choices=GUARDIAN_NAME_WORDS,
        factor_choices=FACTOR_CHOICES,
        ways=SIGN_IN_WORDS,
        city=found["city_name"],
        sentence=sentence,
    )


@blueprint.post("/settings")
@page(Right.SETTINGS_EDIT)
def change_school() -> Any:
    """Change what the school is called."""
    return _change("school")


@blueprint.post("/settings/safety")
@page(Right.SETTINGS_EDIT)
def change_safety() -> Any:
    """Change passwords, ways and times."""
    return _change("safety")


def _change(part: str) -> Any:
    typed = TypedSettings.of_form(request.form)
    problem = door.visitor().words.say(typed.problem())
    if problem:
        return _form(part, typed, sentence=problem), 422
    try:
        door.person().accounts.change_settings(typed.wanted())
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        # Typed over settings that are no more, it would be refused at every press.
        shown = None if error.code == "changed_meanwhile" else typed
        sentence = door.visitor().words.say(say_refusal(error)) or errors.say(error)
        return _form(part, shown, sentence=sentence), error.status
    flash("保存しました。", "done")
    return redirect(url_for(f"settings.{part}"), 303)
