"""What the signed-in person asks other houses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.errors import ServiceError, Unauthenticated
from gateway.clients import calls
from gateway.clients.calls import Call
from gateway.clients.houses import LOOK_UP_LIMIT, Clients, page_params

# The banner of an ended school stands on every page: none waits for it.
ERASURE_SECONDS = 2
# A person waits for the confirm screen, and a preview that is missing holds up nothing.
PREVIEW_SECONDS = 3
# A person waits for the confirm screen; LINE itself may take ten.
QUOTA_SECONDS = 3
# What an import may take. 5,000 children, more than any school has, took 6 s to compare and 7 s to
# write on a busy small machine.
IMPORT_SECONDS = 90
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Channel → the contact points that it serves.


@dataclass(frozen=True)
class Person:
    """The other houses as the signed-in person may ask them."""

    clients: Clients
    token: str

    def _ask(self, call: Call, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.clients.ask(call, user_token=self.token, **request)
        return answer

    def _of_message(self, call: Call, message_id: UUID, **request: Any) -> dict[str, Any]:
        return self._ask(call, path={"message_id": message_id}, **request)

    def find_erasure(self, school_id: str) -> dict[str, Any] | None:
        """Return the days after the end of the own school's contract.

        None while retention is away or has not heard of it yet.
        """
        try:
            return self._ask(calls.ERASURE, path={"school_id": school_id}, timeout=ERASURE_SECONDS)
        except Unauthenticated:
            raise
        except ServiceError:
            return None

    def groups(self) -> list[dict[str, Any]]:
        """Return all groups in tree order, each with its heads."""
        found: list[dict[str, Any]] = self._ask(calls.GROUPS)["items"]
        return found

    def group(self, group_id: UUID, *, after: str = "") -> dict[str, Any]:
        """Return a group with a page of its members."""
        wanted = page_params(after, LOOK_UP_LIMIT)
        return self._ask(calls.GROUP, path={"group_id": group_id}, params=wanted)

    def members(self, **query: Any) -> dict[str, Any]:
        """Return a page of members.

        `query`, `group_id`, `kind`, `status`, `after`, `limit` are passed on as they are given.
        """
        wanted = {name: value for name, value in query.items() if value not in (None, "")}
        return self._ask(calls.MEMBERS, params=wanted)

    def member(self, member_id: UUID) -> dict[str, Any]:
        return self._ask(calls.MEMBER, path={"member_id": member_id})

    def change_phones(self, member_id: UUID, phones: Sequence[Mapping[str, str]]) -> None:
        """Make these a child's numbers to call; raise Invalid `phone_unreadable` for others."""
        self._ask(
            calls.CHANGE_PHONES,
            path={"member_id": member_id},
            json={"phone_numbers": [dict(each) for each in phones]},
        )

    def resume_point(self, contact_point_id: UUID) -> None:
        """Let ordinary messages go to a stopped contact point again."""
        self._ask(calls.RESUME_POINT, path={"contact_point_id": contact_point_id})

    def look_up(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return member id → name, reading, class and number.

        Who is not there any more is left out.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[str, dict[str, Any]] = {}
        for some in _in_calls(wanted):
            answer = self._ask(calls.LOOK_UP, json={"ids": some})
            found.update({item["id"]: item for item in answer["items"]})
        return found

    def phone_numbers(
        self, ids: Iterable[str], message_id: UUID | None
    ) -> dict[str, dict[str, Any]]:
        """Return member id → guardians and numbers to call; the log records it.

        `message_id`: which one did not reach them.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[str, dict[str, Any]] = {}
        for some in _in_calls(wanted):
            body = {
                "member_ids": some,
                "message_id": str(message_id) if message_id else None,
            }
            answer = self._ask(calls.PHONE_NUMBERS, json=body)
            found.update({item["member_id"]: item for item in answer["items"]})
        return found

    def plan_import(self, name: str, content: bytes) -> str:
        """Have a roster file checked; return the plan's id.

        Raise Invalid `workbook_…` for what is no roster file.
        """
        files = {"file": (name, content, XLSX)}
        return str(self._ask(calls.PLAN_IMPORT, files=files, timeout=IMPORT_SECONDS)["id"])

    def import_plan(self, plan_id: UUID, *, after: int, limit: int) -> dict[str, Any]:
        """Return a plan with its errors and a page of its changes.

        Raise NotFound when it has expired.
        """
        wanted = {"after": after, "limit": limit}
        return self._ask(calls.IMPORT_PLAN, path={"plan_id": plan_id}, params=wanted)

    def apply_import(self, plan_id: UUID) -> dict[str, Any]:
        """Write what a plan says; a second press answers `already`.

        Raise Refused `import_stale`, `member_limit`.
        """
        return self._ask(calls.APPLY_IMPORT, path={"plan_id": plan_id}, timeout=IMPORT_SECONDS)

    def file(self, call: Call, path: Mapping[str, Any] | None = None) -> bytes:
        """Return the file that IMPORT_ERRORS, EXPORT_ROSTER or ROSTER_TEMPLATE gives."""
        house = self.clients.houses[call.service]
        response = house.send(
            call.method, call.template, path=path, user_token=self.token, timeout=IMPORT_SECONDS
        )
        content: bytes = response.content
        return content

    def make_snapshot(self, message: Mapping[str, Any]) -> str:
        """Freeze a draft's audience for the confirm screen; return its id.

        Raise Invalid `audience_empty`, NotAllowed.
        """
        audience = {name: list(ids) for name, ids in message["audience"].items()}
        body = {"audience": audience, "channels": message["channels"], "lane": message["lane"]}
        return str(self._ask(calls.MAKE_SNAPSHOT, json=body)["id"])

    def snapshot(self, snapshot_id: UUID) -> dict[str, Any]:
        return self._ask(calls.SNAPSHOT, path={"snapshot_id": snapshot_id})

    def messages(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of messages, newest first.

        `wanted`: what messaging filters by; empty values ask for nothing.
        """
        params = {name: value for name, value in wanted.items() if value}
        return self._ask(calls.MESSAGES, params=params)

    def name_messages(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return id → subject, kind and state of messages that this person may see."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, dict[str, Any]] = {}
        for some in _in_calls(wanted):
            answer = self._ask(calls.NAME_MESSAGES, json={"ids": some})
            found.update({message["id"]: message for message in answer["items"]})
        return found

    def unreached(self) -> list[dict[str, Any]]:
        """Return children whom messages of the last days did not reach and nobody told otherwise.

        Each with member_id, message_ids.
        """
        found: list[dict[str, Any]] = self._ask(calls.UNREACHED)["items"]
        return found

    def unreachable(self) -> list[dict[str, Any]]:
        """Return children whom an urgent message would not reach now: member_id, reason."""
        found: list[dict[str, Any]] = self._ask(calls.UNREACHABLE)["items"]
        return found

    def stopped_points(self) -> dict[str, Any]:
        """Return the contact points that families stopped last.

        Keys: items (contact_point_id, member_ids, stopped_at), more.
        """
        found: dict[str, Any] = self._ask(calls.STOPPED_POINTS)
        return found

    def tell(
        self, message_id: UUID, member_ids: Sequence[str], *, how: str, by: str
    ) -> list[dict[str, Any]]:
        """Note that families were told by phone or on paper.

        Return each child with who was first to note it.
        """
        body = {"member_ids": list(member_ids), "told_how": how, "told_by_name": by}
        found: list[dict[str, Any]] = self._of_message(calls.TELL, message_id, json=body)["items"]
        return found

    def take_back(self, message_id: UUID, member_ids: Sequence[str]) -> None:
        """Take such notes back."""
        self._of_message(calls.TAKE_BACK, message_id, json={"member_ids": list(member_ids)})

    def begin_draft(self, content: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask(calls.BEGIN_DRAFT, json=dict(content))

    def save_draft(self, message_id: UUID, content: Mapping[str, Any]) -> dict[str, Any]:
        """Save what was typed.

        Raise Refused `changed_elsewhere` when the draft is not the one that was read.
        """
        return self._of_message(calls.SAVE_DRAFT, message_id, json=dict(content))

    def message(self, message_id: UUID) -> dict[str, Any]:
        return self._of_message(calls.MESSAGE, message_id)

    def discard_draft(self, message_id: UUID) -> None:
        self._of_message(calls.DISCARD_DRAFT, message_id)

    def restore_draft(self, message_id: UUID) -> None:
        self._of_message(calls.RESTORE_DRAFT, message_id)

    def templates(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask(calls.TEMPLATES)["items"]
        return found

    def categories(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask(calls.CATEGORIES)["items"]
        return found

    def check(self, message_id: UUID) -> dict[str, Any]:
        return self._of_message(calls.CHECKS, message_id)

    def release(self, message_id: UUID, body: Mapping[str, Any], *, key: str) -> dict[str, Any]:
        """Send; a second press answers `already` and changes nothing."""
        headers = {"Idempotency-Key": key}
        return self._of_message(calls.RELEASE, message_id, json=dict(body), headers=headers)

    def act(self, call: Call, message_id: UUID) -> dict[str, Any]:
        """Do one of WITHDRAW, SEND_NOW, STOP, TEST_SEND."""
        return self._of_message(call, message_id)

    def progress(self, message_id: UUID) -> dict[str, Any]:
        return self._of_message(calls.PROGRESS, message_id)

    def recipients(self, message_id: UUID, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of a message's children.

        `wanted`: state, class_id, after, limit; empty values ask for nothing.
        """
        params = {name: value for name, value in wanted.items() if value}
        return self._of_message(calls.RECIPIENTS, message_id, params=params)

    def find_preview(self, call: Call, message_id: UUID, snapshot_id: str) -> dict[str, Any] | None:
        """Return a message exactly as one channel will bring it to that audience.

        None while nobody can say.
        """
        wanted = {"snapshot_id": snapshot_id}
        try:
            return self._of_message(call, message_id, params=wanted, timeout=PREVIEW_SECONDS)
        except Unauthenticated:
            raise
        except ServiceError:
            return None

    def find_line_quota(self) -> dict[str, Any] | None:
        """Return the month's LINE quota: limit, used, left.

        None while nobody can say, or where the school has no account.
        """
        try:
            return self._ask(calls.QUOTA, timeout=QUOTA_SECONDS)
        except Unauthenticated:
            raise
        except ServiceError:
            return None

    def account_names(self) -> dict[str, str]:
        """Return account id → name of the staff who may sign in.

        They are the first 500, more than any school has.
        """
        found = self._ask(calls.ACCOUNTS, params={"limit": LOOK_UP_LIMIT})["items"]
        return {account["id"]: account["display_name"] for account in found}

    def operation_log(
        self, wanted: Mapping[str, Any], *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """Return a page of the operation log.

        `wanted`: actor_kind, actor_id, actions, without, first_day, last_day.
        """
        asked = {**wanted, **page_params(after, limit)}
        return self._ask(calls.OPERATION_LOG, params=asked)

    def export_operation_log(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the wanted lines for a file, {"items", "left_off"}; the log keeps the taking."""
        return self._ask(calls.EXPORT_OPERATION_LOG, json=dict(wanted), timeout=IMPORT_SECONDS)


def _in_calls(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield ids, so many at a time as one call takes."""
    for start in range(0, len(ids), LOOK_UP_LIMIT):
        yield ids[start : start + LOOK_UP_LIMIT]
