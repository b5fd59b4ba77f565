"""A family comes in by its password: identity is away, a school ends, a hash is old (MY-1)."""

from __future__ import annotations

from typing import Any

import pytest
from directory_school import FixedKeys, School
from flask import Flask
from my_page_school import PLACE, TAKAHASHI, Families, families, no_passwords

from common import clock
from common.db import Database
from common.db.erasure import begin_erasure
from common.errors import Unavailable
from common.guessing import FREE_TRIES
from common.hashing import Hasher, HashingPlaces
from directory.store.models import FamilyPassword

__all__ = ["families", "no_passwords"]

PASSWORD = "kumo-to-sora-no-aida"


def come_in(families: Families) -> Any:
    body = {"mail": TAKAHASHI, "password": PASSWORD, "remote_address": PLACE}
    return families.school.call("POST", "/family-sign-ins", families.gateway, json=body)


def choose(families: Families) -> None:
    token = families.sign_in(TAKAHASHI)
    more = {"password": PASSWORD, "current": "", "remote_address": PLACE}
    assert families.change("PUT", "/password", token, **more).status_code == 204


def test_while_identity_is_away_no_try_is_lost(
    families: Families, school_keys: FixedKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Any) -> Any:
        raise Unavailable("identity_away", "Identity is away.")

    choose(families)
    with monkeypatch.context() as patched:
        patched.setattr(school_keys, "get", away)
        assert {come_in(families).status_code for _ in range(FREE_TRIES)} == {503}
    assert come_in(families).status_code == 201


def test_a_school_that_is_being_erased_keeps_nobody_out_of_another_one(
    families: Families, other_school: School, database: Database
) -> None:
    choose(families)
    choose(Families(other_school, database))
    with database.for_system() as session:
        begin_erasure(session, other_school.id, clock.now())
    [opened] = come_in(families).json["items"]
    assert opened["school_id"] == str(families.school.id)


def test_a_hash_of_another_cost_is_made_anew_by_who_comes_in(
    families: Families, app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an address that is known would be told from others by the time that an answer takes."""
    choose(families)
    assert hash_kept(families, database).startswith("$2b$04$")
    dearer = Hasher(5, HashingPlaces(slots=1, waiting=4))
    monkeypatch.setitem(app.extensions, "hasher", dearer)
    assert come_in(families).status_code == 201
    assert hash_kept(families, database).startswith("$2b$05$")
    assert come_in(families).status_code == 201


def hash_kept(families: Families, database: Database) -> str:
    with database.for_school(families.school.id) as session:
        [kept] = session.query(FamilyPassword).all()
        return str(kept.password_hash)
