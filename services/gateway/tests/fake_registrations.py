"""What directory answers for families that register, and for the office that looks on."""

from __future__ import annotations

from typing import Any

from town_school import SCHOOL, make_id

from common.errors import Busy, Invalid, NotFound, Refused

SHEET = ("TBN4K7Q2", "7HMXP3WA9T")
SIBLING = ("TBN9X3F8", "K4RTW2MN6B")
CHILDREN = {SHEET[0]: "高木 さくら", SIBLING[0]: "高木 湊"}
CODE = "482913"
EMPTY_MAIL = f"t+{'3' * 32}{'5' * 16}"
LINK = "link-of-a-mail"
TICKET_EXPIRES = "2099-11-24T10:30:00+00:00"


def checked_app(given: dict[str, Any]) -> dict[str, Any]:
    """Return by what a phone is reached; raise Invalid for what directory would refuse."""
    subscription = given.get("subscription")
    if subscription is None:
        token: str = given["firebase_token"]
        if len(token) < 20:
            raise Invalid("firebase_token_refused", "No token.")
        return {"firebase_token": token}
    if "attacker" in subscription["endpoint"]:
        raise Invalid("push_service_unknown", "Unknown.")
    if subscription["endpoint"] == "-":
        raise Invalid("push_service_unknown", "None.")
    return {"subscription": subscription}


