"""What identity and messaging answer an operator about schools, operators and looks at data.

Forms are judged by identity's own schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import marshmallow as ma
from fake_operator import OperatorHouses
from town_school import SCHOOL, make_id

from common import clock
from common.errors import Invalid, NotFound, Refused
from identity.actions.accounts import MailTaken
from identity.actions.letters import LetterGone
from identity.actions.operators import OwnAccount
from identity.actions.schools import CodeTaken
from identity.api.schemas import AccessIn, OperatorIn, SchoolChangesIn, SchoolIn
from identity.domain.accesses import AccessOver, NewAccess, check_access
from identity.domain.guessing import CodeRefused
from identity.domain.particulars import SchoolChangedElsewhere

ME = make_id("operator")
COLLEAGUE = make_id("colleague")
CODE = "305117442"
OWN_CODE = "314159"
PASSWORD = "f7hk-m3wp-x9ta-qd2r"
UNTIL = "2030-04-08T14:59:00+00:00"
OTPAUTH = "otpauth://totp/Renraku:{mail}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Renraku"


def load(schema: ma.Schema, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what identity reads of a body; raise Invalid as it answers."""
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ma.ValidationError as error:
        raise Invalid("invalid", "Invalid.", fields=_as_json(error.normalized_messages())) from None
    return loaded


def _as_json(said: Any) -> Any:
    if isinstance(said, Mapping):
        return {str(name): _as_json(part) for name, part in said.items()}
    return said


