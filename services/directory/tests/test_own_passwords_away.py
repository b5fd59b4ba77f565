"""A family comes in by its password while identity can't give a school's key (MY-1, ADR 53)."""

from __future__ import annotations

from typing import Any

import pytest
from directory_school import FixedKeys
from my_page_school import PLACE, TAKAHASHI, Families, families

from common.errors import Unavailable
from common.guessing import FREE_TRIES

__all__ = ["families"]

PASSWORD = "kumo-to-sora-no-aida"


def test_no_try_is_lost(
    families: Families, school_keys: FixedKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Any) -> Any:
        raise Unavailable("identity_away", "Identity is away.")

    def come_in() -> int:
        body = {"mail": TAKAHASHI, "password": PASSWORD, "remote_address": PLACE}
        answer = families.school.call("POST", "/family-sign-ins", families.gateway, json=body)
        return answer.status_code

    token = families.sign_in(TAKAHASHI)
    more = {"password": PASSWORD, "current": "", "remote_address": PLACE}
    assert families.change("PUT", "/password", token, **more).status_code == 204
    with monkeypatch.context() as patched:
        patched.setattr(school_keys, "get", away)
        assert {come_in() for _ in range(FREE_TRIES)} == {503}
    assert come_in() == 201
