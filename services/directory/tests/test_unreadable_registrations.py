"""What no screen shows and no database takes is refused at the doors by which families come in."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from registering_family import CODE, Family, Office

UNREADABLE = ("\x00", "2345\x002345")
CODES = {"login_id": "23456789", "passcode": "23456789AB", "remote_address": "192.0.2.1"}
OWN_CODES = {**CODES, "school_code": CODE}


@pytest.fixture
def family(school, schools) -> Family:
    """Return a family that could register next."""
    office = Office.of(school, schools)
    family = Family(office)
    family.begin(office.sheet("高木 さくら"))
    return family


DOORS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/registrations", OWN_CODES),
    ("POST", "/registrations/siblings", {"token": "", **OWN_CODES}),
    ("POST", "/registrations/look-up", {"token": ""}),
    ("PUT", "/registrations/agreement", {"token": "", "terms_version": "1", "language": "ja"}),
    ("POST", "/registrations/mails", {"token": "", "address": "mother@town.test"}),
    ("POST", "/registrations/mails/proof", {"token": "", "mail_id": str(uuid4()), "code": "1"}),
    ("POST", "/registration-links/look-up", {"link": "x", "token": ""}),
    ("POST", "/registration-links/proof", {"link": "x", "token": ""}),
    ("POST", "/line-links/of-registrations", {"token": ""}),
    ("POST", "/line-links/of-families", {"token": "", "terms_version": "1"}),
    ("POST", "/line-links/sessions", {"token": ""}),
    ("POST", "/empty-mails/address", {"token": ""}),
    ("POST", "/family-sessions/resolve", {"token": ""}),
]
FIELDS = [
    (method, url, body, field)
    for method, url, body in DOORS
    for field in body
    if field not in ("language", "mail_id")
]


@pytest.mark.parametrize(("method", "url", "body", "field"), FIELDS)
@pytest.mark.parametrize("typed", UNREADABLE)
def test_no_door_falls_over_what_nobody_can_read(family, method, url, body, field, typed):
    held = {**body, "token": family.token} if "token" in body else body
    answer = family.call(method, url, **{**held, field: typed})
    assert answer.status_code == 422, (field, answer.status_code)


@pytest.mark.parametrize("label", ["母\r\nBcc: x@town.test", "母\u202e", "\x00"])
def test_a_label_holds_nothing_that_could_end_a_line(school, schools, label):
    office = Office.of(school, schools)
    family = Family(office)
    sheet = office.sheet("高木 さくら")
    family.enter(sheet.login_id, sheet.passcode)
    about = {"terms_version": "2026-12", "label": label, "language": "ja"}
    answer = family.call("PUT", "/registrations/agreement", token=family.token, **about)
    assert answer.status_code == 422
