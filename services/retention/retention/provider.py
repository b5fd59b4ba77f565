"""Paper: typst sets the certificate's page with the packaged Noto CJK font; nothing of the machine's own fonts, no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import noto_cjk_sans_jp_regular
import typst

from common.clock import JST

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(str(noto_cjk_sans_jp_regular.FONT_PATH)).parent


class TooLong(Exception):
    """The words do not fit on one page."""


def print_page(paper: Mapping[str, Any], issued_at: datetime, output: Literal["pdf", "svg"] = "pdf") -> bytes:
    """Return the page that the template makes of `paper`: the same bytes for the same words.

    The words travel as JSON in `sys.inputs` and are values there: none of them can be read as typst.
    """
    page = typst.compile(
        str(TEMPLATES / "certificate.typ"),
        root=str(TEMPLATES),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format=output,
        sys_inputs={"data": json.dumps(paper, ensure_ascii=False)},
        timestamp=issued_at.astimezone(JST).replace(microsecond=0),
    )
    if not isinstance(page, bytes):  # a list, where a picture has several pages
        raise TooLong("the certificate has one page")
    return page
