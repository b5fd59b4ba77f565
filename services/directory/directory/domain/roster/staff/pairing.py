"""Who of a file of staff is who of the roster, and what only the office can decide about that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from directory.domain.names import fold_for_search
from directory.domain.roster.columns import Column
from directory.domain.roster.doubts import ANOTHER, RESTORE, ask_whether_back, ask_whether_same
from directory.domain.roster.remarks import Question, Remark
from directory.domain.roster.staff.columns import STAFF_NAME, STAFF_NUMBER
from directory.domain.roster.staff.comparison import StaffComparison, StaffNeeds
from directory.domain.roster.staff.lines import StaffLine
from directory.domain.roster.staff.match import Pairs, match_staff
from directory.domain.roster.staff.present import KnownAccounts, PresentStaff, StaffRoster


@dataclass
class Pairing:
    """Tells who of the file is who of the roster."""

    roster: StaffRoster
    accounts: KnownAccounts
    needs: StaffNeeds
    comparison: StaffComparison
    pairs: Pairs = field(default_factory=dict)

    def pair(self, lines: Sequence[StaffLine]) -> list[StaffLine]:
        """Find who is there, ask about doubts, and return the lines that are taken."""
        indexes = self._indexes(lines)
        compared = [person for person in self.roster.people if person.is_compared]
        match = match_staff(lines, compared, indexes)
        self.pairs = match.pairs
        for line in match.ambiguous:
            remark = Remark(line.spot(STAFF_NAME), "staff_ambiguous", {"name": line.display_name})
            self.comparison.errors.append(remark)
        self._ask_about_doubts(lines)
        kept = self._leave_former(lines, indexes)
        self._check_numbers(kept)
        return kept

    def _indexes(self, lines: Sequence[StaffLine]) -> Mapping[str, frozenset[bytes]]:
        found: dict[str, frozenset[bytes]] = {}
        for line in lines:
            if line.mail:
                found[line.key] = frozenset((self.needs.index_of(line.mail),))
        for person in self.roster.people:
            mine = {mail.index for mail in self.roster.mails_of(person.id)}
            account = self.accounts.of_member(person.id)
            if account is not None:
                mine.add(account.index)
            found[str(person.id)] = frozenset(mine)
        return found

    def _ask_about_doubts(self, lines: Sequence[StaffLine]) -> None:
        """Ask where a 管理番号 or a name speaks against two being one."""
        for line in lines:
            known = self.pairs.get(line.key)
            doubt = _doubt(line, known) if known else None
            if known is None or doubt is None:
                continue
            question = ask_whether_same(
                kind="same_staff",
                spot=line.spot(doubt),
                said=line,
                known=known,
                column=doubt,
            )
            if self._ask(question) == ANOTHER:
                del self.pairs[line.key]

    def _leave_former(
        self, lines: Sequence[StaffLine], indexes: Mapping[str, frozenset[bytes]]
    ) -> list[StaffLine]:
        """Ask about who has left or was deleted; return the lines without those who stay so."""
        alone = [line for line in lines if line.key not in self.pairs]
        former = [person for person in self.roster.people if not person.is_compared]
        meant = match_staff(alone, former, indexes).pairs
        left = set()
        for line in alone:
            known = meant.get(line.key)
            if known is None:
                continue
            decision = self._ask(_question_of_former(line, known))
            if decision == RESTORE:
                self.pairs[line.key] = known
            elif decision != ANOTHER:
                left.add(line.key)
        return [line for line in lines if line.key not in left]

    def _check_numbers(self, lines: Sequence[StaffLine]) -> None:
        """Refuse a 管理番号 of somebody else."""
        paired = {known.id for known in self.pairs.values()}
        others = [one for one in self.roster.in_order() if one.id not in paired]
        numbers = {other.management_number: other.display_name for other in others}
        for line in lines:
            number = line.management_number
            if number and number in numbers:
                params: dict[str, str | int] = {"value": number, "name": numbers[number]}
                remark = Remark(line.spot(STAFF_NUMBER), "management_number_known", params)
                self.comparison.errors.append(remark)

    def _ask(self, question: Question) -> str | None:
        self.comparison.questions.append(question)
        return self.needs.decisions.get(question.key)


def _doubt(line: StaffLine, known: PresentStaff) -> Column | None:
    """Return the column that speaks against two being one person."""
    number = (line.management_number or "").lstrip("0")
    other = (known.management_number or "").lstrip("0")
    if number and other and number != other:
        return STAFF_NUMBER
    has_name = fold_for_search(line.display_name) == fold_for_search(known.display_name)
    has_reading = line.kana != "" and line.kana == known.kana
    return None if has_name or has_reading else STAFF_NAME


def _question_of_former(line: StaffLine, known: PresentStaff) -> Question:
    return ask_whether_back(
        kind="former_staff",
        spot=line.spot(STAFF_NAME),
        said=line,
        known=known,
    )
