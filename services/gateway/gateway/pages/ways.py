"""Where a browser comes from, and where it may be sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request, url_for

from common.errors import NotAllowed


def safe_next(target: str | None, home: str = "home.home") -> str:
    """Return where to go after sign-in: a path of ours, else home.

    An address of somebody else's is never followed.
    """
    if target is not None and _is_path_of_ours(target):
        return target
    return url_for(home)


def _is_path_of_ours(target: str) -> bool:
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc


def demand_no_other_site() -> None:
    """Raise NotAllowed where a page of another site sent the browser here (W3C Fetch Metadata).

    For pages whose opening stands in the operation log: another site could fill it in the name of
    an administrator. Browsers of before 2023 don't say where they come from.
    """
    came_from = request.headers.get("Sec-Fetch-Site", "none")
    if came_from not in ("none", "same-origin"):
        raise NotAllowed("other_site", "A page of another site led here.")


def page_before() -> str:
    """Return the address that was asked for; for a form, that of the page that held it."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return urlsplit(request.referrer or "/").path
