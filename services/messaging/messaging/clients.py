"""What messaging asks other houses: directory for audiences, identity for a school's profile.

Never inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from common.answers.directory import (
    AudienceIn,
    NamedMember,
    NamedMembers,
    SnapshotMemberOut,
    SnapshotOut,
    SnapshotPage,
)
from common.answers.identity import SchoolOut
from common.cache import Bounded
from common.errors import ServiceError, Unavailable
from common.ids import read_id
from common.web.client import ServiceClient
from messaging.config import Settings
from messaging.domain.audience import Addressed, AudiencePage, ClassLine, School, Snapshot

# A day without identity is more than an outage; and so long at most is the profile of an erased
# school remembered.
AWAY_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class NamedNow:
    """A member as pages name it now."""

    id: UUID
    display_name: str
    class_name: str | None


@dataclass(frozen=True)
class Clients:
    """The questions to other houses, as functions.

    `snapshot(school_id, snapshot_id)` and `page(school_id, snapshot_id, after, limit)` raise
    NotFound for what is not the school's; `make_snapshot(school_id, member_id)` makes one of a
    single member; `profile(school_id)` is the school; `names(school_id, member_ids)` are those of
    the members whom the school still has. All raise Unavailable.
    """

    snapshot: Callable[[UUID, UUID], Snapshot]
    page: Callable[[UUID, UUID, int | None, int], AudiencePage]
    make_snapshot: Callable[[UUID, UUID], Snapshot]
    profile: Callable[[UUID], School]
    names: Callable[[UUID, Sequence[UUID]], Sequence[NamedNow]]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the clients that speak with the houses named in the settings."""
        directory = ServiceClient.of(settings, "directory")
        identity = ServiceClient.of(settings, "identity")

        def snapshot(school_id: UUID, snapshot_id: UUID) -> Snapshot:
            path = {"snapshot_id": snapshot_id}
            answer: SnapshotOut = directory.call(
                "GET",
                "/snapshots/{snapshot_id}",
                path=path,
                school_id=school_id,
            )
            return _read_snapshot(answer)

        def page(school_id: UUID, snapshot_id: UUID, after: int | None, limit: int) -> AudiencePage:
            query = {"limit": limit} if after is None else {"limit": limit, "after": after}
            path = {"snapshot_id": snapshot_id}
            answer: SnapshotPage = directory.call(
                "GET", "/snapshots/{snapshot_id}/page", path=path, school_id=school_id, params=query
            )
            return AudiencePage(tuple(map(_read_member, answer["items"])), answer["next"])

        def make_snapshot(school_id: UUID, member_id: UUID) -> Snapshot:
            audience = {
                "group_ids": [],
                "member_ids": [str(member_id)],
                "excluded_member_ids": [],
            }
            answer: SnapshotOut = directory.call(
                "POST", "/snapshots", school_id=school_id, json={"audience": audience}
            )
            return _read_snapshot(answer)

        def profile(school_id: UUID) -> School:
            answer: SchoolOut = identity.call("GET", "/schools/current", school_id=school_id)
            return _read_school(answer)

        def names(school_id: UUID, member_ids: Sequence[UUID]) -> Sequence[NamedNow]:
            body = {"ids": [str(member_id) for member_id in member_ids]}
            answer: NamedMembers = directory.call(
                "POST", "/members/look-up", school_id=school_id, json=body
            )
            return [_read_named(item) for item in answer["items"]]

        known_profile = remember(profile, settings.profile_seconds)
        return cls(snapshot, page, make_snapshot, known_profile, names)


def remember(ask: Callable[[UUID], School], seconds: float) -> Callable[[UUID], School]:
    """Return `ask` with a memory: an answer serves for so many seconds.

    While nobody can be asked it serves for up to a day: guardians go on reading while identity is
    away. Safe among threads, which may ask twice, never wrongly.
    """
    fresh = Bounded[UUID, School](seconds=seconds)
    known = Bounded[UUID, School](seconds=AWAY_SECONDS)

    def answer(school_id: UUID) -> School:
        school = fresh.get(school_id)
        if school is not None:
            return school
        try:
            school = ask(school_id)
        except Unavailable:
            school = known.get(school_id)
            if school is None:
                raise
            return school
        except ServiceError:
            known.drop(school_id)
            raise
        fresh.put(school_id, school)
        known.put(school_id, school)
        return school

    return answer


def _read_snapshot(answer: SnapshotOut) -> Snapshot:
    created_by = answer["created_by"]
    audience = _read_audience(answer["audience"])
    classes = tuple(
        ClassLine(UUID(line["id"]), _ids([line["id"], *line["above"]]))
        for line in answer["classes"]
    )
    return Snapshot(
        id=UUID(answer["id"]),
        label=answer["label"],
        heads=answer["heads"],
        created_at=datetime.fromisoformat(answer["created_at"]),
        created_by=UUID(created_by) if created_by else None,
        audience=audience,
        classes=classes,
        family_label=answer["family_label"],
        staff_heads=answer["staff_heads"],
        channels=tuple(answer["channels"]),
    )


def _read_audience(audience: AudienceIn) -> dict[str, list[str]]:
    return {
        "group_ids": audience["group_ids"],
        "member_ids": audience["member_ids"],
        "excluded_member_ids": audience["excluded_member_ids"],
    }


def _read_member(item: SnapshotMemberOut) -> Addressed:
    class_id = item["class_id"]
    return Addressed(
        member_id=read_id(item["member_id"]),
        class_id=read_id(class_id) if class_id else None,
        household=item["household"],
        guardian_ids=_ids(item["guardian_ids"]),
        display_name=item.get("display_name"),
        class_name=item.get("class_name"),
    )


def _read_named(item: NamedMember) -> NamedNow:
    return NamedNow(UUID(item["id"]), item["display_name"], item["class_name"])


def _ids(texts: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(map(read_id, texts))


def _read_school(answer: SchoolOut) -> School:
    return School(
        id=UUID(answer["id"]),
        kind=answer["kind"],
        name=answer["name"],
        short_name=answer["short_name"],
        phone=answer["phone"],
        phone_hours=answer["phone_hours"],
        mail_local=answer["mail_local"],
        state=answer["state"],
        undo_seconds=answer["undo_seconds"],
        urgent_undo_seconds=answer["urgent_undo_seconds"],
    )
