"""What every template can use: who is looking, the menu, and words."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import Babel, get_locale

from common import clock
from gateway.config import Settings
from gateway.domain import (
    audience,
    dates,
    endings,
    erasures,
    people,
    progress,
    reasons,
    stack,
)
from gateway.domain.menu import OPERATOR_MENU, bar_for, menu_for
from gateway.pages import door

LANGUAGES = ("ja", "en")


def choose_language() -> str:
    """Return the language of a page.

    Staff screens are Japanese; guardians' pages follow the link's or the browser's wish.
    """
    if request.blueprint not in door.GUARDIAN_PAGES and not _is_guardians_help():
        return "ja"
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES, "ja")


def _is_guardians_help() -> bool:
    given = request.view_args or {}
    return request.endpoint == "help.one_page" and given.get("slug") == "guardians"


def install(app: Flask) -> None:
    """Give templates what stands on every page."""
    Babel(app, default_locale="ja", locale_selector=choose_language)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        heads_words=progress.heads_words,
        parts_of=progress.parts_of,
        say_person=audience.say_person,
        segments=stack.segments,
        state_words=progress.STATE_WORDS,
        state_of_recipient=reasons.RECIPIENT_WORDS,
        role_words=people.ROLE_WORDS,
        status_words=people.MEMBER_STATUS_WORDS,
        channel_words=people.CHANNEL_WORDS,
        kind_words=people.GROUP_KIND_WORDS,
        button_words=audience.button_words,
        ending_words=_say_ending,
        school_states=erasures.SCHOOL_STATES,
        erasure_states=erasures.ERASURE_STATES,
    )
    app.context_processor(_describe_frame)
    _name_versions(app)


def _describe_frame() -> dict[str, Any]:
    who = g.get("visitor")
    today = clock.today()
    settings: Settings = current_app.extensions["settings"]
    frame: dict[str, Any] = {
        "visitor": who,
        "today": dates.say_day(today, today=today),
        "printed_at": f"{dates.say_date(today)} {dates.say_time(clock.now())}",
        "operator": g.get("operator"),
        "operator_menu": OPERATOR_MENU,
        "language": str(get_locale() or "ja"),
        "demo_town_url": settings.demo_town_url,
        "demo_accounts": settings.demo_accounts,
    }
    if who is None:
        frame.update(menu=(), bar=(), pupil="児童")
    else:
        frame.update(
            menu=menu_for(who.functions, who.pupil_word, who.account["own_only"]),
            bar=bar_for(who.functions),
            pupil=who.pupil_word,
        )
    return frame


def _say_ending() -> str:
    """Say what becomes of the school whose contract has ended; nothing while it goes on."""
    who = g.get("visitor")
    if who is None or who.school["state"] != "ended":
        return ""
    return endings.ending_words(door.person().find_erasure(who.school["id"]))


def _name_versions(app: Flask) -> None:
    """Put a file's fingerprint into its address, so that browsers may keep it for a year."""

    folder = Path(app.static_folder or "")

    @lru_cache(maxsize=200)
    def fingerprint(filename: str) -> str:
        path = folder / filename
        if not path.is_file():
            return ""
        digest = hashlib.sha256(path.read_bytes())
        return digest.hexdigest()[:10]

    def add(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", fingerprint(values["filename"]))

    app.url_defaults(add)
