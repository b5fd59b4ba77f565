"""What directory and messaging answer for families at their own page."""

from __future__ import annotations

from typing import Any

from fake_registrations import checked_app
from town_school import SCHOOL, make_id, make_reading

from common.errors import Busy, Invalid, NotAllowed, NotFound, Refused, Unauthenticated

FAMILY_MAIL = "m..takahashi@docomo.town.test"
OTHER_SCHOOL: dict[str, Any] = {
    **SCHOOL,
    "id": make_id("middle school"),
    "code": "309225936",
    "kind": "junior_high",
    "name": "みなも市立みなも中学校",
    "short_name": "みなも中",
}
FAMILY_CATEGORY = {"id": make_id("category"), "name": "行事"}
SHOWN_CATEGORY = {"name": "行事", "mark": "行", "colour": "green"}
SCHOOLS = {SCHOOL["code"]: SCHOOL, OTHER_SCHOOL["code"]: OTHER_SCHOOL}


class FamilyHouse:
    """`family_tokens`: what browsers hold → at which school; `links`: token → (kind, school id).

    `family_points`: of the family; `added_apps`: phones, as given; `known_app`: which contact point
    a phone is that asks, one that is not there was taken away; `renewed_apps`: at which school, and
    what before and after; `family_list`: what it was sent; `asked_links`: for which addresses.
    """

    members: list[dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.family_tokens: dict[str, str] = {}
        self.links: dict[str, tuple[str, str]] = {}
        self.used_links: set[str] = set()
        # Of them those that went to one of the staff.
        self.staff_links: set[str] = set()
        self.asked_links: list[str] = []
        self.family_language = "ja"
        self.family_points = [make_point("point", "m•••@docomo.town.test")]
        self.family_list: list[dict[str, Any]] = []
        self.confirmed_as_family: list[str] = []
        self.tested_points: list[str] = []
        self.added_apps: list[dict[str, Any]] = []
        self.known_app: str | None = None
        self.renewed_apps: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self.own_password: str | None = None
        self.is_fresh = True
        self.wrong_passwords = 0

    def add_link(self, kind: str = "sign_in", school: dict[str, Any] = SCHOOL) -> str:
        """Make a link as it stands in a mail."""
        token = f"link-{len(self.links)}"
        self.links[token] = (kind, school["id"])
        return token

    def add_family_message(self, subject: str, **changes: Any) -> str:
        """Add a message to the family's list, before the others."""
        message_id = make_id(f"family-{subject}")
        children = [
            {"display_name": each["display_name"], "class_name": each["class_name"]}
            for each in self.members[:2]
        ]
        message = {
            "id": message_id,
            "subject": subject,
            "opening": "水筒と敷物を持たせてください。",
            "lane": "normal",
            "sent_at": "2026-11-24T06:05:00+00:00",
            "children": children,
            "waits": True,
            "confirmed_at": None,
            "category": None,
            **changes,
        }
        self.family_list.insert(0, message)
        return message_id

    def get_schools_codes_code(self, request: dict[str, Any], code: str) -> Any:
        if code not in SCHOOLS:
            raise NotFound()
        return SCHOOLS[code]

    def post_family_sessions_resolve(self, request: dict[str, Any]) -> Any:
        token = request["json"]["token"]
        if self.family_tokens.get(token) != str(request["school_id"]):
            raise Unauthenticated("family_session_over", "Over.")
        return {
            "guardian_id": make_id("mother"),
            "guardian_ids": [make_id("mother")],
            "language": self.family_language,
            "children": [_named(each) for each in self.members[:2]],
            "contact_points": self.family_points,
        }

    def post_family_sessions_end(self, request: dict[str, Any]) -> None:
        self.family_tokens.pop(request["json"]["token"], None)

    def post_family_sessions_end_others(self, request: dict[str, Any]) -> None:
        token = request["json"]["token"]
        self.family_tokens = {token: self.family_tokens[token]}

    def post_family_sign_ins(self, request: dict[str, Any]) -> Any:
        """Let in at both schools, as who has the password at each."""
        typed = request["json"]
        if "@" not in typed["mail"]:
            raise Invalid("mail_at_sign", "No.", fields={"mail": {"code": "mail_at_sign"}})
        if self.wrong_passwords >= 3:
            raise Busy("locked", "Wait.", fields={"retry_after": 30, "where": "network"})
        if (typed["mail"], typed["password"]) != (FAMILY_MAIL, self.own_password):
            self.wrong_passwords += 1
            raise Unauthenticated("family_sign_in_refused", "No.")
        opened = []
        for school in (SCHOOL, OTHER_SCHOOL):
            token = f"held-by-password-{school['code']}"
            self.family_tokens[token] = school["id"]
            opened.append({"school_id": school["id"], "token": token})
        return {"items": opened}

    def post_family_sessions_password_look_up(self, request: dict[str, Any]) -> Any:
        chosen_at = "2026-11-24T06:05:00+00:00" if self.own_password else None
        offered = any(each["kind"] == "mail" for each in self.family_points)
        return {"chosen_at": chosen_at, "offered": offered, "fresh": self.is_fresh}

    def put_family_sessions_password(self, request: dict[str, Any]) -> None:
        given = request["json"]
        self._check_current(given)
        if len(given["password"]) < 12:
            fields = {"password": "too_short", "shortest": 12}
            raise Invalid("password_weak", "Weak.", fields=fields)
        self.own_password = given["password"]

    def post_family_sessions_password_end(self, request: dict[str, Any]) -> None:
        self._check_current(request["json"])
        self.own_password = None

    def _check_current(self, given: dict[str, Any]) -> None:
        if not self.is_fresh and given["current"] != self.own_password:
            raise NotAllowed("current_wrong", "No.")

    def put_family_sessions_language(self, request: dict[str, Any]) -> None:
        self.family_language = request["json"]["language"]

    def post_family_sessions_apps(self, request: dict[str, Any]) -> None:
        checked_app(request["json"])
        self.added_apps.append(request["json"])

    def post_family_sessions_apps_look_up(self, request: dict[str, Any]) -> Any:
        checked_app(request["json"])
        known = {point["id"] for point in self.family_points}
        point_id = self.known_app if self.known_app in known else None
        is_ended = self.known_app is not None and point_id is None
        return {"contact_point_id": point_id, "is_ended": is_ended}

    def post_family_sessions_apps_renewals(self, request: dict[str, Any]) -> None:
        given = request["json"]
        checked_app(given["before"])
        checked_app(given["after"])
        self.renewed_apps.append((str(request["school_id"]), given["before"], given["after"]))

    def post_family_sessions_contact_points_contact_point_id_tests(
        self, request: dict[str, Any], contact_point_id: str
    ) -> None:
        if contact_point_id in self.tested_points:
            raise Busy("links_slowed", "Slowly.", fields={"retry_after": 1200})
        self.tested_points.append(contact_point_id)

    def post_family_sessions_contact_points_contact_point_id_end(
        self, request: dict[str, Any], contact_point_id: str
    ) -> None:
        if len(self.family_points) == 1 and not request["json"]["even_last"]:
            raise Refused("last_contact_point", "The last.")
        self.family_points = [each for each in self.family_points if each["id"] != contact_point_id]

    def post_family_links(self, request: dict[str, Any]) -> None:
        mail = request["json"]["mail"]
        if "@" not in mail:
            raise Invalid("mail_at_sign", "No.", fields={"mail": {"code": "mail_at_sign"}})
        if len(self.asked_links) > 4:
            raise Busy("links_slowed", "Slowly.", fields={"retry_after": 10})
        self.asked_links.append(mail)

    def get_family_links_token(self, request: dict[str, Any], token: str) -> Any:
        if token not in self.links:
            raise NotFound("family_link_not_found")
        kind, school_id = self.links[token]
        if token in self.used_links:
            code = "family_test_used" if kind == "test" else "family_link_used"
            raise Refused(code, "Used.")
        return {"school_id": school_id, "kind": kind}

    def post_family_links_token_press(self, request: dict[str, Any], token: str) -> Any:
        link = self.get_family_links_token(request, token)
        self.used_links.add(token)
        held = None
        if link["kind"] == "sign_in":
            held = f"held-by-the-browser-{len(self.used_links)}"
            self.family_tokens[held] = link["school_id"]
        return {**link, "token": held, "is_staff": token in self.staff_links}

    def get_family_messages(self, request: dict[str, Any]) -> Any:
        params = request["params"]
        assert params["guardian_id"] == [make_id("mother")]
        words = params.get("query", "").split()
        found = [
            each for each in self.family_list if all(word in each["subject"] for word in words)
        ]
        if "category_id" in params:
            found = [each for each in found if each["category"] == SHOWN_CATEGORY]
        start = int(params.get("after") or 0)
        end = start + params["limit"]
        more = str(end) if end < len(found) else None
        categories = [FAMILY_CATEGORY] if params.get("with_categories") else []
        return {"items": found[start:end], "next": more, "categories": categories}

    def get_family_messages_message_id(self, request: dict[str, Any], message_id: str) -> Any:
        found = [each for each in self.family_list if each["id"] == message_id]
        if not found:
            raise NotFound("link_unknown")
        reading = make_reading(self.members[:2], subject=found[0]["subject"])
        told = {"message_id": message_id, "confirmed_at": found[0]["confirmed_at"]}
        return {**reading, **told}

    def post_family_messages_message_id_confirm(
        self, request: dict[str, Any], message_id: str
    ) -> Any:
        moment = "2026-11-24T07:00:00+00:00"
        for each in self.family_list:
            if each["id"] == message_id:
                each.update(confirmed_at=moment, waits=False)
        self.confirmed_as_family.append(message_id)
        return {"confirmed_at": moment, "children": []}


def make_point(name: str, hint: str | None, **changes: Any) -> dict[str, Any]:
    """Return a contact point as its family sees it; it is proved unless told otherwise."""
    proved_at = changes.get("proved_at", "2026-11-20T07:02:00+00:00")
    return {
        "id": make_id(name),
        "kind": "mail",
        "state": "active",
        "hint": hint,
        "health": None,
        "proved_at": proved_at,
        "last_proved_at": proved_at,
        **changes,
    }


def _named(member: dict[str, Any]) -> dict[str, Any]:
    names = (
        *("id", "kind", "display_name", "kana", "status"),
        *("class_id", "class_name", "number", "deleted"),
    )
    return {name: member[name] for name in names}
