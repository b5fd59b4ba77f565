"""Help: short pages for staff and guardians, readable without signing in (OPS-4, OPS-11)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template
from flask_babel import get_locale

from gateway.domain.menu import MenuLine
from gateway.pages import door
from gateway.pages.door import public_page

blueprint = Blueprint("help", __name__)
# Slug → title and one line of what it answers, in the order in which a newcomer needs them.
PAGES = {
    "first-steps": ("はじめに", "画面の見かたと、できること"),
    "sending": ("連絡を送る", "宛先を選ぶところから、送ったあとまで"),
    "not-reached": ("届いていないとき", "理由の見かたと、{school}でできること"),
    "guardians": ("{guardian}の方へ", "届いた連絡の読みかた・確認のしかた"),
}
# Slug → the same title for those who read English; their page lies beside the Japanese one.
ENGLISH = {"guardians": "For families"}


@blueprint.get("/help")
@public_page(title="ヘルプ", menu=MenuLine("help"))
def contents() -> Any:
    """List the pages."""
    door.find_visitor()
    return render_template("public/help/contents.html", pages=PAGES)


@blueprint.get("/help/<string:slug>")
@public_page()
def one_page(slug: str) -> Any:
    """Show a page of help."""
    if slug not in PAGES:
        abort(404)
    door.find_visitor()
    has_english = slug in ENGLISH
    if has_english and str(get_locale()) == "en":
        template = f"public/help/{slug}.en.html"
        title = ENGLISH[slug]
    else:
        template = f"public/help/{slug}.html"
        title = PAGES[slug][0]
    return render_template(
        template,
        pages=PAGES,
        slug=slug,
        title=title,
        has_english=has_english,
    )
