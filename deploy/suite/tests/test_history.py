"""The demo school has a month behind it, and the city a school whose contract has ended: made by
the houses' own actions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from roster_reach import is_live, reachable_pupil_keys

from common import clock
from common.db import Database
from common.web import client
from retention.domain.calendar import Calendar
from retention.domain.certificate import verify
from suite import environment
from suite.demo.history import dated, is_of_this_year, school_day
from suite.demo.model import id_of
from suite.demo.past_messages import DRAFTS, MESSAGES
from suite.demo.roster import demo_roster
from suite.ending import load_former_school
from suite.history import load_history
from suite.loading import load_demo
from suite.migrate import prepare
from suite.operator_client import OperatorClients
from suite.standalone import Standalone

pytestmark = pytest.mark.timeout(300)

NOW = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)  # a Friday, ten in the morning
FORMER = id_of("former-school")


@dataclass(frozen=True)
class Loaded:
    """An installation with everything that a newcomer is shown; nothing of it runs."""

    databases: dict[str, Database]
    school_id: UUID
    keys_dir: Path

    def ask(self, house: str, statement: str, **values: Any) -> list[Any]:
        with self.databases[house].for_system(read_only=True) as session:
            return list(session.execute(sa.text(statement), values).all())


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    run_dir = tmp_path_factory.mktemp("run")
    variables = {**environment.standalone(run_dir, 8000, 2525), "RENRAKU_BCRYPT_COST": "4"}
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setattr(client, "transports", {})
        stack.enter_context(time_machine.travel(NOW))
        prepare()
        standalone = Standalone(run_dir, 2525)
        standalone.together.open()
        stack.callback(standalone.close)
        clients = OperatorClients.from_environment()
        stack.callback(clients.close)
        school_id = load_demo(clients)
        assert load_history(clients, school_id) == len(MESSAGES)
        load_former_school(clients)
        yield Loaded(standalone.databases, school_id, run_dir / "keys")


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_message_of_the_month_has_ended_and_the_drafts_lie_there(loaded: Loaded) -> None:
    states = dict(loaded.ask("messaging", "SELECT state, count(*) FROM messages GROUP BY state"))
    assert states == {"complete": len(MESSAGES), "draft": len(DRAFTS)}
    assert loaded.ask("messaging", "SELECT count(*) FROM recipients WHERE state = 'waiting'") == [
        (0,)
    ]
    for released_at, completed_at in loaded.ask(
        "messaging", "SELECT released_at, completed_at FROM messages WHERE state <> 'draft'"
    ):
        took = moment_of(completed_at) - moment_of(released_at)
        assert timedelta(0) < took < timedelta(minutes=1)
        assert NOW - timedelta(days=45) < moment_of(released_at) < NOW


def test_nothing_of_the_past_is_delivered_again(loaded: Loaded) -> None:
    assert {kind for (kind,) in loaded.ask("messaging", "SELECT DISTINCT type FROM outbox")} == {
        "contact_point.proved"
    }
    for house in ("dispatch-mail", "dispatch-line", "dispatch-push"):
        assert loaded.ask(house, "SELECT count(*) FROM deliveries") == [(0,)]
    for house in set(loaded.databases) - {
        "retention",
        "identity",
    }:  # these two tell how the contract ended
        assert (
            loaded.ask(house, "SELECT type FROM outbox WHERE school_id = :id", id=FORMER.hex) == []
        ), house


def test_a_message_to_everybody_reaches_all_but_the_nine_whom_the_roster_knows(
    loaded: Loaded,
) -> None:
    roster = demo_roster()
    lost = {id_of(pupil.key).hex for pupil in roster.enrolled()} - {
        id_of(key).hex for key in reachable_pupil_keys(roster)
    }
    newest = "SELECT id FROM messages WHERE heads = 300 ORDER BY released_at DESC LIMIT 1"
    unreached = loaded.ask(
        "messaging",
        f"SELECT member_id FROM recipients WHERE state = 'unreached' AND message_id = ({newest})",
    )
    assert {member for (member,) in unreached} == lost
    assert len(lost) == 9
    of_newest = f"SELECT id FROM recipients WHERE message_id = ({newest})"
    reasons = (
        "SELECT DISTINCT reason FROM outcomes "
        f"WHERE state = 'refused' AND recipient_id IN ({of_newest})"
    )
    assert {reason for (reason,) in loaded.ask("messaging", reasons)} == {
        "blocked_by_user",
        "token_dead",
        "user_unknown",
    }


def test_families_confirm_after_the_release_and_never_in_the_future(loaded: Loaded) -> None:
    both = "recipients r JOIN messages m ON m.id = r.message_id"
    rows = loaded.ask(
        "messaging",
        f"SELECT m.released_at, r.confirmed_at FROM {both} WHERE r.confirmed_at IS NOT NULL",
    )
    assert len(rows) > 900
    assert all(moment_of(released) < moment_of(confirmed) < NOW for released, confirmed in rows)
    plain = "SELECT id FROM messages WHERE NOT confirmable"
    without_button = (
        "SELECT count(*) FROM recipients "
        f"WHERE confirmed_at IS NOT NULL AND message_id IN ({plain})"
    )
    assert loaded.ask("messaging", without_button) == [(0,)]


def test_a_confirmation_proves_the_contact_point_that_brought_it_once(loaded: Loaded) -> None:
    events = [json.loads(body) for (body,) in loaded.ask("messaging", "SELECT body FROM outbox")]
    points = [event["payload"]["contact_point_id"] for event in events]
    assert len(points) == len(set(points)) > 200
    known = {
        str(id_of(point.key)): point
        for guardian in demo_roster().guardians
        for point in guardian.contact_points
    }
    assert set(points) <= set(known)
    for event in events:
        point = known[event["payload"]["contact_point_id"]]
        pressed_on = clock.to_jst(datetime.fromisoformat(event["occurred_at"])).date()
        assert is_live(point) or pressed_on < point.since, "nobody presses what cannot have arrived"
    assert all(event["occurred_at"] == event["payload"]["proved_at"] for event in events)


def test_the_log_tells_the_month_in_the_order_in_which_it_happened(loaded: Loaded) -> None:
    rows = loaded.ask(
        "identity",
        "SELECT at, action FROM operation_log WHERE school_id = :id ORDER BY position",
        id=loaded.school_id.hex,
    )
    moments = [moment_of(at) for at, _ in rows]
    assert moments == sorted(moments)
    assert moments[-1] < NOW
    actions = [action for _, action in rows]
    assert actions.count("message.released") == len(MESSAGES)
    assert actions.count("message.drafted") == len(MESSAGES) + len(DRAFTS)
    assert actions.count("message.told") == sum(message.told for message in MESSAGES)
    assert {"message.confirmed"} < set(actions)


def test_class_teachers_wrote_to_their_own_classes_only() -> None:
    people = {person.key: person for person in demo_roster().staff}
    for message in MESSAGES:
        sender = people[message.sender]
        assert sender.role is not None
        if sender.role == "sender":
            assert set(message.groups) <= set(sender.class_keys)
        assert message.lane == "normal" or sender.role == "administrator"


def test_the_former_school_is_erased_on_the_day_after_its_grace_and_certified(
    loaded: Loaded,
) -> None:
    ((ended_on, state, erased_at, certificate),) = loaded.ask(
        "retention",
        "SELECT ended_on, state, erased_at, certificate FROM erasures WHERE school_id = :id",
        id=FORMER.hex,
    )
    calendar = Calendar(date.fromisoformat(ended_on), 30)
    assert (state, calendar.day(clock.to_jst(NOW).date())) == ("certified", 41)
    assert clock.to_jst(moment_of(erased_at)).date() == calendar.erases_on
    assert verify(certificate.encode(), (loaded.keys_dir / "public" / "retention.pem").read_bytes())
    assert json.loads(certificate)["counts"]["directory"]["members"] == 6
    assert loaded.ask("identity", "SELECT state FROM schools WHERE id = :id", id=FORMER.hex) == [
        ("erased",)
    ]
    assert loaded.ask(
        "directory", "SELECT count(*) FROM members WHERE school_id = :id", id=FORMER.hex
    ) == [(0,)]
    lines = loaded.ask(
        "identity", "SELECT action FROM operation_log WHERE school_id IS NULL ORDER BY position"
    )
    assert [action for (action,) in lines] == [
        "school.created",
        "school.ended",
        "key.destroyed",
        "school.erased",
    ]


def test_a_day_of_school_is_no_weekend_and_no_holiday() -> None:
    friday = date(2026, 11, 20)
    monday = date(2026, 11, 23)  # 勤労感謝の日
    tuesday = date(2026, 11, 24)
    assert school_day(friday, 1) == tuesday
    assert school_day(tuesday, -1) == friday
    assert school_day(monday, 0) == tuesday
    assert dated(friday)("«+1»に行います") == "11月24日（火）に行います"


def test_a_month_that_begins_before_the_school_year_has_fewer_messages() -> None:
    assert not is_of_this_year(datetime(2026, 4, 6, 3, tzinfo=UTC), date(2026, 4, 20))
    assert is_of_this_year(datetime(2026, 4, 8, 3, tzinfo=UTC), date(2026, 4, 20))
