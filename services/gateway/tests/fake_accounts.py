"""What identity answers of accounts, passwords, own sessions and settings."""

from __future__ import annotations

from typing import Any

from town_school import make_id

from common import clock
from common.errors import Invalid, NotAllowed, NotFound, Refused, Unauthenticated
from common.rights import usual_for

Row = dict[str, Any]
PROVIDER = "https://login.example/authorize"
TEMPORARY = "aaaa-bbbb-cccc-dddd"
# Of the deputy, who is signed in.
OWN_ID = make_id("yamashita")
UNTIL = "2026-12-01T14:59:00+00:00"


def make_row(name: str, role: str = "sender", **more: Any) -> Row:
    """Return an account of the list, with a temporary password that holds."""
    return {
        "id": make_id(name),
        "staff_role_id": make_id(f"role of {name}"),
        "member_id": None,
        "display_name": name,
        "post": "",
        "role": role,
        "scope": "own" if role == "sender" else "school",
        "status": "active",
        "starts_on": None,
        "ends_on": None,
        "deleted_at": None,
        "last_sign_in_at": None,
        "has_factor": False,
        "group_ids": [],
        "functions_off": [],
        "functions_on": [],
        "mail": f"{make_id(name)[:8]}@town.test",
        "password_state": "valid",
        **more,
    }


