"""What the gateway asks directory: groups, members, contact points, imports and snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.directory import (
    CalledMember,
    DeletedGroup,
    FillingOut,
    FormerClass,
    GroupDeletion,
    GroupName,
    GroupPlace,
    GroupWithMembers,
    ImportPlanApplied,
    ImportPlanErrors,
    ImportPlanOut,
    ImportPlanShown,
    ListedGroup,
    MemberOfGroup,
    MemberOut,
    MembersPage,
    NamedMember,
    ReachOfClass,
    RosterBoard,
    SnapshotOut,
    Unreachable,
)
from common.answers.messaging import MessageOut
from common.web.client import every_page
from gateway.clients import calls
from gateway.clients.asking import LOOK_UP_LIMIT, Asker, in_calls, page_params
from gateway.clients.calls import Call

# What writing a workbook may take: a roster as a file, or a marked one given back.
FILE_SECONDS = 90
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a list needs of a group: its id, and its name as people say it.
NamedGroup = ListedGroup | FormerClass


@dataclass(frozen=True)
class Directory:
    """Directory, as `asker` may ask it."""

    asker: Asker

    def groups(self) -> list[ListedGroup]:
        """Return all groups in tree order, each with its heads."""
        return self.asker.ask(calls.GROUPS)["items"]

    def reach(self) -> list[ListedGroup]:
        """Return the groups to which messages may go; in April last year's classes too."""
        return self.asker.ask(calls.GROUPS, params={"reach": "true"})["items"]

    def groups_ever(self, class_ids: Iterable[str | None]) -> list[NamedGroup]:
        """Return all groups, and where one of these classes is not among them the former ones."""
        groups: list[NamedGroup] = [*self.groups()]
        known = {group["id"] for group in groups}
        is_all_known = all(class_id in known for class_id in class_ids if class_id)
        if is_all_known:
            return groups
        return [*groups, *self.asker.ask(calls.FORMER_CLASSES)["items"]]

    def group(self, group_id: UUID, *, after: str = "") -> GroupWithMembers:
        """Return a group with a page of its members."""
        wanted = page_params(after, LOOK_UP_LIMIT)
        return self.asker.ask(calls.GROUP, path={"group_id": group_id}, params=wanted)

    def group_names(self) -> list[GroupName]:
        """Return the groups by name alone, which a large school answers at once."""
        return self.asker.ask(calls.GROUP_NAMES)["items"]

    def add_group(self, group: Mapping[str, str | None]) -> str:
        """Make a group; return its id."""
        return self.asker.ask(calls.ADD_GROUP, json=dict(group))["id"]

    def change_group(self, group_id: UUID, changes: Mapping[str, Any]) -> None:
        """Change a group's name or parent; raise Refused `changed_meanwhile`."""
        self.asker.ask(calls.CHANGE_GROUP, path={"group_id": group_id}, json=dict(changes))

    def move_group(self, group_id: UUID, direction: str) -> GroupPlace:
        """Let a group change places with its neighbour; return where it stands then."""
        path = {"group_id": group_id}
        return self.asker.ask(calls.MOVE_GROUP, path=path, json={"direction": direction})

    def group_deletion(self, group_id: UUID) -> GroupDeletion:
        """Return what a group's deletion would take along."""
        return self.asker.ask(calls.GROUP_DELETION, path={"group_id": group_id})

    def delete_group(self, group_id: UUID) -> None:
        """Delete a group; raise Refused `group_in_use`."""
        self.asker.ask(calls.DELETE_GROUP, path={"group_id": group_id})

    def restore_group(self, group_id: UUID) -> None:
        """Bring a deleted group back; raise Refused `group_above_gone`."""
        self.asker.ask(calls.RESTORE_GROUP, path={"group_id": group_id})

    def deleted_groups(self) -> list[DeletedGroup]:
        """Return the groups that can be brought back."""
        return self.asker.ask(calls.DELETED_GROUPS)["items"]

    def members_of(self, group_id: UUID) -> list[MemberOfGroup]:
        """Return everybody who is in this very group, and how."""
        path = {"group_id": group_id}

        def fetch(after: str | None) -> Any:
            wanted = page_params(after, LOOK_UP_LIMIT)
            return self.asker.ask(calls.MEMBERS_OF_GROUP, path=path, params=wanted)

        return list(every_page(fetch))

    def fill_group(self, group_id: UUID, filling: Mapping[str, Any]) -> FillingOut:
        """Take people into a group and out of it; raise Invalid, NotAllowed."""
        return self.asker.ask(calls.FILL_GROUP, path={"group_id": group_id}, json=dict(filling))

    def move_member(self, member_id: UUID, moves: Mapping[str, Any]) -> None:
        """Enrol a person in another class, and let them join and leave groups."""
        self.asker.ask(calls.MOVE_MEMBER, path={"member_id": member_id}, json=dict(moves))

    def members(self, **query: Any) -> MembersPage:
        """Return a page of members.

        `query`, `group_id`, `kind`, `status`, `after`, `limit` are passed on as they are given.
        """
        wanted = {name: value for name, value in query.items() if value not in (None, "")}
        return self.asker.ask(calls.MEMBERS, params=wanted)

    def member(self, member_id: UUID) -> MemberOut:
        return self.asker.ask(calls.MEMBER, path={"member_id": member_id})

    def change_phones(self, member_id: UUID, phones: Sequence[Mapping[str, str]]) -> None:
        """Make these a child's numbers to call; raise Invalid `phone_unreadable` for others."""
        self.asker.ask(
            calls.CHANGE_PHONES,
            path={"member_id": member_id},
            json={"phone_numbers": [dict(each) for each in phones]},
        )

    def resume_point(self, contact_point_id: UUID) -> None:
        """Let ordinary messages go to a stopped contact point again."""
        self.asker.ask(calls.RESUME_POINT, path={"contact_point_id": contact_point_id})

    def look_up(self, ids: Iterable[str], *, with_deleted: bool = False) -> dict[str, NamedMember]:
        """Return member id → name, reading, class and number.

        Who is not there any more is left out; who was deleted too, unless asked for.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[str, NamedMember] = {}
        for some in in_calls(wanted):
            body = {"ids": some, "with_deleted": with_deleted}
            answer = self.asker.ask(calls.LOOK_UP, json=body)
            found.update({item["id"]: item for item in answer["items"]})
        return found

    def phone_numbers(self, ids: Iterable[str], message_id: UUID | None) -> dict[str, CalledMember]:
        """Return member id → guardians and numbers to call; the log records it.

        `message_id`: which one did not reach them.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[str, CalledMember] = {}
        for some in in_calls(wanted):
            body = {
                "member_ids": some,
                "message_id": str(message_id) if message_id else None,
            }
            answer = self.asker.ask(calls.PHONE_NUMBERS, json=body)
            found.update({item["member_id"]: item for item in answer["items"]})
        return found

    def plan_import(self, name: str, content: bytes) -> UUID:
        """Have a roster file checked in the background; return the plan's id.

        Raise Invalid `workbook_…` for what is no roster file by its beginning.
        """
        files = {"file": (name, content, XLSX)}
        plan_id = self.asker.ask(calls.PLAN_IMPORT, files=files)["id"]
        return UUID(plan_id)

    def import_progress(self, plan_id: UUID) -> ImportPlanOut:
        """Return how far a plan is; raise NotFound when it has expired."""
        return self.asker.ask(calls.IMPORT_PROGRESS, path={"plan_id": plan_id})

    def import_plan(
        self, plan_id: UUID, *, after: int, limit: int, errors_after: int = 0
    ) -> ImportPlanShown:
        """Return a plan with a page of its errors and a page of its changes.

        Raise NotFound when it has expired.
        """
        wanted = {"after": after, "limit": limit, "errors_after": errors_after}
        return self.asker.ask(calls.IMPORT_PLAN, path={"plan_id": plan_id}, params=wanted)

    def decide_import(self, plan_id: UUID, decisions: Mapping[str, str]) -> ImportPlanOut:
        """Have a plan made anew with what was decided; raise NotFound when it has expired."""
        return self.asker.ask(
            calls.DECIDE_IMPORT,
            path={"plan_id": plan_id},
            json={"decisions": decisions},
        )

    def import_errors(self, plan_id: UUID) -> ImportPlanErrors:
        """Return all cells to correct; raise NotFound when it has expired."""
        return self.asker.ask(calls.IMPORT_ERRORS, path={"plan_id": plan_id})

    def marked_import(self, plan_id: UUID, notes: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the uploaded file with sentences at its cells; raise NotFound when expired."""
        path = {"plan_id": plan_id}
        return self.asker.file(
            calls.MARKED_IMPORT, path=path, json={"notes": list(notes)}, timeout=FILE_SECONDS
        )

    def apply_import(self, plan_id: UUID, revision: str | None) -> ImportPlanApplied:
        """Have written what a plan says; a second press answers `already`.

        Raise Refused `changed_meanwhile`, `import_undecided`, `import_under_way`.
        """
        path = {"plan_id": plan_id}
        return self.asker.ask(calls.APPLY_IMPORT, path=path, json={"revision": revision})

    def file(self, call: Call[bytes]) -> bytes:
        """Return the file that EXPORT_ROSTER or ROSTER_TEMPLATE gives."""
        return self.asker.file(call, timeout=FILE_SECONDS)

    def make_snapshot(self, message: MessageOut) -> str:
        """Freeze a draft's audience for the confirm screen; return its id.

        Raise Invalid `audience_empty`, NotAllowed.
        """
        body = {
            "audience": message["audience"],
            "channels": message["channels"],
            "lane": message["lane"],
        }
        return self.asker.ask(calls.MAKE_SNAPSHOT, json=body)["id"]

    def snapshot(self, snapshot_id: UUID) -> SnapshotOut:
        return self.asker.ask(calls.SNAPSHOT, path={"snapshot_id": snapshot_id})

    def unreachable(self, group_id: UUID | None = None) -> list[Unreachable]:
        """Return children whom an urgent message would not reach now, of one group if named."""
        wanted = {"group_id": group_id} if group_id else {}
        return self.asker.ask(calls.UNREACHABLE, params=wanted)["items"]

    def reachability(self) -> list[ReachOfClass]:
        """Return by class how many children are registered, and whom nothing would reach."""
        return self.asker.ask(calls.REACHABILITY)["items"]

    def board(self) -> RosterBoard:
        """Return what waits for who looks after the roster: stopped contact points, the latest
        twenty, and how many pupils an urgent message would not reach.
        """
        return self.asker.ask(calls.ROSTER_BOARD)
