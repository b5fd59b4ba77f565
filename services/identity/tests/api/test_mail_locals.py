"""Whose address a family answers (DLV-10)."""

from __future__ import annotations


def asked(door, local_part, service="dispatch-mail"):
    return door.as_service(service, "GET", f"/schools/mail-locals/{local_part}")


def test_dispatch_mail_finds_schools_by_the_address_they_send_from(door, school):
    own = door.as_service("messaging", "GET", "/schools/current", school_id=school.id).json
    local_part = own["mail_local"]
    for written in (local_part, local_part.upper()):
        assert str(school.id) in asked(door, written).json["school_ids"]
    assert asked(door, "nobody-here").json == {"school_ids": []}
    assert asked(door, local_part, "messaging").status_code == 403
