"""Who is let in by which token (ID-2, ID-10).

A house never passes for a person, nor staff for an operator.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from common.config import Settings
from common.keys import Keys
from common.testing.tokens import (
    bearer,
    looking_token,
    make_keys,
    operator_token,
    service_token,
    staff_token,
)
from common.web import auth
from common.web.app import create_base_app
from common.words import SchoolPart

LIFETIME = timedelta(seconds=60)


class DirectorySettings(Settings):
    service = "directory"


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_keys(tmp_path_factory.mktemp("auth") / "keys")


@pytest.fixture
def app(keys_dir: Path) -> Flask:
    settings = DirectorySettings.load(
        database_url="sqlite://", bus_url="memory://", keys_dir=keys_dir
    )
    app, _ = create_base_app("directory", settings, title="Directory", is_ready=lambda: True)

    @app.get("/roster")
    @auth.allow(auth.staff("roster.see"), auth.service("messaging"))
    def roster() -> Any:
        return {"caller": type(auth.caller()).__name__, "school": str(auth.school_id())}

    @app.get("/erasures")
    @auth.allow(auth.operator())
    def erasures() -> Any:
        who = auth.caller()
        assert isinstance(who, auth.Operator)
        return {"operator": str(who.operator_id), "school": who.school_id}

    @app.route("/messages", methods=["GET", "POST"])
    @auth.allow(auth.looking_operator(SchoolPart.MESSAGES))
    def messages() -> Any:
        return {"school": str(auth.school_id())}

    @app.get("/forgotten")
    @auth.allow(auth.service(*()))
    def forgotten() -> Any:
        return {}

    @app.get("/profile")
    @auth.allow(auth.staff())
    def profile() -> Any:
        return {"staff": str(auth.current_staff().account_id)}

    return app


def claims_of_staff() -> dict[str, Any]:
    return {
        "kind": "staff",
        "sub": str(uuid4()),
        "school": str(uuid4()),
        "member": None,
        "role": "administrator",
        "functions": ["roster.see"],
        "own_only": [],
        "groups": [],
    }


def test_staff_and_a_house_are_let_in_for_the_school_of_their_token(
    app: Flask, keys_dir: Path
) -> None:
    school_id = uuid4()
    person = staff_token(keys_dir, school_id=school_id, functions=["roster.see"])
    house = service_token(keys_dir, "messaging", "directory", school_id)
    for token, caller in ((person, "Staff"), (house, "Service")):
        answer = app.test_client().get("/roster", headers=bearer(token))
        assert (answer.status_code, answer.json) == (
            200,
            {"caller": caller, "school": str(school_id)},
        )


@pytest.mark.parametrize("audience", ["directory", "renraku"])
def test_a_house_that_signs_itself_the_rights_of_staff_is_not_believed(
    app: Flask, keys_dir: Path, audience: str
) -> None:
    forged = Keys(keys_dir, "dispatch-mail").sign_user_token(
        {**claims_of_staff(), "aud": audience}, LIFETIME
    )
    real = Keys(keys_dir, "identity").sign_user_token(claims_of_staff(), LIFETIME)
    assert app.test_client().get("/roster", headers=bearer(forged)).status_code in (401, 403)
    assert app.test_client().get("/roster", headers=bearer(real)).status_code == 200


def test_a_token_of_identity_for_people_that_names_no_staff_is_refused(
    app: Flask, keys_dir: Path
) -> None:
    for changed in ({"kind": "guardian"}, {"school": None}):
        token = Keys(keys_dir, "identity").sign_user_token(
            {**claims_of_staff(), **changed}, LIFETIME
        )
        assert app.test_client().get("/roster", headers=bearer(token)).status_code == 401


def test_an_operator_is_let_in_where_operators_are_and_nowhere_else(
    app: Flask, keys_dir: Path
) -> None:
    operator_id = uuid4()
    headers = bearer(operator_token(keys_dir, operator_id))
    answer = app.test_client().get("/erasures", headers=headers)
    assert (answer.status_code, answer.json) == (
        200,
        {"operator": str(operator_id), "school": None},
    )
    for path in ("/roster", "/profile"):
        assert app.test_client().get(path, headers=headers).status_code == 403, path


def test_neither_staff_nor_a_house_passes_for_an_operator(app: Flask, keys_dir: Path) -> None:
    person = staff_token(keys_dir, school_id=uuid4(), functions=["roster.see", "operator", ""])
    house = service_token(keys_dir, "operator", "directory")
    for token in (person, house):
        assert app.test_client().get("/erasures", headers=bearer(token)).status_code == 403


def test_an_operators_token_is_identitys_and_names_no_school(app: Flask, keys_dir: Path) -> None:
    claims = {"kind": "operator", "sub": str(uuid4())}
    forged = Keys(keys_dir, "gateway").sign_user_token(claims, LIFETIME)
    of_a_school = Keys(keys_dir, "identity").sign_user_token(
        {**claims, "school": str(uuid4())}, LIFETIME
    )
    for token in (forged, of_a_school):
        assert app.test_client().get("/erasures", headers=bearer(token)).status_code == 401


def test_an_operator_who_looks_reads_one_part_of_one_school_and_changes_nothing(
    app: Flask, keys_dir: Path
) -> None:
    school_id = uuid4()
    client = app.test_client()
    looks = bearer(looking_token(keys_dir, school_id, SchoolPart.MESSAGES))
    answer = client.get("/messages", headers=looks)
    assert (answer.status_code, answer.json) == (200, {"school": str(school_id)})
    assert client.post("/messages", headers=looks).status_code == 403
    for path in ("/roster", "/profile", "/erasures"):
        assert client.get(path, headers=looks).status_code == 403, path
    at_the_log = bearer(looking_token(keys_dir, school_id, SchoolPart.OPERATION_LOG))
    without_access = bearer(operator_token(keys_dir))
    for headers in (at_the_log, without_access):
        assert client.get("/messages", headers=headers).status_code == 403


def test_a_look_is_over_with_its_token(app: Flask, keys_dir: Path) -> None:
    over = looking_token(keys_dir, uuid4(), SchoolPart.MESSAGES, lifetime=timedelta(seconds=-1))
    assert app.test_client().get("/messages", headers=bearer(over)).status_code == 401


def test_a_rule_that_came_out_empty_admits_nobody(app: Flask, keys_dir: Path) -> None:
    """Hardening 24.1: it was equal to PUBLIC."""
    house = service_token(keys_dir, "messaging", "directory")
    assert app.test_client().get("/forgotten").status_code == 401
    assert app.test_client().get("/forgotten", headers=bearer(house)).status_code == 403


@pytest.mark.parametrize(
    ("said", "is_taken"), [("abc-DEF_1", True), ("ひ", False), ("a b", False), ("a" * 41, False)]
)
def test_a_request_id_is_taken_over_only_in_a_form_that_can_be_passed_on(
    app: Flask, said: str, is_taken: bool
) -> None:
    """Hardening 24.2: another one broke the calls to other houses."""
    answer = app.test_client().get("/profile", headers={"X-Request-Id": said})
    assert (answer.headers["X-Request-Id"] == said) is is_taken
    assert re.fullmatch(r"[\w-]{1,40}", answer.headers["X-Request-Id"])
