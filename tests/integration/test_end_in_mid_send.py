"""A school is erased in the middle of a send: what is left of it, and what its links, pages and late events do (RET-1).

One school for the tests of this file: its contract ends while the fan-out and all three channels are at work.
"""

from __future__ import annotations

import email
import json
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from ends import (
    DISPATCHERS,
    HOUSES,
    School,
    check_certified_once,
    make_school,
    parked,
    rows_of,
    say_again,
    town_talks,
    traces_of,
)
from hands import Office, Sent, Suite, wait_until

from common.errors import NotFound, Refused
from dispatch_line.domain.words import NOT_OURS
from suite import line_account
from suite.loading import PASSWORD
from suite.town.line_webhooks import make_event

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]

HELD_BY_DISPATCHERS = "UPDATE deliveries SET lease_until = now() + interval '2 minutes' WHERE state = 'claimed' AND school_id = :id"
HEARERS = {
    "message.released": ("messaging",),
    "message.paged": ("messaging",),
    "delivery.requested": DISPATCHERS,
    "delivery.settled": ("messaging",),
    "contact_point.stopped": ("directory",),
    "contact_point.changed": ("directory",),
    "operation.recorded": ("identity",),
}
CONSOLE = {"identity.schools", "identity.operation_log"}  # the operator's list: code and name; the operator's own log
TOWN = {  # file → table, when something arrived, and the words in it
    "town.db": ("mails", "received_at", "subject"),
    "town-line.db": ("messages", "at", "body"),
    "town-phones.db": ("notifications", "received_at", "body"),
}
HOLD_KEYS = ("directory", *DISPATCHERS)
KEPT = {*CONSOLE, "retention.erasures", "retention.erasure_steps", *(f"{house}.erased_schools" for house in HOUSES)}


@dataclass
class Family:
    """What a guardian and a member of staff had in hands before the end.

    `reader` has opened the message; `browser` is signed in as staff.
    """

    read: str
    stop: str
    line_user: str
    tap: str
    browser: httpx.Client
    reader: httpx.Client


@dataclass
class Gone:
    """The erased school, and what was in people's hands."""

    school: School
    office: Office
    family: Family
    sent: Sent
    mark: str  # stands in the subject of the message that was under way, and nowhere else
    certificate: bytes

    @property
    def suite(self) -> Suite:
        return self.school.suite

    def last_arrivals(self) -> dict[str, datetime]:
        """Return when the last copy of the message that was under way arrived, by channel."""
        run_dir = self.suite.supervisor.run_dir
        found = {}
        for file, (table, at, words) in TOWN.items():
            with closing(sqlite3.connect(f"file:{run_dir / file}?mode=ro", uri=True)) as connection:
                statement = f"SELECT max({at}) FROM {table} WHERE {words} LIKE ?"
                found[table] = datetime.fromisoformat(connection.execute(statement, (f"%{self.mark}%",)).fetchone()[0])
        return found


def hands_of_a_family(school: School, office: Office, reader: httpx.Client, browser: httpx.Client) -> Family:
    """Send a first message, open what it brought, use each way back to the school once, and keep it all."""
    suite, sent = school.suite, office.send("4年", everybody=True)
    sent.wait_complete()
    guardian = suite.query(
        "dispatch-mail", "SELECT id FROM deliveries WHERE message_id = :id AND state = 'accepted' LIMIT 1", id=sent.message_id
    )[0]
    with closing(sqlite3.connect(f"file:{suite.supervisor.run_dir / 'town.db'}?mode=ro", uri=True)) as town:
        raw = town.execute("SELECT raw FROM mails WHERE message_id LIKE ?", (f"%{guardian.id.hex}%",)).fetchone()[0]
    mail = email.message_from_bytes(raw)
    parts = [part.get_payload(decode=True).decode() for part in mail.walk() if part.get_content_type() == "text/plain"]
    read = re.search(r"http://localhost:\d+/r/[\w-]+", parts[0]).group(0)
    stop = re.search(r"http://localhost:\d+/u/[\w.-]+", "".join(mail["List-Unsubscribe"].split())).group(0)
    assert httpx.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with closing(sqlite3.connect(f"file:{suite.supervisor.run_dir / 'town-line.db'}?mode=ro", uri=True)) as town:
        user, body = town.execute("SELECT user_id, body FROM messages WHERE kind = 'multicast' ORDER BY id DESC LIMIT 1").fetchone()
    tap = re.search(r'"data": ?"(c:[^"]+)"', body).group(1)
    assert school.line_tells(make_event("follow", user)) == 200
    assert reader.get(read).status_code == 200
    page = browser.get("/sign-in")
    signed_in = browser.post("/sign-in", data={"csrf_token": csrf_of(page.text), "mail": school.mail, "password": PASSWORD})
    assert signed_in.status_code == 303
    assert browser.get("/messages").status_code == 200
    changed = "SELECT 1 FROM outbox WHERE type = 'contact_point.changed' AND school_id = :id"
    wait_until(lambda: suite.query("dispatch-line", changed, id=school.id), what="the follow to be heard")
    return Family(read, stop, user, tap, browser, reader)


