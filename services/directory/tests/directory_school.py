"""A school at directory's door, and what builds its roster."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from common import clock
from common.bus import Handler, tables
from common.crypto import SchoolKey
from common.db import Database
from common.errors import Unavailable
from common.schemas import Envelope
from common.testing.tokens import bearer, service_token, staff_token
from directory.config import Settings
from directory.worker import IMPORTS, make_handlers

ALL = (
    "messages.send",
    "roster.see",
    "roster.change",
    "protected.see",
    "phones.see",
    "sheets.print",
    "sheets.change",
)


class FixedKeys:
    """Real keys, made at the first question instead of by identity."""

    def __init__(self) -> None:
        self.made: dict[UUID, SchoolKey] = {}

    def get(self, school_id: UUID) -> SchoolKey:
        return self.made.setdefault(school_id, SchoolKey(school_id, school_id.bytes * 2))


@dataclass
class Limits:
    """The contract's member limit, for all schools of a test."""

    limit: int | None = None


@dataclass
class FixedAccounts:
    """The accounts of schools in identity's place; what it is asked to check, and what it refuses.

    `refusals`: member → code, or "" for everybody.
    """

    known: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    checked: list[list[dict[str, Any]]] = field(default_factory=list)

    def add(self, school_id: UUID, member_id: str | None, role: str, mail: str, name: str) -> None:
        account = {"member_id": member_id, "role": role, "mail": mail, "display_name": name}
        self.known.setdefault(school_id, []).append(account)

    def list(self, school_id: UUID) -> Any:
        return self.known.get(school_id, [])

    def check(self, school_id: UUID, _actor_id: UUID, wanted: Any) -> dict[UUID, str]:
        self.checked.append(list(wanted))
        refused = {}
        for one in wanted:
            code = self.refusals.get(one["member_id"]) or self.refusals.get("")
            if code:
                refused[UUID(one["member_id"])] = code
        return refused


@dataclass
class FixedSchools:
    """Which schools are in use, in identity's place: all but `ended`; by code those of `codes`.

    `is_away`: identity can't be asked which school has a code.
    """

    codes: dict[str, UUID] = field(default_factory=dict)
    ended: set[UUID] = field(default_factory=set)
    is_away: bool = False

    def find(self, code: str) -> UUID | None:
        if self.is_away:
            raise Unavailable("identity_away", "Identity is away.")
        school_id = self.codes.get(code)
        return None if school_id in self.ended else school_id

    def is_in_use(self, school_id: UUID) -> bool:
        return school_id not in self.ended


@dataclass
class RosterBuilder:
    """A roster as POST /rosters takes it, built person by person; ids by short names."""

    ids: dict[str, UUID] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def id(self, name: str) -> str:
        return str(self.ids.setdefault(name, uuid4()))

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def group(
        self,
        name: str,
        parent: str | None = None,
        kind: str = "class",
        label: str | None = None,
        position: int = 1,
    ) -> None:
        parent_id = self.id(parent) if parent else None
        label = label or name
        self.add(
            "groups",
            id=self.id(name),
            kind=kind,
            name=label,
            parent_id=parent_id,
            position=position,
            fiscal_year=2026,
        )

    def member(
        self, name: str, kana: str, room: str | None = None, number: int | None = None, **more: Any
    ) -> None:
        kind = more.get("kind", "pupil")
        row = {
            "id": self.id(name),
            "kind": kind,
            "display_name": name,
            "kana": kana,
            "number": number,
            "status": "enrolled" if kind == "pupil" else "active",
            "status_since": "2026-04-01",
            **more,
        }
        self.add("members", **row)
        if room:
            self.join(name, room, kind="enrolled" if kind == "pupil" else "joined")

    def join(self, name: str, group: str, kind: str = "joined") -> None:
        self.add("memberships", group_id=self.id(group), member_id=self.id(name), kind=kind)

    def guardian(
        self,
        name: str,
        children: Iterable[str],
        mails: Iterable[str] = (),
        label: str = "母",
        **link: Any,
    ) -> None:
        self.add("guardians", id=self.id(name), name=name, language="ja")
        for child in children:
            ids = {"member_id": self.id(child), "guardian_id": self.id(name)}
            self.add("guardianships", **ids, label=label, position=1, **link)
        for mail in mails:
            self.point(name, "mail", mail)

    def phone(self, member: str, number: str, label: str, position: int = 1) -> None:
        self.add(
            "phone_numbers",
            id=self.id(number),
            member_id=self.id(member),
            label=label,
            number=number,
            position=position,
        )

    def point(
        self, owner: str, kind: str, address: str, owned_by: str = "guardian_id", **more: Any
    ) -> None:
        self.add(
            "contact_points",
            id=self.id(address),
            kind=kind,
            address=address,
            **{owned_by: self.id(owner)},
            **more,
        )


