"""What is not previewed is not sent (MSG-1, walk S1 1).

Preview and arrival are the same, character for character, on every channel. Every supplied template
is sent once; audiences, lanes and the confirm button meet one another in pairs. Marked places, the
only ones that may differ: the personal links, and the moment of sending.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from alone import Standalone
from hands import VICE_PRINCIPAL, Office, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LINK = re.compile(r"（(?:ご家庭ごと|ご本人)のリンク）")
SENT_AT = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日 \d{1,2}:\d\d 送信")
ACCEPTED = "SELECT count(*) FROM deliveries WHERE message_id = ? AND state = 'accepted'"
TRIED = "SELECT count(*) FROM deliveries WHERE message_id = ? AND state IN ('requested', 'claimed')"


@dataclass(frozen=True)
class Case:
    """One send: which template, to whom, how."""

    template: dict[str, Any]
    audience: str
    lane: str
    confirmable: bool


HOUSES = ("dispatch-mail", "dispatch-line", "dispatch-push")
# Audience → what must arrive at least: the houses, and the variants of a mail.
REACHED = {
    "a class": (HOUSES, {"text", "text_without_link"}),
    "all staff": (HOUSES[:1], {"staff_text"}),
    "one child": (("dispatch-line",), set()),
    "a grade and staff": (HOUSES, {"text", "staff_text"}),
    "a class but one": (HOUSES, {"text"}),
}


def cases(templates: list[dict[str, Any]]) -> Iterator[Case]:
    """Yield each template once; ten in a row bring every pair of audience, lane and button."""
    audiences = cycle(REACHED)
    for number, template in enumerate(templates):
        lane = ("urgent", "normal")[number % 2]
        yield Case(template, next(audiences), lane, confirmable=(number // len(REACHED)) % 2 == 0)


@pytest.fixture(scope="module")
def office(running: Standalone) -> Office:
    pace = f"http://127.0.0.1:{running.port}/town/pace"
    assert httpx.post(pace, data={"pace_ms": "0"}).status_code == 303
    return running.office()


def audience_of(office: Office, name: str) -> dict[str, list[str]]:
    listed = office.call("directory", "GET", "/groups")["items"]
    groups = {group["path"]: group["id"] for group in listed}
    of_the_room = {"group_id": groups["4年2組"], "limit": 100}
    room = office.call("directory", "GET", "/members", params=of_the_room)["items"]
    child = next(member["id"] for member in room if member["display_name"] == "髙橋 陽菜")
    nobody: dict[str, list[str]] = {"group_ids": [], "member_ids": [], "excluded_member_ids": []}
    return {
        "a class": nobody | {"group_ids": [groups["6年1組"]]},  # a family's domain refuses links
        "all staff": nobody | {"group_ids": [groups["全教職員"]]},
        "one child": nobody | {"member_ids": [child]},
        "a grade and staff": nobody | {"group_ids": [groups["4年"], groups["全教職員"]]},
        "a class but one": {
            "group_ids": [groups["4年2組"]],
            "member_ids": [],
            "excluded_member_ids": [child],
        },
    }[name]


def write(office: Office, case: Case) -> dict[str, Any]:
    """Write a draft as the compose page does.

    It has the template's texts, their blanks filled with what they show.
    """
    template = case.template
    body = {name: template[name] for name in ("subject", "body", "short_text")}
    body |= {
        "lane": case.lane,
        "confirmable": case.confirmable,
        "template_id": template["id"],
        "blanks": [{"text": blank, "value": blank.strip("〔〕")} for blank in template["blanks"]],
        "audience": audience_of(office, case.audience),
        "created_by_name": VICE_PRINCIPAL,
    }
    draft: dict[str, Any] = office.call("messaging", "POST", "/messages", json=body)
    return draft


def previews(
    office: Office, draft: dict[str, Any], snapshot: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    asked = {"path": {"message_id": draft["id"]}, "params": {"snapshot_id": snapshot["id"]}}
    return {house: office.call(house, "GET", "/previews/{message_id}", **asked) for house in HOUSES}


def as_pattern(preview: str) -> re.Pattern[str]:
    """Return what an arrived text must be, the marked places apart."""
    marked = SENT_AT.sub("\0sent\0", LINK.sub("\0link\0", preview))
    pattern = re.escape(marked).replace("\0link\0", r"http://\S+")
    return re.compile(pattern.replace("\0sent\0", SENT_AT.pattern))


class Town:
    """What arrived, read where the town keeps it: who waits for a page of it may miss a mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rows(self, table: str, columns: str, after: int) -> list[tuple[Any, ...]]:
        for path in sorted(self._folder.glob("*.db")):
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            try:
                there = "SELECT 1 FROM sqlite_master WHERE name = ? AND type = 'table'"
                found = connection.execute(there, (table,)).fetchone()
                if found and path.name.startswith("town"):
                    newer = f"SELECT {columns} FROM {table} WHERE id > ? ORDER BY id"
                    return connection.execute(newer, (after,)).fetchall()
            finally:
                connection.close()
        raise AssertionError(f"the town keeps no {table}")

    def newest(self, table: str) -> int:
        return max((row[0] for row in self.rows(table, "id", 0)), default=0)


