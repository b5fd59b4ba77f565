"""What directory answers where one person of the roster is changed."""

from __future__ import annotations

from typing import Any

from town_school import CLASS_42, make_id

from common import clock
from common.errors import Invalid, NotFound, Refused

NOTHING = {"mail": 0, "line": 0, "push": 0}


class PeopleHouse:
    """`members`: the roster; `versions`: member id → which change of it is the latest."""

    members: list[dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.versions: dict[str, int] = {}
        self.particulars: dict[str, dict[str, Any]] = {}
        self.limit_reached = False
        self.ended_guardians: list[str] = []
        self.protected: list[str] = []
        self.put_out: list[str] = []
        self.marked_at_sibling = False
        self.known_mails: dict[str, dict[str, Any]] = {}
        self.gone_people: list[dict[str, Any]] = []

    def version_of(self, member_id: str) -> str:
        return str(self.versions.get(member_id, 1))

    def change_behind(self, member_id: str, **changes: Any) -> None:
        """Change a person as a colleague would, at another screen."""
        self.versions[member_id] = self.versions.get(member_id, 1) + 1
        listed = next(each for each in self.members if each["id"] == member_id)
        for name, value in changes.items():
            if name in listed:
                listed[name] = value
            else:
                self.particulars.setdefault(member_id, {})[name] = value

    def post_members(self, request: dict[str, Any]) -> Any:
        person = request["json"]
        if self.limit_reached:
            raise Refused("member_limit", "Full.", fields={"limit": 400})
        self._check_seat(person)
        for guardian in person.get("guardians", []):
            self._check_guardian(guardian)
        listed = {
            "id": make_id(f"new {person['display_name']}"),
            "class_name": "4年2組" if person.get("class_id") == CLASS_42 else None,
            "channels": NOTHING,
            "dead": NOTHING,
            "stopped": NOTHING,
            "deleted": False,
        }
        for name in ("kind", "display_name", "kana", "status", "class_id", "number"):
            listed[name] = person.get(name)
        self.members.append(listed)
        return {"id": listed["id"]}

    def patch_members_member_id(self, request: dict[str, Any], member_id: str) -> None:
        changes = dict(request["json"])
        if changes.pop("version") != self.version_of(member_id):
            raise Refused("changed_meanwhile", "Meanwhile.")
        self._check_seat(changes)
        # Only directory reads a day of birth.
        changes.pop("birth_date", None)
        self.change_behind(member_id, **changes)

    def delete_members_member_id_planned_status(
        self, request: dict[str, Any], member_id: str
    ) -> None:
        self.change_behind(member_id, planned_status=None, planned_since=None)

    def post_members_deletions(self, request: dict[str, Any]) -> Any:
        ids = request["json"]["ids"]
        gone = [member for member in self.members if member["id"] in ids]
        for member in gone:
            self.members.remove(member)
            deleted_at = clock.now().isoformat()
            self.gone_people.insert(0, {**member, "deleted": True, "deleted_at": deleted_at})
        return {"count": len(gone)}

    def post_members_statuses(self, request: dict[str, Any]) -> Any:
        wanted = request["json"]
        if self.limit_reached:
            raise Refused("member_limit", "Full.", fields={"limit": 400})
        chosen = [member for member in self.members if member["id"] in wanted["ids"]]
        changing = [member for member in chosen if member["status"] != wanted["status"]]
        for member in changing:
            if wanted["status_since"] > clock.today().isoformat():
                planned = {"planned_status": wanted["status"]}
                self.change_behind(member["id"], **planned, planned_since=wanted["status_since"])
            else:
                self.change_behind(member["id"], status=wanted["status"])
        return {"changed": len(changing), "already": len(chosen) - len(changing)}

    def get_members_deleted(self, request: dict[str, Any]) -> Any:
        kind = request["params"]["kind"]
        return {"items": [each for each in self.gone_people if each["kind"] == kind], "next": None}

    def post_members_member_id_restore(self, request: dict[str, Any], member_id: str) -> None:
        back = next((each for each in self.gone_people if each["id"] == member_id), None)
        if back is None:
            raise NotFound("member_not_found", "Nobody.")
        self._check_seat(back)
        self.gone_people.remove(back)
        self.members.append({**back, "deleted": False})

    def post_members_member_id_guardians(self, request: dict[str, Any], member_id: str) -> Any:
        self._check_guardian(request["json"])
        return {"id": make_id(f"guardian {request['json']['label']}")}

    def patch_members_member_id_guardians_guardian_id(
        self, request: dict[str, Any], member_id: str, guardian_id: str
    ) -> None:
        self._check_guardian(request["json"])

    def post_members_member_id_guardians_guardian_id_mails(
        self, request: dict[str, Any], member_id: str, guardian_id: str
    ) -> None:
        self._check_guardian({"label": "母", "mails": [request["json"]["mail"]]})

    def _check_guardian(self, wanted: dict[str, Any]) -> None:
        """Refuse no 続柄, and the addresses of `known_mails`: address → what directory says."""
        if not wanted["label"]:
            raise Invalid("label_missing", "No.", fields={"label": {"code": "label_missing"}})
        for mail in wanted.get("mails", []):
            if mail in self.known_mails:
                said = self.known_mails[mail]
                raise Invalid(said["code"], "No.", fields={"mails": said})

    def put_members_member_id_guardians_guardian_id_protection(
        self, request: dict[str, Any], member_id: str, guardian_id: str
    ) -> None:
        if not self.marked_at_sibling:
            self.protected = [guardian_id] if request["json"]["protected"] else []

    def post_members_member_id_guardians_guardian_id_sessions_end(
        self, request: dict[str, Any], member_id: str, guardian_id: str
    ) -> None:
        self.put_out.append(guardian_id)

    def delete_members_member_id_guardians_guardian_id(
        self, request: dict[str, Any], member_id: str, guardian_id: str
    ) -> None:
        if not request["json"]["reason"]:
            problem = {"reason": {"code": "reason_missing"}}
            raise Invalid("reason_missing", "Why?", fields=problem)
        self.ended_guardians.append(guardian_id)

    def _check_seat(self, wanted: dict[str, Any]) -> None:
        number = wanted.get("number")
        there = next((m for m in self.members if number and m["number"] == number), None)
        if there is not None:
            problem = {"code": "number_taken", "value": number, "name": there["display_name"]}
            raise Invalid("number_taken", "Taken.", fields={"number": problem})
