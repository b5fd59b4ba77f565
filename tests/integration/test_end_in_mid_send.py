"""A school is erased in the middle of a send (RET-1).

What is left of it, and what its links, pages and late events do. One school for the tests of this
file: its contract ends while the fan-out and all three channels are at work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from ends import (
    DISPATCHERS,
    HOUSES,
    check_certified_once,
    make_school,
    parked,
    rows_of,
    say_again,
    town_talks,
    traces_of,
)
from hands import Suite, wait_until
from mid_send import Gone, csrf_of, end_in_mid_send, hands_of_a_family

from common.errors import NotFound, Refused
from dispatch_line.domain.words import NOT_OURS
from suite import line_account
from suite.loading import PASSWORD
from suite.town.line_webhooks import make_event

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]

HEARERS = {
    "message.released": ("messaging", "directory"),
    "message.paged": ("messaging",),
    "delivery.requested": DISPATCHERS,
    "delivery.settled": ("messaging",),
    "contact_point.stopped": ("directory",),
    "contact_point.changed": ("directory",),
    "operation.recorded": ("identity",),
}
OF_AN_ERASURE = (
    "contract.ended",
    "erasure.due",
    "school.erasing",
    "school.erased",
    "erasure.completed",
    "key.destroyed",
)
# Event → which of retention's queues it comes through.
HEARD_BY_RETENTION = {
    "contract.ended": "contracts",
    "erasure.due": "contracts",
    "school.erased": "answers",
    "erasure.completed": "certificates",
}
# The operator's list with code and name, and the operator's own log.
CONSOLE = {"identity.schools", "identity.operation_log"}
HOLD_KEYS = ("directory", *DISPATCHERS)
KEPT = {
    *CONSOLE,
    "retention.erasures",
    "retention.erasure_steps",
    *(f"{house}.erased_schools" for house in HOUSES),
}


@pytest.fixture(scope="module")
def gone(suite: Suite) -> Iterator[Gone]:
    """End a school while a message to all of it is under way.

    It is between two pages, and with the providers of all channels.
    """
    school = make_school(suite)
    office = school.office()
    base_url = suite.supervisor.base_url
    with httpx.Client() as reader, httpx.Client(base_url=base_url) as browser:
        family = hands_of_a_family(school, office, reader, browser)
        yield end_in_mid_send(school, office, family)


def test_nothing_of_the_school_is_left_in_any_database(gone):
    assert rows_of(gone.suite, gone.school.id) == {}
    traces = traces_of(gone.suite, gone.school.id)
    assert {trace for trace in traces if not trace.endswith(".outbox")} == KEPT
    for words in (gone.mark, gone.school.mail):
        assert traces_of(gone.suite, words) == set(), words
    contact = "SELECT phone, phone_hours, mail_local FROM schools WHERE id = :id"
    [row] = gone.suite.query("identity", contact, id=gone.school.id)
    assert tuple(row) == ("", "", "")
    counts = json.loads(gone.certificate)["counts"]
    assert all(counts[house]["deliveries"] > 0 for house in DISPATCHERS)
    there = {house: tables for house, tables in counts.items() if tables}
    check_certified_once(gone.school, gone.certificate, there)


def test_what_is_said_late_of_the_school_does_nothing_and_nothing_is_sent(gone):
    before = {}
    for kind, houses in HEARERS.items():
        for house in houses:
            before[house, kind] = ignored(gone.suite, house, kind)
    said = say_again(gone.suite, HOUSES, list(HEARERS), gone.school.id)
    assert {kind for _, kind in said} == set(HEARERS)
    for kind, houses in HEARERS.items():
        count = sum(len(ids) for (_, of), ids in said.items() if of == kind)
        for house in houses:
            wanted = before[house, kind] + count
            wait_until(
                lambda h=house, k=kind, w=wanted: ignored(gone.suite, h, k) >= w,
                what=f"{kind} ignored by {house}",
            )
    assert rows_of(gone.suite, gone.school.id) == {}
    assert parked(gone.suite) == []
    erased_at = datetime.fromisoformat(json.loads(gone.certificate)["erasure"]["erased_at"])
    assert all(at < erased_at for at in gone.last_arrivals().values()), (
        "nothing is sent once the school is erased"
    )


def ignored(suite: Suite, house: str, event_type: str) -> int:
    """Return how many events of a type a worker has put away because their school is erased."""
    url = suite.supervisor.roles[f"{house}.worker"].ready_url.replace("/readyz", "/metrics")
    line = f'renraku_events_handled_total{{result="erased",service="{house}",type="{event_type}"}}'
    found = next(
        (text for text in httpx.get(url).text.splitlines() if text.startswith(line)), "x 0"
    )
    return int(float(found.rpartition(" ")[2]))


def test_links_sessions_and_taps_of_the_school_say_in_words_that_it_is_gone(gone):
    family = gone.family
    erased = "この連絡は、学校の利用が終わったか、保存の期限が過ぎたため、消去されています。"
    no_more_mails = (
        "この学校の利用は終わり、あなたのアドレスの登録も消去されています。"
        "この学校からのメールは、もう届きません。"
    )
    one_click = {"List-Unsubscribe": "One-Click"}
    answers = {
        "reading": (httpx.get(family.read), 404, erased),
        "stopping": (httpx.get(family.stop), 404, no_more_mails),
        "one click": (httpx.post(family.stop, data=one_click), 404, no_more_mails),
        "confirming": (family.reader.post(f"{family.read}/confirm"), 404, erased),
        "a page of staff": (family.browser.get("/messages"), 303, ""),
    }
    for name, (answer, status, words) in answers.items():
        assert (answer.status_code, words in answer.text) == (status, True), name
    page = family.browser.get(answers["a page of staff"][0].headers["location"])
    assert (page.status_code, "もう一度ログインしてください。" in page.text) == (200, True)
    form = {"csrf_token": csrf_of(page.text), "mail": gone.school.mail, "password": PASSWORD}
    refused = family.browser.post("/sign-in", data=form)
    assert refused.status_code == 401
    assert "メールアドレスかパスワードが違います。" in refused.text, "not even the account is left"
    with pytest.raises(Refused, match="erased"):
        gone.office.call("messaging", "POST", "/messages", json=draft())
    with pytest.raises(NotFound):
        gone.sent.progress()


def draft() -> dict[str, Any]:
    audience: dict[str, list[UUID]] = {"group_ids": [], "member_ids": [], "excluded_member_ids": []}
    texts = {
        "kind": "notice",
        "lane": "normal",
        "subject": "あす",
        "body": "あすは休みです。",
        "created_by_name": "大谷 直子",
    }
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
    talk = town_talks(suite).list_said(line_account.NAME, user)
    return [said.body["text"] for said in talk if said.kind == "reply"]


def test_every_event_of_the_erasure_twice_is_one_certificate(gone):
    suite, school = gone.suite, gone.school
    houses = (*HOUSES, "retention")
    publish_again(suite, houses, school.id)
    said = say_again(suite, houses, OF_AN_ERASURE, school.id)
    assert {kind for _, kind in said} == set(OF_AN_ERASURE)
    for kind, queue in HEARD_BY_RETENTION.items():
        ids = [one for (_, of), those in said.items() if of == kind for one in those]
        wait_until(
            lambda q=queue, i=ids: has_heard(suite, "retention", f"retention.{q}", i),
            what=f"{kind} heard again",
        )
    for house in HOUSES:
        ids = list(said["retention", "school.erasing"])
        if house in HOLD_KEYS:
            ids += said["identity", "key.destroyed"]
        wait_until(
            lambda h=house, i=ids: has_heard(suite, h, f"{h}.erasure", i),
            what=f"all heard again by {house}",
        )
        erased = suite.query(house, "SELECT id FROM outbox WHERE type = 'school.erased'")
        answers = [row.id for row in erased]
        wait_until(
            lambda i=answers: has_heard(suite, "retention", "retention.answers", i),
            what=f"the answers of {house}",
        )
    assert school.certificate() == gone.certificate
    check_certified_once(school, gone.certificate, json.loads(gone.certificate)["counts"])


def publish_again(suite: Suite, houses: Sequence[str], school_id: UUID) -> None:
    """Let the same events be published once more."""
    again = "UPDATE outbox SET published_at = NULL WHERE school_id = :id AND type = ANY(:types)"
    values = {"id": school_id, "types": list(OF_AN_ERASURE)}
    for house in houses:
        with suite.engines[house].begin() as connection:
            assert connection.execute(sa.text(again), values).rowcount > 0


def has_heard(suite: Suite, house: str, queue: str, ids: list[UUID]) -> bool:
    statement = "SELECT count(*) AS n FROM inbox WHERE queue = :queue AND event_id = ANY(:ids)"
    return bool(suite.query(house, statement, queue=queue, ids=ids)[0].n == len(ids))
