"""Compare a roster file with the roster (DIR-2).

What is new, what changes, what stays, who is missing; what contradicts it, and what to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from directory.domain.mail_addresses import mail_identity
from directory.domain.names import fold_for_search
from directory.domain.roster.changes import RosterChange, describe
from directory.domain.roster.children import Children
from directory.domain.roster.columns import BIRTH_DATE, MANAGEMENT_NUMBER, NAME, NUMBER, Column
from directory.domain.roster.comparison import Comparison, Needs
from directory.domain.roster.doubts import (
    ANOTHER,
    RESTORE,
    ask_whether_back,
    ask_whether_namesake,
    ask_whether_same,
)
from directory.domain.roster.families import FamilyComparer
from directory.domain.roster.match import Families, match_former, match_pupils
from directory.domain.roster.numbers import NumberComparer
from directory.domain.roster.places import ClassNames, place_classes, place_groups
from directory.domain.roster.plan import PlannedPupil, RosterPlan
from directory.domain.roster.present import IN_FILE, PresentPupil, PresentRoster
from directory.domain.roster.remarks import Question, Remark

Pairs = dict[str, PresentPupil]


def compare_roster(plan: RosterPlan, present: PresentRoster, needs: Needs) -> Comparison:
    """Return how the roster differs from a file that was understood."""
    comparison = Comparison()
    class_ids = place_classes(plan, present, needs, comparison)
    indexes = {
        point.key: needs.index_of(mail_identity(point.address)) for point in plan.contact_points
    }
    families = _families(plan, present, indexes)
    pairing = _Pairing(plan, present, families, needs, comparison)
    pairing.pair(class_ids)
    pairing.ask_about_doubts()
    plan = pairing.leave_out()
    pairing.check_places(plan, class_ids)
    pairs = pairing.pairs
    members = _number_members(plan, pairs, needs)
    hidden = present.protection().hidden_from(sees_protected=needs.sight.protected)
    comparer = FamilyComparer(
        plan,
        present,
        needs,
        hidden,
        comparison,
    )
    details = comparer.compare(members, indexes)
    numbers = NumberComparer(plan, present, needs, hidden)
    groups = place_groups(plan, present, needs, comparison)
    children = Children(
        comparison,
        class_ids,
        groups,
        ClassNames(plan, present),
        needs.today,
    )
    for pupil in plan.pupils:
        member_id = members[pupil.key]
        calls = numbers.compare(pupil, member_id, comparison)
        beside = [*details.get(pupil.key, []), *calls]
        known = pairs.get(pupil.key)
        if known is None:
            children.add(pupil, member_id, beside)
        else:
            children.compare(pupil, known, beside)
    comparison.changes.missing = _list_missing(present, set(members.values()))
    comparison.changes.kept_mails = comparer.count_kept_mails(pairs.values(), indexes)
    return comparison


@dataclass
class _Pairing:
    """Tells who of the file is who of the roster.

    `pairs`: file key → child of the roster; `namesakes`: children whose number nobody has, and
    whose name several have.
    """

    plan: RosterPlan
    present: PresentRoster
    families: Families
    needs: Needs
    comparison: Comparison
    pairs: Pairs = field(default_factory=dict)
    namesakes: list[PlannedPupil] = field(default_factory=list)

    def pair(self, class_ids: Mapping[str, UUID]) -> None:
        """Find who is there; of whom several could be meant is refused."""
        compared = [pupil for pupil in self.present.pupils if pupil.is_compared]
        match = match_pupils(self.plan.pupils, compared, class_ids, self.families)
        self.pairs = match.pairs
        known_numbers = {pupil.management_number for pupil in self.present.pupils}
        for pupil in match.ambiguous:
            if pupil.management_number and pupil.management_number not in known_numbers:
                self.namesakes.append(pupil)
            else:
                remark = Remark(pupil.spot(NAME), "pupil_ambiguous", {"name": pupil.display_name})
                self.comparison.errors.append(remark)

    def ask_about_doubts(self) -> None:
        """Ask where a 管理番号, a day of birth or a name speaks against two being one."""
        for pupil in self.plan.pupils:
            known = self.pairs.get(pupil.key)
            doubt = self._doubt(pupil, known) if known else None
            if known is None or doubt is None:
                continue
            question = ask_whether_same(
                kind="same_child",
                spot=pupil.spot(doubt),
                said=pupil,
                known=known,
                column=doubt,
            )
            if self._ask(question) == ANOTHER:
                del self.pairs[pupil.key]

    def _doubt(self, pupil: PlannedPupil, known: PresentPupil) -> Column | None:
        """Return the column that speaks against two being one child.

        A number alone is no proof: in a sheet of which one column was sorted, each number stands
        beside another child.
        """
        number = (pupil.management_number or "").lstrip("0")
        other = (known.management_number or "").lstrip("0")
        if number and other and number != other:
            return MANAGEMENT_NUMBER
        born, other_born = pupil.birth_date, known.birth_date
        if born and other_born and born != other_born:
            return BIRTH_DATE
        if self.families.share(pupil, known):
            return None
        name = fold_for_search(pupil.display_name)
        has_name = name == fold_for_search(known.display_name)
        has_reading = pupil.kana != "" and pupil.kana == known.kana
        return None if has_name or has_reading else NAME

    def check_places(self, plan: RosterPlan, class_ids: Mapping[str, UUID]) -> None:
        """Refuse a 管理番号 of somebody else, and say who sits where somebody is to sit."""
        paired = {known.id for known in self.pairs.values()}
        others = [p for p in self.present.pupils if p.is_compared and p.id not in paired]
        self._check_numbers(plan, others)
        seats = {(other.class_id, other.number): other.display_name for other in others}
        in_file: dict[tuple[UUID, int], PlannedPupil] = {}
        for pupil in plan.pupils:
            class_id = class_ids.get(pupil.class_key)
            if pupil.number is None or class_id is None:
                continue
            seat = class_id, pupil.number
            first = in_file.setdefault(seat, pupil)
            where = pupil.spot(NUMBER)
            if first is not pupil:
                params: dict[str, str | int] = {"row": first.row, "name": first.display_name}
                self.comparison.notes.append(Remark(where, "seat_twice", params))
            elif seat in seats:
                self.comparison.notes.append(Remark(where, "seat_taken", {"name": seats[seat]}))

    def _check_numbers(self, plan: RosterPlan, others: Iterable[PresentPupil]) -> None:
        numbers = {other.management_number: other for other in others}
        for pupil in plan.pupils:
            number = pupil.management_number
            if number and number in numbers:
                params: dict[str, str | int] = {
                    "value": number,
                    "name": numbers[number].display_name,
                }
                remark = Remark(pupil.spot(MANAGEMENT_NUMBER), "management_number_known", params)
                self.comparison.errors.append(remark)

    def leave_out(self) -> RosterPlan:
        """Return the plan without the children of whom the office says so.

        Who is to come back is paired.
        """
        left = self._leave_namesakes() | self._leave_former()
        return _leave_out(self.plan, left) if left else self.plan

    def _leave_namesakes(self) -> set[str]:
        """Ask about children who may be new, or one of several of their name."""
        left = set()
        for pupil in self.namesakes:
            question = ask_whether_namesake(
                kind="namesake_child",
                spot=pupil.spot(MANAGEMENT_NUMBER),
                said=pupil,
                key=pupil.key,
                number=pupil.management_number or "",
            )
            if self._ask(question) != ANOTHER:
                left.add(pupil.key)
        return left

    def _leave_former(self) -> set[str]:
        """Ask about children who have left or were deleted."""
        asked = {pupil.key for pupil in self.namesakes}
        alone = [
            pupil
            for pupil in self.plan.pupils
            if pupil.key not in self.pairs and pupil.key not in asked
        ]
        former = [pupil for pupil in self.present.pupils if not pupil.is_compared]
        meant = match_former(alone, former, self.families)
        left = set()
        for pupil in alone:
            known = meant.get(pupil.key)
            if known is None:
                continue
            decision = self._ask(_question_of_former(pupil, known))
            if decision == RESTORE:
                self.pairs[pupil.key] = known
            elif decision != ANOTHER:
                left.add(pupil.key)
        return left

    def _ask(self, question: Question) -> str | None:
        self.comparison.questions.append(question)
        return self.needs.decisions.get(question.key)


def _question_of_former(pupil: PlannedPupil, known: PresentPupil) -> Question:
    return ask_whether_back(
        kind="former_child",
        spot=pupil.spot(NAME),
        said=pupil,
        known=known,
    )


def _leave_out(plan: RosterPlan, left: set[str]) -> RosterPlan:
    """Return a plan without some children, and without guardians who are only theirs."""
    pupils = [pupil for pupil in plan.pupils if pupil.key not in left]
    links = [link for link in plan.guardianships if link.pupil_key not in left]
    linked = {link.guardian_key for link in links}
    guardians = [guardian for guardian in plan.guardians if guardian.key in linked]
    points = [point for point in plan.contact_points if point.guardian_key in linked]
    phones = {key: numbers for key, numbers in plan.phones.items() if key not in left}
    return replace(
        plan,
        pupils=tuple(pupils),
        guardianships=tuple(links),
        guardians=tuple(guardians),
        contact_points=tuple(points),
        phones=phones,
    )


def _number_members(plan: RosterPlan, pairs: Pairs, needs: Needs) -> dict[str, UUID]:
    """Return file key → member, of the roster or new."""
    members = {}
    for pupil in plan.pupils:
        known = pairs.get(pupil.key)
        members[pupil.key] = known.id if known else needs.new_id()
    return members


def _list_missing(present: PresentRoster, there: set[UUID]) -> list[RosterChange]:
    """Say who of the roster should stand in a file and does not; `there`: who stands in it."""
    missing = []
    for pupil in present.in_order():
        is_expected = pupil.tenure.status in IN_FILE and not pupil.is_deleted
        if pupil.id not in there and is_expected:
            class_name = present.tree.path(pupil.class_id)
            missing.append(describe("missing", pupil, class_name, pupil.id))
    return missing


def _families(plan: RosterPlan, present: PresentRoster, indexes: dict[str, bytes]) -> Families:
    of_guardian: dict[str, set[bytes]] = {}
    for point in plan.contact_points:
        of_guardian.setdefault(point.guardian_key, set()).add(indexes[point.key])
    planned: dict[str, set[bytes]] = {}
    for link in plan.guardianships:
        indexes_of_guardian = of_guardian.get(link.guardian_key, ())
        planned.setdefault(link.pupil_key, set()).update(indexes_of_guardian)
    return Families(
        planned={key: frozenset(found) for key, found in planned.items()},
        present={pupil.id: _indexes_of(present, pupil.id) for pupil in present.pupils},
    )


def _indexes_of(present: PresentRoster, member_id: UUID) -> frozenset[bytes]:
    """Return the blind indexes of a child's addresses."""
    return frozenset(
        mail.index
        for link in present.links_of(member_id)
        for mail in present.mails_of(link.guardian_id)
    )
