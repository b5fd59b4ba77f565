"""Compare a roster file with the roster (DIR-2).

What is new, what changes, what stays, who is missing; or what contradicts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from uuid import UUID

from directory.domain.mail_addresses import mail_identity
from directory.domain.names import fold_for_search
from directory.domain.phone_numbers import Phone, put_into_places
from directory.domain.protection import Protection, Sight
from directory.domain.roster.changes import (
    ChangeList,
    Detail,
    RosterChange,
    describe,
    describe_class,
    detail,
)
from directory.domain.roster.columns import NAME, PHONES, PUPIL_COLUMNS, Value
from directory.domain.roster.families import FamilyComparer
from directory.domain.roster.match import Families, match_pupils
from directory.domain.roster.plan import PlannedPupil, RosterPlan
from directory.domain.roster.present import (
    COMPARED,
    IN_FILE,
    PresentPhone,
    PresentPupil,
    PresentRoster,
)
from directory.domain.roster.pupil import search_key_of
from directory.domain.roster.sheet import CellError
from directory.domain.roster.steps import (
    MemberChange,
    NewGroup,
    NewMember,
    NewMembership,
    NewPhoneNumber,
    Steps,
)
from directory.domain.words import GroupKind, MemberKind, MembershipKind, MemberStatus


@dataclass(frozen=True)
class Needs:
    """What comparing needs from outside.

    Blind indexes, new ids, the day, the fiscal year of new classes, and who looks.
    """

    index_of: Callable[[str], bytes]
    new_id: Callable[[], UUID]
    today: date
    fiscal_year: int
    open_number: Callable[[PresentPhone], str]
    sight: Sight


@dataclass
class Comparison:
    """What comparing found.

    `errors` empty: `steps` may be written and lead exactly to what `changes` says. Cells of errors
    are still unnamed.
    """

    steps: Steps = field(default_factory=Steps)
    changes: ChangeList = field(default_factory=ChangeList)
    errors: list[CellError] = field(default_factory=list)


def compare_roster(plan: RosterPlan, present: PresentRoster, terms: Needs) -> Comparison:
    """Return how the roster differs from a file that was understood."""
    comparison = Comparison()
    class_ids = _place_classes(plan, present, terms, comparison)
    indexes = {
        point.key: terms.index_of(mail_identity(point.address)) for point in plan.contact_points
    }
    pupils = [pupil for pupil in present.pupils if pupil.status in COMPARED]
    match = match_pupils(plan.pupils, pupils, class_ids, _families(plan, present, indexes))
    comparison.errors += [
        CellError(pupil.row, NAME.heading, "", "pupil_ambiguous", {"name": pupil.display_name})
        for pupil in match.ambiguous
    ]
    members = {key: pupil.id for key, pupil in match.pairs.items()}
    new = [pupil for pupil in plan.pupils if pupil.key not in members]
    members |= {pupil.key: terms.new_id() for pupil in new}
    hidden = present.protection().hidden_from(sees_protected=terms.sight.protected)
    families = FamilyComparer(plan, present, terms.new_id, hidden, comparison.steps)
    details = families.compare(members, indexes)
    comparison.errors += families.errors
    numbers = _Numbers(plan, present, terms, hidden)
    children = _Children(comparison, class_ids, _ClassNames(plan, present), terms.today)
    for pupil in plan.pupils:
        member_id = members[pupil.key]
        calls = numbers.compare(pupil, member_id, comparison)
        beside = [*details.get(pupil.key, []), *calls]
        known = match.pairs.get(pupil.key)
        if known is None:
            children.add(pupil, member_id, beside)
        else:
            children.compare(pupil, known, beside)
    comparison.changes.missing = _list_missing(present, set(members.values()))
    comparison.changes.kept_mails = families.count_kept_mails(match.pairs.values(), indexes)
    return comparison


def _list_missing(present: PresentRoster, there: set[UUID]) -> list[RosterChange]:
    """Say who of the roster should stand in a file and does not; `there`: who stands in it."""
    missing = []
    for pupil in present.in_order():
        if pupil.id not in there and pupil.status in IN_FILE:
            class_name = present.tree.path(pupil.class_id)
            missing.append(describe("missing", pupil, class_name, pupil.id))
    return missing


@dataclass(frozen=True)
class _Numbers:
    """Compares the numbers to call.

    緊急連絡先2 of the file takes the place of the second in the roster, an empty cell of none.
    """

    plan: RosterPlan
    present: PresentRoster
    terms: Needs
    hidden: Protection

    def compare(self, pupil: PlannedPupil, member_id: UUID, comparison: Comparison) -> list[Detail]:
        """Plan a child's new list where the file changes it, and say what changes in it.

        Who may not see the numbers that are there is refused: the file would write over them
        unseen.
        """
        given = self.plan.phones.get(pupil.key)
        if not given:
            return []
        sealed = self.present.phones.get(member_id, ())
        may_see = self.terms.sight.phones and member_id not in self.hidden.children
        if sealed and not may_see:
            column, _ = PHONES[min(given)]
            error = CellError(
                row=pupil.row,
                column_name=column.heading,
                cell="",
                code="phones_hidden",
            )
            comparison.errors.append(error)
            return []
        before = [Phone(self.terms.open_number(phone), phone.label) for phone in sealed]
        after = put_into_places(before, dict(given))
        if _spell_alike(before) == _spell_alike(after):
            return []
        for position, phone in enumerate(after, start=1):
            comparison.steps.phone_numbers.append(
                NewPhoneNumber(
                    id=self.terms.new_id(),
                    member_id=member_id,
                    position=position,
                    label=phone.label,
                    number=phone.number,
                )
            )
        return list(_say_numbers(before, after))


def _spell_alike(phones: list[Phone]) -> list[tuple[str, str]]:
    """Return numbers as they are compared: hyphens make no difference."""
    return [(phone.digits, phone.label) for phone in phones]


def _say_numbers(before: list[Phone], after: list[Phone]) -> Iterator[Detail]:
    for place, (was, will) in enumerate(zip_longest(before, after)):
        if was != will:
            yield detail("phone", _say_number(was), _say_number(will), str(place + 1))


def _say_number(phone: Phone | None) -> str | None:
    if phone is None:
        return None
    return f"{phone.number}（{phone.label}）" if phone.label else phone.number


def _place_classes(
    plan: RosterPlan, present: PresentRoster, terms: Needs, comparison: Comparison
) -> dict[str, UUID]:
    """Find the file's classes in the tree, by name below the same parent, and plan the others."""
    there = _classes_by_place(present)
    ids: dict[str, UUID] = {}
    used = {pupil.class_key for pupil in plan.pupils}
    names = _ClassNames(plan, present)
    for room in plan.classes:
        parent = ids[room.parent] if room.parent else None
        name = fold_for_search(room.name) if room.parent else ""
        known = there.get((parent, name))
        group_id = known or terms.new_id()
        ids[room.key] = group_id
        if known is not None:
            continue
        comparison.steps.groups.append(
            NewGroup(
                id=group_id,
                kind=GroupKind.CLASS.value,
                name=room.name,
                parent_id=parent,
                position=room.position,
                fiscal_year=terms.fiscal_year,
            )
        )
        if room.key in used:
            comparison.changes.classes.append(describe_class(names.of(room.key)))
    return ids