class RegistrationHouse:
    """`registration`: as the browser with `registration_token` sees it; None before one begins.

    `entry_error`: raised instead of taking codes; `held`: the office has to accept; `asked_proofs`:
    addresses to which a mail went; `ticket`: that takes it over; `given_apps`: phones; `recent`:
    what the office sees.
    """

    def __init__(self) -> None:
        super().__init__()
        self.registration: dict[str, Any] | None = None
        self.registration_token = "t" * 43
        self.entry_error: Exception | None = None
        self.held = False
        self.ticket: str | None = None
        self.tickets_given = 0
        # Whether one of the staff had asked for the mail whose link is pressed.
        self.is_staffs_link = False
        self.asked_proofs: list[str] = []
        self.agreed: list[dict[str, Any]] = []
        self.given_apps: list[dict[str, Any]] = []
        self.recent: list[dict[str, Any]] = []
        self.looked_at: list[tuple[str, str]] = []
        self.talk_allowed = False

    def get_talk_registrations_setting(self, request: dict[str, Any]) -> Any:
        return {"is_allowed": self.talk_allowed}

    def put_talk_registrations_setting(self, request: dict[str, Any]) -> None:
        self.talk_allowed = request["json"]["is_allowed"]

    def post_registrations(self, request: dict[str, Any]) -> Any:
        child = self._enter(request["json"])
        self.registration = {
            "label": "",
            "language": "ja",
            "terms_version": None,
            "is_registered": False,
            "children": [child],
            "mails": [],
            "lines": 0,
        }
        return {"school_id": SCHOOL["id"], "token": self.registration_token}

    def post_registrations_siblings(self, request: dict[str, Any]) -> None:
        child = self._enter(request["json"])
        opened = self._opened(request)
        if opened["is_registered"]:
            child["state"] = "linked"
        opened["children"].append(child)

    def _enter(self, codes: dict[str, Any]) -> dict[str, Any]:
        if self.entry_error is not None:
            raise self.entry_error
        given = (codes["login_id"], codes["passcode"])
        if codes["school_code"] != SCHOOL["code"] or given not in (SHEET, SIBLING):
            raise Invalid("registration_codes_wrong", "Wrong.")
        return {"name": CHILDREN[given[0]], "state": "entered"}

    def _opened(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.registration is None or request["json"]["token"] != self.registration_token:
            raise NotFound("registration_over", "Over.")
        return self.registration

    def post_registrations_look_up(self, request: dict[str, Any]) -> Any:
        return self._opened(request)

    def put_registrations_agreement(self, request: dict[str, Any]) -> None:
        about = request["json"]
        self.agreed.append(about)
        self._opened(request)["terms_version"] = about["terms_version"]

    def post_registrations_mails(self, request: dict[str, Any]) -> Any:
        self._opened(request)
        asked = request["json"]
        address = asked["address"]
        if address.endswith("gmail.con") and not asked["is_sure"]:
            problem = {"code": "mail_doubtful", "guess": "mama@gmail.com", "value": address}
            raise Invalid("mail_doubtful", "Typo?", fields={"mail": problem})
        if "@" not in address:
            problem = {"code": "mail_at_sign", "value": address}
            raise Invalid("mail_at_sign", "None.", fields={"mail": problem})
        if len(self.asked_proofs) >= 3:
            raise Busy("confirmations_too_many", "Too many.")
        return {"mail_id": self.add_mail(address)}

    def add_mail(self, address: str) -> str:
        """Let a confirmation go to an address, typed or by an empty mail; return its id."""
        assert self.registration is not None
        self.asked_proofs.append(address)
        mail_id = make_id(f"mail-{len(self.asked_proofs)}")
        mail = {
            "id": mail_id,
            "address": address,
            "is_proved": False,
            "is_over": False,
            "tries_left": 5,
            "asked_at": "2026-11-24T10:00:00+00:00",
        }
        self.registration["mails"].append(mail)
        return mail_id

    def post_empty_mails_address(self, request: dict[str, Any]) -> Any:
        if self._opened(request)["terms_version"] is None:
            raise Refused("terms_not_agreed", "Terms.")
        return {"local_part": EMPTY_MAIL}

    def post_registrations_mails_proof(self, request: dict[str, Any]) -> Any:
        opened, given = self._opened(request), request["json"]
        [mail] = [mail for mail in opened["mails"] if mail["id"] == given["mail_id"]]
        if given["code"] != CODE:
            mail["tries_left"] -= 1
            raise Invalid("mail_code_wrong", "Wrong.", fields={"left": mail["tries_left"]})
        return {"session_token": self._prove(mail)}

    def post_registrations_tickets(self, request: dict[str, Any]) -> Any:
        self._opened(request)
        self.tickets_given += 1
        self.ticket = f"{self.tickets_given:043d}"
        return {"ticket": self.ticket, "expires_at": TICKET_EXPIRES}

    def post_registrations_tickets_use(self, request: dict[str, Any]) -> Any:
        if request["json"]["ticket"] != self.ticket:
            raise NotFound("registration_over", "Over.")
        self.ticket = None
        self.registration_token = "n" * 43
        return {"token": self.registration_token}

    def post_registrations_apps(self, request: dict[str, Any]) -> Any:
        self._opened(request)
        self.given_apps.append(checked_app(request["json"]))
        return {"session_token": self._register()}

    def _prove(self, mail: dict[str, Any]) -> str | None:
        mail["is_proved"] = True
        return self._register()

    def _register(self) -> str | None:
        assert self.registration is not None
        state = "held" if self.held else "linked"
        for child in self.registration["children"]:
            child["state"] = state
        self.registration["is_registered"] = not self.held
        return None if self.held else self.let_in()

    def let_in(self) -> str:
        """Return a token of My Page."""
        token = "f" * 43
        self.family_tokens: dict[str, str]
        self.family_tokens[token] = SCHOOL["id"]
        return token

    def post_line_links_of_registrations(self, request: dict[str, Any]) -> Any:
        if not self._opened(request)["terms_version"]:
            raise Refused("terms_not_agreed", "Terms.")
        return {"nonce": "nonce-of-a-registration"}

    def post_line_links_of_families(self, request: dict[str, Any]) -> Any:
        if self.held:
            raise Refused("sheet_needed", "Sheet.")
        return {"nonce": "nonce-of-a-family"}

    def link_line(self) -> None:
        """Let LINE tell that its user pressed."""
        assert self.registration is not None
        self.registration["lines"] = 1
        for child in self.registration["children"]:
            child["state"] = "linked"

    def post_line_links_sessions(self, request: dict[str, Any]) -> Any:
        if not self._opened(request)["lines"]:
            raise NotFound("registration_over", "Over.")
        return {"session_token": self.let_in()}

    def post_registration_links_look_up(self, request: dict[str, Any]) -> Any:
        mail = self._linked(request)
        return {
            "school_id": SCHOOL["id"],
            "is_proved": mail["is_proved"],
            "is_staff": self.is_staffs_link,
            "language": "ja",
        }

    def post_registration_links_proof(self, request: dict[str, Any]) -> Any:
        mail = self._linked(request)
        token = None if mail["is_proved"] else self._prove(mail)
        return {
            "school_id": SCHOOL["id"],
            "session_token": token,
            "is_waiting": self.held,
            "is_own_browser": request["json"]["token"] is not None,
            "is_staff": self.is_staffs_link,
        }

    def _linked(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.is_staffs_link:
            return {"is_proved": True}
        if request["json"]["link"] != LINK or self.registration is None:
            raise Refused("confirmation_over", "Over.")
        mail: dict[str, Any] = self.registration["mails"][-1]
        return mail

    def get_registrations(self, _request: dict[str, Any]) -> Any:
        return {"items": self.recent}

    def post_registrations_registration_id_accept(
        self, _request: dict[str, Any], registration_id: str
    ) -> None:
        self._decide("accept", registration_id)

    def post_registrations_registration_id_refuse(
        self, _request: dict[str, Any], registration_id: str
    ) -> None:
        self._decide("refuse", registration_id)

    def _decide(self, act: str, registration_id: str) -> None:
        if self.looked_at:
            raise Refused("registration_decided", "Decided.")
        self.looked_at.append((act, registration_id))
