"""What messaging answers: drafts, sends, who was reached, and the page behind a link."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import Any

from fake_categories import CategoryHouse
from town_school import CLASS_42, TEMPLATES, make_id

from common import clock
from common.errors import NotFound, Refused


class MessagingHouse(CategoryHouse):
    """`messages`, `deleted`: id → message; `told`: whom somebody called, by message and child.

    `received`: child → what it was sent.
    """

    account: dict[str, Any]
    groups: list[dict[str, Any]]
    members: list[dict[str, Any]]
    snapshots: dict[str, dict[str, Any]]
    channels: list[str]
    _numbers: itertools.count[int]

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}
        self.deleted: dict[str, dict[str, Any]] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.told: dict[tuple[str, str], dict[str, Any]] = {}
        self.unreached: list[dict[str, Any]] = []
        self.reading: dict[str, Any] = {}
        self.received: dict[str, list[dict[str, Any]]] = {}

    def get_messages(self, request: dict[str, Any]) -> Any:
        wanted, query = request["params"].get("state"), request["params"].get("query", "")
        there = [m for m in self.messages.values() if query in m["subject"]]
        found = [self._listed(m) for m in there if wanted in (None, _list_of(m))]
        return {"items": found[::-1], "next": None}

    def get_messages_received(self, request: dict[str, Any]) -> Any:
        items = self.received.get(request["params"]["member_id"], [])
        return {"items": items, "next": None}

    def _listed(self, message: dict[str, Any]) -> dict[str, Any]:
        counts = self._counts(message["id"])
        return {
            **message,
            "counts": counts,
            "seen_heads": message["heads"] or 0,
            "opening": message["body"][:60],
        }

    def _counts(self, message_id: str) -> dict[str, int]:
        none = dict.fromkeys(
            ("confirmed", "told", "delivered", "delivering", "unreached", "stopped"), 0
        )
        return {**none, **self.counts.get(message_id, {})}

    def get_messages_board(self, request: dict[str, Any]) -> Any:
        newest = [self._listed(message) for message in self.messages.values()][::-1]
        return {
            "sent": [message for message in newest if _list_of(message) == "sent"],
            "drafts": [message for message in newest if _list_of(message) == "draft"][:3],
            "unreached": self._unreached_summary(),
        }

    def _unreached_summary(self) -> dict[str, Any] | None:
        if not self.unreached:
            return None
        named = dict.fromkeys(each for row in self.unreached for each in row["message_ids"])
        newest = next(iter(named))
        known = self.messages.get(newest)
        return {
            "heads": len(self.unreached),
            "message_id": newest,
            "subject": known["subject"] if known else "",
            "others": len(named) - 1,
        }

    def get_messages_unreached(self, request: dict[str, Any]) -> Any:
        return {"items": self.unreached}

    def post_messages_look_up(self, request: dict[str, Any]) -> Any:
        found = [self.messages[each] for each in request["json"]["ids"] if each in self.messages]
        return {
            "items": [{name: m[name] for name in ("id", "subject", "kind", "state")} for m in found]
        }

    def post_messages_message_id_told(self, request: dict[str, Any], message_id: str) -> Any:
        body, items = request["json"], []
        for member_id in body["member_ids"]:
            already = (message_id, member_id) in self.told
            first = {
                "told_at": clock.now().isoformat(),
                "told_how": body["told_how"],
                "told_by_name": body["told_by_name"],
            }
            told = self.told.setdefault((message_id, member_id), first)
            items.append({"member_id": member_id, "already": already, **told})
        return {"items": items}

    def post_messages_message_id_told_withdraw(
        self, request: dict[str, Any], message_id: str
    ) -> Any:
        for member_id in request["json"]["member_ids"]:
            self.told.pop((message_id, member_id), None)
        return {"children": 1}

    def post_messages_message_id_restore(self, request: dict[str, Any], message_id: str) -> Any:
        self.messages[message_id] = self.deleted.pop(message_id)
        return self.messages[message_id]

    def post_messages(self, request: dict[str, Any]) -> Any:
        now = clock.now().isoformat()
        message = {
            "id": make_id(f"message-{next(self._numbers)}"),
            "kind": "notice",
            "state": "draft",
            "lane": "normal",
            "version": 1,
            "subject": "",
            "body": "",
            "short_text": "",
            "category_id": None,
            "confirmable": True,
            "open_to_staff": False,
            "audience_label": None,
            "heads": None,
            "test_of": None,
            "created_by": self.account["id"],
            "created_by_name": "",
            "created_at": now,
            "updated_at": now,
            "release_at": None,
            "released_at": None,
            "completed_at": None,
            "stopped_at": None,
            "channels": list(self.channels),
            "without_channels": [],
            "snapshot_id": None,
            "template_id": None,
            "blanks": [],
            "kept_brackets": [],
            "staff_heads": 0,
            "deleted_at": None,
            **request["json"],
        }
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

    def post_messages_message_id_checks(self, request: dict[str, Any], message_id: str) -> Any:
        message = self.messages[message_id]
        texts = message["subject"] + message["body"] + message["short_text"]
        mine = [blank["text"] for blank in message["blanks"]]
        blanks = [b["text"] for b in message["blanks"] if not b["value"] and b["text"] in texts]
        found = dict.fromkeys(re.findall(r"〔[^〔〕]*〕", texts))
        unsure = [bracket for bracket in found if bracket not in (*mine, *message["kept_brackets"])]
        problem = (
            {"code": "brackets_unsure", "field": "brackets", "detail": " ".join(unsure)}
            if unsure
            else None
        )
        if blanks:
            problem = {"code": "blanks_left", "field": "blanks", "detail": len(blanks)}
        return {"blanks": blanks, "unsure": unsure, "problem": problem, "same_recently": None}

    def post_messages_message_id_release(self, request: dict[str, Any], message_id: str) -> Any:
        message, snapshot = (
            self.messages[message_id],
            self.snapshots[request["json"]["snapshot_id"]],
        )
        already = message["state"] != "draft"
        if not already:
            release_at = (clock.now() + timedelta(seconds=30)).isoformat()
            message.update(
                state="pending",
                release_at=release_at,
                audience_label=snapshot["label"],
                heads=snapshot["heads"],
            )
        return {
            **{key: message[key] for key in ("state", "release_at", "released_at")},
            "already": already,
        }

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
        rows = self.groups[10:11]
        if message["heads"] == 300:
            rows = [g for g in self.groups if g["kind"] == "class" and g["depth"] == 3]
        heads = message["heads"] or 0
        return {
            "message": message,
            "category": self.find_category(message["category_id"]),
            "state": message["state"],
            "heads": heads,
            "whole_heads": heads,
            "counts": counts,
            "by_channel": {"mail": {}},
            "stopped_at": None,
            "stopped_heads": counts["stopped"],
            "handed_heads": counts["delivered"],
            "by_class": [_by_class(group) for group in rows],
            "release_at": message["release_at"],
            "started_at": message["released_at"],
            "completed_at": done,
            "half_seconds": 9.2 if done else None,
            "ninety_seconds": 21.0 if done else None,
        }

    def get_messages_message_id_recipients(self, request: dict[str, Any], message_id: str) -> Any:
        now = clock.now().isoformat()
        refused = {
            "channel": "mail",
            "state": "refused",
            "reason": "user_unknown",
            "settled_at": now,
        }
        nothing = {"channel": "mail", "state": "nothing", "reason": None, "settled_at": now}
        states = {"unreached": [refused], "unconfirmed": [nothing]}
        reasons = states.get(request["params"]["state"], [])
        told = {member_id for message, member_id in self.told if message == message_id}
        row = {
            "class_id": CLASS_42,
            "state": "unreached" if reasons else "reached",
            "confirmed_at": None if reasons else now,
            "opened_at": None,
            "reasons": reasons,
            "told_at": None,
            "told_how": None,
            "told_by_name": None,
        }
        wants_told = request["params"]["state"] == "told"
        rows = [
            {**row, "member_id": member["id"], **self.told.get((message_id, member["id"]), {})}
            for member in self.members[::-3]
            if (member["id"] in told) == wants_told
        ]
        return {"items": rows, "next": None}

    def get_readings_token(self, request: dict[str, Any], token: str) -> Any:
        if token != "good":
            raise NotFound("link_gone" if token == "erased" else "link_unknown")
        return self.reading

    def post_readings_token_confirm(self, request: dict[str, Any], token: str) -> Any:
        self.reading["confirmed_at"] = self.reading["confirmed_at"] or clock.now().isoformat()
        children = [child["id"] for child in self.members[: len(self.reading["children"])]]
        return {"confirmed_at": self.reading["confirmed_at"], "children": children}


def _by_class(group: dict[str, Any]) -> dict[str, Any]:
    """Return a class of which a third has confirmed and one child is not reached."""
    heads = group["heads"]
    confirmed = heads // 3
    return {
        "class_id": group["id"],
        "heads": heads,
        "confirmed": confirmed,
        "told": 0,
        "delivered": heads - confirmed - 1,
        "delivering": 0,
        "unreached": 1,
        "stopped": 0,
    }


def _list_of(message: dict[str, Any]) -> str:
    return "draft" if message["state"] == "draft" else "sent"
