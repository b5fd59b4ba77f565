"""The houses next door to a dispatcher, for its tests: what it asks of them over HTTP."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from common.crypto import SchoolKey, SealedPlace
from common.keys import Keys, TokenRefused
from common.testing.contracts import Contracts

SCHOOL = {
    "kind": "elementary",
    "name": "みなも市立つばめ野小学校",
    "short_name": "つばめ野小",
    "phone": "03-0000-0000",
    "phone_hours": "8:00〜17:00",
    "mail_local": "tsubameno",
}
_DAYS = (
    "first_alarm_on",
    "second_alarm_on",
    "hard_alarm_on",
    "erased_by",
    "backups_leave_on",
    "gone_by",
    "erases_on",
    "ended_on",
)
_MOMENTS = ("started_at", "erased_at", "key_destroyed_at", "certified_at", "handed_over_at")
PROFILE: dict[str, Any] = {
    **SCHOOL,
    "code": "200000001",
    "state": "active",
    "undo_seconds": 30,
    "urgent_undo_seconds": 5,
    "pupil_word": "",
    "guardian_names": "name_and_label",
    "member_limit": 400,
}
ERASING: dict[str, Any] = {
    **dict.fromkeys(_DAYS, "2026-11-30"),
    **dict.fromkeys(_MOMENTS),
    "grace_days": 0,
    "read_only_until": None,
    "school_code": "TSUBAME1",
    "school_name": SCHOOL["name"],
    "state": "erasing",
    "day": 1,
    "alarm": "none",
    "steps": [],
}
# A child with its guardians; a member of staff: without.
Member = tuple[UUID, list[UUID]]


@dataclass
class Neighbours(httpx.BaseTransport):
    """The houses as a dispatcher sees them: one school, its families, its messages, its staff's
    accounts, and its end.

    Answers what the owners declare, and only a caller whose token names the house that is asked.
    `away`: houses that can't be reached. `strangers`: houses in whose place something else answers,
    with which status. `hidden`: messages that staff do not get to see. `missed`: how often one that
    is away was asked. `declined`: how directory answers an empty mail, instead of taking it.
    `is_erasing`: whether retention has begun to erase the school.
    """

    keys_dir: Path
    contracts: Contracts
    school_id: UUID = field(default_factory=uuid4)
    key: SchoolKey = field(init=False)
    link_key: bytes = b"link key of one message, 32 byte"
    points: list[dict[str, Any]] = field(default_factory=list)
    children: dict[UUID, list[UUID]] = field(default_factory=dict)  # child → guardians
    contents: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    family_mails: dict[str, dict[str, Any]] = field(default_factory=dict)
    empty_mails: dict[str, list[str]] = field(default_factory=dict)  # our address → senders
    declined: tuple[int, str] | None = None
    confirmed: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    nonces: dict[str, str] = field(default_factory=dict)  # nonce → LINE user, "" before
    talk_code: str = ""  # of the school, where it lets families register in the talk
    talk_sheets: dict[str, str] = field(default_factory=dict)  # ID → passcode
    talk_left: int = 5  # how many wrong numbers directory takes
    talk_users: list[str] = field(default_factory=list)  # who registered in the talk
    away: set[str] = field(default_factory=set)
    strangers: dict[str, int] = field(default_factory=dict)
    missed: int = 0
    is_erasing: bool = False
    hidden: set[UUID] = field(default_factory=set)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = SchoolKey(self.school_id, os.urandom(32))

    def add_family(self, address: str, *, staff: bool = False) -> Member:
        """Add a contact point; return its child with the guardian."""
        return self.add_siblings(address, staff=staff)[0]

    def add_siblings(self, address: str, *, children: int = 1, staff: bool = False) -> list[Member]:
        """Add a contact point; return its children with their guardian."""
        owner = uuid4()
        point = uuid4()
        place = SealedPlace("contact_points", "address", point)
        sealed = self.key.encrypt(address, place)
        self.points.append(
            {
                "contact_point_id": str(point),
                "guardian_id": None if staff else str(owner),
                "owner_member_id": str(owner) if staff else None,
                "address": base64.b64encode(sealed).decode(),
                "state": "active",
                "health": None,
                "plain": address,
            }
        )
        if staff:
            guardians = []
            members = [owner]
        else:
            guardians = [owner]
            members = [uuid4() for _ in range(children)]
        self.children |= dict.fromkeys(members, guardians)
        return [(member, guardians) for member in members]

    def rename(self, address: str, number: int = 0) -> None:
        """Give a contact point another address."""
        point = self.points[number]
        place = SealedPlace("contact_points", "address", UUID(point["contact_point_id"]))
        sealed = self.key.encrypt(address, place)
        point["address"] = base64.b64encode(sealed).decode()
        point["plain"] = address

    def add_message(self, **changes: Any) -> UUID:
        message_id = uuid4()
        self.contents[message_id] = {
            "message_id": str(message_id),
            "school": SCHOOL,
            "kind": "notice",
            "lane": "normal",
            "state": "released",
            "mark": None,
            "subject": "運動会の順延について",
            "body": "雨天のため、運動会を順延します。",
            "short_text": "",
            "addressing": "4年2組",
            "names_people": False,
            "pupil_heads": 1,
            "staff_heads": 0,
            "link_key": base64.b64encode(self.link_key).decode(),
            "confirmable": True,
            "released_at": "2026-11-24T06:05:09+00:00",
        } | changes
        return message_id

    def add_account(self, mail: str, name: str = "山下 明子", **changes: Any) -> UUID:
        """Add an account of the school's staff, in use until `is_open` is taken away."""
        account_id = uuid4()
        self.accounts[str(account_id)] = {
            "account_id": str(account_id),
            "mail": mail,
            "display_name": name,
            "post": "教頭",
            "language": "ja",
            "is_open": True,
        } | changes
        return account_id

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        service, path = request.url.host, request.url.path
        if service in self.away:
            self.missed += 1
            raise httpx.ConnectError("away", request=request)
        if service in self.strangers:
            return httpx.Response(self.strangers[service], html="<h1>It works!</h1>")
        token = request.headers["Authorization"].removeprefix("Bearer ")
        try:
            claims = Keys(self.keys_dir, service).read_token(token)
        except TokenRefused:
            return _refusal(401, "unauthenticated")
        if not self._may_see(claims, path):
            return _refusal(404, "not_found")
        body = json.loads(request.content) if request.content else {}
        self.asked.append((service, path, body))
        answer = self._answer(service, path, body)
        return self.contracts.passed_response(service, request, answer)

    def _may_see(self, claims: dict[str, Any], path: str) -> bool:
        if "mail-locals" in path or "empty-mails" in path or "talk-registrations/" in path:
            return True
        if claims.get("school") != str(self.school_id):
            return False
        is_hidden = any(str(message_id) in path for message_id in self.hidden)
        return not (claims.get("kind") == "staff" and is_hidden)

    def _answer(self, service: str, path: str, body: dict[str, Any]) -> httpx.Response:
        match service, path.strip("/").split("/"):
            case "identity", ["keys", _]:
                return self._school_key()
            case "identity", ["schools", *which]:
                return self._schools(which)
            case "identity", ["accounts", "notice-addresses"]:
                return self._readers(body)
            case "directory", parts:
                return self._answer_of_directory(parts, body)
            case "messaging", ["messages", message_id, "content"]:
                return self._content(UUID(message_id))
            case "messaging", ["messages", message_id, "confirmations"]:
                return self._confirm(UUID(message_id), body)
            case "retention", ["erasures", _]:
                return self._erasure()
        return _refusal(404, "message_unknown")

    def _answer_of_directory(self, parts: list[str], body: dict[str, Any]) -> httpx.Response:
        match parts:
            case ["contact-points", "look-up"]:
                points = self._points_of(body["members"])
                return _success({"items": points})
            case ["contact-points", "owners"]:
                points = self._points_at(body["address"])
                return _success({"items": points})
            case ["line-links", "told"]:
                return self._link(body)
            case ["family-links", "of-line"]:
                return self._give_link(body["user_id"])
            case ["talk-registrations", *which]:
                return self._talk(which, body)
            case ["contact-points", point_id]:
                return self._point_state(point_id)
            case ["family-notifications", notification_id]:
                return self._family_mail(notification_id)
            case ["family-mails", mail_id]:
                return self._family_mail(mail_id)
            case ["empty-mails", *which]:
                return self._empty_mail(which, body)
        return _refusal(404, "not_found")

    def _link(self, told: dict[str, Any]) -> httpx.Response:
        """Link a LINE user by a nonce of ours, which is the first's who comes with it."""
        nonce, user_id = told["nonce"], told["user_id"]
        if nonce not in self.nonces:
            return _refusal(409, "line_link_over")
        first = self.nonces[nonce] = self.nonces[nonce] or user_id
        if first != user_id:
            return _refusal(409, "line_link_used")
        return _success({"children": 1, "is_held": False})

    def _give_link(self, user_id: str) -> httpx.Response:
        """Give a LINE user whose it is a link to My Page."""
        points = self._points_at(user_id)
        if not points:
            return _refusal(404, "contact_point_not_found")
        if not any(point["guardian_id"] for point in points):
            return _refusal(409, "no_family_page")
        return httpx.Response(201, json={"token": f"link-of-{user_id[-4:]}"})

    def _talk(self, which: list[str], typed: dict[str, Any]) -> httpx.Response:
        """Register a LINE user in the talk, where the school allows it."""
        ids = [str(self.school_id)] if self.talk_code else []
        if which == ["schools", "look-up"]:
            return _success({"school_ids": ids})
        if not ids:
            return _refusal(409, "talk_registration_off")
        if not self.talk_left:
            return _refusal(429, "locked", retry_after=30)
        is_right = typed.get("school_code") == self.talk_code
        if not which:
            is_right = self.talk_sheets.get(typed["login_id"]) == typed["passcode"]
        if not is_right:
            self.talk_left -= 1
            return _refusal(422, "registration_codes_wrong", left=self.talk_left)
        if which:
            return _success({"school_id": ids[0]})
        self.talk_users.append(typed["user_id"])
        return httpx.Response(201, json={"children": 1, "is_held": False})

    def _schools(self, which: list[str]) -> httpx.Response:
        if which == ["current"]:
            return _success({**PROFILE, "id": str(self.school_id)})
        is_ours = which == ["mail-locals", PROFILE["mail_local"]]
        return _success({"school_ids": [str(self.school_id)] if is_ours else []})

    def _school_key(self) -> httpx.Response:
        material = base64.b64encode(self.key.material).decode()
        key = {"school_id": str(self.school_id), "material": material, "version": 1}
        return _success(key)

    def _readers(self, body: dict[str, Any]) -> httpx.Response:
        """Answer with the accounts that are in use, and with names of those that are not, too."""
        asked = [self.accounts.get(account_id) for account_id in body["account_ids"]]
        named = [self.accounts.get(account_id) for account_id in body["named_account_ids"]]
        items = [account for account in asked if account and account["is_open"]]
        return _success({"items": items, "names": [account for account in named if account]})

    def _points_at(self, address: str) -> list[dict[str, Any]]:
        return [point for point in self.points if point["plain"] == address]

    def _points_of(self, members: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the contact points of members (staff) and of their guardians."""
        owners: set[str] = set()
        for member in members:
            owners.update(member["guardian_ids"])
            owners.add(member["member_id"])
        return [
            point
            for point in self.points
            if point["guardian_id"] in owners or point["owner_member_id"] in owners
        ]

    def _point_state(self, point_id: str) -> httpx.Response:
        for point in self.points:
            if point["contact_point_id"] == point_id:
                return _success({"contact_point_id": point_id, "state": point["state"]})
        return _refusal(404, "contact_point_not_found")

    def add_family_mail(self, kind: str, number: int = 0, language: str = "ja") -> UUID:
        """Ask for a mail of the product's own to a contact point."""
        mail_id, point = uuid4(), self.points[number]
        self.family_mails[str(mail_id)] = {
            "kind": kind,
            "contact_point_id": point["contact_point_id"],
            "guardian_id": point["guardian_id"],
            "address": point["address"],
            "language": language,
            "token": f"token-of-{kind}",
            "code": "482913" if kind == "confirmation" else None,
            "expires_at": "2026-11-24T06:35:00+00:00",
        }
        return mail_id

    def _family_mail(self, mail_id: str) -> httpx.Response:
        if mail_id not in self.family_mails:
            return _refusal(404, "family_mail_not_found")
        return _success(self.family_mails[mail_id])

    def _empty_mail(self, which: list[str], body: dict[str, Any]) -> httpx.Response:
        senders = self.empty_mails.get(body["local_part"].lower())
        if senders is None:
            return _refusal(404, "registration_over")
        if which == ["look-up"]:
            return httpx.Response(204)
        if self.declined is not None:
            return _refusal(*self.declined)
        senders.append(body["sender"])
        return httpx.Response(204)

    def _content(self, message_id: UUID) -> httpx.Response:
        if message_id not in self.contents:
            return _refusal(404, "message_unknown")
        return _success(self.contents[message_id])

    def _erasure(self) -> httpx.Response:
        if not self.is_erasing:
            return _refusal(404, "erasure_not_found")
        return _success(ERASING | {"school_id": str(self.school_id)})

    def _confirm(self, message_id: UUID, body: dict[str, Any]) -> httpx.Response:
        content = self.contents.get(message_id)
        if content is None:
            return _refusal(404, "link_unknown")
        if content.get("broken"):
            return _refusal(500, "internal")
        if content.get("expired"):
            return _refusal(409, "link_expired")
        reader_id = UUID(body["guardian_id"])
        children = []
        for child, guardians in self.children.items():
            readers = guardians or [child]
            if reader_id in readers:
                children.append(str(child))
        press = message_id, reader_id
        moment = self.confirmed.setdefault(press, "2026-11-23T21:12:40+00:00")
        answer = {
            "confirmed_at": moment,
            "children": children,
        }
        return _success(answer)


def _success(body: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json=body)


def _refusal(status: int, code: str, **fields: Any) -> httpx.Response:
    error = {"code": code, "message": "No.", "fields": fields}
    return httpx.Response(status, json={"error": error})
