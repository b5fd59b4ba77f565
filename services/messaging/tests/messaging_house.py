"""Messaging as its tests knock at it, between a directory and an identity held in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from common import clock
from common.bus import inbox, tables
from common.crypto import make_link
from common.db import Database
from common.errors import NotFound
from common.schemas import Envelope
from common.testing import tokens
from messaging.actions import fan_out, outcomes
from messaging.clients import Clients, NamedNow
from messaging.config import Settings
from messaging.domain.audience import Addressed, AudiencePage, ClassLine, School, Snapshot
from messaging.domain.links import PURPOSE, link_key
from messaging.store.models import Message, Recipient

WHOLE = ("messages.read", "messages.send", "messages.send_urgent")
SENDS = ("messages.read", "messages.send")
Point = dict[str, Any]  # a contact point's answer
MakePupils = Callable[..., list[Addressed]]
MakeAudience = Callable[..., dict[str, list[str]]]
MakePoint = Callable[..., Point]


def make_token(secret: bytes, message_id: UUID, *who: UUID) -> str:
    """Return what a dispatcher puts into a link: a reader, and the contact point of newer mails."""
    return make_link(link_key(secret, message_id), PURPOSE, message_id, *who)


@dataclass
class Town:
    """Directory and identity as messaging sees them: snapshots that never change, and the school's
    profile.

    `above`: class → the groups above it, in the order of the tree.
    """

    school: School
    above: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    snapshots: dict[UUID, tuple[Snapshot, list[Addressed]]] = field(default_factory=dict)
    pages_asked: list[int | None] = field(default_factory=list)
    people: dict[UUID, NamedNow] = field(default_factory=dict)

    def add_snapshot(self, members: Sequence[Addressed], **changes: Any) -> UUID:
        classes = dict.fromkeys(member.class_id for member in members if member.class_id)
        lines = tuple(ClassLine(each, (each, *self.above.get(each, ()))) for each in classes)
        made = Snapshot(
            uuid4(),
            "4年2組",
            len(members),
            clock.now(),
            None,
            audience_of(),
            lines,
            family_label="4年2組",
        )
        self.snapshots[made.id] = (replace(made, **changes), list(members))
        return made.id

    def snapshot(self, school_id: UUID, snapshot_id: UUID) -> Snapshot:
        if school_id != self.school.id or snapshot_id not in self.snapshots:
            raise NotFound("snapshot_unknown")
        return self.snapshots[snapshot_id][0]

    def page(
        self, school_id: UUID, snapshot_id: UUID, after: int | None, limit: int
    ) -> AudiencePage:
        members = self.snapshots[snapshot_id][1]
        self.pages_asked.append(after)
        start = 0 if after is None else after
        end = min(start + limit, len(members))
        return AudiencePage(tuple(members[start:end]), end if end < len(members) else None)

    def names(self, school_id: UUID, member_ids: Sequence[UUID]) -> Sequence[NamedNow]:
        return [self.people[member_id] for member_id in member_ids if member_id in self.people]

    def make_snapshot(self, school_id: UUID, member_id: UUID) -> Snapshot:
        audience = audience_of(member_ids=[member_id])
        alone = {
            "label": "山下 明子 さん",
            "family_label": None,
            "staff_heads": 1,
            "audience": audience,
        }
        made = self.add_snapshot([Addressed(member_id, None, 0, ())], **alone)
        return self.snapshots[made][0]

    def clients(self) -> Clients:
        return Clients(
            self.snapshot, self.page, self.make_snapshot, lambda school_id: self.school, self.names
        )


def audience_of(**chosen: Sequence[UUID]) -> dict[str, list[str]]:
    """Return an audience as directory tells it: `audience_of(group_ids=[…])`."""
    names = ("group_ids", "member_ids", "excluded_member_ids")
    return {name: [str(each) for each in chosen.get(name, ())] for name in names}


def pupils(count: int, *, class_id: UUID | None = None) -> list[Addressed]:
    """Return pupils with two guardians each; every third one is the sibling of the one before, in
    one household.
    """
    members: list[Addressed] = []
    for number in range(count):
        if number % 3 == 2:
            members.append(members[-1]._replace(member_id=uuid4()))
        else:
            members.append(Addressed(uuid4(), class_id, number, (uuid4(), uuid4())))
    return members


@dataclass
class House:
    """The doors of messaging for one school of its own."""

    settings: Settings
    database: Database
    app: Flask
    town: Town
    account_id: UUID = field(default_factory=uuid4)
    handled: set[UUID] = field(default_factory=set)
    _keys: Iterator[int] = field(default_factory=itertools.count)

    @property
    def school_id(self) -> UUID:
        return self.town.school.id

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def sender(self, groups: Sequence[UUID], **options: Any) -> dict[str, str]:
        """Return the token of a person who reads and sends in own classes only."""
        return self.staff(SENDS, own_only=SENDS, groups=groups, **options)

    def staff(self, functions: Sequence[str] = WHOLE, **options: Any) -> dict[str, str]:
        options = {"school_id": self.school_id, "account_id": self.account_id, **options}
        return tokens.bearer(
            tokens.staff_token(self.settings.keys_dir, functions=functions, **options)
        )

    def service(self, name: str, school_id: UUID | None = None) -> dict[str, str]:
        return tokens.bearer(
            tokens.service_token(self.settings.keys_dir, name, "messaging", school_id)
        )

    def draft(self, **content: Any) -> dict[str, Any]:
        """Write a draft by HTTP."""
        body = {
            "subject": "校外学習（12月4日）の持ち物について",
            "body": "水筒と敷物を持たせてください。",
            **content,
        }
        answer = self.client.post("/messages", json=body, headers=self.staff())
        assert answer.status_code == 201, answer.json
        return dict(answer.json)

    def press(self, message_id: str, snapshot_id: UUID, key: str | None = None, **more: Any) -> Any:
        """Press the send button by HTTP."""
        headers = {
            **(more.pop("headers", None) or self.staff()),
            "Idempotency-Key": key or f"press-{next(self._keys)}",
        }
        body = {"snapshot_id": str(snapshot_id), **more}
        return self.client.post(f"/messages/{message_id}/release", json=body, headers=headers)

    def send(self, members: Sequence[Addressed], **content: Any) -> UUID:
        """Send a message at once and unfold it; return its id."""
        self.town.school = replace(self.town.school, undo_seconds=0, urgent_undo_seconds=0)
        draft = self.draft(**content)
        message_id = UUID(draft["id"])
        answer = self.press(
            draft["id"], self.town.add_snapshot(members, audience=draft["audience"])
        )
        assert answer.json["state"] == "released", answer.json
        self.pump()
        return message_id

    def get(self, path: str, **options: Any) -> Any:
        answer = self.client.get(
            path, headers=options.pop("headers", None) or self.staff(), **options
        )
        assert answer.status_code == 200, answer.json
        return answer.json

    def link(self, message_id: UUID, reader_id: UUID, contact_point_id: UUID | None = None) -> str:
        """Return the token that a dispatcher would put into this reader's mail; without a contact
        point, that of an old mail.
        """
        secret = self.app.extensions["link_secret"]
        who = (reader_id, contact_point_id) if contact_point_id else (reader_id,)
        return make_token(secret, message_id, *who)

    def said(self, event_type: str | None = None) -> list[Envelope]:
        """Return what this school's messages left in the outbox, in order."""
        table = tables.outbox
        with self.database.for_system(read_only=True) as session:
            query = (
                sa.select(table.c.body)
                .where(table.c.school_id == self.school_id)
                .order_by(table.c.position)
            )
            events = [Envelope.load(body) for body in session.scalars(query)]
        return [event for event in events if event_type in (None, event.type)]

    def hear(self, event: Envelope, *, now: datetime | None = None) -> None:
        """Handle an event as the worker does: gather outside, then inbox and act in one
        transaction.
        """
        assert event.school_id is not None
        moment = now or clock.now()
        if event.type == "delivery.settled":
            with self.database.for_school(event.school_id) as session:
                if inbox.first_time(session, "messaging.outcomes", event.id, moment):
                    outcomes.record_outcomes(session, event, None, now=moment)
            return
        if event.type == "delivery.amended":
            with self.database.for_school(event.school_id) as session:
                if inbox.first_time(session, "messaging.amendments", event.id, moment):
                    outcomes.record_return(session, event, None, now=moment)
            return
        facts = fan_out.gather_page(self.database, self.town.clients())(event)
        with self.database.for_school(event.school_id) as session:
            if inbox.first_time(session, "messaging.fan-out", event.id, moment):
                fan_out.record_page(session, event, facts, now=moment)

    def pump(self) -> None:
        """Hear every fan-out event of this school until none is new."""
        while new := [
            e
            for e in self.said()
            if e.type in ("message.released", "message.paged") and e.id not in self.handled
        ]:
            for event in new:
                self.handled.add(event.id)
                self.hear(event)

    def settled(
        self,
        message_id: UUID,
        points: Sequence[dict[str, Any]] = (),
        nothing: Sequence[UUID] = (),
        *,
        channel: str = "mail",
    ) -> Envelope:
        """Return what a dispatcher says about a batch, as it arrives: through JSON text."""
        payload = {
            "message_id": message_id,
            "channel": channel,
            "points": list(points),
            "nothing": list(nothing),
        }
        return Envelope.load(Envelope.of("delivery.settled", self.school_id, payload).dump())

    def came_back(self, message_id: UUID, point: Mapping[str, Any], reason: str) -> Envelope:
        """Return what dispatch-mail says of a mail that came back, as it arrives."""
        payload = {
            "message_id": message_id,
            "channel": "mail",
            "contact_point_id": point["contact_point_id"],
            "guardian_id": point["guardian_id"],
            "reason": reason,
            "amended_at": clock.now(),
            "members": point["members"],
        }
        return Envelope.load(Envelope.of("delivery.amended", self.school_id, payload).dump())

    def run(self, action: Callable[..., Any], after: timedelta = timedelta(0)) -> Any:
        """Run a job as the clock does, so much later."""
        with self.database.for_system() as session:
            return action(session, now=clock.now() + after)

    def message(self, message_id: UUID | str) -> Message:
        with self.database.for_school(self.school_id, read_only=True) as session:
            return session.scalars(
                sa.select(Message).where(Message.id == UUID(str(message_id)))
            ).one()

    def recipients(self, message_id: UUID | str) -> dict[UUID, Recipient]:
        with self.database.for_school(self.school_id, read_only=True) as session:
            rows = session.scalars(
                sa.select(Recipient).where(Recipient.message_id == UUID(str(message_id)))
            ).all()
        return {row.member_id: row for row in rows}


def point(members: dict[UUID, int], state: str = "accepted", **options: Any) -> Point:
    """Return one contact point's answer; `members`: child → how many contact points it has."""
    answer = {
        "contact_point_id": uuid4(),
        "guardian_id": uuid4(),
        "state": state,
        "reason": None,
        "settled_at": clock.now(),
    }
    return {**answer, "members": members, **options}
