"""A school whose contract ends while the fan-out and all three channels are at work (RET-1).

What its people had in hands before, and the end itself.
"""

from __future__ import annotations

import email
import re
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import Any

import httpx
import sqlalchemy as sa
from ends import DISPATCHERS, HOUSES, School
from hands import Office, Sent, Suite, wait_until

from suite.loading import PASSWORD
from suite.town.line_webhooks import make_event

HELD_BY_DISPATCHERS = (
    "UPDATE deliveries SET lease_until = now() + interval '2 minutes'"
    " WHERE state = 'claimed' AND school_id = :id"
)
# File → table, when something arrived, and the words in it.
TOWN = {
    "town.db": ("mails", "received_at", "subject"),
    "town-line.db": ("messages", "at", "body"),
    "town-phones.db": ("notifications", "received_at", "body"),
}


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
        found = {}
        for file, (table, at, words) in TOWN.items():
            statement = f"SELECT max({at}) FROM {table} WHERE {words} LIKE ?"
            [last] = first_row(self.suite, file, statement, f"%{self.mark}%")
            found[table] = datetime.fromisoformat(last)
        return found


def first_row(suite: Suite, file: str, statement: str, *values: str) -> Any:
    """Return the first row that one of the town's files has for a statement."""
    path = suite.supervisor.run_dir / file
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as town:
        return town.execute(statement, values).fetchone()


def hands_of_a_family(
    school: School, office: Office, reader: httpx.Client, browser: httpx.Client
) -> Family:
    """Send a first message, open what it brought, and use each way back to the school once."""
    suite = school.suite
    sent = office.send("4年", everybody=True)
    sent.wait_complete()
    read, stop = links_in(a_mail_of(sent))
    assert httpx.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    latest = "SELECT user_id, body FROM messages WHERE kind = 'multicast' ORDER BY id DESC LIMIT 1"
    user, body = first_row(suite, "town-line.db", latest)
    tap = re.search(r'"data": ?"(c:[^"]+)"', body).group(1)
    assert school.line_tells(make_event("follow", user)) == 200
    assert reader.get(read).status_code == 200
    sign_in(browser, school.mail)
    changed = "SELECT 1 FROM outbox WHERE type = 'contact_point.changed' AND school_id = :id"
    wait_until(
        lambda: suite.query("dispatch-line", changed, id=school.id), what="the follow to be heard"
    )
    return Family(read, stop, user, tap, browser, reader)


def a_mail_of(sent: Sent) -> Message:
    """Return a mail of a message, as it lies in the town's mailbox."""
    accepted = "SELECT id FROM deliveries WHERE message_id = :id AND state = 'accepted' LIMIT 1"
    [delivery] = sent.suite.query("dispatch-mail", accepted, id=sent.message_id)
    of_delivery = "SELECT raw FROM mails WHERE message_id LIKE ?"
    [raw] = first_row(sent.suite, "town.db", of_delivery, f"%{delivery.id.hex}%")
    return email.message_from_bytes(raw)


def links_in(mail: Message) -> tuple[str, str]:
    """Return (the link to read by, the link to stop by)."""
    texts = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    text = texts[0].get_payload(decode=True).decode()
    header = "".join(mail["List-Unsubscribe"].split())
    read = re.search(r"http://localhost:\d+/r/[\w-]+", text).group(0)
    stop = re.search(r"http://localhost:\d+/u/[\w.-]+", header).group(0)
    return read, stop


def sign_in(browser: httpx.Client, mail: str) -> None:
    page = browser.get("/sign-in")
    form = {"csrf_token": csrf_of(page.text), "mail": mail, "password": PASSWORD}
    assert browser.post("/sign-in", data=form).status_code == 303
    assert browser.get("/messages").status_code == 200


def csrf_of(html: str) -> str:
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html).group(1)


def end_in_mid_send(school: School, office: Office, family: Family) -> Gone:
    suite, supervisor = school.suite, school.suite.supervisor
    supervisor.send_signal("town", signal.SIGSTOP)
    try:
        sent = office.send("全校", everybody=True)
        wait_until(lambda: 0 < len(sent.recipients()) < sent.heads, what="a fan-out half way")
        supervisor.send_signal("messaging.worker", signal.SIGSTOP)
        for house in DISPATCHERS:
            wait_until(
                lambda h=house: sent.deliveries("state = 'claimed'", h),
                what=f"{house} with its provider",
            )
        subject = "SELECT subject FROM messages WHERE id = :id"
        [message] = suite.query("messaging", subject, id=sent.message_id)
        mark = message.subject[-8:]
        school.end()
        wait_until(lambda: school.state() == "erasing", what="the erasure to begin")
        # Its next pages meet the erasure.
        supervisor.send_signal("messaging.worker", signal.SIGCONT)
        wait_until(
            lambda: is_with_providers_only(school), what="nothing but what is with the providers"
        )
        wait_until(
            lambda: school.answered() >= set(HOUSES) - set(DISPATCHERS),
            what="the houses that send nothing",
        )
        assert school.answered().isdisjoint(DISPATCHERS), (
            "no channel says that it is done while something is with its provider"
        )
    finally:
        supervisor.send_signal("messaging.worker", signal.SIGCONT)
        supervisor.send_signal("town", signal.SIGCONT)
    return Gone(school, office, family, sent, mark, school.certificate())


def is_with_providers_only(school: School) -> bool:
    """Return whether the dispatchers have erased all but what is with their providers.

    That is what they have handed over without an answer. No lease ends meanwhile.
    """
    suite = school.suite
    for house in DISPATCHERS:
        with suite.engines[house].begin() as connection:
            connection.execute(sa.text(HELD_BY_DISPATCHERS), {"id": school.id})
    begun = "SELECT 1 FROM erased_schools WHERE school_id = :id"
    if not all(suite.query(house, begun, id=school.id) for house in DISPATCHERS):
        return False
    left = "SELECT state FROM deliveries WHERE school_id = :id"
    states = {row.state for house in DISPATCHERS for row in suite.query(house, left, id=school.id)}
    return states == {"claimed"}
