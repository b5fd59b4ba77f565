"""QR codes: of the sign-in page on paper, of a second factor on the screen."""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno

# Modules of white around the code, without which a telephone does not find it (ISO/IEC 18004).
QUIET_ZONE = 4


def qr_drawing(text: str) -> str:
    """Return a QR code as an SVG drawing, for paper."""
    return _draw(segno.make_qr(text, error="m"))


def qr_drawings(texts: Sequence[str]) -> list[str]:
    """Return QR codes of texts that differ little.

    The mask that suits the first serves all: trying all eight for each would take three quarters
    of the time.
    """
    drawings = []
    mask = None
    for text in texts:
        code = segno.make_qr(text, error="m", mask=mask)
        mask = code.mask
        drawings.append(_draw(code))
    return drawings


def _draw(code: segno.QRCode) -> str:
    drawing = io.BytesIO()
    code.save(drawing, kind="svg", border=QUIET_ZONE, xmldecl=False)
    return drawing.getvalue().decode()


def qr_address(text: str) -> str:
    """Return a QR code as the address of a picture (`data:`), on white in the dark too."""
    code = segno.make_qr(text, error="m")
    return str(code.svg_data_uri(scale=6, border=QUIET_ZONE, light="white"))
