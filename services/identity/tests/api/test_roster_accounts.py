"""The accounts that a roster of staff asks for: checked without a trace, then given once (ID-2,
DIR-2).
"""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from common import clock
from common.errors import NotFound
from common.keys import Keys
from common.schemas import Envelope
from identity.actions.roster_accounts import find_wanted, settle_accounts
from identity.domain.logins import LoginKey
from identity.domain.roster_accounts import WantedAccount
from identity.domain.words import Role


class Roster:
    """The directory's side: what it asks to be checked, and what it asks for by event."""

    def __init__(self, door, school, database):
        self.door, self.school, self.database = door, school, database
        self.login = LoginKey(Keys(door.keys_dir, "identity").secret("login"))

    def wanted(self, role, mail=None, name=None, member_id=None):
        return WantedAccount(member_id or uuid4(), Role(role) if role else None, name, mail)

    def check(self, *wanted, actor_id=None):
        items = [
            {
                "member_id": str(one.member_id),
                "role": one.role,
                "display_name": one.display_name,
                "mail": one.mail,
            }
            for one in wanted
        ]
        body = {"actor_id": str(actor_id or self.school.administrator_id), "items": items}
        answer = self.door.as_service(
            "directory", "POST", "/roster-accounts/checks", school_id=self.school.id, json=body
        )
        assert answer.status_code == 200, answer.json
        return {UUID(one["member_id"]): one["code"] for one in answer.json["items"]}

    def give(self, *wanted, actor_id=None):
        """Do as the worker does with accounts.requested; return what was refused."""
        payload = {
            "import_id": uuid4(),
            "actor_id": actor_id or self.school.administrator_id,
        }
        event = Envelope.load(Envelope.of("accounts.requested", self.school.id, payload).dump())
        facts = find_wanted(lambda *_: list(wanted))(event)
        with self.database.for_school(self.school.id) as session:
            settle_accounts(self.login)(session, event, facts, now=clock.now())
        return event

    def listed(self):
        answer = self.door.as_service(
            "directory", "GET", "/roster-accounts", school_id=self.school.id
        )
        return {one["mail"]: one for one in answer.json["items"]}


@pytest.fixture
def roster(door, school, database):
    return Roster(door, school, database)


@pytest.fixture
def settled(logged, database):
    """Yield `settled(import_id)`: what was told of its accounts."""
    from sqlalchemy import select

    from common.bus.tables import outbox

    def told(import_id):
        query = select(outbox.c.body).where(
            outbox.c.type == "accounts.settled", outbox.c.body.contains(str(import_id))
        )
        with database.for_system(read_only=True) as session:
            (body,) = session.scalars(query)
        return {one["member_id"]: one["code"] for one in Envelope.load(body).payload["refused"]}

    return told


def new_mail():
    return f"new{uuid4().hex[:12]}@town.test"


def test_a_check_changes_nothing_and_says_what_by_hand_would_be_refused(
    roster, add_account, make_school
):
    other = add_account(make_school(), password=None)
    free, taken = new_mail(), other["mail"]
    good = roster.wanted("sender", free, "新田 葵")
    # Who has but the temporary password of another school is not let in here.
    bad = roster.wanted("sender", taken, "別 の人")
    assert roster.check(good, bad) == {bad.member_id: "password_not_chosen"}
    assert free not in roster.listed()


def test_who_is_given_an_account_gets_a_temporary_password_once(door, school, roster, settled):
    wanted = roster.wanted("limited_administrator", new_mail(), "新田 葵")
    first, second = roster.give(wanted), roster.give(wanted)
    for event in (first, second):
        assert settled(event.payload["import_id"]) == {}
    account = roster.listed()[wanted.mail]
    assert (account["role"], account["member_id"]) == (
        "limited_administrator",
        str(wanted.member_id),
    )
    rows = door.as_staff(school.id, "GET", "/temporary-passwords").json["items"]
    (row,) = [one for one in rows if one["display_name"] == "新田 葵"]
    assert row["state"] == "valid"
    exported = door.as_staff(
        school.id, "POST", "/temporary-passwords/exports", json={"account_ids": [row["id"]]}
    ).json["items"]
    signed_in = door.sign_in(wanted.mail, exported[0]["password"])
    assert signed_in.status_code == 201, signed_in.json