def small_school() -> RosterBuilder:
    """Return 全校 with 4年1組, 4年2組, 5年1組, ひまわり学級, a 登校班 and a staff group.

    Nine pupils, two staff.
    """
    roster = RosterBuilder()
    roster.group("全校")
    for grade in (4, 5):
        roster.group(f"{grade}年", "全校", position=grade)
    roster.group("4-1", "4年", label="1組", position=1)
    roster.group("4-2", "4年", label="2組", position=2)
    roster.group("5-1", "5年", label="1組", position=1)
    roster.group("ひまわり学級", "全校", position=9)
    roster.group("東町1班", kind="free")
    roster.group("全教職員", kind="staff")
    roster.member("高橋 陽菜", "タカハシ ヒナ", "4-1", 15)
    roster.member("髙橋 陽菜", "タカハシ ヒナ", "4-2", 14)
    roster.member("高木 さくら", "タカギ サクラ", "4-2", 12)
    roster.member("小鳥遊 心", "タカナシ ココロ", "4-2", 13)
    roster.member("髙橋 蓮", "タカハシ レン", "5-1", 13)
    roster.member("山崎 樹", "ヤマサキ イツキ", "5-1", 21)
    roster.member("渡邉 咲良", "ワタナベ サクラ", "ひまわり学級", 1)
    roster.member("転出 した子", "テンシュツ シタコ", "4-2", 30, status="transferred")
    roster.member("来年 入る子", "ライネン ハイルコ", status="prospective")
    roster.join("渡邉 咲良", "4-1")
    roster.join("髙橋 蓮", "東町1班")
    roster.join("髙橋 陽菜", "東町1班")
    roster.member("野口 大輔", "ノグチ ダイスケ", "全教職員", kind="staff")
    roster.member("古川 茂", "フルカワ シゲル", "全教職員", kind="staff")
    roster.guardian("髙橋 恵", ["髙橋 陽菜", "髙橋 蓮"], ["m..takahashi@docomo.town.test"])
    roster.guardian("高橋 隆", ["高橋 陽菜"], ["t.takahashi@town.test"], label="父")
    roster.guardian("小鳥遊 学", ["小鳥遊 心"], ["manabu@town.test"])
    roster.guardian("山崎 操", ["山崎 樹"])
    roster.guardian("渡邉 咲子", ["渡邉 咲良"], ["sakiko@town.test"])
    roster.point("山崎 操", "line", "U0001")
    roster.phone("髙橋 陽菜", "0000-00-1002", "父", position=2)
    roster.phone("髙橋 陽菜", "0000-00-1001", "母")
    roster.phone("高木 さくら", "0000-00-1003", "祖母")
    roster.point("野口 大輔", "mail", "noguchi@town.test", owned_by="member_id")
    return roster


