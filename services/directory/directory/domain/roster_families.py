"""Compare the guardians and addresses of a roster file with the roster's (DIR-2, DIR-15).

Addresses are added, never taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.present_roster import PresentLink, PresentPupil, PresentRoster
from directory.domain.protection import Protection
from directory.domain.roster_changes import Row, Steps, detail
from directory.domain.roster_file import (
    MAX_MAILS_A_GUARDIAN,
    PlannedContactPoint,
    PlannedGuardian,
    PlannedGuardianship,
    RosterPlan,
)
from directory.domain.roster_sheet import CellError
from directory.domain.words import ContactState, Language

MAIL = "メールアドレス"


@dataclass
class FamilyComparer:
    """Goes through the file's guardians once.

    `errors` name columns and rows; cells are named by who knows the header.
    """

    plan: RosterPlan
    present: PresentRoster
    new_id: Callable[[], UUID]
    # Families whose names and numbers this person may not see.
    hidden: Protection
    errors: list[CellError] = field(default_factory=list)
    steps: Steps = field(default_factory=Steps)
    _details: dict[str, list[Row]] = field(default_factory=dict)
    _renamed: dict[UUID, PlannedGuardian] = field(default_factory=dict)
    _mails: dict[str, list[PlannedContactPoint]] = field(default_factory=dict)
    _links: dict[str, list[PlannedGuardianship]] = field(default_factory=dict)
    _linked_now: set[tuple[UUID, UUID]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for point in self.plan.contact_points:
            self._mails.setdefault(point.guardian_key, []).append(point)
        for link in self.plan.guardianships:
            self._links.setdefault(link.guardian_key, []).append(link)

    def compare(
        self, members: Mapping[str, UUID], indexes: Mapping[str, bytes]
    ) -> dict[str, list[Row]]:
        """Return what changes in the family of each child of the file.

        `members`: file key → pupil, known or new.
        """
        for guardian in self.plan.guardians:
            links = self._links.get(guardian.key, [])
            family = self._family_of([members[link.pupil_key] for link in links])
            points = self._mails.get(guardian.key, [])
            refused, guardian_id = self._find(guardian, points, family, indexes)
            if refused:
                continue
            is_new = guardian_id is None
            guardian_id = guardian_id or self.new_id()
            if is_new:
                self.steps.guardians.append(
                    {"id": guardian_id, "name": guardian.name, "language": Language.JA.value}
                )
            else:
                self._rename(guardian, guardian_id, links)
            self._link(guardian, guardian_id, links, members)
            self._add_mails(guardian, guardian_id, points, indexes)
        return self._details

    def add_to(self, steps: Steps) -> None:
        """Put what is to be written for families into the steps of the whole."""
        for name in (
            "guardians",
            "guardianships",
            "contact_points",
            "guardian_changes",
            "label_changes",
            "point_changes",
        ):
            getattr(steps, name).extend(getattr(self.steps, name))

    def count_kept_mails(self, pupils: Iterable[PresentPupil], indexes: Mapping[str, bytes]) -> int:
        """Return how many addresses of these children's guardians the file does not name."""
        in_file = set(indexes.values())
        owners = {link.guardian_id for pupil in pupils for link in self.present.links_of(pupil.id)}
        return sum(
            mail.index not in in_file
            for owner in owners - self.hidden.guardians
            for mail in self.present.mails_of(owner)
        )

    def _family_of(self, member_ids: Iterable[UUID]) -> dict[UUID, list[PresentLink]]:
        """Return guardian → its links to these children."""
        family: dict[UUID, list[PresentLink]] = {}
        for member_id in member_ids:
            for link in self.present.links_of(member_id):
                family.setdefault(link.guardian_id, []).append(link)
        return family

    def _find(
        self,
        guardian: PlannedGuardian,
        points: list[PlannedContactPoint],
        family: Mapping[UUID, list[PresentLink]],
        indexes: Mapping[str, bytes],
    ) -> tuple[bool, UUID | None]:
        """Return (refused, the guardian of the roster or None for a new one).

        It is found by address, else by name and 続柄 in the family.
        """
        by_name = self._in_family(guardian, family)
        found: UUID | None = None
        for point in points:
            owners = self.present.owners_of(indexes[point.key])
            owner = next((each for each in owners if each in family), next(iter(owners), None))
            if owner is None or owner in (found, by_name):
                continue
            same, other = _compare_names(guardian.name, self.present.guardians[owner])
            is_stranger = owner not in family
            is_somebody = found is not None or by_name is not None
            is_named_otherwise = other and (is_somebody or is_stranger)
            would_join_families = is_stranger and is_somebody and not same
            if is_named_otherwise or would_join_families:
                self._refuse_mail(point, owner)
                return True, None
            if is_stranger:
                return False, owner
            found = found or owner
        return False, by_name or found

    def _in_family(
        self, guardian: PlannedGuardian, family: Mapping[UUID, list[PresentLink]]
    ) -> UUID | None:
        def named(guardian_id: UUID) -> bool:
            return _compare_names(guardian.name, self.present.guardians[guardian_id])[0]

        def labelled(guardian_id: UUID) -> bool:
            return any(link.label == guardian.label for link in family[guardian_id])

        def nameless(guardian_id: UUID) -> bool:
            return not (guardian.name and self.present.guardians[guardian_id])

        for fits in (
            lambda g: named(g) and labelled(g),
            named,
            lambda g: nameless(g) and labelled(g),
        ):
            found = [guardian_id for guardian_id in family if fits(guardian_id)]
            if len(found) == 1:
                return found[0]
        return None

    def _refuse_mail(self, point: PlannedContactPoint, owner: UUID) -> None:
        name = self.present.guardians[owner]
        if name is None or owner in self.hidden.guardians:
            self.errors.append(CellError(point.row, MAIL, "", "mail_known_protected"))
        else:
            self.errors.append(CellError(point.row, MAIL, "", "mail_known", {"name": name}))

    def _rename(
        self, guardian: PlannedGuardian, guardian_id: UUID, links: list[PlannedGuardianship]
    ) -> None:
        if not guardian.name:
            return
        first = self._renamed.setdefault(guardian_id, guardian)
        if first.name != guardian.name:
            params: dict[str, str | int] = {"row": first.row, "name": first.name or ""}
            self.errors.append(CellError(guardian.row, "保護者", "", "guardian_differs", params))
            return
        before = self.present.guardians[guardian_id]
        if first is not guardian or guardian.name == before:
            return
        self.steps.guardian_changes.append({"id": guardian_id, "name": guardian.name})
        shown = None if guardian_id in self.hidden.guardians else before
        self._say(links, detail("guardian_name", shown, guardian.name, guardian.label))

    def _link(
        self,
        guardian: PlannedGuardian,
        guardian_id: UUID,
        links: list[PlannedGuardianship],
        members: Mapping[str, UUID],
    ) -> None:
        for link in links:
            member_id = members[link.pupil_key]
            family = self.present.links_of(member_id)
            there = next((each for each in family if each.guardian_id == guardian_id), None)
            change: Row = {
                "member_id": member_id,
                "guardian_id": guardian_id,
                "label": link.label,
            }
            if there is None and (member_id, guardian_id) not in self._linked_now:
                self._linked_now.add((member_id, guardian_id))
                last = max((each.position for each in family), default=0)
                change["position"] = last + link.position
                change["protected"] = False
                self.steps.guardianships.append(change)
                who = _name_with_label(link.label, guardian.name)
                self._say([link], detail("guardian", None, who or "保護者"))
            elif there is not None and link.label and link.label != there.label:
                self.steps.label_changes.append(change)
                self._say([link], detail("label", there.label, link.label, guardian.name or ""))

    def _add_mails(
        self,
        guardian: PlannedGuardian,
        guardian_id: UUID,
        points: list[PlannedContactPoint],
        indexes: Mapping[str, bytes],
    ) -> None:
        here = {mail.index for mail in self.present.mails_of(guardian_id)}
        new = [point for point in points if not self.present.owners_of(indexes[point.key])]
        too_many = len(here) + len(new) > MAX_MAILS_A_GUARDIAN
        if too_many and here and new:
            limit: dict[str, str | int] = {"limit": MAX_MAILS_A_GUARDIAN}
            self.errors.append(CellError(new[-1].row, MAIL, "", "mails_too_many_known", limit))
            return
        links = self._links.get(guardian.key, [])
        who = _name_with_label(guardian.label, guardian.name)
        for point in new:
            self._say(links, detail("mail", None, point.address, who))
            ended = self.present.ended.get((guardian_id, indexes[point.key]))
            if ended:
                self.steps.point_changes.append(
                    {
                        "id": ended,
                        "state": ContactState.ACTIVE.value,
                        "health": None,
                        "proved_at": None,
                    }
                )
                continue
            self.steps.contact_points.append(
                {
                    "id": self.new_id(),
                    "guardian_id": guardian_id,
                    "member_id": None,
                    "kind": point.kind,
                    "address": point.address,
                    "state": ContactState.ACTIVE.value,
                    "health": None,
                }
            )

    def _say(self, links: Iterable[PlannedGuardianship], said: Row) -> None:
        for link in links:
            self._details.setdefault(link.pupil_key, []).append(said)


def _name_with_label(label: str, name: str | None) -> str:
    """Say a guardian as 続柄 and name: 母 髙橋 恵."""
    return f"{label} {name or ''}".strip()


def _compare_names(one: str | None, other: str | None) -> tuple[bool, bool]:
    """Return (surely the same name, surely another); neither where one has no name."""
    if not (one and other):
        return False, False
    same = fold_for_search(one) == fold_for_search(other)
    return same, not same
