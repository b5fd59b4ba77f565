"""What dies, and what must hold all the same (DLV-1).

Nothing is lost, every child ends in one state, duplicates are bounded.

Where a process must die at an exact step, the step is held from outside: a table lock keeps a
commit waiting, a stopped relay keeps a hand-over waiting. No code of ours knows that it is being
tested.
"""

from __future__ import annotations

import signal
import time

import pytest
import sqlalchemy as sa
from arrivals import DISPATCHERS
from hands import Office, Sent, restart, someone_waits_for, table_held, wait_until

from common.errors import Unavailable

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


def begin_send(office: Office, *roles_away: str) -> Sent:
    """Press send for the whole school while some roles are away.

    The test can bring them in one by one.
    """
    for role in roles_away:
        office.suite.supervisor.terminate(role)
    return office.send("全校")


@pytest.mark.parametrize("service", DISPATCHERS)
def test_the_dispatcher_dies_before_its_claim_is_committed(office, suite, service):
    with table_held(suite, service, "deliveries"):
        # A page that finds room is written as claimed: its rows and their claim are one commit.
        sent = begin_send(office)
        wait_until(
            lambda: someone_waits_for(suite, service, "deliveries", "INSERT"),
            what="a page held before its rows are written",
        )
        suite.supervisor.kill(f"{service}.worker")
    restart(suite, f"{service}.worker")
    sent.wait_complete()
    sent.check_promises()


@pytest.mark.parametrize("service", DISPATCHERS)
def test_the_dispatcher_dies_between_claim_and_hand_over(office, suite, service):
    sent = begin_send(office, f"{service}.worker")
    # A hand-over begins with the content. Were the town stopped instead, it would read later what
    # was written before the kill.
    suite.supervisor.send_signal("messaging.api", signal.SIGSTOP)
    try:
        restart(suite, f"{service}.worker")
        wait_until(lambda: sent.deliveries("state = 'claimed'", service), what="claimed rows")
        suite.supervisor.kill(f"{service}.worker")
    finally:
        suite.supervisor.send_signal("messaging.api", signal.SIGCONT)
    restart(suite, f"{service}.worker")
    sent.wait_complete()
    assert sent.in_doubt(service), "the kill came too early to prove anything"
    sent.check_promises()


@pytest.mark.parametrize("service", DISPATCHERS)
def test_the_dispatcher_dies_after_the_provider_took_a_batch_and_before_settling(
    office, suite, service
):
    suite.supervisor.send_signal("town", signal.SIGSTOP)
    try:
        sent = begin_send(office)
        wait_until(lambda: sent.deliveries("state = 'claimed'", service), what="claimed rows")
        with table_held(suite, service, "outbox", "SHARE ROW EXCLUSIVE"):
            # Settling writes its event in the same transaction: held there, nothing says that the
            # batch is with the provider.
            suite.supervisor.send_signal("town", signal.SIGCONT)
            wait_until(
                lambda: sent.delivered(service).copies, what="a batch that the provider took"
            )
            suite.supervisor.kill(f"{service}.worker")
    finally:
        suite.supervisor.send_signal("town", signal.SIGCONT)
    restart(suite, f"{service}.worker")
    sent.wait_complete()
    in_doubt = sent.in_doubt(service)
    assert in_doubt, "the kill came too late to prove anything"
    # LINE knows a batch again by its retry key.
    may_double = 0 if service == "dispatch-line" else in_doubt
    sent.check_promises({service: may_double})


def test_the_mail_relay_is_away_when_a_send_begins_and_costs_no_mail_an_attempt(office, suite):
    sent = begin_send(office, *(f"{service}.worker" for service in DISPATCHERS))
    suite.supervisor.kill("town")
    restart(suite, "dispatch-mail.worker")
    wait_until(
        lambda: "relay.away" in suite.supervisor.log_tail("dispatch-mail.worker"),
        what="the relay's absence in the log",
    )
    wait_until(
        lambda: {row.state for row in sent.deliveries()} == {"requested"}, what="rows that wait"
    )
    assert {row.attempts for row in sent.deliveries()} == {0}
    restart(suite, "town")
    wait_until(
        lambda: not sent.deliveries("state NOT IN ('accepted', 'refused')"),
        30,
        what="all mails to go",
    )
    assert {row.attempts for row in sent.deliveries()} == {1}
    restart(suite, "dispatch-line.worker", "dispatch-push.worker")
    sent.wait_complete()
    sent.check_promises()


def test_the_relay_loop_dies_between_publishing_and_marking(office, suite):
    sent = begin_send(office, "messaging.jobs")
    published = "SELECT 1 FROM outbox WHERE published_at IS NULL"
    with table_held(suite, "messaging", "outbox"):
        restart(suite, "messaging.jobs")
        wait_until(
            lambda: someone_waits_for(suite, "messaging", "outbox"),
            what="the relay held at marking",
        )
        suite.supervisor.kill("messaging.jobs")
    assert suite.query("messaging", published)
    restart(suite, "messaging.jobs")
    sent.wait_complete()
    sent.check_promises()


