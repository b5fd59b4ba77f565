"""What every template can use: who is looking, the menu, and words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, render_template, request
from flask_babel import Babel, get_locale, get_translations
from markupsafe import Markup, escape

from common import clock
from common.answers.directory import SnapshotOut
from common.rights import Right
from gateway.config import Settings
from gateway.domain import (
    audience,
    dates,
    endings,
    erasures,
    log,
    people,
    progress,
    reasons,
    school_form,
    stack,
    years,
)
from gateway.domain.menu import PageAbout, bar_for, menu_for, say_title
from gateway.pages import door

LANGUAGES = ("ja", "en")


def choose_language() -> str:
    """Return the language of a page.

    Staff screens are Japanese; guardians' pages follow the link's wish, what a family that is
    signed in has chosen, or the browser's wish.
    """
    if not door.is_guardians_page() and not _is_guardians_help():
        return "ja"
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    family = g.get("family")
    if family is not None:
        spoken: str = family.known["language"]
        return spoken
    return request.accept_languages.best_match(LANGUAGES, "ja")


def _is_guardians_help() -> bool:
    given = request.view_args or {}
    return request.endpoint == "help.one_page" and given.get("slug") == "guardians"


def install(app: Flask) -> None:
    """Give templates what stands on every page."""
    Babel(app, default_locale="ja", locale_selector=choose_language)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _said(_catalogue().ugettext(text)),
        ngettext=lambda one, many, number: _said(_catalogue().ungettext(one, many, number)),
        newstyle=True,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        Right=Right,
        heads_words=progress.heads_words,
        parts_of=progress.parts_of,
        segments=stack.segments,
        state_words=progress.STATE_WORDS,
        state_of_recipient=reasons.RECIPIENT_WORDS,
        role_words=people.ROLE_WORDS,
        status_words=people.MEMBER_STATUS_WORDS,
        channel_words=people.CHANNEL_WORDS,
        kind_words=people.GROUP_KIND_WORDS,
        year_outcomes=years.OUTCOME_WORDS,
        button_words=_button_words,
        factor_words=log.FACTOR_WORDS,
        ending_words=_say_ending,
        in_language=_in_language,
        title_of=_title_of,
        school_kinds=people.SCHOOL_KIND_WORDS,
        say_contact=school_form.say_contact,
        school_states=erasures.SCHOOL_STATES,
        erasure_states=erasures.ERASURE_STATES,
    )
    app.jinja_env.globals["written_once"] = _write_once()
    app.context_processor(_describe_frame)
    _name_versions(app)


def _catalogue() -> Any:
    """Return the translations for this request.

    Flask-Babel would look for the language again at each text, which takes longer than the text.
    """
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def _said(text: str) -> str:
    """Return a sentence of a template in the words of the school, as HTML that is still formatted.

    A school may choose a word of its own: what it types is no HTML, and no place to fill.
    """
    if "{" not in text:
        return text
    words = door.school_words()
    pupil = str(escape(words.pupil)).replace("%", "%%")
    return replace(words, pupil=pupil).say(text)


def _write_once() -> Callable[[str, str], Markup]:
    """Return a function that renders a part of a page which is the same for all its readers.

    Once a process for each language. `language`: of the page in which it stands.
    """

    @lru_cache(maxsize=50)
    def write(template: str, language: str) -> Markup:
        # It is HTML already: a template of ours made it.
        return Markup(render_template(template))  # noqa: S704

    return write


def pages_with_a_place(app: Flask, *wings: str) -> tuple[PageAbout, ...]:
    """Return the pages of some wings that stand in a menu, in the order of the menu."""
    pages = []
    for endpoint in app.view_functions:
        page = door.about(app, endpoint)
        if page.menu is not None and door.wing(app, endpoint) in wings:
            pages.append(page)
    return tuple(pages)


def _describe_frame() -> dict[str, Any]:
    """Return what a page's frame shows; that of a family has no menu, no day and nobody's name."""
    settings: Settings = current_app.extensions["settings"]
    frame: dict[str, Any] = {
        "language": str(get_locale() or "ja"),
        "demo_town_url": settings.demo_town_url,
    }
    if not door.is_guardians_page():
        frame |= _describe_office(settings)
    return frame


def _in_language(language: str) -> str:
    """Return the address of this page in another language, all else as it was asked for."""
    wanted = request.args.to_dict() | {"lang": language}
    return f"?{urlencode(wanted)}"


def _describe_office(settings: Settings) -> dict[str, Any]:
    who = g.get("visitor")
    today = clock.today()
    frame: dict[str, Any] = {
        "visitor": who,
        "today": dates.say_day(today, today=today),
        "printed_at": f"{dates.say_date(today)} {dates.say_time(clock.now())}",
        "operator": g.get("operator"),
        "menu": (),
        "bar": (),
        "page_title": _title_of(request.endpoint or ""),
        "pupil": door.school_words().pupil,
        "demo_accounts": settings.demo_accounts,
    }
    if door.is_operators_page():
        frame["menu"] = menu_for(pages_with_a_place(current_app, "operator"), ())
    elif who is not None:
        pages = pages_with_a_place(current_app, "staff", "public")
        frame["menu"] = menu_for(
            pages,
            who.functions,
            who.words,
            who.account["own_only"],
        )
        frame["bar"] = bar_for(pages, who.functions)
    return frame


def _title_of(endpoint: str) -> str:
    """Return the title of a page that has always the same one; nothing for others."""
    if endpoint not in current_app.view_functions:
        return ""
    return say_title(door.about(current_app, endpoint), door.school_words())


def _button_words(snapshot: SnapshotOut, *, is_urgent: bool) -> str:
    return audience.button_words(snapshot, door.school_words(), is_urgent=is_urgent)


def _say_ending() -> str:
    """Say what becomes of the school whose contract has ended; nothing while it goes on."""
    who = g.get("visitor")
    if who is None or who.school["state"] != "ended":
        return ""
    erasure = door.person().retention.find_own_erasure(who.school["id"])
    return endings.ending_words(erasure, who.words)


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
