"""Paper: typst sets pages with the packaged Noto CJK font.

It uses none of the machine's own fonts, and no network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import noto_cjk_sans_jp_regular

from common.clock import JST

FONTS = Path(str(noto_cjk_sans_jp_regular.FONT_PATH)).parent


def typeset(
    template: Path,
    words: Mapping[str, Any],
    at: datetime,
    output: Literal["pdf", "svg", "png"] = "pdf",
) -> bytes | list[bytes]:
    """Return what a template makes of `words`: the same bytes for the same words and moment.

    A picture of several pages is a list. The words travel as JSON in `sys.inputs` and are values
    there: none of them can be read as typst.
    """
    # A compiler of its own, which most processes never call.
    import typst

    made: bytes | list[bytes] = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format=output,
        sys_inputs={"data": json.dumps(words, ensure_ascii=False)},
        timestamp=at.astimezone(JST).replace(microsecond=0),
    )
    return made