def test_the_fan_out_dies_between_pages(office, suite):
    sent = begin_send(office, "messaging.worker")
    restart(suite, "messaging.worker")
    wait_until(lambda: 0 < len(sent.recipients()) < sent.heads, what="a fan-out half way")
    suite.supervisor.kill("messaging.worker")
    assert len(sent.recipients()) < sent.heads
    restart(suite, "messaging.worker")
    sent.wait_complete()
    sent.check_promises()


LEAVING = [
    ("dispatch-mail.worker",),
    ("dispatch-mail.jobs",),
    ("messaging.worker",),
    ("messaging.jobs",),
    ("directory.api",),
    ("identity.api",),
    ("messaging.api", "dispatch-mail.api", "gateway.api"),
    ("identity.worker", "identity.jobs", "directory.worker", "directory.jobs"),
]


@pytest.mark.parametrize("roles", LEAVING, ids="+".join)
def test_a_role_is_asked_to_leave_in_mid_send(office, suite, roles):
    sent = begin_send(office)
    wait_until(lambda: sent.recipients(), what="a fan-out under way")
    assert [suite.supervisor.terminate(role) for role in roles] == [0] * len(roles)
    restart(suite, *roles)
    for role in roles:
        suite.supervisor.wait_ready(role)
    sent.wait_complete()
    sent.check_promises()


def test_the_broker_restarts_in_mid_send(office, suite, rabbit_server):
    sent = begin_send(office)
    wait_until(lambda: sent.recipients(), what="a fan-out under way")
    rabbit_server.restart()
    sent.wait_complete(180)
    sent.check_promises()


def test_the_broker_is_away_when_send_is_pressed(office, suite, rabbit_server):
    rabbit_server.kill()
    try:
        sent = begin_send(office)
        assert sent.progress()["state"] == "released"
        assert sent.recipients() == []
    finally:
        rabbit_server.start()
    sent.wait_complete(180)
    sent.check_promises()


def test_the_directory_is_away_for_half_a_minute_of_a_send(office, suite):
    message_id = office.write("全校")
    snapshot = office.snapshot(message_id)
    office.press(message_id, snapshot)
    suite.supervisor.send_signal("messaging.worker", signal.SIGSTOP)
    path = {"message_id": message_id}
    office.call("messaging", "POST", "/messages/{message_id}/send-now", path=path)
    suite.supervisor.terminate("directory.api")
    suite.supervisor.send_signal("messaging.worker", signal.SIGCONT)
    sent = Sent(suite, office, message_id, snapshot)
    began = time.monotonic()
    wait_until(lambda: time.monotonic() - began > 30, 40, "half a minute without directory")
    assert sent.recipients() == []
    restart(suite, "directory.api")
    sent.wait_complete(120)
    sent.check_promises()
    for service in ("messaging", "dispatch-mail"):
        assert suite.query(service, "SELECT * FROM parked_events") == []


def test_every_event_delivered_twice_changes_nothing(office, suite):
    sent = office.send("3年")
    sent.wait_complete()
    before = sorted((str(row.member_id), row.state) for row in sent.recipients())
    again = "UPDATE outbox SET published_at = NULL WHERE body LIKE :id"
    for service in ("messaging", "dispatch-mail"):
        with suite.engines[service].begin() as connection:
            assert connection.execute(sa.text(again), {"id": f"%{sent.message_id}%"}).rowcount > 0
    for service in ("messaging", "dispatch-mail"):
        unpublished = "SELECT 1 FROM outbox WHERE published_at IS NULL"
        wait_until(
            lambda s=service, q=unpublished: not suite.query(s, q),
            what="everything published again",
        )
    sent.check_promises()
    assert sorted((str(row.member_id), row.state) for row in sent.recipients()) == before


def test_the_database_is_away_and_says_so_in_words(office, suite):
    """A press while messaging's database refuses connections answers 503 and changes nothing."""
    message_id = office.write("1年")
    snapshot = office.snapshot(message_id)
    engine = suite.engines["messaging"]
    name = engine.url.database
    admin = sa.create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    engine.dispose()
    try:
        with admin.connect() as connection:
            connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"
            connection.execute(sa.text(end_all), {"n": name})
            try:
                with pytest.raises(Unavailable, match="database"):
                    office.press(message_id, snapshot)
            finally:
                connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    finally:
        admin.dispose()
    path = {"message_id": message_id}
    message = wait_until(
        lambda: _try(lambda: office.call("messaging", "GET", "/messages/{message_id}", path=path)),
        what="the way back",
    )
    assert message["state"] == "draft"


def _try(call):
    try:
        return call()
    except Unavailable:
        return None
