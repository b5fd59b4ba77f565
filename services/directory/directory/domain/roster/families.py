"""Compare the guardians and addresses of a roster file with the roster's (DIR-2, DIR-15).

Addresses are added, and taken away only where the office says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from uuid import UUID

from common.words import Language
from directory.domain.mail_addresses import MAX_MAILS_A_GUARDIAN
from directory.domain.names import fold_for_search
from directory.domain.protection import Protection
from directory.domain.roster.changes import Detail, detail
from directory.domain.roster.comparison import Comparison, Needs
from directory.domain.roster.plan import (
    PlannedContactPoint,
    PlannedGuardian,
    PlannedGuardianship,
    RosterPlan,
)
from directory.domain.roster.present import (
    PresentLink,
    PresentMail,
    PresentPupil,
    PresentRoster,
)
from directory.domain.roster.remarks import Question, Remark
from directory.domain.roster.steps import (
    GuardianChange,
    LabelChange,
    NewContactPoint,
    NewGuardian,
    NewGuardianship,
    PointEnd,
    PointRevival,
)
from directory.domain.words import ContactState

KEEP, END = "keep", "end"
LEAVE_ENDED, REVIVE = "leave", "revive"
Links = list[PlannedGuardianship]
# guardian of the roster → its links to the children in question
Family = Mapping[UUID, list[PresentLink]]


@dataclass(frozen=True, slots=True)
class FoundGuardian:
    """The guardian is this one of the roster."""

    guardian_id: UUID


@dataclass(frozen=True, slots=True)
class UnknownGuardian:
    """The roster does not have the guardian yet."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The roster has this address, and says that it is somebody else's."""

    point: PlannedContactPoint
    owner: UUID


class Likeness(Enum):
    """What two names say of two guardians."""

    ALIKE = auto()
    DIFFERENT = auto()
    # One has no name.
    UNSAID = auto()


