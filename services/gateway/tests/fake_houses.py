"""Other houses as in-memory functions, which remember what they were asked.

They answer in the shapes of their schemas.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from fake_accounts import AccountHouse, make_row
from fake_console import ConsoleHouse
from fake_dispatchers import DispatchHouses
from fake_factors import FactorHouse
from fake_groups import GroupHouse
from fake_log import LogHouse
from fake_messages import MessagingHouse
from fake_moves import MovesHouse
from fake_my_page import OTHER_SCHOOL, FamilyHouse
from fake_operator import opened_session
from fake_own_points import OwnPointsHouse
from fake_people import PeopleHouse
from fake_registrations import RegistrationHouse
from fake_roster import RosterHouse
from fake_sheets import SheetHouse
from fake_years import YearHouse
from town_school import (
    CLASS_42,
    SCHOOL,
    WHOLE,
    make_account,
    make_id,
    make_member,
)

from common import clock
from common.errors import Invalid, NotFound, Unauthenticated
from common.houses import STORED
from common.testing.contracts import Contracts, OtherThanDeclared
from gateway.clients import Clients
from gateway.clients.calls import CALLS, Call

NOT_LISTED = ("mail", "password_state")
PASSWORD = "sakura no hana wo"
Answer = Callable[..., Any]


class FakeHouses(
    RegistrationHouse,
    OwnPointsHouse,
    FamilyHouse,
    AccountHouse,
    FactorHouse,
    MessagingHouse,
    LogHouse,
    RosterHouse,
    GroupHouse,
    PeopleHouse,
    YearHouse,
    MovesHouse,
    SheetHouse,
    ConsoleHouse,
    DispatchHouses,
):
    """All houses at once; the test fails in which one answers otherwise than its owner declares.

    `failures`: call → error to raise instead of answering; `asked`: every call with its request.
    """

    def __init__(self, contracts: Contracts) -> None:
        super().__init__()
        self._contracts = contracts
        self.faults: list[str] = []
        self.account, self.school = make_account(), dict(SCHOOL)
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.failures: dict[Call, Exception] = {}
        self.asked: list[tuple[Call, dict[str, Any]]] = []
        self.stopped: list[str] = []
        self.channels = ["mail"]
        self.unreachable: list[dict[str, Any]] = []
        self.counted = 351
        self.stopped_points: list[dict[str, Any]] = []
        self.phones: dict[str, list[dict[str, str]]] = {}
        self.page_limit = 500
        # Of every mother, in place of those she has.
        self.points: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)

    def clients(self) -> Clients:
        return Clients({service: _House(self, service) for service in STORED})

    def answer(self, call: Call, request: dict[str, Any]) -> Any:
        assert call in CALLS, f"{call} is not in CALLS"
        self.asked.append((call, request))
        if call in self.failures:
            raise self.failures[call]
        path = request.get("path") or {}
        address = re.sub(r"[-/.]", "_", call.template.strip("/"))
        address = re.sub(r"[{}]", "", address)
        name = f"{call.method.lower()}_{address}"
        # Where several houses answer the same call.
        of_house = f"{name}_of_{call.service.replace('-', '_')}"
        handler: Answer = getattr(self, of_house, None) or getattr(self, name)
        answered = handler(request, **{key: str(value) for key, value in path.items()})
        try:
            return self._contracts.passed(*call, answered)
        except OtherThanDeclared as fault:
            # The page only says that something went wrong.
            self.faults.append(str(fault))
            raise

    # Identity.
    def post_sessions(self, request: dict[str, Any]) -> Any:
        if request["json"]["password"] != PASSWORD:
            raise Unauthenticated("sign_in_refused", "Wrong.")
        session_id = f"session-{next(self._numbers)}"
        self.sessions.add(session_id)
        return opened_session(session_id, request)

    def post_sessions_resolve(self, request: dict[str, Any]) -> Any:
        if request["json"]["session_id"] not in self.sessions:
            raise Unauthenticated("session_ended", "Ended.")
        self.check_step()
        return {
            "token": "token",
            "token_expires_in": 300,
            "session_number": make_id("session "),
            "account": self.account,
            "school": self.school,
        }

    def post_sessions_end(self, request: dict[str, Any]) -> None:
        self.sessions.discard(request["json"]["session_id"])

    def get_schools_current(self, request: dict[str, Any]) -> Any:
        is_other = str(request.get("school_id")) == OTHER_SCHOOL["id"]
        return OTHER_SCHOOL if is_other else self.school

    def get_accounts(self, request: dict[str, Any]) -> Any:
        me = make_row(self.account["display_name"], self.account["role"], id=self.account["id"])
        listed = {name: value for name, value in me.items() if name not in NOT_LISTED}
        return {"items": [*self.listed_people(), listed], "next": None}

    # Directory.
    def get_groups(self, request: dict[str, Any]) -> Any:
        mine = set(self.account["group_ids"])
        limited = "messages.send" in self.account["own_only"]
        may_change = "roster.change" in self.account["functions"]
        items = []
        for group in self.groups:
            sendable = not limited or group["id"] in mine
            changeable = may_change and group["changeable"]
            items.append({**group, "sendable": sendable, "changeable": changeable})
        return {"items": items}

    def get_groups_group_id(self, request: dict[str, Any], group_id: str) -> Any:
        group = next((group for group in self.groups if group["id"] == group_id), None)
        if group is None:
            raise NotFound("group_not_found")
        return {
            **group,
            "members": self._whole_list(self.members if group_id == CLASS_42 else []),
        }

    @staticmethod
    def _whole_list(members: list[dict[str, Any]]) -> dict[str, Any]:
        return {"items": members, "next": None, "previous": None, "total": len(members)}

    def get_groups_names(self, request: dict[str, Any]) -> Any:
        items = self.get_groups(request)["items"]
        names = ("id", "kind", "path", "changeable")
        return {"items": [{name: group[name] for name in names} for group in items]}

    def get_members(self, request: dict[str, Any]) -> Any:
        params = request["params"]
        query, limit, after = (params.get(name, "") for name in ("query", "limit", "after"))
        kind = params.get("kind")
        there = [m for m in self.members if kind in (None, m["kind"])]
        found = [m for m in there if query in m["display_name"] or query == f"4-2-{m['number']}"]
        start = next((at + 1 for at, m in enumerate(found) if m["id"] == after), 0)
        size = min(int(limit or 100), self.page_limit)
        if "before" in params:
            end = next(at for at, m in enumerate(found) if m["id"] == params["before"])
            start = max(0, end - size)
            size = end - start
        page = found[start : start + size]
        more = start + len(page) < len(found)
        return {
            "items": page,
            "next": page[-1]["id"] if more else None,
            "previous": page[0]["id"] if start else None,
            "total": len(found),
        }

    def get_members_member_id(self, request: dict[str, Any], member_id: str) -> Any:
        listed = next((member for member in self.members if member["id"] == member_id), None)
        if listed is None:
            raise NotFound("member_not_found")
        found = make_member(listed) | self.particulars.get(member_id, {})
        found["version"] = self.version_of(member_id)
        found["phone_numbers"] = self.phones.get(member_id, found["phone_numbers"])
        found["guardians"] = [
            each for each in found["guardians"] if each["id"] not in self.ended_guardians
        ]
        for each in found["guardians"]:
            each["protected"] = each["id"] in self.protected
        if self.points:
            found["guardians"][0]["contact_points"] = self.points
        return found

    def put_members_member_id_phone_numbers(self, request: dict[str, Any], member_id: str) -> None:
        wanted = request["json"]["phone_numbers"]
        wrong = next(
            (each["number"] for each in wanted if not each["number"].replace("-", "").isdigit()),
            None,
        )
        if wrong:
            raise Invalid(
                "phone_unreadable",
                "No.",
                fields={"phone_numbers": {"code": "phone_unreadable", "value": wrong}},
            )
        self.phones[member_id] = wanted

    def post_contact_points_contact_point_id_resume(
        self, request: dict[str, Any], contact_point_id: str
    ) -> None:
        point = next((point for point in self.points if point["id"] == contact_point_id), None)
        if point is None:
            raise NotFound("contact_point_not_found")
        point["state"] = "active"

    def post_contact_points_contact_point_id_end(
        self, request: dict[str, Any], contact_point_id: str
    ) -> None:
        there = [point for point in self.points if point["id"] != contact_point_id]
        if len(there) == len(self.points):
            raise NotFound("contact_point_not_found")
        self.points = there

    def post_members_look_up(self, request: dict[str, Any]) -> Any:
        asked = request["json"]
        known = [*self.members, *(self.gone_people if asked.get("with_deleted") else ())]
        return {"items": [member for member in known if member["id"] in asked["ids"]]}

    def post_snapshots(self, request: dict[str, Any]) -> Any:
        audience = request["json"]["audience"]
        chosen = [group for group in self.groups if group["id"] in audience["group_ids"]]
        single = [member for member in self.members if member["id"] in audience["member_ids"]]
        heads = sum(group["heads"] for group in chosen) + len(single)
        if not heads:
            raise Invalid("audience_empty", "Nobody.")
        seats = [f"{m['class_name']} {m['number']}番 {m['display_name']} さん" for m in single]
        label = "・".join([group["path"] for group in chosen] + seats)
        staff = sum(group["heads"] for group in chosen if group["kind"] == "staff")
        nobodys = self.members[21]["id"]
        misses_one = bool(chosen) or single[0]["id"] == nobodys
        snapshot = {
            "id": make_id(f"snapshot-{next(self._numbers)}"),
            "created_at": clock.now().isoformat(),
            "created_by": None,
            "audience": audience,
            "label": label,
            "family_label": label,
            "heads": heads,
            "households": heads,
            "channels": self.channels,
            "pupil_heads": heads - staff,
            "staff_heads": staff,
            "contact_points": {"mail": heads + 8, "line": 0, "push": 0},
            "groups": [_frozen(group) for group in chosen],
            "classes": [{"id": CLASS_42, "above": [make_id("4年"), WHOLE]}],
            "unreachable": [{"member_id": nobodys, "reason": "none"}] if misses_one else [],
            "multi": {"siblings_households": 3},
        }
        self.snapshots[snapshot["id"]] = snapshot
        return snapshot

    def get_snapshots_snapshot_id(self, request: dict[str, Any], snapshot_id: str) -> Any:
        if snapshot_id not in self.snapshots:
            raise NotFound("snapshot_not_found")
        return self.snapshots[snapshot_id]

    def post_phone_numbers_look_up(self, request: dict[str, Any]) -> Any:
        guardian = {"label": "母", "name": "髙橋 真由美", "protected": False}
        numbers = [
            {"label": "母", "number": "0000-00-1001"},
            {"label": "父", "number": "0000-00-1002"},
        ]
        ids = request["json"]["member_ids"]
        items = [
            {"member_id": each, "guardians": [guardian], "phone_numbers": numbers} for each in ids
        ]
        return {"items": [*items[:-1], {**items[-1], "phone_numbers": None}]}

    # Directory's lists of whom nothing reaches.
    def get_unreachable(self, request: dict[str, Any]) -> Any:
        return {"items": self.unreachable}

    def get_reachability(self, request: dict[str, Any]) -> Any:
        missed = len(self.unreachable)
        room = {"class_id": CLASS_42, "heads": 26, "registered": 25, "unreachable": missed}
        return {"items": [room]}

    def get_board(self, request: dict[str, Any]) -> Any:
        return {
            "items": self.stopped_points[:20],
            "more": len(self.stopped_points) > 20,
            "unreachable": len(self.unreachable),
            "counted": self.counted,
            "year": self.note_year(),
        }


def _frozen(group: dict[str, Any]) -> dict[str, Any]:
    return {"id": group["id"], "name": group["path"], "heads": group["heads"]}


class _House:
    def __init__(self, houses: FakeHouses, service: str) -> None:
        self._houses, self._service = houses, service

    def call(self, method: str, template: str, **request: Any) -> Any:
        return self._houses.answer(Call(self._service, method, template), request)

    def send(self, method: str, template: str, **request: Any) -> Any:
        return SimpleNamespace(content=self.call(method, template, **request))


__all__ = ["WHOLE", "FakeHouses"]
