"""Retention as its tests knock at it, beside an identity that answers from memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from common import clock
from common.bus import Handler, handler, inbox, tables
from common.clock import JST
from common.db import Database
from common.errors import NotFound
from common.keys import Keys
from common.schemas import Envelope
from common.testing.tokens import bearer, service_token
from retention.actions import certificates, erasures
from retention.clients import DestroyedKey, Profile
from retention.config import Settings
from retention.store.models import Erasure

HOUSES = ("identity", "directory", "messaging", "dispatch-mail")


def start_of(day: date) -> datetime:
    """Return the first moment of a day in Japan, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=JST).astimezone(UTC)


@dataclass
class Identity:
    """identity as retention sees it: schools have a name, and a key is destroyed once.

    `kept`: schools that were given another end; `asked`: whose erasure was asked for.
    """

    kept: set[UUID] = field(default_factory=set)
    asked: list[UUID] = field(default_factory=list)
    destroyed: dict[UUID, DestroyedKey] = field(default_factory=dict)

    def profile(self, school_id: UUID) -> Profile:
        if school_id in self.destroyed:
            raise NotFound()
        return Profile("123456789", "みなも市立つばめ野小学校")

    def may_begin(self, school_id: UUID) -> bool:
        self.asked.append(school_id)
        return school_id not in self.kept

    def destroy_key(self, school_id: UUID) -> DestroyedKey:
        return self.destroyed.setdefault(school_id, DestroyedKey("ab12" * 16, clock.now()))


@dataclass
class House:
    """The doors of retention; `hear` does what its worker does."""

    settings: Settings
    database: Database
    app: Flask
    identity: Identity = field(default_factory=Identity)

    def get(
        self, path: str, *, name: str = "operator", school_id: UUID | None = None
    ) -> TestResponse:
        token = service_token(self.settings.keys_dir, name, "retention", school_id)
        return self.app.test_client().get(path, headers=bearer(token))

    def get_with(self, path: str, token: str) -> TestResponse:
        """Ask as the person of a token."""
        return self.app.test_client().get(path, headers=bearer(token))

    def post_with(self, path: str, token: str) -> TestResponse:
        """Press as the person of a token."""
        return self.app.test_client().post(path, headers=bearer(token))

    def put_by(self, press: Callable[[], TestResponse]) -> list[Envelope]:
        """Return what a press that succeeds puts into the outbox."""
        with self.database.for_system(read_only=True) as session:
            start = self._newest(session)
        assert press().status_code == 204
        with self.database.for_system(read_only=True) as session:
            return self._put_since(session, start)

    def hear(self, event: Envelope, *, now: datetime | None = None) -> list[Envelope]:
        """Handle an event in one transaction; return what it put into the outbox."""
        assert event.school_id is not None
        chosen = self._handlers()[event.type]
        with time_machine.travel(now or clock.now()):
            facts = chosen.gather(event) if chosen.gather else None
        with self.database.for_school(event.school_id) as session:
            start = self._newest(session)
            if inbox.first_time(session, "retention.tests", event.id, clock.now()):
                chosen.act(session, event, facts, now=now or clock.now())
            return self._put_since(session, start)

    def tick(self, job: Any, now: datetime) -> list[Envelope]:
        """Run a job at a moment; return what it put into the outbox."""
        with self.database.for_system() as session:
            start = self._newest(session)
            job(session, now=now)
            return self._put_since(session, start)

    def end(
        self, school_id: UUID, ended_on: date, grace_days: int = 30, *, now: datetime | None = None
    ) -> list[Envelope]:
        payload = {"ended_on": ended_on, "grace_days": grace_days}
        return self.hear(Envelope.of("contract.ended", school_id, payload), now=now)

    def begin(self, school_id: UUID, *, now: datetime | None = None) -> list[Envelope]:
        """Hear that the erasure is due."""
        return self.hear(Envelope.of("erasure.due", school_id, {}), now=now)

    def erasing(self, school_id: UUID, *, now: datetime | None = None) -> None:
        """End a school without any grace, up to the beginning of its erasure."""
        (due,) = self.end(school_id, clock.today(), 0, now=now)
        self.hear(due, now=now)

    def answer(
        self, school_id: UUID, house: str, counts: Mapping[str, int], **more: Any
    ) -> list[Envelope]:
        return self.hear(
            Envelope.of("school.erased", school_id, {"house": house, "counts": dict(counts)}),
            **more,
        )

    def row(self, school_id: UUID) -> Erasure:
        with self.database.for_system(read_only=True) as session:
            return session.get_one(Erasure, school_id)

    def certified(self, *, ended_on: date | None = None) -> UUID:
        """Bring a school's end to its certificate."""
        school_id = uuid4()
        (due,) = self.end(school_id, ended_on or clock.today(), 0)
        self.hear(due)
        for house in HOUSES:
            put = self.answer(school_id, house, {"rows": 3})
        self.hear(put[0])
        return school_id

    def _handlers(self) -> dict[str, Handler]:
        clients: Any = self.identity
        sign = Keys(self.settings.keys_dir, "retention").sign
        return {
            "contract.ended": handler(
                erasures.note_end(HOUSES), gather=erasures.find_profile(clients)
            ),
            "erasure.due": handler(
                erasures.begin, gather=erasures.ask_identity(self.database, clients)
            ),
            "school.erased": handler(erasures.note_answer),
            "erasure.completed": handler(
                certificates.certify(sign, "みなも市教育委員会"),
                gather=certificates.destroy_key(self.database, clients),
            ),
        }

    @staticmethod
    def _newest(session: Any) -> int:
        return (
            session.scalar(
                select(tables.outbox.c.position).order_by(tables.outbox.c.position.desc()).limit(1)
            )
            or 0
        )

    @staticmethod
    def _put_since(session: Any, start: int) -> list[Envelope]:
        bodies = (
            select(tables.outbox.c.body)
            .where(tables.outbox.c.position > start)
            .order_by(tables.outbox.c.position)
        )
        return [Envelope.load(body) for body in session.scalars(bodies)]
