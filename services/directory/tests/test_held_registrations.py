"""What the office sees of registrations; protected families wait for it (DIR-14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from registering_family import Family, Office

from common import clock
from directory.actions.recent_registrations import sweep_registrations
from directory.store.models import Registration, RegistrationChild, RegistrationMail

CHILD = "小鳥遊 心"
STRANGER = "who@town.test"


@pytest.fixture
def office(school, schools, at) -> Office:
    at("2026-11-24T19:00")
    return Office.of(school, schools)


@pytest.fixture
def held(office) -> Family:
    """Return somebody who registered for a child of a protected family."""
    child, guardian = office.school.of(CHILD, "小鳥遊 学")
    url = f"/members/{child}/guardians/{guardian}/protection"
    answer = office.school.call("PUT", url, json={"protected": True})
    assert answer.status_code == 204, answer.json
    family = Family(office)
    family.begin(office.sheet(CHILD), label="父")
    assert family.prove(STRANGER)["session_token"] is None
    return family


def recent(office: Office, *functions: str) -> list[dict]:
    headers = office.school.staff(*functions) if functions else None
    return office.school.get("/registrations", headers)["items"]


def test_the_office_sees_who_registered_within_14_days(office, at):
    family = Family(office)
    family.begin(office.sheet("高木 さくら"))
    family.prove("m.takagi@town.test")
    [row] = recent(office)
    assert row["display_name"] == "高木 さくら"
    assert (row["label"], row["state"], row["mails"]) == ("母", "linked", 1)
    assert "town.test" not in str(row)
    at("2026-12-09T19:00")
    assert recent(office) == []


def test_what_nobody_finished_is_not_shown(office):
    family = Family(office)
    family.begin(office.sheet("高木 さくら"))
    family.type_mail("m.takagi@town.test")
    assert recent(office) == []


def test_a_protected_family_waits_for_the_office(office, held):
    assert len(office.guardians(CHILD)) == 1
    assert office.mails("added") == []
    [row] = recent(office)
    assert row["state"] == "held"
    assert held.shown()["children"][0]["state"] == "held"


def test_only_who_may_see_protected_families_sees_that_one_waits(office, held):
    assert recent(office, "roster.see", "roster.change") == []


def test_who_is_accepted_is_in_and_nobody_else_is_told(office, held):
    """The protected guardian's address must not learn of the other one, nor the other way."""
    url = f"/registrations/{recent(office)[0]['registration_id']}/accept"
    assert office.school.call("POST", url).status_code == 204
    assert [guardian["label"] for guardian in office.guardians(CHILD)] == ["母", "父"]
    assert office.mails("added") == []
    assert recent(office)[0]["state"] == "linked"
    assert office.school.refused("POST", url) == (409, "registration_decided")


def test_who_is_refused_leaves_no_address(office, held, database):
    url = f"/registrations/{recent(office)[0]['registration_id']}/refuse"
    assert office.school.call("POST", url).status_code == 204
    assert len(office.guardians(CHILD)) == 1
    assert recent(office)[0]["state"] == "refused"
    with database.for_school(office.school.id, read_only=True) as session:
        mine = sa.select(RegistrationMail).where(RegistrationMail.school_id == office.school.id)
        assert session.scalars(mine).all() == []
    assert office.school.refused("POST", url) == (409, "registration_decided")


@pytest.mark.parametrize("act", ["accept", "refuse"])
def test_only_who_may_see_protected_families_decides(office, held, act):
    url = f"/registrations/{recent(office)[0]['registration_id']}/{act}"
    headers = office.school.staff("roster.see", "roster.change")
    assert office.school.refused("POST", url, headers) == (403, "not_allowed")


def test_a_sister_of_a_protected_guardian_waits_too(office, held):
    """She has no mark of her own: the guardian's address leads to the family."""
    family = Family(office)
    family.begin(office.sheet("高木 さくら"))
    assert family.prove("manabu@town.test")["session_token"] is None
    assert office.guardians("高木 さくら") == []


def test_senders_with_a_class_see_their_own_children_alone(office):
    for child, address in (("高木 さくら", "a@town.test"), ("山崎 樹", "b@town.test")):
        family = Family(office)
        family.begin(office.sheet(child))
        family.prove(address)
    headers = office.school.staff(
        "roster.see", "roster.change", own_only=["roster.change"], groups=["4-2"]
    )
    [row] = office.school.get("/registrations", headers)["items"]
    assert row["display_name"] == "高木 さくら"


def test_addresses_nobody_proved_and_registrations_that_are_over_are_swept(office, database):
    waiting, done = Family(office), Family(office)
    waiting.begin(office.sheet("山崎 樹"))
    waiting.type_mail("slow@town.test")
    done.begin(office.sheet("高木 さくら"))
    done.prove("m.takagi@town.test")
    began = clock.now()

    def left(days: float) -> list[int]:
        with database.for_system() as session:
            sweep_registrations(session, now=began + timedelta(days=days))
            return [
                session.scalar(
                    sa.select(sa.func.count()).where(model.school_id == office.school.id)
                )
                for model in (Registration, RegistrationChild, RegistrationMail)
            ]

    assert left(0.5) == [2, 2, 2]
    # The slow one's own registration is over; of one that goes on the counting stays.
    assert left(1.1) == [1, 1, 1]
    assert left(14.1) == [0, 0, 0]
    assert len(office.guardians("高木 さくら")) == 1


def test_what_waits_for_the_office_waits_for_30_days(office, held, database):
    for days, count in ((29, 1), (31, 0)):
        with database.for_system() as session:
            moment = datetime(2026, 11, 24, 10, tzinfo=UTC) + timedelta(days=days)
            sweep_registrations(session, now=moment)
            mine = sa.select(sa.func.count()).where(Registration.school_id == office.school.id)
            assert session.scalar(mine) == count