@dataclass
class FamilyComparer:
    """Goes through the file's guardians once."""

    plan: RosterPlan
    present: PresentRoster
    needs: Needs
    # Families whose names and numbers this person may not see.
    hidden: Protection
    comparison: Comparison
    _details: dict[str, list[Detail]] = field(default_factory=dict)
    _renamed: dict[UUID, PlannedGuardian] = field(default_factory=dict)
    _mails: dict[str, list[PlannedContactPoint]] = field(default_factory=dict)
    _links: dict[str, Links] = field(default_factory=dict)
    # Blind indexes of all addresses of the file.
    _in_file: frozenset[bytes] = frozenset()
    _linked_now: set[tuple[UUID, UUID]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for point in self.plan.contact_points:
            self._mails.setdefault(point.guardian_key, []).append(point)
        for link in self.plan.guardianships:
            self._links.setdefault(link.guardian_key, []).append(link)

    def compare(
        self, members: Mapping[str, UUID], indexes: Mapping[str, bytes]
    ) -> dict[str, list[Detail]]:
        """Plan what changes in families, and return it for each child of the file.

        `members`: file key → pupil, known or new; `indexes`: file key → blind index of an address.
        """
        self._in_file = frozenset(indexes.values())
        for guardian in self.plan.guardians:
            links = self._links.get(guardian.key, [])
            points = self._mails.get(guardian.key, [])
            family = self._family_of(members[link.pupil_key] for link in links)
            match self._find(guardian, points, family, indexes):
                case Contradiction() as contradiction:
                    self._refuse(contradiction)
                    continue
                case FoundGuardian(guardian_id):
                    self._rename(guardian, guardian_id, links)
                case UnknownGuardian():
                    guardian_id = self._add(guardian)
            self._link(
                guardian,
                guardian_id,
                links,
                members,
            )
            self._add_mails(
                guardian,
                guardian_id,
                points,
                indexes,
            )
        return self._details

    def count_kept_mails(self, pupils: Iterable[PresentPupil], indexes: Mapping[str, bytes]) -> int:
        """Return how many addresses of these children's guardians the file does not name."""
        in_file = set(indexes.values())
        owners = {link.guardian_id for pupil in pupils for link in self.present.links_of(pupil.id)}
        return sum(
            mail.index not in in_file
            for owner in owners - self.hidden.guardians
            for mail in self.present.mails_of(owner)
        )

    def _family_of(self, member_ids: Iterable[UUID]) -> Family:
        family: dict[UUID, list[PresentLink]] = {}
        for member_id in member_ids:
            for link in self.present.links_of(member_id):
                family.setdefault(link.guardian_id, []).append(link)
        return family

    def _find(
        self,
        guardian: PlannedGuardian,
        points: list[PlannedContactPoint],
        family: Family,
        indexes: Mapping[str, bytes],
    ) -> FoundGuardian | UnknownGuardian | Contradiction:
        """Find a guardian of the file in the roster: by address, else by name and 続柄.

        Within a family two may share a mailbox.
        """
        known = self._find_by_name(guardian, family)
        by_address: UUID | None = None
        for point in points:
            owner = self._owner_of(indexes[point.key], family)
            if owner is None or owner in (by_address, known):
                continue
            if owner in self.hidden.guardians and owner not in family:
                return Contradiction(point, owner)
            likeness = _compare_names(guardian.name, self.present.guardians[owner])
            is_somebody = by_address is not None or known is not None
            if owner in family:
                shares = likeness is Likeness.DIFFERENT and (
                    is_somebody or not self._may_be_renamed(guardian, owner, family)
                )
                by_address = by_address if shares else by_address or owner
                continue
            would_join_families = is_somebody and likeness is not Likeness.ALIKE
            if likeness is Likeness.DIFFERENT or would_join_families:
                return Contradiction(point, owner)
            return FoundGuardian(owner)
        found = known or by_address
        return FoundGuardian(found) if found else UnknownGuardian()

    def _may_be_renamed(self, guardian: PlannedGuardian, owner: UUID, family: Family) -> bool:
        """Return whether it may be one person with another name: 続柄 or given name stays."""
        if guardian.label and _is_labelled(family[owner], guardian.label):
            return True
        before = self.present.guardians[owner] or ""
        return (guardian.name or "").split(" ")[-1] == before.split(" ")[-1]

    def _owner_of(self, index: bytes, family: Family) -> UUID | None:
        """Return who has an address, one of the family before all others."""
        owners = self.present.owners_of(index)
        in_family = [owner for owner in owners if owner in family]
        return next(iter(in_family or owners), None)

    def _find_by_name(self, guardian: PlannedGuardian, family: Family) -> UUID | None:
        """Return the one of the family whom name and 続柄 mean, the surest signs first."""
        namesakes = []
        nameless = []
        for guardian_id in family:
            name = self.present.guardians[guardian_id]
            if _compare_names(guardian.name, name) is Likeness.ALIKE:
                namesakes.append(guardian_id)
            elif not (guardian.name and name):
                nameless.append(guardian_id)

        def labelled(ids: list[UUID]) -> list[UUID]:
            return [each for each in ids if _is_labelled(family[each], guardian.label)]

        surest_first = (
            labelled(namesakes),
            namesakes,
            labelled(nameless),
        )
        for meant in surest_first:
            if len(meant) == 1:
                return meant[0]
        return None

    def _refuse(self, contradiction: Contradiction) -> None:
        spot, owner = contradiction.point.spot, contradiction.owner
        name = self.present.guardians[owner]
        if name is None or owner in self.hidden.guardians:
            error = Remark(spot, "mail_known_protected")
        else:
            error = Remark(spot, "mail_known", {"name": name})
        self.comparison.errors.append(error)

    def _add(self, guardian: PlannedGuardian) -> UUID:
        new = NewGuardian(self.needs.new_id(), guardian.name, Language.JA.value)
        self.comparison.steps.guardians.append(new)
        return new.id

    def _rename(self, guardian: PlannedGuardian, guardian_id: UUID, links: Links) -> None:
        if not guardian.name or guardian_id in self.hidden.guardians:
            return
        first = self._renamed.setdefault(guardian_id, guardian)
        if first.name != guardian.name:
            params: dict[str, str | int] = {"row": first.row, "name": first.name or ""}
            self.comparison.errors.append(Remark(guardian.spot, "guardian_differs", params))
            return
        before = self.present.guardians[guardian_id]
        if first is not guardian or guardian.name == before:
            return
        self.comparison.steps.guardian_changes.append(GuardianChange(guardian_id, guardian.name))
        shown = None if guardian_id in self.hidden.guardians else before
        self._say(links, detail("guardian_name", shown, guardian.name, guardian.label))

    def _link(
        self,
        guardian: PlannedGuardian,
        guardian_id: UUID,
        links: Links,
        members: Mapping[str, UUID],
    ) -> None:
        for link in links:
            member_id = members[link.pupil_key]
            family = self.present.links_of(member_id)
            there = next((each for each in family if each.guardian_id == guardian_id), None)
            if there is None and (member_id, guardian_id) not in self._linked_now:
                self._linked_now.add((member_id, guardian_id))
                last = max((each.position for each in family), default=0)
                new = NewGuardianship(
                    member_id=member_id,
                    guardian_id=guardian_id,
                    label=link.label,
                    position=last + link.position,
                    protected=False,
                )
                self.comparison.steps.guardianships.append(new)
                who = _name_with_label(link.label, guardian.name)
                self._say([link], detail("guardian", None, who))
            elif there is not None and self._is_relabelled(there, link):
                change = LabelChange(member_id, guardian_id, link.label)
                self.comparison.steps.label_changes.append(change)
                self._say([link], detail("label", there.label, link.label, guardian.name or ""))

    def _is_relabelled(self, there: PresentLink, link: PlannedGuardianship) -> bool:
        """Return whether the file calls a guardian otherwise; of a hidden one nothing is said."""
        is_hidden = there.guardian_id in self.hidden.guardians
        return bool(link.label) and link.label != there.label and not is_hidden

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
            limit = {"limit": MAX_MAILS_A_GUARDIAN}
            self.comparison.errors.append(Remark(new[-1].spot, "mails_too_many_known", limit))
            return
        links = self._links.get(guardian.key, [])
        who = _name_with_label(guardian.label, guardian.name)
        ended_before = self.present.ended
        fresh = [p for p in new if (guardian_id, indexes[p.key]) not in ended_before]
        if fresh:
            self._offer_to_end(guardian, guardian_id, fresh[0])
        for point in new:
            ended = ended_before.get((guardian_id, indexes[point.key]))
            if ended and not self._comes_back(guardian_id, ended, point, who):
                continue
            self._say(links, detail("mail", None, point.address, who))
            if ended:
                self.comparison.steps.point_revivals.append(PointRevival(ended))
                continue
            self.comparison.steps.contact_points.append(
                NewContactPoint(
                    id=self.needs.new_id(),
                    guardian_id=guardian_id,
                    kind=point.kind,
                    address=point.address,
                    state=ContactState.ACTIVE.value,
                )
            )

    def _comes_back(
        self, guardian_id: UUID, ended: UUID, point: PlannedContactPoint, who: str
    ) -> bool:
        """Ask whether an address that was given up is one again; nobody is written to unasked."""
        if guardian_id in self.hidden.guardians:
            return False
        question = Question(
            key=f"back/{ended}",
            kind="mail_comes_back",
            spot=point.spot,
            choices=(LEAVE_ENDED, REVIVE),
            must=False,
            params={"name": who, "value": point.address},
        )
        self.comparison.questions.append(question)
        return self.needs.decisions.get(question.key) == REVIVE

    def _offer_to_end(
        self,
        guardian: PlannedGuardian,
        guardian_id: UUID,
        new: PlannedContactPoint,
    ) -> None:
        """Ask whether a new address takes the place of those that the file does not name."""
        if guardian_id in self.hidden.guardians:
            return
        for mail in self.present.mails_of(guardian_id):
            if mail.index not in self._in_file:
                self._ask_to_end(mail, guardian, new)

    def _ask_to_end(
        self, mail: PresentMail, guardian: PlannedGuardian, new: PlannedContactPoint
    ) -> None:
        key = f"end/{mail.id}"
        who = _name_with_label(guardian.label, guardian.name)
        before = self.needs.open_mail(mail)
        question = Question(
            key=key,
            kind="mail_replaced",
            spot=new.spot,
            choices=(KEEP, END),
            must=False,
            params={
                "name": who,
                "before": before,
                "after": new.address,
            },
        )
        self.comparison.questions.append(question)
        if self.needs.decisions.get(key) == END:
            self.comparison.steps.point_ends.append(PointEnd(mail.id))
            links = self._links.get(guardian.key, [])
            self._say(links, detail("mail_ended", before, None, who))

    def _say(self, links: Iterable[PlannedGuardianship], said: Detail) -> None:
        for link in links:
            self._details.setdefault(link.pupil_key, []).append(said)


def _name_with_label(label: str, name: str | None) -> str:
    """Say a guardian as 続柄 and name: 母 髙橋 恵."""
    return f"{label} {name or ''}".strip()


def _is_labelled(links: Iterable[PresentLink], label: str) -> bool:
    return any(link.label == label for link in links)


def _compare_names(one: str | None, other: str | None) -> Likeness:
    if not (one and other):
        return Likeness.UNSAID
    is_same = fold_for_search(one) == fold_for_search(other)
    return Likeness.ALIKE if is_same else Likeness.DIFFERENT