def csrf_of(html: str) -> str:
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html).group(1)


@pytest.fixture(scope="module")
def gone(suite: Suite) -> Iterator[Gone]:
    """End a school while a message to all of it is between two pages, and with the providers of all channels."""
    school = make_school(suite)
    office = school.office()
    supervisor = suite.supervisor
    with httpx.Client() as reader, httpx.Client(base_url=supervisor.base_url) as browser:
        yield end_in_mid_send(school, office, hands_of_a_family(school, office, reader, browser))


def end_in_mid_send(school: School, office: Office, family: Family) -> Gone:
    suite, supervisor = school.suite, school.suite.supervisor
    supervisor.send_signal("town", signal.SIGSTOP)
    try:
        sent = office.send("全校", everybody=True)
        wait_until(lambda: 0 < len(sent.recipients()) < sent.heads, what="a fan-out half way")
        supervisor.send_signal("messaging.worker", signal.SIGSTOP)
        for house in DISPATCHERS:
            wait_until(lambda h=house: sent.deliveries("state = 'claimed'", h), what=f"{house} with its provider")
        mark = suite.query("messaging", "SELECT subject FROM messages WHERE id = :id", id=sent.message_id)[0].subject[-8:]
        school.end()
        wait_until(lambda: school.state() == "erasing", what="the erasure to begin")
        supervisor.send_signal("messaging.worker", signal.SIGCONT)  # its next pages meet the erasure
        wait_until(lambda: is_with_providers_only(school), what="nothing but what is with the providers")
        wait_until(lambda: school.answered() >= set(HOUSES) - set(DISPATCHERS), what="the houses that send nothing")
        assert school.answered().isdisjoint(DISPATCHERS), "no channel says that it is done while something is with its provider"
    finally:
        supervisor.send_signal("messaging.worker", signal.SIGCONT)
        supervisor.send_signal("town", signal.SIGCONT)
    return Gone(school, office, family, sent, mark, school.certificate())


def is_with_providers_only(school: School) -> bool:
    """Tell whether the dispatchers have erased all but what they have handed over without an answer; no lease ends meanwhile."""
    left = "SELECT state FROM deliveries WHERE school_id = :id"
    for house in DISPATCHERS:
        with school.suite.engines[house].begin() as connection:
            connection.execute(sa.text(HELD_BY_DISPATCHERS), {"id": school.id})
    begun = all(
        school.suite.query(house, "SELECT 1 FROM erased_schools WHERE school_id = :id", id=school.id) for house in DISPATCHERS
    )
    return begun and {row.state for house in DISPATCHERS for row in school.suite.query(house, left, id=school.id)} == {"claimed"}


def test_nothing_of_the_school_is_left_in_any_database(gone):
    assert rows_of(gone.suite, gone.school.id) == {}
    traces = {trace for trace in traces_of(gone.suite, gone.school.id) if not trace.endswith(".outbox")}
    assert traces == KEPT
    for words in (gone.mark, gone.school.mail):
        assert traces_of(gone.suite, words) == set(), words
    row = gone.suite.query("identity", "SELECT phone, phone_hours, mail_local FROM schools WHERE id = :id", id=gone.school.id)[0]
    assert tuple(row) == ("", "", "")
    counts = json.loads(gone.certificate)["counts"]
    assert all(counts[house]["deliveries"] > 0 for house in DISPATCHERS)
    check_certified_once(gone.school, gone.certificate, {house: tables for house, tables in counts.items() if tables})


def test_what_is_said_late_of_the_school_does_nothing_and_nothing_is_sent(gone):
    before = {(house, kind): ignored(gone.suite, house, kind) for kind, houses in HEARERS.items() for house in houses}
    said = say_again(gone.suite, HOUSES, list(HEARERS), gone.school.id)
    assert {kind for _, kind in said} == set(HEARERS)
    for kind, houses in HEARERS.items():
        count = sum(len(ids) for (_, of), ids in said.items() if of == kind)
        for house in houses:
            wanted = before[house, kind] + count
            wait_until(lambda h=house, k=kind, w=wanted: ignored(gone.suite, h, k) >= w, what=f"{kind} ignored by {house}")
    assert rows_of(gone.suite, gone.school.id) == {}
    assert parked(gone.suite) == []
    erased_at = datetime.fromisoformat(json.loads(gone.certificate)["erasure"]["erased_at"])
    assert all(at < erased_at for at in gone.last_arrivals().values()), "nothing is sent once the school is erased"


def ignored(suite: Suite, house: str, event_type: str) -> int:
    """Return how many events of a type a worker has put away because their school is erased."""
    url = suite.supervisor.roles[f"{house}.worker"].ready_url.replace("/readyz", "/metrics")
    line = f'renraku_events_handled_total{{result="erased",service="{house}",type="{event_type}"}}'
    found = next((text for text in httpx.get(url).text.splitlines() if text.startswith(line)), "x 0")
    return int(float(found.rpartition(" ")[2]))


