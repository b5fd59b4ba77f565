"""What the product itself tells staff, over real processes: from identity's outbox to a mailbox."""

from __future__ import annotations

from uuid import UUID

import pytest
from hands import VICE_PRINCIPAL, wait_until

from common.db import Database
from common.notices import NoticeKind
from identity import events

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


def test_a_notice_of_the_product_reaches_the_mailbox_of_staff(office, suite):
    items = office.call("identity", "GET", "/accounts")["items"]
    [reader] = [row for row in items if row["display_name"] == VICE_PRINCIPAL]
    params = {
        "account_id": reader["id"],
        "action": "roster.exported",
        "count": 120,
        "at": "2026-11-24T06:20:00+00:00",
    }
    with Database(suite.engines["identity"]).for_school(suite.school_id) as session:
        notice_id = events.put_notice(
            session,
            NoticeKind.DOWNLOAD_ALARM,
            [UUID(reader["id"])],
            params,
            school_id=suite.school_id,
        )
    settled = "SELECT id, state FROM deliveries WHERE message_id = :id AND settled_at IS NOT NULL"
    [row] = wait_until(lambda: suite.query("dispatch-mail", settled, id=notice_id))
    assert row.state == "accepted"
    mails = suite.town("mails.json")
    [mail] = [mail for mail in mails if row.id.hex in mail["message_id"]]
    assert mail["recipient"] == suite.staff_mail(VICE_PRINCIPAL)
    assert "さんの持ち出しが、この1時間に合わせて120件になりました" in mail["text"]
    assert f"/accounts/{reader['id']}" in mail["text"]
    told = "SELECT 1 FROM outbox WHERE body LIKE :id"
    assert suite.query("dispatch-mail", told, id=f"%{notice_id}%") == [], "no message waits for it"
