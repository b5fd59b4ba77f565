"""Compare the children themselves: class, names, status, groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.roster.cells import DELETED
from directory.domain.roster.changes import Detail, describe, detail
from directory.domain.roster.columns import (
    GRADE,
    KANA,
    MANAGEMENT_NUMBER,
    PUPIL_COLUMNS,
    SINCE,
    STATUS,
    Value,
)
from directory.domain.roster.comparison import Comparison
from directory.domain.roster.places import ClassNames
from directory.domain.roster.plan import PlannedPupil
from directory.domain.roster.present import PresentPupil
from directory.domain.roster.pupil import search_key_of
from directory.domain.roster.remarks import Remark
from directory.domain.roster.steps import (
    MemberChange,
    MemberDeletion,
    MembershipEnd,
    NewMember,
    NewMembership,
)
from directory.domain.tenure import Tenure, tenure_before
from directory.domain.words import MemberKind, MembershipKind, MemberStatus


@dataclass(frozen=True)
class Children:
    """Goes child by child; `beside`: what changes of the family and the numbers to call.

    `class_ids`: key → class; `group_ids`: folded name → free group.
    """

    comparison: Comparison
    class_ids: Mapping[str, UUID]
    group_ids: Mapping[str, UUID]
    names: ClassNames
    today: date

    def add(self, pupil: PlannedPupil, member_id: UUID, beside: list[Detail]) -> None:
        """Plan a new child, and say it."""
        usual = MemberStatus.ENROLLED.value if pupil.class_key else ""
        status = pupil.status or usual
        if status in ("", DELETED):
            code = "unknown_to_delete" if status else "class_needed"
            column = STATUS if status else GRADE
            self.comparison.errors.append(Remark(pupil.spot(column), code))
            return
        tenure = self._turn(pupil, tenure_before(status, self.today), status)
        # All columns, empty ones too: the rows of one statement name the same.
        values = {column.field: pupil.values.get(column.field) for column in PUPIL_COLUMNS}
        values[KANA.field] = pupil.kana
        new = NewMember(
            id=member_id,
            kind=MemberKind.PUPIL.value,
            **tenure.columns(),
            values=values,
        )
        self.comparison.steps.members.append(new)
        if not pupil.kana:
            self.comparison.notes.append(Remark(pupil.spot(KANA), "kana_missing"))
        if pupil.class_key:
            self._enrol(member_id, self.class_ids[pupil.class_key])
        groups = self._join(pupil, member_id, {})
        planned = _plan_details(None, tenure)
        self._say("new", pupil, member_id, [*planned, *groups, *beside])

    def compare(self, pupil: PlannedPupil, known: PresentPupil, beside: list[Detail]) -> None:
        """Plan what changes of a child of the roster, and say it; who is unchanged is counted."""
        if pupil.status == DELETED:
            deletion = MemberDeletion(known.id, known.tenure.heads)
            self.comparison.steps.member_deletions.append(deletion)
            self._say("deleted", pupil, known.id, [])
            return
        groups = self._join(pupil, known.id, self.names.free_groups(known.joined))
        details = [*self._move(pupil, known), *self._change(pupil, known), *groups, *beside]
        if details:
            self._say("changed", pupil, known.id, details)
        else:
            self.comparison.changes.unchanged += 1

    def _say(self, kind: str, pupil: PlannedPupil, member_id: UUID, details: list[Detail]) -> None:
        change = describe(
            kind=kind,
            pupil=pupil,
            class_name=self.names.planned(pupil),
            member_id=member_id,
            details=tuple(details),
        )
        getattr(self.comparison.changes, kind).append(change)

    def _turn(self, pupil: PlannedPupil, now: Tenure, status: str) -> Tenure:
        """Return what a child is by a status of the file; a plan of no change is refused."""
        since = date.fromisoformat(pupil.since) if pupil.since else self.today
        if now.plans_nothing(status, since, self.today):
            self.comparison.errors.append(Remark(pupil.spot(SINCE), "planned_status_same"))
        return now.turn(status, since, self.today)

    def _move(self, pupil: PlannedPupil, known: PresentPupil) -> list[Detail]:
        class_id = self.class_ids.get(pupil.class_key)
        if class_id is None or class_id == known.class_id:
            return []
        self._enrol(known.id, class_id)
        before = self.names.present_class(known.class_id)
        return [detail("class", before, self.names.planned(pupil))]

    def _change(self, pupil: PlannedPupil, known: PresentPupil) -> list[Detail]:
        """Plan the columns that change; an empty cell leaves what the roster has."""
        values = dict(self._differing(pupil, known))
        details = [detail(name, known.values[name], value) for name, value in values.items()]
        before = known.tenure
        after = self._tenure(pupil, known)
        if after.status != before.status or known.is_deleted:
            was = DELETED if known.is_deleted else before.status
            details.append(detail("status", was, after.status))
        elif after.status_since != before.status_since:
            details.append(detail("status_since", before.status_since, after.status_since))
        details += _plan_details(before, after)
        if details:
            counted = 0 if known.is_deleted else before.heads
            turned = after.columns() if after != before else {}
            change = MemberChange(
                id=known.id,
                values=values,
                search_key=search_key_of({**known.values, **values}),
                is_restored=known.is_deleted,
                heads=after.heads - counted,
                **turned,
            )
            self.comparison.steps.member_changes.append(change)
        return details

    def _differing(
        self, pupil: PlannedPupil, known: PresentPupil
    ) -> Iterator[tuple[str, Value | None]]:
        for column in PUPIL_COLUMNS:
            wanted = pupil.values.get(column.field)
            before = known.values[column.field]
            if wanted in (None, before):
                continue
            is_number = column is MANAGEMENT_NUMBER
            if is_number and _differ_by_zeros(wanted, before):
                note = Remark(
                    pupil.spot(column),
                    "zeros_kept",
                    {"value": str(before)},
                )
                self.comparison.notes.append(note)
                continue
            yield column.field, wanted

    def _tenure(self, pupil: PlannedPupil, known: PresentPupil) -> Tenure:
        """Return what a child will be: as the file says, or in school where it only names it.

        A child that was expected and now stands in a class has come, unless a day is planned.
        """
        now = known.tenure
        has_left = not known.is_compared
        comes = now.status == MemberStatus.PROSPECTIVE and pupil.class_key != ""
        says_nothing = not pupil.status and not pupil.since
        if comes and now.planned_status and says_nothing and not known.is_deleted:
            return now
        usual = MemberStatus.ENROLLED.value if has_left or comes else now.status
        status = pupil.status or usual
        if known.is_deleted:
            return self._turn(pupil, tenure_before(status, self.today), status)
        if status == now.status and not pupil.since:
            return now
        return self._turn(pupil, now, status)

    def _join(
        self, pupil: PlannedPupil, member_id: UUID, there: Mapping[UUID, str]
    ) -> list[Detail]:
        """Plan the free groups; a cell that is filled in names all of them."""
        if not pupil.groups:
            return []
        wanted = {self.group_ids[fold_for_search(name)]: name for name in pupil.groups}
        if wanted.keys() == there.keys():
            return []
        steps = self.comparison.steps
        for group_id in wanted.keys() - there.keys():
            joining = NewMembership(group_id, member_id, MembershipKind.JOINED.value)
            steps.memberships.append(joining)
        for group_id in there.keys() - wanted.keys():
            leaving = MembershipEnd(group_id, member_id)
            steps.membership_ends.append(leaving)
        before = "、".join(there.values())
        after = "、".join(wanted.values())
        return [detail("groups", before or None, after)]

    def _enrol(self, member_id: UUID, class_id: UUID) -> None:
        enrolment = NewMembership(class_id, member_id, MembershipKind.ENROLLED.value)
        self.comparison.steps.memberships.append(enrolment)


def _plan_details(before: Tenure | None, after: Tenure) -> list[Detail]:
    """Say which plan of a child changes, and for which day."""
    details = []
    for name in ("planned_status", "planned_since"):
        was, will = getattr(before, name, None), getattr(after, name)
        if was != will:
            details.append(detail(name, was, will))
    return details


def _differ_by_zeros(wanted: Value | None, before: Value | None) -> bool:
    """Return whether Excel may have taken the zeros in front of a number."""
    return str(wanted or "").lstrip("0") == str(before or "").lstrip("0")
