"""What identity and retention answer an operator: their own rules over rows in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from town_school import SCHOOL, make_id

from common import clock
from common.errors import Invalid, NotFound, Unauthenticated
from identity.domain.contracts import End, SchoolClosed, check_end
from identity.domain.words import SchoolState
from retention.api.calendars import days_of
from retention.domain.calendar import Calendar, last_backup_leaves

OPERATOR_WORDS = {"mail": "operator@renraku.test", "password": "renraku no hito", "code": "123456"}
HOUSES = ("identity", "directory", "messaging", "dispatch-mail", "dispatch-line", "dispatch-push")
OTHER = {
    **SCHOOL,
    "id": make_id("other"),
    "code": "208114833",
    "name": "みなも市立川東中学校",
    "short_name": "川東中",
}

CONTACT = {
    "name": "中野 正",
    "post": "事務",
    "postal_code": "123-0001",
    "address": "みなも市つばめ野1-2-3",
    "mail": "jimu@school.town.test",
    "phone": "0000-00-0002",
}


DEVICE = "a-device-that-identity-knows"


def opened_session(session_id: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what identity answers to who gave the right words."""
    is_new = request["json"]["device"] != DEVICE
    return {
        "session_id": session_id,
        "expires_at": clock.now().isoformat(),
        "device": DEVICE,
        "new_device": is_new,
    }


def make_erasure(
    school: Mapping[str, Any], state: str, ended_on: date, grace_days: int = 30, **more: Any
) -> dict[str, Any]:
    """Return an erasure as retention tells it.

    Those that have begun began on their day, and took some seconds.
    """
    calendar, today = Calendar(ended_on, grace_days), clock.today()
    is_begun = state in ("erasing", "erased", "certified")
    is_erased = state in ("erased", "certified")
    is_over = state == "certified"
    moment = f"{calendar.erases_on.isoformat()}T00:00:07+09:00"
    days = {name: day and str(day) for name, day in days_of(calendar).items()}
    if is_erased:
        days["backups_leave_on"] = str(last_backup_leaves(calendar.erases_on))
    steps = []
    for house in HOUSES:
        is_done = is_erased or (is_begun and house == "directory")
        steps.append(_step(house, moment if is_done else None))
    return {
        **days,
        "grace_days": grace_days,
        "school_id": school["id"],
        "school_code": school["code"],
        "school_name": school["name"],
        "state": state,
        "day": calendar.day(today),
        "alarm": "none" if is_over else calendar.alarm(today).name.lower(),
        "started_at": moment if is_begun else None,
        "erased_at": moment if is_erased else None,
        "key_destroyed_at": moment if is_over else None,
        "certified_at": moment if is_over else None,
        "handed_over_at": None,
        "steps": steps,
        **more,
    }


def _step(house: str, answered_at: str | None) -> dict[str, Any]:
    if answered_at is None:
        return {"house": house, "state": "waiting", "counts": None, "answered_at": None}
    counts = {"rows": 1200, "more": 34}
    return {"house": house, "state": "done", "counts": counts, "answered_at": answered_at}


