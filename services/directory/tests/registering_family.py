"""A family at the doors by which it registers, and the mails that it is sent."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from directory_school import FixedSchools, School
from werkzeug.test import TestResponse

from common import clock
from common.bus import tables
from common.crypto import SealedPlace
from common.schemas import Envelope
from common.web_push import encode
from directory.actions.registration_codes import Codes, give_codes

CODE = "208114825"
HOME = "192.0.2.10"


def phone(endpoint: str = "") -> dict[str, str]:
    """Return what the browser of a new phone gives."""
    return {
        "endpoint": endpoint or f"https://fcm.googleapis.com/fcm/send/{uuid4().hex}",
        "p256dh": encode(b"\x04" + uuid4().bytes * 4),
        "auth": encode(uuid4().bytes),
    }


@dataclass
class Office:
    """A school with its code, that hands out sheets."""

    school: School

    @classmethod
    def of(cls, school: School, schools: FixedSchools, code: str = CODE) -> Office:
        schools.codes[code] = school.id
        return cls(school)

    @property
    def key(self) -> Any:
        return self.school.app.extensions["clients"].school_keys.get(self.school.id)

    def sheet(self, child: str, *, anew: bool = False) -> Codes:
        """Print the sheet of a child."""
        member_id = UUID(self.school.roster.id(child))
        with self.school.app.extensions["database"].for_school(self.school.id) as session:
            given = give_codes(session, self.key, [member_id], anew=anew, now=clock.now())
        return given[member_id]

    def operations(self, action: str) -> list[dict[str, Any]]:
        """Return the lines of an act that the operation log was told."""
        told = [e.payload for e in self._events() if e.type == "operation.recorded"]
        return [payload for payload in told if payload["action"] == action]

    def asked_mails(self) -> list[str]:
        """Return which mails dispatch-mail was asked for, the oldest first."""
        asked = [event for event in self._events() if event.type == "family_mail.requested"]
        return [str(event.payload["mail_id"]) for event in asked]

    def mails(self, kind: str = "confirmation") -> list[dict[str, Any]]:
        """Return the mails of a kind as dispatch-mail would send them now, addresses in plain."""
        sent = []
        for mail_id in self.asked_mails():
            headers = self.school.service("dispatch-mail")
            answer = self.school.call("GET", f"/family-mails/{mail_id}", headers)
            if answer.status_code == 200 and answer.json["kind"] == kind:
                sent.append({**answer.json, "address": self._open(answer.json)})
        return sent

    def notifications(self, *, opened: bool = True) -> list[dict[str, Any]]:
        """Return what dispatch-push would bring to apps now; `opened`: addresses in plain."""
        asked = [e for e in self._events() if e.type == "family_notification.requested"]
        headers = self.school.service("dispatch-push")
        brought = []
        for event in asked:
            url = f"/family-notifications/{event.payload['notification_id']}"
            answer = self.school.call("GET", url, headers)
            if answer.status_code == 200:
                address = self._open(answer.json) if opened else answer.json["address"]
                brought.append({**answer.json, "address": address})
        return brought

    def _open(self, mail: dict[str, Any]) -> str:
        place = SealedPlace("contact_points", "address", UUID(mail["contact_point_id"]))
        return self.key.decrypt(base64.b64decode(mail["address"]), place)

    def _events(self) -> list[Envelope]:
        mine = sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == self.school.id)
        with self.school.app.extensions["database"].for_system(read_only=True) as session:
            bodies = session.scalars(mine.order_by(tables.outbox.c.position)).all()
        return [Envelope.load(body) for body in bodies]

    def mail_to(self, address: str) -> dict[str, Any]:
        """Return the latest confirmation that waits in a mailbox."""
        found = [mail for mail in self.mails() if mail["address"] == address]
        return found[-1]

    def guardians(self, child: str) -> list[dict[str, Any]]:
        return self.school.get(f"/members/{self.school.roster.id(child)}")["guardians"]


def points_of(office: Office, child: str) -> list[dict[str, Any]]:
    """Return the contact points of all guardians of a child."""
    return [point for each in office.guardians(child) for point in each["contact_points"]]


@dataclass
class Family:
    """Somebody with a sheet and a browser."""

    office: Office
    address: str = HOME
    token: str = field(default="", init=False)

    @property
    def school(self) -> School:
        return self.office.school

    def call(self, method: str, url: str, **body: Any) -> TestResponse:
        headers = self.school.service("gateway")
        return self.school.call(method, url, headers, json=body)

    def ask(self, url: str, method: str = "POST", **body: Any) -> Any:
        answer = self.call(method, url, token=self.token, **body)
        assert answer.status_code in (200, 201, 204), answer.json
        return answer.json if answer.data else None

    def refused(self, url: str, method: str = "POST", **body: Any) -> tuple[int, str]:
        answer = self.call(method, url, token=self.token, **body)
        assert answer.json is not None, answer.status
        return answer.status_code, answer.json["error"]["code"]

    def enter(self, login_id: str, passcode: str, code: str = CODE) -> TestResponse:
        """Type the codes of a sheet."""
        typed = {"school_code": code, "login_id": login_id, "passcode": passcode}
        answer = self.call("POST", "/registrations", **typed, remote_address=self.address)
        if answer.status_code == 201:
            self.token = answer.json["token"]
        return answer

    def begin(self, sheet: Codes, *, language: str = "ja", label: str = "母") -> None:
        """Enter a sheet, and agree to the use of addresses."""
        assert self.enter(sheet.login_id, sheet.passcode).status_code == 201
        about = {"terms_version": "2026-12", "label": label, "language": language}
        self.ask("/registrations/agreement", "PUT", **about)

    def add_sibling(self, sheet: Codes) -> None:
        typed = {"school_code": CODE, "login_id": sheet.login_id, "passcode": sheet.passcode}
        self.ask("/registrations/siblings", **typed, remote_address=self.address)

    def type_mail(self, address: str, **more: Any) -> str:
        return self.ask("/registrations/mails", address=address, **more)["mail_id"]

    def prove(self, address: str) -> Any:
        """Type an address, and the code of its mail."""
        mail_id = self.type_mail(address)
        code = self.office.mail_to(address)["code"]
        return self.ask("/registrations/mails/proof", mail_id=mail_id, code=code)

    def shown(self) -> Any:
        return self.ask("/registrations/look-up")