class AccountHouse:
    """`people`: the accounts; `missing_step`: what keeps a session from its first page.

    `city`: what the city's accounts are called, "" where none are taken; `over`: the secrets of
    sign-ins on their way, by their state.
    """

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Row] = []
        self.sessions: set[str] = set()
        self.missing_step: str | None = None
        self.choices: list[Row] = []
        self.own_password = ""
        self.reviews: list[Row] = []
        self.alarms: list[Row] = []
        self.city = ""
        self.over: dict[str, str] = {}
        self.others_open = ["iPhone・Safari"]
        self.language = "ja"
        self.set_up: Row = {
            "changed_at": None,
            "name": "みなも市立つばめ野小学校",
            "short_name": "つばめ野小",
            "kind": "elementary",
            "phone": "0000-00-0000",
            "phone_hours": "平日 7:50〜17:00",
            "pupil_word": "",
            "guardian_names": "name_and_label",
            "undo_seconds": 30,
            "urgent_undo_seconds": 5,
            "password_length": 12,
            "temporary_days": 7,
            "idle_minutes": 60,
            "session_hours": 12,
            "factor_for": "nobody",
            "own_messages_only": False,
            "alarm_records": 100,
            "weekly_summary": True,
            "sign_in_by": "any",
            "networks": [],
            "networks_only": False,
            "city_name": "",
        }

    def person(self, account_id: str) -> Row:
        found = next((one for one in self.people if one["id"] == account_id), None)
        if found is None:
            raise NotFound()
        return found

    def listed_people(self) -> list[Row]:
        """Return the accounts as the list gives them: without address and password."""
        kept = ("mail", "password_state")
        return [
            {name: value for name, value in one.items() if name not in kept} for one in self.people
        ]

    def get_accounts_account_id(self, request: dict[str, Any], account_id: str) -> Any:
        found = self.person(account_id)
        functions = usual_for(found["role"]) | set(found["functions_on"])
        may = sorted(functions - set(found["functions_off"]))
        holds = found["password_state"] == "valid"
        return {
            **found,
            "functions": may,
            "own_only": may if found["scope"] == "own" else [],
            "temporary_until": UNTIL if holds else None,
            "schools": 1,
            "is_managed_here": True,
        }

    def post_accounts(self, request: dict[str, Any]) -> Any:
        new = request["json"]
        if any(one["mail"] == new["mail"] for one in self.people):
            raise Refused("mail_taken", "Taken.")
        given = {name: new[name] for name in ("mail", "post", "member_id", "group_ids")}
        made = make_row(new["display_name"], new["role"], **given)
        self.people.append(made)
        return {
            "id": made["id"],
            "staff_role_id": made["staff_role_id"],
            "password": TEMPORARY,
            "password_until": UNTIL,
        }

    def patch_accounts_account_id(self, request: dict[str, Any], account_id: str) -> Any:
        found, changes = self.person(account_id), request["json"]
        leaves = changes.get("role", "administrator") != "administrator" or "status" in changes
        others = [one for one in self.people if one["role"] == "administrator" and one != found]
        if found["role"] == "administrator" and leaves and not others:
            raise Refused("last_administrator", "Last.")
        found.update(changes)
        return next(one for one in self.listed_people() if one["id"] == account_id)

    def post_accounts_changes(self, request: dict[str, Any]) -> Any:
        for account_id in request["json"]["account_ids"]:
            if self.person(account_id)["role"] == "administrator":
                fields = {"scope": "role", "account": account_id}
                raise Invalid("administrator_unrestricted", "No.", fields=fields)
        for account_id in request["json"]["account_ids"]:
            self.person(account_id).update(request["json"]["changes"])
        return {"changed": len(request["json"]["account_ids"])}

    def delete_accounts_account_id(self, request: dict[str, Any], account_id: str) -> None:
        self.person(account_id).update(status="deleted", deleted_at=clock.now().isoformat())

    def post_accounts_account_id_restore(self, request: dict[str, Any], account_id: str) -> Any:
        self.person(account_id).update(status="active", deleted_at=None)
        return next(one for one in self.listed_people() if one["id"] == account_id)

    def delete_accounts_account_id_factors(self, request: dict[str, Any], account_id: str) -> None:
        self.person(account_id)["has_factor"] = False

    def get_temporary_passwords(self, request: dict[str, Any]) -> Any:
        return {"items": [self._password_row(one) for one in self.people]}

    def post_temporary_passwords(self, request: dict[str, Any]) -> Any:
        wanted = request["json"]["account_ids"]
        for account_id in wanted:
            if account_id == OWN_ID:
                raise NotAllowed("own_password", "No.", fields={"account": account_id})
        for account_id in wanted:
            self.person(account_id)["password_state"] = "valid"
        return {"issued": len(wanted)}

    def post_temporary_passwords_exports(self, request: dict[str, Any]) -> Any:
        wanted = [self.person(account_id) for account_id in request["json"]["account_ids"]]
        holding = [one for one in wanted if one["password_state"] == "valid"]
        items = [
            {**self._password_row(one), "mail": one["mail"], "password": TEMPORARY}
            for one in holding
        ]
        return {"items": items}

    def _password_row(self, one: Row) -> Row:
        names = ("id", "display_name", "post", "role", "status")
        state = one["password_state"]
        until = UNTIL if state == "valid" else None
        return {name: one[name] for name in names} | {"state": state, "temporary_until": until}

    def get_download_alarms(self, request: dict[str, Any]) -> Any:
        return {"items": self.alarms}

    def put_download_alarms_alarm_id_seen(self, request: dict[str, Any], alarm_id: str) -> None:
        found = next(one for one in self.alarms if one["id"] == alarm_id)
        found.update(seen_at=clock.now().isoformat(), seen_by=make_id("yamashita"))

    def get_account_reviews(self, request: dict[str, Any]) -> Any:
        names = ("id", "reviewed_at", "reviewed_by")
        return {"items": [{name: one[name] for name in names} for one in self.reviews]}

    def get_account_reviews_review_id(self, request: dict[str, Any], review_id: str) -> Any:
        return next(one for one in self.reviews if one["id"] == review_id)

    def post_account_reviews(self, request: dict[str, Any]) -> Any:
        kept = request["json"]["kept"]
        listed = [
            {
                "account_id": one["id"],
                "display_name": one["display_name"],
                "post": one["post"],
                "role": one["role"],
                "last_sign_in_at": None,
                "stays": one["id"] in kept,
            }
            for one in self.people
        ]
        review = {
            "id": make_id("review"),
            "reviewed_at": clock.now().isoformat(),
            "reviewed_by": make_id("yamashita"),
            "listed": listed,
            "signature_fits": True,
        }
        self.reviews.append(review)
        return review

    def get_schools_current_settings(self, request: dict[str, Any]) -> Any:
        return self.set_up

    def patch_schools_current_settings(self, request: dict[str, Any]) -> Any:
        wanted = dict(request["json"])
        if wanted.pop("changed_at") != self.set_up["changed_at"]:
            raise Refused("changed_meanwhile", "Meanwhile.")
        self.set_up |= {**wanted, "changed_at": clock.now().isoformat()}
        return self.set_up

    def post_sessions_schools(self, request: dict[str, Any]) -> Any:
        return {"items": self.choices}

    def put_sessions_school(self, request: dict[str, Any]) -> None:
        if request["json"]["school_id"] not in {each["id"] for each in self.choices}:
            raise NotFound()
        self.missing_step = None

    def put_sessions_password(self, request: dict[str, Any]) -> None:
        if len(request["json"]["password"]) < 12:
            fields = {"password": "too_short", "shortest": 12}
            raise Invalid("password_weak", "Weak.", fields=fields)
        self.own_password = request["json"]["password"]
        self.missing_step = None

    def check_step(self) -> None:
        if self.missing_step:
            fields = {"step": self.missing_step}
            raise Unauthenticated("session_pending", "Pending.", fields=fields)

    def get_federated_sign_ins(self, request: dict[str, Any]) -> Any:
        if not self.city:
            raise NotFound("city_not_offered", "Not offered.")
        return {"name": self.city}

    def post_federated_sign_ins(self, request: dict[str, Any]) -> Any:
        self.get_federated_sign_ins(request)
        state = f"state-{len(self.over)}"
        self.over[state] = f"binding-{len(self.over)}"
        return {"address": f"{PROVIDER}?state={state}&nonce=n", "binding": self.over[state]}

    def put_federated_sign_ins(self, request: dict[str, Any]) -> Any:
        self.get_federated_sign_ins(request)
        brought = request["json"]
        binding = self.over.pop(brought["state"], None)
        if binding is None or brought["binding"] != binding or brought["code"] != "good":
            raise Unauthenticated("federation_refused", "Refused.")
        self.sessions.add("session-of-the-city")
        return {"session_id": "session-of-the-city"}

    def get_own_sessions(self, request: dict[str, Any]) -> Any:
        now = clock.now().isoformat()
        browsers = ["", *self.others_open]
        items = [
            {
                "number": make_id(f"session {browser}"),
                "browser": browser,
                "created_at": now,
                "last_seen_at": now,
            }
            for browser in browsers
        ]
        mail = "yamashita@school.town.test"
        return {"mail": mail, "language": self.language, "items": items}

    def put_own_language(self, request: dict[str, Any]) -> None:
        self.language = request["json"]["language"]

    def post_own_sessions_end(self, request: dict[str, Any]) -> None:
        number, others = request["json"]["number"], request["json"]["others"]
        self.others_open = [
            browser
            for browser in self.others_open
            if not others and make_id(f"session {browser}") != number
        ]

    def put_own_password(self, request: dict[str, Any]) -> None:
        self.own_password = request["json"]["password"]