def test_links_sessions_and_taps_of_the_school_say_in_words_that_it_is_gone(gone):
    family, erased = gone.family, "この連絡は、学校の利用が終わったか、保存の期限が過ぎたため、消去されています。"
    no_more_mails = "この学校の利用は終わり、あなたのアドレスの登録も消去されています。この学校からのメールは、もう届きません。"
    answers = {
        "reading": (httpx.get(family.read), 404, erased),
        "stopping": (httpx.get(family.stop), 404, no_more_mails),
        "one click": (httpx.post(family.stop, data={"List-Unsubscribe": "One-Click"}), 404, no_more_mails),
        "confirming": (family.reader.post(f"{family.read}/confirm"), 404, erased),
        "a page of staff": (family.browser.get("/messages"), 303, ""),
    }
    for name, (answer, status, words) in answers.items():
        assert (answer.status_code, words in answer.text) == (status, True), name
    page = family.browser.get(answers["a page of staff"][0].headers["location"])
    assert (page.status_code, "もう一度ログインしてください。" in page.text) == (200, True)
    form = {"csrf_token": csrf_of(page.text), "mail": gone.school.mail, "password": PASSWORD}
    refused = family.browser.post("/sign-in", data=form)
    assert (refused.status_code, "メールアドレスかパスワードが違います。" in refused.text) == (401, True), (
        "not even the account is left"
    )
    with pytest.raises(Refused, match="erased"):
        gone.office.call("messaging", "POST", "/messages", json=draft())
    with pytest.raises(NotFound):
        gone.sent.progress()


def draft() -> dict[str, Any]:
    audience: dict[str, list[UUID]] = {"group_ids": [], "member_ids": [], "excluded_member_ids": []}
    texts = {"kind": "notice", "lane": "normal", "subject": "あす", "body": "あすは休みです。", "created_by_name": "大谷 直子"}
    return {**texts, "audience": audience}


def test_a_tap_in_the_talk_of_the_shared_account_is_told_that_the_button_is_no_use(gone):
    talks, user = town_talks(gone.suite), gone.family.line_user
    token = talks.give_reply_token(line_account.NAME, user)
    tapped = make_event("postback", user, postback={"data": gone.family.tap}, replyToken=token)
    assert gone.school.line_tells(tapped) == 200, "other schools speak through it"
    said = wait_until(lambda: replies(gone.suite, user), what="an answer in the talk")
    assert said == [NOT_OURS]
    assert parked(gone.suite) == []


def replies(suite: Suite, user: str) -> list[str]:
    return [said.body["text"] for said in town_talks(suite).list_said(line_account.NAME, user) if said.kind == "reply"]


def test_every_event_of_the_erasure_twice_is_one_certificate(gone):
    suite, school = gone.suite, gone.school
    types = ("contract.ended", "erasure.due", "school.erasing", "school.erased", "erasure.completed", "key.destroyed")
    again = "UPDATE outbox SET published_at = NULL WHERE school_id = :id AND type = ANY(:types)"
    houses = (*HOUSES, "retention")
    for house in houses:
        with suite.engines[house].begin() as connection:  # the same events once more
            assert connection.execute(sa.text(again), {"id": school.id, "types": list(types)}).rowcount > 0
    said = say_again(suite, houses, types, school.id)  # and all of them again, as new ones
    assert {kind for _, kind in said} == set(types)
    heard_by_retention = {
        "contract.ended": "contracts",
        "erasure.due": "contracts",
        "school.erased": "answers",
        "erasure.completed": "certificates",
    }
    for kind, queue in heard_by_retention.items():
        ids = [one for (_, of), those in said.items() if of == kind for one in those]
        wait_until(lambda q=queue, i=ids: has_heard(suite, "retention", f"retention.{q}", i), what=f"{kind} heard again")
    for house in HOUSES:
        ids = said["retention", "school.erasing"] + (said["identity", "key.destroyed"] if house in HOLD_KEYS else [])
        wait_until(lambda h=house, i=ids: has_heard(suite, h, f"{h}.erasure", i), what=f"all heard again by {house}")
        answers = [row.id for row in suite.query(house, "SELECT id FROM outbox WHERE type = 'school.erased'")]
        wait_until(lambda i=answers: has_heard(suite, "retention", "retention.answers", i), what=f"the answers of {house}")
    assert school.certificate() == gone.certificate
    check_certified_once(school, gone.certificate, json.loads(gone.certificate)["counts"])


def has_heard(suite: Suite, house: str, queue: str, ids: list[UUID]) -> bool:
    statement = "SELECT count(*) AS n FROM inbox WHERE queue = :queue AND event_id = ANY(:ids)"
    return bool(suite.query(house, statement, queue=queue, ids=ids)[0].n == len(ids))