def _classes_by_place(present: PresentRoster) -> dict[tuple[UUID | None, str], UUID]:
    """Return (parent, folded name) → class; the root has no name, whatever a school calls it."""
    places: dict[tuple[UUID | None, str], UUID] = {}
    for node in present.tree.nodes.values():
        if node.kind == GroupKind.CLASS:
            name = "" if node.is_root else fold_for_search(node.name)
            places[node.parent_id, name] = node.id
    return places


@dataclass
class _ClassNames:
    """Says classes as people do: 4年2組, ひまわり学級."""

    plan: RosterPlan
    present: PresentRoster
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for room in self.plan.classes:
            above = self._names.get(room.parent, "") if room.parent else ""
            self._names[room.key] = f"{above}{room.name}" if room.parent else ""

    def of(self, class_key: str) -> str:
        return self._names[class_key]

    def planned(self, pupil: PlannedPupil) -> str:
        return self._names[pupil.class_key]


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


@dataclass(frozen=True)
class _Children:
    """Compares the children themselves: class, names, numbers, status.

    `beside`: what changes beside that, of the family and the numbers to call.
    """

    comparison: Comparison
    class_ids: Mapping[str, UUID]
    names: _ClassNames
    today: date

    def add(self, pupil: PlannedPupil, member_id: UUID, beside: list[Detail]) -> None:
        """Plan a new child, and say it."""
        # All columns, empty ones too: the rows of one statement name the same.
        values = {column.field: pupil.values.get(column.field) for column in PUPIL_COLUMNS}
        self.comparison.steps.members.append(
            NewMember(
                id=member_id,
                kind=MemberKind.PUPIL.value,
                status=MemberStatus.ENROLLED.value,
                status_since=self.today,
                values=values,
            )
        )
        self._enrol(member_id, self.class_ids[pupil.class_key])
        class_name = self.names.planned(pupil)
        change = describe(
            "new",
            pupil,
            class_name,
            member_id,
            tuple(beside),
        )
        self.comparison.changes.new.append(change)

    def compare(self, pupil: PlannedPupil, known: PresentPupil, beside: list[Detail]) -> None:
        """Plan what changes of a child of the roster, and say it; who is unchanged is counted."""
        details = (*self._move(pupil, known), *self._change(pupil, known), *beside)
        if not details:
            self.comparison.changes.unchanged += 1
            return
        change = describe("changed", pupil, self.names.planned(pupil), known.id, details)
        self.comparison.changes.changed.append(change)

    def _move(self, pupil: PlannedPupil, known: PresentPupil) -> list[Detail]:
        class_id = self.class_ids[pupil.class_key]
        if class_id == known.class_id:
            return []
        self._enrol(known.id, class_id)
        before = self.names.present.tree.path(known.class_id)
        return [detail("class", before, self.names.planned(pupil))]

    def _change(self, pupil: PlannedPupil, known: PresentPupil) -> list[Detail]:
        """Plan the columns that change; an empty cell leaves what the roster has."""
        details: list[Detail] = []
        values: dict[str, Value | None] = {}
        for column in PUPIL_COLUMNS:
            name = column.field
            wanted = pupil.values.get(name)
            before = known.values[name]
            if wanted not in (None, before):
                values[name] = wanted
                details.append(detail(name, before, wanted))
        comes_now = known.status == MemberStatus.PROSPECTIVE
        if comes_now:
            details.append(detail("status", known.status, MemberStatus.ENROLLED.value))
        if details:
            change = MemberChange(
                id=known.id,
                values=values,
                search_key=search_key_of({**known.values, **values}),
                enrolled_since=self.today if comes_now else None,
            )
            self.comparison.steps.member_changes.append(change)
        return details

    def _enrol(self, member_id: UUID, class_id: UUID) -> None:
        enrolment = NewMembership(class_id, member_id, MembershipKind.ENROLLED.value)
        self.comparison.steps.memberships.append(enrolment)
