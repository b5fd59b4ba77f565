"""Style sheets, scripts and pictures, sent compressed.

Only these files are: a page carries tokens beside what others may write into it, and its compressed
length would tell of them (BREACH).
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Response, current_app, request

from gateway.pages.door import public_page

COMPRESSIBLE = ("text/css", "text/javascript", "image/svg+xml")


@public_page()
def send(filename: str) -> Response:
    """Send a file of the folder static/."""
    response = current_app.send_static_file(filename)
    if response.mimetype not in COMPRESSIBLE:
        return response
    response.vary.add("Accept-Encoding")
    is_whole = response.status_code == 200 and not request.range
    takes_gzip = request.accept_encodings["gzip"] > 0
    if is_whole and takes_gzip:
        folder = Path(current_app.static_folder or "")
        _compress(response, folder / filename)
    return response


def _compress(response: Response, path: Path) -> None:
    response.direct_passthrough = False
    # Without it the file stays open, though nobody reads it any more.
    response.close()
    response.set_data(_compressed(path, path.stat().st_mtime_ns))
    response.headers["Content-Encoding"] = "gzip"
    etag, _is_weak = response.get_etag()
    if etag is not None:
        # It is weak, because the bytes differ from the file's.
        response.set_etag(etag, weak=True)


@lru_cache(maxsize=200)
def _compressed(path: Path, _changed_at: int) -> bytes:
    """Return a file's compressed bytes; a file that has changed since is compressed again."""
    return gzip.compress(path.read_bytes(), mtime=0)
