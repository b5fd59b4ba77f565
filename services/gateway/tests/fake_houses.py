"""Other houses as in-memory functions: they answer in the shapes of their schemas and remember what they were asked."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from fake_dispatchers import DispatchHouses
from fake_log import LogHouse
from fake_operator import OperatorHouses
from fake_roster import RosterHouse
from town_school import (
    CATEGORIES,
    CLASS_42,
    SCHOOL,
    TEMPLATES,
    WHOLE,
    make_account,
    make_groups,
    make_id,
    make_member,
    make_members,
)

from common import clock
from common.errors import Invalid, NotFound, Refused, Unauthenticated
from common.testing.contracts import Contracts, OtherThanDeclared
from gateway.clients import Clients
from gateway.clients.calls import CALLS, SERVICES, Call

PASSWORD = "sakura no hana wo"
Answer = Callable[..., Any]


class FakeHouses(LogHouse, RosterHouse, OperatorHouses, DispatchHouses):
    """All houses at once; what they answer is what the owners declare, or the test that asked fails.

    `failures`: call → error to raise instead of answering; `asked`: every call with its request.
    """

    def __init__(self, contracts: Contracts) -> None:
        super().__init__()
        self._contracts = contracts
        self.faults: list[str] = []
        self.account, self.school = make_account(), dict(SCHOOL)
        self.groups, self.members = make_groups(), make_members()
        self.messages: dict[str, dict[str, Any]] = {}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.sessions: set[str] = set()
        self.failures: dict[Call, Exception] = {}
        self.asked: list[tuple[Call, dict[str, Any]]] = []
        self.reading: dict[str, Any] = {}
        self.stopped: list[str] = []
        self.channels = ["mail"]
        self.unreached: list[dict[str, Any]] = []
        self.unreachable: list[dict[str, Any]] = []
        self.stopped_points: list[dict[str, Any]] = []
        self.told: dict[tuple[str, str], dict[str, Any]] = {}
        self.deleted: dict[str, dict[str, Any]] = {}
        self.phones: dict[str, list[dict[str, str]]] = {}
        self.page_limit = 500
        self.points: list[dict[str, Any]] = []  # of every mother, in place of those she has
        self._numbers = itertools.count(1)

    def clients(self) -> Clients:
        return Clients({service: _House(self, service) for service in SERVICES})

    def answer(self, call: Call, request: dict[str, Any]) -> Any:
        assert call in CALLS, f"{call} is not in CALLS"
        self.asked.append((call, request))
        if call in self.failures:
            raise self.failures[call]
        path = request.get("path") or {}
        name = f"{call.method.lower()}_{call.template.strip('/').replace('-', '_').replace('/', '_').replace('.', '_')}"
        name = "".join(c for c in name if c not in "{}")
        of_house = f"{name}_of_{call.service.replace('-', '_')}"  # where several houses answer the same call
        handler: Answer = getattr(self, of_house, None) or getattr(self, name)
        answered = handler(request, **{key: str(value) for key, value in path.items()})
        try:
            return self._contracts.passed(*call, answered)
        except OtherThanDeclared as fault:
            self.faults.append(str(fault))  # the page only says that something went wrong
            raise

    # identity
    def post_sessions(self, request: dict[str, Any]) -> Any:
        if request["json"]["password"] != PASSWORD:
            raise Unauthenticated("sign_in_refused", "Wrong.")
        session_id = f"session-{next(self._numbers)}"
        self.sessions.add(session_id)
        return {"session_id": session_id, "expires_at": clock.now().isoformat()}

    def post_sessions_resolve(self, request: dict[str, Any]) -> Any:
        if request["json"]["session_id"] not in self.sessions:
            raise Unauthenticated("session_ended", "Ended.")
        return {"token": "token", "token_expires_in": 300, "account": self.account, "school": self.school}

    def post_sessions_end(self, request: dict[str, Any]) -> None:
        self.sessions.discard(request["json"]["session_id"])

    def get_schools_current(self, request: dict[str, Any]) -> Any:
        return SCHOOL

    def get_accounts(self, request: dict[str, Any]) -> Any:
        switches: dict[str, list[str]] = {"functions_off": [], "functions_on": []}
        listed = {**self.account, **switches, "staff_role_id": make_id("role"), "status": "active"}
        return {"items": [listed], "next": None}

    # directory
    def get_groups(self, request: dict[str, Any]) -> Any:
        mine = set(self.account["group_ids"])
        limited = "messages.send" in self.account["own_only"]
        return {"items": [{**group, "sendable": not limited or group["id"] in mine} for group in self.groups]}

    def get_groups_group_id(self, request: dict[str, Any], group_id: str) -> Any:
        group = next((group for group in self.groups if group["id"] == group_id), None)
        if group is None:
            raise NotFound("group_not_found")
        return {**group, "members": {"items": self.members if group_id == CLASS_42 else [], "next": None}}

    def get_members(self, request: dict[str, Any]) -> Any:
        query, limit, after = (request["params"].get(name, "") for name in ("query", "limit", "after"))
        kind = request["params"].get("kind")
        there = [m for m in self.members if kind in (None, m["kind"])]
        found = [m for m in there if query in m["display_name"] or query == f"4-2-{m['number']}"]
        start = next((at + 1 for at, m in enumerate(found) if m["id"] == after), 0)
        page = found[start : start + min(int(limit or 100), self.page_limit)]
        more = start + len(page) < len(found)
        return {"items": page, "next": page[-1]["id"] if more else None}

    def get_members_member_id(self, request: dict[str, Any], member_id: str) -> Any:
        listed = next((member for member in self.members if member["id"] == member_id), None)
        if listed is None:
            raise NotFound("member_not_found")
        found = make_member(listed)
        found["phone_numbers"] = self.phones.get(member_id, found["phone_numbers"])
        if self.points:
            found["guardians"][0]["contact_points"] = self.points
        return found

    def put_members_member_id_phone_numbers(self, request: dict[str, Any], member_id: str) -> None:
        wanted = request["json"]["phone_numbers"]
        wrong = next((each["number"] for each in wanted if not each["number"].replace("-", "").isdigit()), None)
        if wrong:
            raise Invalid("phone_unreadable", "No.", fields={"phone_numbers": {"code": "phone_unreadable", "value": wrong}})
        self.phones[member_id] = wanted

    def post_contact_points_contact_point_id_resume(self, request: dict[str, Any], contact_point_id: str) -> None:
        point = next((point for point in self.points if point["id"] == contact_point_id), None)
        if point is None:
            raise NotFound("contact_point_not_found")
        point["state"] = "active"

    def post_members_look_up(self, request: dict[str, Any]) -> Any:
        return {"items": [member for member in self.members if member["id"] in request["json"]["ids"]]}

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
            "id": make_id(f"snapshot-{next(self._numbers)}"), "created_at": clock.now().isoformat(), "created_by": None,
            "audience": audience, "label": label, "family_label": label, "heads": heads, "households": heads,
            "channels": self.channels,
            "pupil_heads": heads - staff, "staff_heads": staff,
            "contact_points": {"mail": heads + 8, "line": 0, "app": 0},
            "groups": [{"id": group["id"], "name": group["path"], "heads": group["heads"]} for group in chosen],
            "classes": [{"id": CLASS_42, "above": [make_id("4年"), WHOLE]}],
            "unreachable": [{"member_id": nobodys, "reason": "none"}] if misses_one else [],
            "multi": {"siblings_households": 3},
        }  # fmt: skip
        self.snapshots[snapshot["id"]] = snapshot
        return snapshot

    def get_snapshots_snapshot_id(self, request: dict[str, Any], snapshot_id: str) -> Any:
        if snapshot_id not in self.snapshots:
            raise NotFound("snapshot_not_found")
        return self.snapshots[snapshot_id]

    def post_phone_numbers_look_up(self, request: dict[str, Any]) -> Any:
        guardian = {"label": "母", "name": "髙橋 真由美", "protected": False}
        numbers = [{"label": "母", "number": "0000-00-1001"}, {"label": "父", "number": "0000-00-1002"}]
        ids = request["json"]["member_ids"]
        items = [{"member_id": each, "guardians": [guardian], "phone_numbers": numbers} for each in ids]
        return {"items": [*items[:-1], {**items[-1], "phone_numbers": None}]}

    # messaging
    def get_messages(self, request: dict[str, Any]) -> Any:
        wanted, query = request["params"].get("state"), request["params"].get("query", "")
        there = [m for m in self.messages.values() if query in m["subject"]]
        found = [self._listed(m) for m in there if wanted in (None, _list_of(m))]
        return {"items": found[::-1], "next": None}

    def _listed(self, message: dict[str, Any]) -> dict[str, Any]:
        counts = self._counts(message["id"])
        return {**message, "counts": counts, "seen_heads": message["heads"] or 0, "opening": message["body"][:60]}

    def _counts(self, message_id: str) -> dict[str, int]:
        none = dict.fromkeys(("confirmed", "told", "delivered", "delivering", "unreached", "stopped"), 0)
        return {**none, **self.counts.get(message_id, {})}

    def get_messages_unreached(self, request: dict[str, Any]) -> Any:
        return {"items": self.unreached}

    def post_messages_look_up(self, request: dict[str, Any]) -> Any:
        found = [self.messages[each] for each in request["json"]["ids"] if each in self.messages]
        return {"items": [{name: m[name] for name in ("id", "subject", "kind", "state")} for m in found]}

    def post_messages_message_id_told(self, request: dict[str, Any], message_id: str) -> Any:
        body, items = request["json"], []
        for member_id in body["member_ids"]:
            already = (message_id, member_id) in self.told
            first = {"told_at": clock.now().isoformat(), "told_how": body["told_how"], "told_by_name": body["told_by_name"]}
            told = self.told.setdefault((message_id, member_id), first)
            items.append({"member_id": member_id, "already": already, **told})
        return {"items": items}

    def post_messages_message_id_told_withdraw(self, request: dict[str, Any], message_id: str) -> Any:
        for member_id in request["json"]["member_ids"]:
            self.told.pop((message_id, member_id), None)
        return {"children": 1}

    def post_messages_message_id_restore(self, request: dict[str, Any], message_id: str) -> Any:
        self.messages[message_id] = self.deleted.pop(message_id)
        return self.messages[message_id]

    # directory's lists of whom nothing reaches
    def get_unreachable(self, request: dict[str, Any]) -> Any:
        return {"items": self.unreachable}

    def get_contact_points_stopped(self, request: dict[str, Any]) -> Any:
        return {"items": self.stopped_points[:20], "more": len(self.stopped_points) > 20}

    def post_messages(self, request: dict[str, Any]) -> Any:
        now = clock.now().isoformat()
        message = {
            "id": make_id(f"message-{next(self._numbers)}"), "kind": "notice", "state": "draft", "lane": "normal", "version": 1,
            "subject": "", "body": "", "short_text": "", "category_id": None, "confirmable": True, "audience_label": None,
            "heads": None, "test_of": None, "created_by": self.account["id"], "created_by_name": "", "created_at": now,
            "updated_at": now, "release_at": None, "released_at": None, "completed_at": None, "stopped_at": None,
            "channels": ["push" if kind == "app" else kind for kind in self.channels],
            "without_channels": [], "snapshot_id": None, "template_id": None, "blanks": [],
            "kept_brackets": [], "staff_heads": 0, "deleted_at": None, **request["json"],
        }  # fmt: skip
        self.messages[message["id"]] = message
        return message

    def get_messages_message_id(self, request: dict[str, Any], message_id: str) -> Any:
        if message_id not in self.messages:
            raise NotFound("message_unknown")
        return self.messages[message_id]

    def patch_messages_message_id(self, request: dict[str, Any], message_id: str) -> Any:
        message, content = self.messages[message_id], dict(request["json"])
        if content.pop("version") != message["version"]:
            raise Refused("changed_elsewhere", "Changed.", fields={"version": message["version"]})
        message.update(content, version=message["version"] + 1)
        return message

    def delete_messages_message_id(self, request: dict[str, Any], message_id: str) -> None:
        self.deleted[message_id] = self.messages.pop(message_id)

    def get_templates(self, request: dict[str, Any]) -> Any:
        return {"items": TEMPLATES}

    def get_categories(self, request: dict[str, Any]) -> Any:
        return {"items": CATEGORIES}

    def post_messages_message_id_checks(self, request: dict[str, Any], message_id: str) -> Any:
        message = self.messages[message_id]
        texts = message["subject"] + message["body"] + message["short_text"]
        mine = [blank["text"] for blank in message["blanks"]]
        blanks = [b["text"] for b in message["blanks"] if not b["value"] and b["text"] in texts]
        found = dict.fromkeys(re.findall(r"〔[^〔〕]*〕", texts))
        unsure = [bracket for bracket in found if bracket not in (*mine, *message["kept_brackets"])]
        problem = {"code": "brackets_unsure", "field": "brackets", "detail": " ".join(unsure)} if unsure else None
        if blanks:
            problem = {"code": "blanks_left", "field": "blanks", "detail": len(blanks)}
        return {"blanks": blanks, "unsure": unsure, "problem": problem, "same_recently": None}

    def post_messages_message_id_release(self, request: dict[str, Any], message_id: str) -> Any:
        message, snapshot = self.messages[message_id], self.snapshots[request["json"]["snapshot_id"]]
        already = message["state"] != "draft"
        if not already:
            release_at = (clock.now() + timedelta(seconds=30)).isoformat()
            message.update(state="pending", release_at=release_at, audience_label=snapshot["label"], heads=snapshot["heads"])
        return {**{key: message[key] for key in ("state", "release_at", "released_at")}, "already": already}

    def post_messages_message_id_withdraw(self, request: dict[str, Any], message_id: str) -> Any:
        self.messages[message_id]["state"] = "draft"
        return self.messages[message_id]

    def post_messages_message_id_send_now(self, request: dict[str, Any], message_id: str) -> Any:
        self.messages[message_id].update(state="released", released_at=clock.now().isoformat())
        return {"state": "released", "release_at": None, "released_at": None, "already": False}

    def post_messages_message_id_stop(self, request: dict[str, Any], message_id: str) -> Any:
        self.messages[message_id]["state"] = "stopped"
        return {"state": "stopped", "release_at": None, "released_at": None, "already": False}

    def post_messages_message_id_test_send(self, request: dict[str, Any], message_id: str) -> Any:
        return {"message_id": message_id}

    def get_messages_message_id_progress(self, request: dict[str, Any], message_id: str) -> Any:
        message = self.messages[message_id]
        counts, done = self._counts(message_id), message["completed_at"]
        rows = (
            [g for g in self.groups if g["kind"] == "class" and g["depth"] == 3] if message["heads"] == 300 else self.groups[10:11]
        )
        return {
            "state": message["state"], "heads": message["heads"], "whole_heads": message["heads"], "counts": counts,
            "by_channel": {"mail": {}}, "stopped_at": None, "stopped_heads": counts["stopped"], "handed_heads": counts["delivered"],
            "by_class": [
                {
                    "class_id": g["id"], "heads": g["heads"], "confirmed": g["heads"] // 3, "told": 0,
                    "delivered": g["heads"] - g["heads"] // 3 - 1, "delivering": 0, "unreached": 1, "stopped": 0,
                }
                for g in rows
            ],
            "release_at": message["release_at"], "started_at": message["released_at"], "completed_at": done,
            "half_seconds": 9.2 if done else None, "ninety_seconds": 21.0 if done else None,
        }  # fmt: skip

    def get_messages_message_id_recipients(self, request: dict[str, Any], message_id: str) -> Any:
        now = clock.now().isoformat()
        refused = {"channel": "mail", "state": "refused", "reason": "user_unknown", "settled_at": now}
        nothing = {"channel": "mail", "state": "nothing", "reason": None, "settled_at": now}
        states = {"unreached": [refused], "unconfirmed": [nothing]}
        reasons = states.get(request["params"]["state"], [])
        told = {member_id for message, member_id in self.told if message == message_id}
        rows = [
            {
                "member_id": member["id"], "class_id": CLASS_42, "state": "unreached" if reasons else "reached",
                "confirmed_at": None if reasons else now, "opened_at": None, "reasons": reasons, "told_at": None,
                "told_how": None, "told_by_name": None, **self.told.get((message_id, member["id"]), {}),
            }
            for member in self.members[::-3]
            if (member["id"] in told) == (request["params"]["state"] == "told")
        ]  # fmt: skip
        return {"items": rows, "next": None}

    def get_readings_token(self, request: dict[str, Any], token: str) -> Any:
        if token != "good":
            raise NotFound("link_gone" if token == "erased" else "link_unknown")
        return self.reading

    def post_readings_token_confirm(self, request: dict[str, Any], token: str) -> Any:
        self.reading["confirmed_at"] = self.reading["confirmed_at"] or clock.now().isoformat()
        return {"confirmed_at": self.reading["confirmed_at"], "children": self.reading["children"]}


def _list_of(message: dict[str, Any]) -> str:
    return "draft" if message["state"] == "draft" else "sent"


class _House:
    def __init__(self, houses: FakeHouses, service: str) -> None:
        self._houses, self._service = houses, service

    def call(self, method: str, template: str, **request: Any) -> Any:
        return self._houses.answer(Call(self._service, method, template), request)

    def send(self, method: str, template: str, **request: Any) -> Any:
        return SimpleNamespace(content=self.call(method, template, **request))


__all__ = ["WHOLE", "FakeHouses"]