@dataclass
class School:
    """A school at the directory's door."""

    app: Flask
    keys_dir: Path
    id: UUID = field(default_factory=uuid4)
    roster: RosterBuilder = field(default_factory=small_school)
    # Events that were handled.
    done: set[UUID] = field(default_factory=set)

    def staff(
        self, *functions: str, own_only: Iterable[str] = (), groups: Iterable[str] = ()
    ) -> dict[str, str]:
        own = [UUID(self.roster.id(name)) for name in groups]
        token = staff_token(
            self.keys_dir,
            school_id=self.id,
            functions=functions or ALL,
            own_only=own_only,
            groups=own,
        )
        return bearer(token)

    def service(self, name: str) -> dict[str, str]:
        return bearer(service_token(self.keys_dir, name, "directory", self.id))

    def call(
        self, method: str, url: str, headers: dict[str, str] | None = None, **request: Any
    ) -> TestResponse:
        answer = self.app.test_client().open(
            url, method=method, headers=headers or self.staff(), **request
        )
        if method == "POST" and url.startswith("/imports/plans"):
            self.work()
        return answer

    def apply(self, plan: Any, body: Any = None) -> Any:
        """Press the button of a plan; return what is told of it when the worker is done."""
        url = f"/imports/plans/{plan['id']}"
        pressed = self.post(f"{url}/apply", body)
        return {**pressed, **self.get(f"{url}/progress")}

    def why_not(self, plan: Any) -> str | None:
        """Press the button of a plan; return the code of what kept it from being written."""
        trouble = self.apply(plan)["trouble"]
        return trouble["code"] if trouble else None

    def work(self) -> None:
        """Do what the school asked of directory's worker since the last time."""
        database = self.app.extensions["database"]
        clients = self.app.extensions["clients"]
        settings = Settings(
            database_url="postgresql://unused", bus_url="memory://", keys_dir=self.keys_dir
        )
        handlers = make_handlers(settings, database, clients)
        of_school = sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == self.id)
        with database.for_system(read_only=True) as session:
            bodies = session.scalars(of_school.order_by(tables.outbox.c.position)).all()
        for body in bodies:
            event = Envelope.load(body)
            if event.type in IMPORTS.keys and event.id not in self.done:
                handle(database, handlers[event.type], event)
                self.done.add(event.id)

    def get(self, url: str, headers: dict[str, str] | None = None) -> Any:
        answer = self.call("GET", url, headers)
        assert answer.status_code == 200, answer.json
        return answer.json

    def post(self, url: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        answer = self.call("POST", url, headers, json=body)
        assert answer.status_code in (200, 201), answer.json
        return answer.json

    def refused(
        self, method: str, url: str, headers: dict[str, str] | None = None, **request: Any
    ) -> tuple[int, str]:
        answer = self.call(method, url, headers, **request)
        assert answer.json is not None, answer.status
        return answer.status_code, answer.json["error"]["code"]

    def load(self, roster: RosterBuilder | None = None) -> None:
        self.roster = roster or self.roster
        self.post("/rosters", self.roster.rows, self.service("operator"))

    def of(self, *names: str) -> list[str]:
        return [self.roster.id(name) for name in names]

    def snapshot(
        self,
        groups: Iterable[str] = (),
        members: Iterable[str] = (),
        excluded: Iterable[str] = (),
        **more: Any,
    ) -> Any:
        audience = {
            "group_ids": self.of(*groups),
            "member_ids": self.of(*members),
            "excluded_member_ids": self.of(*excluded),
        }
        headers = more.pop("headers", None)
        return self.post("/snapshots", {"audience": audience, **more}, headers)


def handle(database: Database, chosen: Handler, event: Envelope) -> None:
    """Do with an event what a worker does, without a broker."""
    assert event.school_id is not None
    with chosen.facts(event) as facts, database.for_school(event.school_id) as session:
        chosen.act(session, event, facts, now=clock.now())


def wait_until_held_or_done(database: Database, other: Future[Any]) -> None:
    """Return when somebody in the database waits for a lock, or when the other has not waited."""
    held = sa.text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    end = time.monotonic() + 20
    while not other.done():
        with database.for_system(read_only=True) as session:
            if session.scalar(held):
                return
        assert time.monotonic() < end, "the other neither waits nor ends"
