"""A phone is lost at the very moment at which somebody comes in by it (MY-1, ADR 53)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from my_page_school import OVER, PLACE, TAKAHASHI, Families, families, no_passwords

from directory.actions import family_sign_ins, own_passwords

__all__ = ["families", "no_passwords"]

PASSWORD = "kumo-to-sora-no-aida"
# Of the office that waits for who was first.
PATIENCE_SECONDS = 1


def call_about(families: Families, url: str, method: str = "POST", **body: str) -> Any:
    """Ask for something that a family does about its password."""
    given = {"remote_address": PLACE, "password": PASSWORD, **body}
    return families.school.call(method, url, families.gateway, json=given)


def choose(families: Families, token: str) -> Any:
    more = {"token": token, "current": ""}
    return call_about(families, "/family-sessions/password", "PUT", **more)


def come_in(families: Families) -> Any:
    return call_about(families, "/family-sign-ins", mail=TAKAHASHI)


def put_out(families: Families) -> Any:
    """Let the office put out a lost phone."""
    child, guardian = families.school.of("髙橋 陽菜", "髙橋 恵")
    url = f"/members/{child}/guardians/{guardian}/sessions/end"
    return families.school.call("POST", url)


def meanwhile(
    families: Families, patched: pytest.MonkeyPatch, module: Any, act: Callable[[], Any]
) -> Any:
    """Let the office put out the phone while something is done and not yet kept; return what it
    was answered.
    """
    record = module.record_operation
    is_begun, is_put_out = Event(), Event()

    def record_late(*args: Any, **more: Any) -> None:
        record(*args, **more)
        is_begun.set()
        is_put_out.wait(PATIENCE_SECONDS)

    patched.setattr(module, "record_operation", record_late)
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(act)
        assert is_begun.wait(10)
        assert put_out(families).status_code == 204
        is_put_out.set()
        return doing.result()


def test_who_comes_in_at_that_moment_is_put_out_too(
    families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose(families, families.sign_in(TAKAHASHI)).status_code == 204
    opened = meanwhile(families, monkeypatch, family_sign_ins, lambda: come_in(families))
    [page] = opened.json["items"]
    assert families.refused(page["token"]) == OVER


def test_a_password_that_is_chosen_at_that_moment_lets_nobody_in(
    families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = families.sign_in(TAKAHASHI)
    chosen = meanwhile(families, monkeypatch, own_passwords, lambda: choose(families, token))
    assert chosen.status_code == 204
    assert families.refused(token) == OVER
    assert come_in(families).status_code == 401
