"""What directory answers for who of the staff is signed in: where they are reached."""

from __future__ import annotations

from typing import Any

from fake_my_page import make_point
from fake_registrations import CODE, checked_app
from town_school import make_id

from common.errors import Busy, Invalid, NotFound, Refused

DOUBTFUL = "saeki@gmail.con"
MEANT = "saeki@gmail.com"


class OwnPointsHouse:
    """`is_tied`: whether the account of who is signed in is tied to the roster.

    `own_points`: theirs; `waiting_mails`: addresses without a proof; `own_phones`, `own_nonces`:
    what was given, with the version of the words that were agreed to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_tied = True
        self.own_points = [make_point("own-mail", "y•••@school.town.test")]
        self.waiting_mails: list[dict[str, Any]] = []
        self.own_versions: list[str] = []
        self.own_phones: list[dict[str, str]] = []
        self.own_tests: list[str] = []

    def _check_tied(self) -> None:
        if not self.is_tied:
            raise Refused("not_on_roster", "Nobody.")

    def get_own_contact_points(self, request: dict[str, Any]) -> Any:
        self._check_tied()
        return {"contact_points": self.own_points, "waiting": self.waiting_mails}

    def post_own_contact_points_mails(self, request: dict[str, Any]) -> Any:
        self._check_tied()
        asked = request["json"]
        address = asked["address"]
        if "@" not in address:
            raise Invalid("mail_at_sign", "No.", fields={"mail": {"code": "mail_at_sign"}})
        if address == DOUBTFUL and not asked["is_sure"]:
            refused = {"code": "mail_doubtful", "value": address, "guess": MEANT}
            raise Invalid("mail_doubtful", "Sure?", fields={"mail": refused})
        self.own_versions.append(asked["terms_version"])
        mail = {
            "id": make_id(f"waiting-{address}"),
            "address": address,
            "is_proved": False,
            "is_over": False,
            "tries_left": 5,
            "asked_at": "2026-11-24T07:00:00+00:00",
        }
        self.waiting_mails = [mail]
        return {"mail_id": mail["id"]}

    def post_own_contact_points_mails_mail_id_proof(
        self, request: dict[str, Any], mail_id: str
    ) -> None:
        if not self.waiting_mails:
            raise Refused("confirmation_over", "Late.")
        [mail] = self.waiting_mails
        if request["json"]["code"] != CODE:
            mail["tries_left"] -= 1
            raise Invalid("mail_code_wrong", "No.", fields={"left": mail["tries_left"]})
        self.waiting_mails = []
        self.own_points.append(make_point("own-second", "s•••@town.test"))

    def post_own_contact_points_line_links(self, request: dict[str, Any]) -> Any:
        self._check_tied()
        self.own_versions.append(request["json"]["terms_version"])
        return {"nonce": "nonce-of-a-colleague"}

    def post_own_contact_points_apps(self, request: dict[str, Any]) -> None:
        given = checked_app(request["json"])
        self.own_versions.append(request["json"]["terms_version"])
        self.own_phones.append(given)

    def post_own_contact_points_contact_point_id_tests(
        self, request: dict[str, Any], contact_point_id: str
    ) -> None:
        if contact_point_id in self.own_tests:
            raise Busy("links_slowed", "Slowly.", fields={"retry_after": 1200})
        self.own_tests.append(contact_point_id)

    def post_own_contact_points_contact_point_id_end(
        self, request: dict[str, Any], contact_point_id: str
    ) -> None:
        there = [point for point in self.own_points if point["id"] != contact_point_id]
        if len(there) == len(self.own_points):
            raise NotFound("contact_point_not_found")
        if not there and not request["json"]["even_last"]:
            raise Refused("last_contact_point", "The last.")
        self.own_points = there