class OperatorHouses:
    """The operator's part of the in-memory houses.

    `erasures`: school id → its end, none of them while nobody ended a contract.
    """

    def __init__(self) -> None:
        self.schools = {SCHOOL["id"]: dict(SCHOOL), OTHER["id"]: dict(OTHER)}
        self.erasures: dict[str, dict[str, Any]] = {}
        self.operator_sessions: set[str] = set()
        # What operators changed: school → its contract, whom to reach, how often it was changed.
        self.contracts: dict[str, dict[str, Any]] = {}
        self.contacts: dict[str, list[dict[str, str]]] = {}
        self.versions: dict[str, str] = {}
        self.recoveries: list[dict[str, Any]] = []

    # Identity.
    def post_operator_sessions(self, request: dict[str, Any]) -> Any:
        if any(request["json"][name] != words for name, words in OPERATOR_WORDS.items()):
            raise Unauthenticated("operator_sign_in_refused", "Wrong.")
        session_id = f"operator-{uuid4()}"
        self.operator_sessions.add(session_id)
        return opened_session(session_id, request)

    def post_operator_sessions_resolve(self, request: dict[str, Any]) -> Any:
        if request["json"]["session_id"] not in self.operator_sessions:
            raise Unauthenticated("session_ended", "Ended.")
        operator = {"id": make_id("operator"), "display_name": "中田 亮"}
        return {"token": "operator-token", "token_expires_in": 300, "operator": operator}

    def post_operator_sessions_end(self, request: dict[str, Any]) -> None:
        self.operator_sessions.discard(request["json"]["session_id"])

    def get_schools_school_id_recoveries(self, request: dict[str, Any], school_id: str) -> Any:
        return {"items": self.recoveries}

    def post_schools_school_id_recoveries(self, request: dict[str, Any], school_id: str) -> Any:
        asked = {
            **request["json"],
            "id": make_id("asked"),
            "asked_by": make_id("operator"),
            "asked_at": clock.now().isoformat(),
        }
        self.recoveries.append(asked)
        return asked

    def post_schools_school_id_recoveries_recovery_id_agree(
        self, request: dict[str, Any], school_id: str, recovery_id: str
    ) -> Any:
        return {"password": "aaaa-bbbb-cccc-dddd", "password_until": "2026-12-01T14:59:00+00:00"}

    def get_schools(self, request: dict[str, Any]) -> Any:
        self._only_operators(request)
        words = request["params"].get("query", "").split()
        found = [
            self._with_end(school)
            for school in self.schools.values()
            if all(word in school["name"] + school["code"] for word in words)
        ]
        return {"items": found, "next": None}

    def get_schools_school_id(self, request: dict[str, Any], school_id: str) -> Any:
        self._only_operators(request)
        if school_id not in self.schools:
            raise NotFound()
        school = self._with_end(self.schools[school_id])
        contract = {
            "starts_on": "2024-04-01",
            "reseller": "",
            "individual_agreement": False,
            "agreement_number": "",
            **self.contracts.get(school_id, {}),
            "ends_on": school["ends_on"],
            "member_limit": school["member_limit"],
            "state": "active",
        }
        is_erased = school["state"] == "erased"
        return {
            **school,
            "contract": None if is_erased else contract,
            "contacts": [] if is_erased else self.contacts.get(school_id, [CONTACT]),
            "version": self.versions.get(school_id, "1"),
            "has_letter": False,
        }

    def _with_end(self, school: Mapping[str, Any]) -> dict[str, Any]:
        return {**school, "ends_on": self.erasures.get(school["id"], {}).get("ended_on")}

    def post_schools_school_id_end(self, request: dict[str, Any], school_id: str) -> Any:
        self._only_operators(request)
        school, body, today = self.schools[school_id], request["json"], clock.today()
        if school["state"] in ("erasing", "erased"):
            raise SchoolClosed(SchoolState(school["state"]))
        end = End(date.fromisoformat(body["ended_on"]), body["grace_days"])
        check_end(
            end,
            name=school["name"],
            name_typed=body["name_typed"],
            today=today,
            starts_on=date(2024, 4, 1),
        )
        if end.erases_at_once(today):
            state = school_state = "erasing"
        else:
            state = "read_only" if end.ended_on < today else "waiting"
            school_state = "ended" if end.has_come(today) else "active"
        self.erasures[school_id] = make_erasure(school, state, end.ended_on, end.grace_days)
        school["state"] = school_state
        return {"id": school_id, "state": school["state"]}

    # Retention.
    def get_calendars(self, request: dict[str, Any]) -> Any:
        self._only_operators(request)
        asked = {**request["params"], "ended_on": date.fromisoformat(request["params"]["ended_on"])}
        calendar = Calendar(**asked, heard_on=clock.today())
        if not calendar.is_short_enough:
            raise Invalid(
                "end_invalid",
                "The contract can't end like this.",
                fields={"grace_days": "out_of_range"},
            )
        return {
            name: str(day) if isinstance(day, date) else day
            for name, day in days_of(calendar).items()
        }

    def get_erasures(self, request: dict[str, Any]) -> Any:
        self._only_operators(request)
        return {"items": list(self.erasures.values()), "next": None}

    def get_erasures_school_id(self, request: dict[str, Any], school_id: str) -> Any:
        if school_id not in self.erasures:
            raise NotFound()
        return self.erasures[school_id]

    def post_erasures_school_id_hand_over(self, request: dict[str, Any], school_id: str) -> None:
        self._certificate(request, school_id, b"")
        self.erasures[school_id]["handed_over_at"] = clock.now().isoformat()

    def get_erasures_school_id_certificate_pdf(
        self, request: dict[str, Any], school_id: str
    ) -> bytes:
        return self._certificate(request, school_id, b"%PDF-1.7 certificate")

    def get_erasures_school_id_certificate_json(
        self, request: dict[str, Any], school_id: str
    ) -> bytes:
        return self._certificate(request, school_id, b'{"kind":"renraku.erasure-certificate"}')

    def _certificate(self, request: dict[str, Any], school_id: str, content: bytes) -> bytes:
        self._only_operators(request)
        if self.erasures.get(school_id, {}).get("state") != "certified":
            raise NotFound(
                "certificate_not_found", "The erasure is not over: there is no certificate yet."
            )
        return content

    @staticmethod
    def _only_operators(request: Mapping[str, Any]) -> None:
        assert request["user_token"] == "operator-token", (
            "the gateway asks this in the operator's name alone"
        )


def days_ago(days: int) -> date:
    return clock.today() - timedelta(days=days)
