"""Several at the same moment, and a school that is erased in the middle (DIR-8, RET-1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from registering_family import Family, Office

from common import clock
from common.db import erasure
from directory.store.models import METADATA

MOTHER = "m.takagi@town.test"
FATHER = "f.takagi@town.test"


def prepared(office: Office, child: str, address: str) -> tuple[Family, dict]:
    """Return a family that has only to give the code of its mail."""
    family = Family(office)
    family.begin(office.sheet(child), label="")
    mail_id = family.type_mail(address)
    return family, {"mail_id": mail_id, "code": office.mail_to(address)["code"]}


def prove_at_once(*ready: tuple[Family, dict]) -> list[int]:
    def prove(one: tuple[Family, dict]) -> int:
        family, given = one
        url = "/registrations/mails/proof"
        return family.call("POST", url, token=family.token, **given).status_code

    with ThreadPoolExecutor(len(ready)) as threads:
        return list(threads.map(prove, ready))


def test_two_parents_who_give_their_codes_at_one_moment_are_both_in(office):
    ready = [prepared(office, "高木 さくら", address) for address in (MOTHER, FATHER)]
    assert prove_at_once(*ready) == [200, 200]
    guardians = office.guardians("高木 さくら")
    assert len({guardian["id"] for guardian in guardians}) == 2
    assert len(office.mails("added")) == 1


def test_one_mother_who_registers_two_children_at_one_moment_is_one(office):
    ready = [prepared(office, child, MOTHER) for child in ("高木 さくら", "山崎 樹")]
    assert prove_at_once(*ready) == [200, 200]
    first = office.guardians("高木 さくら")[-1]
    second = office.guardians("山崎 樹")[-1]
    assert first["id"] == second["id"]
    assert len(first["contact_points"]) == 1


def test_one_code_given_twice_at_one_moment_registers_once(office):
    ready = prepared(office, "高木 さくら", MOTHER)
    assert prove_at_once(ready, ready) == [200, 200]
    assert len(office.guardians("高木 さくら")) == 1
    assert len(office.operations("family.registered")) == 1


def test_a_school_that_is_erased_in_the_middle_takes_nobody_in_and_keeps_nothing(office, database):
    family, given = prepared(office, "高木 さくら", MOTHER)
    school_id = office.school.id
    with database.for_system() as session:
        erasure.begin_erasure(session, school_id, clock.now())
    answer = family.call("POST", "/registrations/mails/proof", token=family.token, **given)
    assert answer.status_code == 409
    deleted = True
    while deleted:
        with database.for_system() as session:
            deleted = erasure.erase_batch(session, METADATA, school_id, 1000, {})
    names = ("registrations", "registration_children", "registration_mails", "family_tellings")
    with database.for_system(read_only=True) as session:
        for name in names:
            table = METADATA.tables[name]
            mine = sa.select(sa.func.count()).where(table.c.school_id == school_id)
            assert session.scalar(mine) == 0, name
