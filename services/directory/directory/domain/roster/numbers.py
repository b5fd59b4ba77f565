"""Compare the numbers to call of a roster file with the roster's (DIR-13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from uuid import UUID

from directory.domain.phone_numbers import Phone, put_into_places
from directory.domain.protection import Protection
from directory.domain.roster.changes import Detail, detail
from directory.domain.roster.comparison import Comparison, Needs
from directory.domain.roster.plan import PlannedPupil, RosterPlan
from directory.domain.roster.present import PresentRoster
from directory.domain.roster.remarks import Remark
from directory.domain.roster.steps import NewPhoneNumber


@dataclass(frozen=True)
class NumberComparer:
    """Goes child by child.

    緊急連絡先2 of the file takes the place of the second in the roster, an empty cell of none.
    """

    plan: RosterPlan
    present: PresentRoster
    needs: Needs
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
        may_see = self.needs.sight.phones and member_id not in self.hidden.children
        if sealed and not may_see:
            comparison.errors.append(Remark(pupil.line.first_phone_spot(), "phones_hidden"))
            return []
        before = [Phone(self.needs.open_number(phone), phone.label) for phone in sealed]
        after = put_into_places(before, dict(given))
        if _spell_alike(before) == _spell_alike(after):
            return []
        for position, phone in enumerate(after, start=1):
            comparison.steps.phone_numbers.append(
                NewPhoneNumber(
                    id=self.needs.new_id(),
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