class ConsoleHouse(OperatorHouses):
    """`operators`: who they are; `accesses`: the looks at schools' data, the newest first.

    `first_of`: school → its first administrator's address. `gives_password`: nobody has signed in.
    """

    def __init__(self) -> None:
        super().__init__()
        created_at = clock.now().isoformat()
        self.operators = [
            {"id": ME, "mail": "operator@renraku.test", "display_name": "中田 亮"},
            {"id": COLLEAGUE, "mail": "omori@renraku.test", "display_name": "大森 梓"},
        ]
        self.operators = [{**person, "created_at": created_at} for person in self.operators]
        self.accesses: list[dict[str, Any]] = []
        self.first_of: dict[str, str] = {SCHOOL["id"]: "yamashita@school.town.test"}
        # What the letter of a new school says of its first administrator.
        self.letters: dict[str, dict[str, str]] = {}
        self.printed: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.gives_password = True

    # Schools.
    def post_schools(self, request: dict[str, Any]) -> Any:
        self._only_operators(request)
        body = request["json"]
        loaded = load(SchoolIn(), body)
        school_id = body["id"]
        mail = loaded["administrator"]["mail"]
        if self.first_of.get(school_id, mail) != mail:
            raise CodeTaken()
        self.first_of[school_id] = mail
        self.schools[school_id] = {
            **SCHOOL,
            "id": school_id,
            "code": CODE,
            "kind": body["kind"],
            "mail_local": loaded["mail_local"],
        }
        self._keep(school_id, loaded)
        first = loaded["administrator"]
        self.letters[school_id] = {
            "display_name": first["display_name"],
            "post": first["post"],
            "mail": mail,
            "password": PASSWORD,
            "until": UNTIL,
        }
        if not self.gives_password:
            del self.letters[school_id]
        return {
            "id": school_id,
            "code": CODE,
            "administrator_password": PASSWORD if self.gives_password else "",
            "administrator_password_until": UNTIL,
        }

    def put_schools_school_id(self, request: dict[str, Any], school_id: str) -> Any:
        self._only_operators(request)
        loaded = load(SchoolChangesIn(), request["json"])
        if loaded["version"] != self.versions.get(school_id, "1"):
            raise SchoolChangedElsewhere()
        self._keep(school_id, loaded)
        self.versions[school_id] = str(int(loaded["version"]) + 1)
        return self.get_schools_school_id(request, school_id)

    def _keep(self, school_id: str, loaded: dict[str, Any]) -> None:
        school = self.schools[school_id]
        for name in ("name", "short_name", "phone", "phone_hours", "member_limit"):
            school[name] = loaded[name]
        contract = dict(loaded["contract"])
        self.contacts[school_id] = contract.pop("contacts")
        contract["starts_on"] = contract["starts_on"].isoformat()
        self.contracts[school_id] = contract

    def get_schools_school_id(self, request: dict[str, Any], school_id: str) -> Any:
        found = super().get_schools_school_id(request, school_id)
        return {**found, "has_letter": school_id in self.letters}

    def post_schools_school_id_letters(self, request: dict[str, Any], school_id: str) -> Any:
        self._only_operators(request)
        if school_id not in self.letters:
            raise LetterGone()
        self.printed.append(school_id)
        return self.letters[school_id]

    # Operators.
    def get_operators(self, request: dict[str, Any]) -> Any:
        self._only_operators(request)
        return {"items": self.operators}

    def post_operators(self, request: dict[str, Any]) -> Any:
        self._only_operators(request)
        loaded = load(OperatorIn(), request["json"])
        self._check_code(request)
        new_id = str(loaded["id"])
        others = [person for person in self.operators if person["id"] != new_id]
        if loaded["mail"] in [person["mail"] for person in others]:
            raise MailTaken()
        person = {
            "id": new_id,
            "mail": loaded["mail"],
            "display_name": loaded["display_name"],
            "created_at": clock.now().isoformat(),
        }
        self.operators = [*others, person]
        otpauth = OTPAUTH.format(mail=loaded["mail"])
        return {"id": new_id, "password": PASSWORD, "otpauth": otpauth}

    def put_operators_operator_id_second_factor(
        self, request: dict[str, Any], operator_id: str
    ) -> Any:
        person = self._other(request, operator_id)
        return {"otpauth": OTPAUTH.format(mail=person["mail"])}

    def post_operators_operator_id_remove(self, request: dict[str, Any], operator_id: str) -> None:
        person = self._other(request, operator_id)
        self.operators.remove(person)

    @staticmethod
    def _check_code(request: dict[str, Any]) -> None:
        if request["json"]["code"] != OWN_CODE:
            raise CodeRefused()

    def _other(self, request: dict[str, Any], operator_id: str) -> dict[str, Any]:
        self._only_operators(request)
        self._check_code(request)
        if operator_id == ME:
            raise OwnAccount()
        for person in self.operators:
            if person["id"] == operator_id:
                return person
        raise NotFound()

    # Looks at a school's data.
    def get_schools_school_id_accesses(self, request: dict[str, Any], school_id: str) -> Any:
        self._only_operators(request)
        return {"items": [each for each in self.accesses if each["school_id"] == school_id]}

    def post_schools_school_id_accesses(self, request: dict[str, Any], school_id: str) -> Any:
        self._only_operators(request)
        loaded = load(AccessIn(), request["json"])
        check_access(NewAccess(**loaded, operator_id=uuid4(), school_id=uuid4()))
        return self.look_into(school_id, **loaded)

    def look_into(
        self,
        school_id: str,
        *,
        id: UUID | None = None,
        reason: str = "電話で頼まれた件を確かめる",
        minutes: int = 30,
    ) -> dict[str, Any]:
        """Let the operator look at a school's data."""
        now = clock.now()
        access = {
            "id": str(id or uuid4()),
            "operator_id": ME,
            "operator_name": "中田 亮",
            "school_id": school_id,
            "reason": reason,
            "begun_at": now.isoformat(),
            "ends_at": (now + timedelta(minutes=minutes)).isoformat(),
            "ended_at": None,
        }
        self.accesses = [access, *self.accesses]
        return access

    def post_schools_school_id_accesses_access_id_end(
        self, request: dict[str, Any], school_id: str, access_id: str
    ) -> None:
        self._access(request, school_id, access_id)["ended_at"] = clock.now().isoformat()

    def post_schools_school_id_accesses_access_id_looks(
        self, request: dict[str, Any], school_id: str, access_id: str
    ) -> Any:
        access = self._access(request, school_id, access_id)
        is_over = access["ends_at"] <= clock.now().isoformat()
        if access["ended_at"] is not None or is_over:
            raise AccessOver()
        return {"token": f"look-{request['json']['part']}", "token_expires_in": 60}

    def _access(self, request: dict[str, Any], school_id: str, access_id: str) -> dict[str, Any]:
        self._only_operators(request)
        for access in self.accesses:
            if (access["id"], access["school_id"]) == (access_id, school_id):
                return access
        raise NotFound()

    def get_messages_sent(self, request: dict[str, Any]) -> Any:
        if request["user_token"] != "look-messages":
            raise Refused("not_allowed", "Messaging takes the token of a look alone.")
        return {"items": self.sent, "next": None}
