"""Files that people take home from a page."""

from __future__ import annotations

import io

from flask import Response, send_file

from common import clock
from gateway.clients import XLSX


def give_workbook(content: bytes, name: str) -> Response:
    """Return a workbook; its name ends in the day in Japan, so that two of them differ."""
    today = f"{clock.today():%Y%m%d}"
    return give_file(content, f"{name}_{today}.xlsx", XLSX)


def give_file(content: bytes, name: str, kind: str) -> Response:
    """Return a file of this name and MIME type."""
    return send_file(io.BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)