def mails_of(running: Standalone, message_id: UUID) -> dict[str, dict[str, Any]]:
    """Return delivery → mail that arrived for it."""
    statement = "SELECT id FROM deliveries WHERE message_id = ?"
    ids = [row[0] for row in running.query("dispatch-mail", statement, message_id.hex)]
    found = {}
    for mail in httpx.get(f"http://127.0.0.1:{running.port}/town/mails.json").json():
        for delivery in ids:
            if delivery.replace("-", "") in mail["message_id"]:
                found[delivery] = mail
    return found


def talk_words(body: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    """Return a LINE message's words in the list of talks, its texts in order, and its buttons."""
    bubble = body["contents"]
    texts = [part["text"] for part in bubble["body"]["contents"] if part["type"] == "text"]
    buttons = [part["action"]["label"] for part in bubble["footer"]["contents"]]
    return body["altText"], texts, buttons


def count(running: Standalone, house: str, statement: str, message_id: UUID) -> int:
    return int(running.query(house, statement, message_id.hex)[0][0])


def wait_for(running: Standalone, message_id: UUID) -> None:
    """Wait until every delivery was tried and every answer is heard.

    A full mailbox goes on for minutes and is not waited for.
    """
    waiting = "SELECT count(*) FROM recipients WHERE message_id = ? AND state = 'waiting'"
    deferred = "SELECT count(*) FROM deliveries WHERE message_id = ? AND state = 'deferred'"

    def is_tried() -> bool:
        done_at = "SELECT fan_out_done_at FROM messages WHERE id = ?"
        if running.query("messaging", done_at, message_id.hex)[0][0] is None:
            return False
        return not any(count(running, house, TRIED, message_id) for house in HOUSES)

    def is_heard() -> bool:
        later = sum(count(running, house, deferred, message_id) for house in HOUSES)
        return count(running, "messaging", waiting, message_id) <= later

    wait_until(is_tried, 60, "every delivery to be tried")
    wait_until(is_heard, 60, "every answer")


def check_mails(case: Case, shown: dict[str, Any], mails: Iterable[dict[str, Any]]) -> None:
    patterns = {
        name: as_pattern(shown[name])
        for name in ("text", "staff_text", "text_without_link")
        if shown[name]
    }
    kinds = set()
    for mail in mails:
        fitting = {name for name, pattern in patterns.items() if pattern.fullmatch(mail["text"])}
        assert fitting, (case, mail["text"], shown)
        assert mail["subject"] == shown["subject"], case
        assert f"{mail['from_name']} <{mail['from']}>" == shown["sender"], case
        kinds |= fitting
    assert kinds >= REACHED[case.audience][1], (case, kinds)


def check_talks(case: Case, shown: dict[str, Any], said: list[dict[str, Any]]) -> None:
    texts = [part for part in (shown["school"], shown["title"], shown["text"]) if part]
    for body in said:
        assert talk_words(body) == (shown["alt_text"], texts, shown["buttons"]), case


def test_what_arrives_is_what_was_seen(running: Standalone, office: Office) -> None:
    templates = office.call("messaging", "GET", "/templates")["items"]
    assert len(templates) >= len(REACHED) * 2, "fewer bring not every pair"
    town = Town(running.folder / ".run" / "data")
    for case in cases(templates):
        before = {table: town.newest(table) for table in ("messages", "notifications")}
        draft = write(office, case)
        wanted = {
            "audience": draft["audience"],
            "channels": ["mail", "line", "push"],
            "lane": case.lane,
        }
        snapshot = office.call("directory", "POST", "/snapshots", json=wanted)
        seen = previews(office, draft, snapshot)
        message_id = UUID(draft["id"])
        office.press(message_id, snapshot)
        office.call(
            "messaging", "POST", "/messages/{message_id}/send-now", path={"message_id": message_id}
        )
        wait_for(running, message_id)

        mails = mails_of(running, message_id)
        check_mails(case, seen["dispatch-mail"], mails.values())
        talks = town.rows("messages", "id, kind, body", before["messages"])
        said = [json.loads(body) for _, kind, body in talks if kind == "multicast"]
        check_talks(case, seen["dispatch-line"], said)
        shown = town.rows("notifications", "id, title, body", before["notifications"])
        notices = [(title, body) for _, title, body in shown]
        notice = seen["dispatch-push"]
        assert set(notices) <= {(notice["title"], notice["body"])}, case
        arrived = {
            "dispatch-mail": len(mails),
            "dispatch-line": len(said),
            "dispatch-push": len(notices),
        }
        accepted = {house: count(running, house, ACCEPTED, message_id) for house in HOUSES}
        assert arrived == accepted, case
        assert all(arrived[house] for house in REACHED[case.audience][0]), (case, arrived)