def test_the_last_administrator_is_neither_demoted_nor_deleted(roster, add_account, school):
    me = roster.wanted("administrator", school.administrator_mail, "山下 明子")
    roster.give(me)
    for role in ("sender", None):
        demoted = roster.wanted(role, member_id=me.member_id)
        assert roster.check(demoted) == {me.member_id: "last_administrator"}
    assert roster.listed()[school.administrator_mail]["role"] == "administrator"


def test_who_follows_an_administrator_may_stand_below_them_in_the_file(roster, school):
    me = roster.wanted("administrator", school.administrator_mail, "山下 明子")
    roster.give(me)
    follower = roster.wanted("administrator", new_mail(), "新田 葵")
    assert roster.check(roster.wanted("sender", member_id=me.member_id), follower) == {}


def test_only_who_manages_accounts_as_things_stand_gives_any(roster, add_account, school):
    limited = add_account(school, role="limited_administrator")
    wanted = roster.wanted("administrator", new_mail(), "新田 葵")
    assert roster.check(wanted, actor_id=limited["id"]) == {wanted.member_id: "accounts_not_yours"}
    assert roster.check(wanted, actor_id=uuid4()) == {wanted.member_id: "accounts_not_yours"}


def test_what_is_refused_in_the_end_leaves_the_others_given(
    roster, add_account, school, make_school, settled
):
    taken = add_account(school, member_id=str(uuid4()))
    bad = roster.wanted("sender", taken["mail"], "別 の人")
    good = roster.wanted("sender", new_mail(), "新田 葵")
    event = roster.give(bad, good)
    assert settled(event.payload["import_id"]) == {bad.member_id: "mail_taken"}
    assert good.mail in roster.listed()


def test_an_account_of_nobody_becomes_that_of_a_member(roster, add_account, school):
    account = add_account(school, role="sender")
    wanted = roster.wanted("limited_administrator", account["mail"].upper())
    roster.give(wanted)
    found = roster.listed()[account["mail"]]
    assert (found["member_id"], found["role"]) == (str(wanted.member_id), "limited_administrator")
    assert found["display_name"] == "野口 大輔"


def test_a_deleted_account_comes_back_by_hand_alone(roster, add_account, school, door):
    """Its password and its rights would come back unseen with a row of a file."""
    member_id = uuid4()
    account = add_account(school, member_id=str(member_id))
    roster.give(roster.wanted(None, member_id=member_id))
    assert account["mail"] not in roster.listed()
    wanted = roster.wanted("sender", account["mail"], "野口 大輔", member_id)
    assert roster.check(wanted) == {member_id: "account_deleted"}
    roster.give(wanted)
    shown = door.as_staff(school.id, "GET", f"/accounts/{account['id']}").json
    assert shown["status"] == "deleted"


def test_an_address_is_changed_and_one_of_another_is_refused(roster, add_account, school):
    member_id = uuid4()
    add_account(school, member_id=str(member_id))
    other = add_account(school)
    moved = roster.wanted("sender", new_mail(), member_id=member_id)
    assert roster.check(roster.wanted("sender", other["mail"], member_id=member_id)) == {
        member_id: "mail_taken"
    }
    roster.give(moved)
    assert roster.listed()[moved.mail]["member_id"] == str(member_id)


def test_an_import_that_is_gone_asks_for_nothing(school):
    event = Envelope.load(
        Envelope.of(
            "accounts.requested", school.id, {"import_id": uuid4(), "actor_id": uuid4()}
        ).dump()
    )

    def gone(*_):
        raise NotFound("import_plan_not_found")

    assert find_wanted(gone)(event) == []


def test_two_schools_share_no_account_of_the_roster(roster, make_school, door, database):
    wanted = roster.wanted("sender", new_mail(), "新田 葵")
    roster.give(wanted)
    other = Roster(door, make_school(), database)
    assert wanted.mail not in other.listed()
    other.give(other.wanted(None, member_id=wanted.member_id))
    assert wanted.mail in roster.listed()


@pytest.mark.parametrize("service", ["gateway", "messaging", "operator"])
def test_only_the_directory_reads_the_addresses(door, school, service):
    answer = door.as_service(service, "GET", "/roster-accounts", school_id=school.id)
    assert answer.status_code == 403
