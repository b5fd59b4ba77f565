"""The story over real processes: a notice reaches every child's mailbox and is confirmed.

MSG-1, MSG-8, MSG-11, MSG-25, DLV-1.
"""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


def test_a_notice_to_a_grade_reaches_every_child_that_has_a_mail_address(office):
    sent = office.send("4年")
    sent.wait_complete()
    sent.check_promises()
    progress = sent.progress()
    assert (
        progress["heads"] == sent.heads == 53
    )  # 52 in the two classes, and one of ひまわり学級 who joins them
    assert progress["counts"]["delivered"] + progress["counts"]["unreached"] == 53
    assert progress["counts"]["delivered"] > 0


def test_two_presses_of_send_are_one(office):
    message_id = office.write("5年")
    snapshot = office.snapshot(message_id)
    key = uuid4().hex
    first = office.press(message_id, snapshot, key)
    second = office.press(message_id, snapshot, key)
    assert (first["already"], second["already"]) == (False, True)
    path = {"message_id": message_id}
    office.call("messaging", "POST", "/messages/{message_id}/withdraw", path=path)
    message = office.call("messaging", "GET", "/messages/{message_id}", path=path)
    assert message["state"] == "draft"


def test_a_press_in_the_mail_confirms_both_siblings_and_a_fetch_confirms_none(office, suite):
    sent = office.send("全校")
    sent.wait_complete()
    of_two_children = (
        "SELECT id, guardian_id, members FROM deliveries"
        " WHERE message_id = :id AND state = 'accepted'"
        " AND jsonb_array_length(jsonb_path_query_array(members, '$.keyvalue()')) = 2 LIMIT 1"
    )
    [guardian] = suite.query("dispatch-mail", of_two_children, id=sent.message_id)
    text = next(m["text"] for m in suite.town("mails.json") if guardian.id.hex in m["message_id"])
    link = re.search(r"http://localhost:\d+/r/[\w-]+", text).group(0)
    page = httpx.get(link)
    assert page.status_code == 200
    confirmed = (
        "SELECT member_id FROM recipients WHERE message_id = :id AND confirmed_at IS NOT NULL"
    )
    assert suite.query("messaging", confirmed, id=sent.message_id) == []
    with httpx.Client(follow_redirects=True) as browser:
        form = browser.get(link).text
        action = re.search(r'<form[^>]*action="([^"]*/confirm)"', form).group(1)
        answer = browser.post(httpx.URL(link).join(action))
    assert answer.status_code == 200
    rows = suite.query("messaging", confirmed, id=sent.message_id)
    assert {str(row.member_id) for row in rows} == set(guardian.members)


def test_an_urgent_message_needs_no_patience(office):
    sent = office.send("全校", lane="urgent")
    sent.wait_complete(30)
    sent.check_promises()
