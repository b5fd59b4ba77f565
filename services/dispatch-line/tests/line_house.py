"""dispatch-line at work: its worker on a bus in memory, its answers, and LINE's webhooks at the
door.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from common import clock
from common.bus import memory, tables
from common.db import Database
from common.delivery.states import WAITING
from common.schemas import Envelope
from common.testing.dispatch import Neighbours
from common.testing.events import published
from dispatch_line.config import Settings
from dispatch_line.store.models import EVENTS, TABLES
from dispatch_line.worker import create_worker
from suite.town.line import LineTown
from suite.town.line_webhooks import make_event, sign
from suite.town.talks import words_of

DELIVERIES = TABLES.deliveries
ACCOUNT, TOKEN, SECRET = (
    "みなも市学校連絡",
    "token of the school's account",
    "secret of the school's account",
)
Buttons = dict[str, str]  # what a message's buttons carry, by their labels
MakeUser = Callable[..., str]
SendToFamily = Callable[..., Awaitable[tuple[str, Buttons]]]
AsOperator = Callable[..., TestResponse]


@dataclass
class House:
    """What tests do with the house and see of it."""

    settings: Settings
    database: Database
    neighbours: Neighbours
    line: LineTown
    app: Flask
    account_id: UUID
    transport: memory.Memory

    @asynccontextmanager
    async def working(self, **changes: Any) -> AsyncIterator[None]:
        """Run the worker for the length of a block, on a connection of its own to the bus."""
        own, stop = memory.Memory(), asyncio.Event()
        role = create_worker(self.settings.model_copy(update=changes), self.database, own)
        task = asyncio.create_task(role.run(stop))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(task, 30)
            await own.close()

    async def publish(
        self,
        message_id: UUID,
        *families: list[tuple[UUID, list[UUID]]],
        lane: str = "normal",
        **more: Any,
    ) -> None:
        """Ask for one page of a message."""
        members = [
            {"member_id": child, "guardian_ids": guardians}
            for family in families
            for child, guardians in family
        ]
        payload = {"message_id": message_id, "lane": lane, "members": members, **more}
        await self.say("delivery.requested", payload, f"delivery.requested.{lane}")

    async def say(self, event_type: str, payload: dict[str, Any], key: str | None = None) -> None:
        event = Envelope.of(event_type, self.neighbours.school_id, payload)
        await self.transport.publish(published(self.settings.keys_dir, event, key))

    async def until(self, fact: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until a fact is true; fail when it isn't in time."""
        deadline = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < deadline, (
                f"the fact did not come true in time: {self.states()}"
            )
            await asyncio.sleep(0.01)

    def rows(self) -> list[Any]:
        with self.database.for_system(read_only=True) as session:
            return list(session.execute(sa.select(DELIVERIES)))

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.rows())

    def reasons(self) -> Counter[str]:
        return Counter(row.reason for row in self.rows())

    def let_time_pass(self) -> None:
        """Make every waiting row due."""
        with self.database.for_system() as session:
            due = (
                sa.update(DELIVERIES)
                .where(DELIVERIES.c.state.in_(sorted(WAITING)))
                .values(next_attempt_at=clock.now())
            )
            session.execute(due)

    def said(self, event_type: str) -> list[dict[str, Any]]:
        """Return the payloads of a type in the outbox."""
        with self.database.for_system(read_only=True) as session:
            bodies = session.scalars(
                sa.select(tables.outbox.c.body).order_by(tables.outbox.c.position)
            ).all()
        return [event.payload for event in map(Envelope.load, bodies) if event.type == event_type]

    def talk(self, user_id: str) -> list[Any]:
        """Return what was said in a person's talk."""
        return self.line.talks.list_said(ACCOUNT, user_id)

    def buttons(self, user_id: str) -> dict[str, str]:
        """Return what the buttons of the last message in a person's talk carry, by their labels."""
        [*_, said] = [said for said in self.talk(user_id) if said.by_school]
        return {
            part["action"]["label"]: part["action"]["data"]
            for part in said.body["contents"]["footer"]["contents"]
        }

    def tap(self, user_id: str, data: str, **more: Any) -> dict[str, Any]:
        """Return the event of a button that is tapped."""
        return self.event("postback", user_id, postback={"data": data}, **more)

    def handled(self) -> list[Any]:
        """Return the events that are dealt with."""
        with self.database.for_system(read_only=True) as session:
            return list(session.execute(sa.select(EVENTS).where(EVENTS.c.handled_at.is_not(None))))

    def replies(self, user_id: str) -> list[str]:
        return [words_of(said.body) for said in self.talk(user_id) if said.kind == "reply"]

    def event(self, kind: str, user_id: str, **more: Any) -> dict[str, Any]:
        """Return an event as LINE tells it, with a reply token that works."""
        token = self.line.talks.give_reply_token(ACCOUNT, user_id)
        return make_event(kind, user_id, **{"replyToken": token, **more})

    def hear(
        self,
        *events: Any,
        body: bytes | None = None,
        signature: str | None = None,
        account_id: UUID | None = None,
    ) -> Any:
        """Send a webhook at the door."""
        raw = (
            json.dumps({"destination": "U", "events": list(events)}, ensure_ascii=False).encode()
            if body is None
            else body
        )
        headers = {"X-Line-Signature": sign(SECRET, raw) if signature is None else signature}
        return self.app.test_client().post(
            f"/webhooks/{account_id or self.account_id}", data=raw, headers=headers
        )
