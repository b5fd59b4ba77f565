"""The page behind a guardian's link: read, and press 「確認しました」 (MSG-25, DIR-15).

One press is for all of one's children. A GET changes nothing: scanners and previews fetch links.
The address itself is the guardian's right to read.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, get_template_attribute, redirect, render_template, request, url_for
from markupsafe import Markup

from common.answers.messaging import ReadingOut
from common.cache import Bounded
from gateway.pages import door
from gateway.pages.door import public_page

blueprint = Blueprint("readings", __name__)
# School, message and its version → its text as HTML.
_articles = Bounded[tuple[UUID, str, int], Markup](most=200, seconds=600)


@blueprint.get("/r/<string:token>")
@public_page()
def read(token: str) -> Any:
    """Show the message, with the children as messaging's answer to this very request names them."""
    reading = door.clients().messaging.reading(token)
    door.speak_as(reading["school"]["kind"])
    article = article_of(reading)
    return render_template("guardian/reading.html", reading=reading, article=article, token=token)


@blueprint.post("/r/<string:token>/confirm")
@public_page()
def confirm(token: str) -> Any:
    """Confirm for all of the guardian's children in this message; the first press stays."""
    door.clients().messaging.confirm_reading(token)
    language = request.args.get("lang")
    return redirect(url_for("readings.read", token=token, lang=language, _anchor="confirmed"), 303)


def article_of(reading: ReadingOut) -> Markup:
    """Return a message's text as HTML, which is the same for all of its readers.

    Messaging has just answered that this reader may see it.
    """
    content = (UUID(reading["school_id"]), reading["message_id"], reading["version"])
    article = _articles.get(content)
    if article is None:
        write = get_template_attribute("guardian/parts/article.html", "article")
        article = write(reading["body"])
        _articles.put(content, article)
    return article
