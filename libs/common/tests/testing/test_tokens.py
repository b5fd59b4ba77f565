"""Tokens of tests are read by the same door as real ones."""

from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from common.keys import Keys, TokenRefused
from common.testing.tokens import bearer, make_keys, service_token, staff_token
from common.web import auth


def who_calls(keys_dir: Path, service: str, token: str) -> auth.Staff | auth.Service:
    app, seen = Flask("door"), []
    auth.install(app, Keys(keys_dir, service))
    rule = auth.allow(auth.staff(), auth.service("messaging"))
    app.add_url_rule("/", view_func=rule(lambda: seen.append(auth.caller()) or ""))
    assert app.test_client().get("/", headers=bearer(token)).status_code == 200
    return seen[0]


def test_a_staff_token_says_who_may_do_what(tmp_path: Path) -> None:
    keys_dir, school, group, member = make_keys(tmp_path), uuid4(), uuid4(), uuid4()
    token = staff_token(
        keys_dir,
        school_id=school,
        functions=["roster.see"],
        own_only=["roster.see"],
        role="sender",
        groups=[group],
        member_id=member,
    )
    staff = who_calls(keys_dir, "directory", token)
    assert isinstance(staff, auth.Staff)
    assert (staff.school_id, staff.member_id, staff.role) == (school, member, "sender")
    assert staff.limit_of("roster.see") == {group}


def test_a_service_token_is_for_its_audience_only(tmp_path: Path) -> None:
    keys_dir, school = make_keys(tmp_path), uuid4()
    token = service_token(keys_dir, "messaging", "directory", school)
    assert who_calls(keys_dir, "directory", token) == auth.Service("messaging", school)
    with pytest.raises(TokenRefused):
        Keys(keys_dir, "gateway").read_token(token)
