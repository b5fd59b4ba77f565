"""個人情報の扱い, for who is at no school yet: the paper and the LINE talk lead here (DIR-16)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_babel import get_locale

from common.terms import TERMS_VERSION
from common.words import ANY_SCHOOL
from gateway.pages import door
from gateway.pages.door import public_page

blueprint = Blueprint("privacy", __name__)


@blueprint.get("/p")
@public_page()
def show() -> Any:
    """Show for what addresses are used and who gets them, whichever school it is."""
    is_english = str(get_locale()) == "en"
    name = "the school" if is_english else ANY_SCHOOL.school
    return render_template(
        "guardian/registration/privacy.html",
        school={"name": name, "phone": ""},
        desk=door.desk(),
        version=TERMS_VERSION,
    )
