"""A school whose families come to My Page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from directory_school import RosterBuilder, School

from common import clock
from common.bus import tables
from common.db import Database
from common.schemas import Envelope
from directory.actions.family_sessions import open_session
from directory.store.models import FamilyPassword, RegistrationAttempt, RegistrationTries

PLACE = "198.51.100.7"
TAKAHASHI = "m..takahashi@docomo.town.test"
MINE = "mine@town.test"
OVER = (401, "family_session_over")


class Families:
    """The gateway and dispatch-mail at the directory's door, for the families of one school."""

    def __init__(self, school: School, database: Database) -> None:
        self.school = school
        self.database = database

    def events(self, event_type: str) -> list[Envelope]:
        """Return what was said of a type, in its order."""
        of_school = sa.select(tables.outbox.c.body).where(
            tables.outbox.c.school_id == self.school.id
        )
        with self.database.for_system(read_only=True) as session:
            bodies = session.scalars(of_school.order_by(tables.outbox.c.position)).all()
        said = [Envelope.load(body) for body in bodies]
        return [event for event in said if event.type == event_type]

    def actions(self) -> list[str]:
        """Return what stands in the operation log."""
        return [event.payload["action"] for event in self.events("operation.recorded")]

    def ask(self, mail: str, place: str = PLACE) -> int:
        body = {"mail": mail, "remote_address": place}
        answer = self.school.call("POST", "/family-links", self.gateway, json=body)
        return answer.status_code

    def mails(self) -> Sequence[Any]:
        """Return the mails that were asked for and need still go, as dispatch-mail is told."""
        post = self.school.service("dispatch-mail")
        found = []
        for event in self.events("family_mail.requested"):
            answer = self.school.call("GET", f"/family-mails/{event.payload['mail_id']}", post)
            if answer.status_code == 200:
                found.append(answer.json)
        return found

    def press(self, token: str) -> Any:
        return self.school.call("POST", f"/family-links/{token}/press", self.gateway)

    def sign_in(self, mail: str) -> str:
        """Come in by a mail, and return what the browser keeps."""
        assert self.ask(mail) == 204
        pressed = self.press(self.mails()[-1]["token"])
        assert pressed.status_code == 200, pressed.json
        token: str = pressed.json["token"]
        return token

    def register(self, guardian: str) -> str:
        """Come in as who has just registered."""
        guardian_id = UUID(self.school.roster.id(guardian))
        with self.database.for_school(self.school.id) as session:
            return open_session(session, self.school.id, guardian_id, now=clock.now())

    def resolve(self, token: str) -> Any:
        return self.school.post("/family-sessions/resolve", {"token": token}, self.gateway)

    def refused(self, token: str) -> tuple[int, str]:
        body = {"token": token}
        return self.school.refused("POST", "/family-sessions/resolve", self.gateway, json=body)

    def change(self, method: str, url: str, token: str, **more: Any) -> Any:
        body = {"token": token, **more}
        return self.school.call(method, f"/family-sessions{url}", self.gateway, json=body)

    @property
    def gateway(self) -> dict[str, str]:
        return self.school.service("gateway")


@pytest.fixture(autouse=True)
def no_passwords(database: Database) -> Iterator[None]:
    """Let a test begin without passwords of families, and tries at them, and leave none."""
    with database.for_system() as session:
        for model in (RegistrationTries, RegistrationAttempt, FamilyPassword):
            session.execute(sa.delete(model))
    yield
    with database.for_system() as session:
        session.execute(sa.delete(FamilyPassword))


@pytest.fixture
def families(school: School, database: Database) -> Families:
    return Families(school, database)


@pytest.fixture
def double(empty_school: School, new_roster: type[RosterBuilder], database: Database) -> Families:
    """Return a school where a mother was registered twice, once for each child."""
    roster = new_roster()
    roster.group("全校")
    roster.member("森 鷗介", "モリ オウスケ", "全校", 1)
    roster.member("森 茉莉", "モリ マリ", "全校", 2)
    roster.guardian("森 峰", ["森 鷗介"], [MINE, "other@town.test"])
    roster.guardian("森 峰子", ["森 茉莉"])
    again = {"id": roster.id("again"), "guardian_id": roster.id("森 峰子")}
    roster.add("contact_points", kind="mail", address=MINE, **again)
    empty_school.load(roster)
    return Families(empty_school, database)


def names(family: dict[str, list[dict[str, str]]]) -> list[str]:
    return [child["display_name"] for child in family["children"]]
