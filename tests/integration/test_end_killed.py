"""kill -9 while a school is erased: it goes on, counts every row once and certifies once (RET-1).

The steps are held from outside, as in test_failures.py: by a table lock, or by a role that is away.
"""

from __future__ import annotations

import signal
from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from ends import (
    DISPATCHERS,
    HOUSES,
    Rows,
    School,
    check_certified_once,
    make_school,
    parked,
    rows_of,
    wait_quiet,
)
from hands import Suite, restart, someone_waits_for, table_held, wait_until

from common.db.erasure import BATCH_ROWS, KEPT_TABLES
from suite.houses import HOUSES as PARTS
from suite.town.line_webhooks import make_event

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]

# What retention says waits in its outbox until the jobs role publishes it.
WORKER, JOBS = "retention.worker", "retention.jobs"


def unpublished(suite: Suite, event_type: str) -> bool:
    statement = "SELECT 1 FROM outbox WHERE type = :type AND published_at IS NULL"
    return bool(suite.query("retention", statement, type=event_type))


def with_account(rows: Rows) -> Rows:
    """Add what goes with a school and has no school_id.

    It is the account of its only member of staff who signs in.
    """
    return {**rows, "identity": {**rows["identity"], "accounts": 1}}


def test_retention_dies_at_each_step_and_certifies_once(mended):
    suite, supervisor = mended, mended.supervisor
    school = make_school(suite)
    supervisor.kill(JOBS)
    school.end()
    wait_until(lambda: unpublished(suite, "erasure.due"), what="the erasure to be due")
    supervisor.kill(WORKER)
    restart(suite, JOBS)
    wait_until(lambda: not unpublished(suite, "erasure.due"), what="that to be said")
    supervisor.kill(JOBS)
    restart(suite, WORKER)
    wait_until(lambda: school.state() == "erasing", what="the erasure to begin")
    supervisor.kill(WORKER)
    assert unpublished(suite, "school.erasing"), "asked for and not yet said"
    wait_quiet(suite, school.id)
    there = with_account(rows_of(suite, school.id))
    assert there["directory"]["members"] > 300

    # messaging is the last house to answer.
    supervisor.send_signal("messaging.worker", signal.SIGSTOP)
    restart(suite, WORKER, JOBS)
    wait_until(
        lambda: len(school.answered()) == len(HOUSES) - 1, what="all houses but one to answer"
    )
    supervisor.kill(JOBS)
    with table_held(suite, "retention", "erasures"):
        supervisor.send_signal("messaging.worker", signal.SIGCONT)
        wait_until(
            lambda: someone_waits_for(suite, "retention", "erasures"),
            what="the last answer, held before it is noted",
        )
        supervisor.kill(WORKER)
    assert school.answered() == set(HOUSES) - {"messaging"}, "died between the answers"

    restart(suite, WORKER)
    wait_until(lambda: school.state() == "erased", what="the last answer")
    supervisor.kill(WORKER)
    assert unpublished(suite, "erasure.completed")
    assert school.key()["state"] == "live", "died after all answers, before the key's end"

    with table_held(suite, "retention", "erasures"):
        restart(suite, WORKER, JOBS)
        wait_until(lambda: school.key()["state"] == "destroyed", what="the key's end")
        supervisor.kill(WORKER)
    assert school.state() == "erased", "died between the key's end and the certificate"
    destroyed_at = school.key()["destroyed_at"]

    restart(suite, WORKER)
    check_certified_once(school, school.certificate(), there)
    assert school.key()["destroyed_at"] == destroyed_at


def fill(suite: Suite, school: School) -> None:
    """Give every house more than a batch of the school's rows.

    Those of LINE's talks bear no school's id.
    """
    office = school.office()
    sent = office.send("全校", everybody=True)
    assert [school.line_tells(make_event("follow", f"U{n:032x}")) for n in range(3)] == [200] * 3
    stopped = (
        "INSERT INTO stopped_messages (message_id, school_id, stopped_at)"
        " SELECT gen_random_uuid(), :id, now() FROM generate_series(1, 1200)"
    )
    signed_in = (
        "INSERT INTO sessions (id, number, school_id, account_id, staff_role_id, created_at,"
        " last_seen_at, expires_at)"
        " SELECT sha256(n::text::bytea || id), gen_random_uuid(), school_id, account_id,"
        " staff_role_id, created_at, last_seen_at, expires_at"
        " FROM sessions, generate_series(1, 1200) AS n WHERE school_id = :id"
    )
    statements = {"identity": signed_in}
    for house in DISPATCHERS:
        statements[house] = stopped
    sent.wait_complete()
    for house, statement in statements.items():
        with suite.engines[house].begin() as connection:
            connection.execute(sa.text(statement), {"id": school.id})


def last_table(house: str, rows: dict[str, int]) -> str:
    """Return the table that a house erases last, where more than a batch goes before it."""
    # LINE's account is written when the erasure begins, too: held, it would begin nothing.
    spared = {*KEPT_TABLES, "accounts"}
    erased_in_turn = [table.name for table in reversed(PARTS[house].metadata.sorted_tables)]
    tables = [name for name in erased_in_turn if name in rows and name not in spared]
    assert sum(rows[name] for name in tables[:-1]) > BATCH_ROWS, (house, rows)
    return tables[-1]


def test_every_house_dies_in_mid_erasure_and_counts_each_row_once(mended):
    suite = mended
    school, next_door = make_school(suite, own_channel=True), suite.school_id
    fill(suite, school)
    suite.supervisor.terminate(WORKER)
    school.end()
    wait_quiet(suite, school.id)
    there = with_account(rows_of(suite, school.id))
    there["dispatch-line"] |= {"webhook_events": 3, "accounts": 1}
    kept = rows_of(suite, next_door)
    last = {house: last_table(house, there[house]) for house in HOUSES}
    with ExitStack() as held:
        for house, table in last.items():
            held.enter_context(table_held(suite, house, table))
        restart(suite, WORKER)
        for house, table in last.items():
            wait_until(
                lambda h=house: has_counted_a_batch(suite, h, school),
                what=f"the first batch of {house}",
            )
            wait_until(
                lambda h=house, t=table: someone_waits_for(suite, h, t),
                what=f"{house} held in a batch",
            )
        for house in HOUSES:
            suite.supervisor.kill(f"{house}.worker")
        assert school.answered() == set()
    restart(suite, *(f"{house}.worker" for house in HOUSES))
    check_certified_once(school, school.certificate(), there)
    assert rows_of(suite, next_door) == kept, "the school next door loses nothing"
    assert school.line_tells(make_event("follow", "U" + "0" * 32)) == 404, (
        "the channel has gone with its only school"
    )
    account = "SELECT 1 FROM accounts WHERE id = :id"
    assert suite.query("dispatch-line", account, id=school.account_id) == []
    assert parked(suite) == []


def has_counted_a_batch(suite: Suite, house: str, school: School) -> bool:
    statement = "SELECT counts FROM erased_schools WHERE school_id = :id"
    found = suite.query(house, statement, id=school.id)
    return bool(found) and sum(found[0].counts.values()) >= BATCH_ROWS
