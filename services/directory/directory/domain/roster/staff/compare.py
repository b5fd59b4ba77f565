"""Compare a file of staff with the staff of the roster (DIR-2, ID-2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.roster.changes import Detail, describe, describe_class, detail
from directory.domain.roster.columns import Value
from directory.domain.roster.present import KEPT_FIELDS
from directory.domain.roster.pupil import search_key_of
from directory.domain.roster.remarks import Question, Remark
from directory.domain.roster.staff.accounts import (
    NOWHERE,
    LoginBefore,
    account_details,
    drop_account,
    plan_account,
)
from directory.domain.roster.staff.columns import KEPT_COLUMNS, ROLE, STAFF_KANA, STAFF_NUMBER
from directory.domain.roster.staff.comparison import StaffComparison, StaffNeeds
from directory.domain.roster.staff.lines import StaffLine
from directory.domain.roster.staff.pairing import Pairing
from directory.domain.roster.staff.present import KnownAccounts, PresentStaff, StaffRoster
from directory.domain.roster.steps import (
    MemberChange,
    MemberDeletion,
    MembershipEnd,
    NewContactPoint,
    NewGroup,
    NewMember,
    NewMembership,
    PointEnd,
    PointRevival,
)
from directory.domain.tenure import Tenure
from directory.domain.words import (
    ContactState,
    GroupKind,
    MemberKind,
    MembershipKind,
    MemberStatus,
)

KEEP, DELETE = "keep", "delete"


def compare_staff(
    lines: Sequence[StaffLine], roster: StaffRoster, accounts: KnownAccounts, needs: StaffNeeds
) -> StaffComparison:
    """Return how the staff differ from a file that was understood."""
    comparison = StaffComparison()
    pairing = Pairing(roster, accounts, needs, comparison)
    kept = pairing.pair(lines)
    comparer = _Comparer(
        roster,
        accounts,
        needs,
        comparison,
        _place_groups(kept, roster, needs, comparison),
    )
    for line in kept:
        known = pairing.pairs.get(line.key)
        if known is None:
            comparer.add(line)
        else:
            comparer.compare(line, known)
    there = {known.id for known in pairing.pairs.values()}
    comparer.go_through_missing(there)
    return comparison


def _place_groups(
    lines: Sequence[StaffLine],
    roster: StaffRoster,
    needs: StaffNeeds,
    comparison: StaffComparison,
) -> dict[str, UUID]:
    """Return folded name → group of staff, and plan those that the school does not have yet."""
    there = [node for node in roster.tree.nodes.values() if node.kind == GroupKind.STAFF]
    ids = {fold_for_search(node.name): node.id for node in reversed(there)}
    for line in lines:
        for name in line.groups:
            folded = fold_for_search(name)
            if folded in ids:
                continue
            group = NewGroup(
                id=needs.new_id(),
                kind=GroupKind.STAFF.value,
                name=name,
                parent_id=None,
                position=len(ids) + 1,
                fiscal_year=needs.fiscal_year,
            )
            ids[folded] = group.id
            comparison.steps.groups.append(group)
            comparison.changes.classes.append(describe_class(name))
    return ids


@dataclass(frozen=True)
class _Comparer:
    """Goes person by person. `group_ids`: folded name → group."""

    roster: StaffRoster
    accounts: KnownAccounts
    needs: StaffNeeds
    comparison: StaffComparison
    group_ids: Mapping[str, UUID]

    def add(self, line: StaffLine) -> None:
        """Plan somebody new, and say it."""
        member_id = self.needs.new_id()
        # All columns, empty ones too: the rows of one statement name the same.
        values: dict[str, Value | None] = {name: line.values.get(name) for name in KEPT_FIELDS}
        values[STAFF_KANA.field] = line.kana
        new = NewMember(
            id=member_id,
            kind=MemberKind.STAFF.value,
            status=MemberStatus.ACTIVE.value,
            status_since=self.needs.today,
            values=values,
        )
        self.comparison.steps.members.append(new)
        if not line.kana:
            self.comparison.notes.append(Remark(line.spot(STAFF_KANA), "kana_missing"))
        standing = self._standing(line, None)
        if line.mail:
            self._register(member_id, line.mail)
        details = [
            *account_details(line, standing, is_new=True),
            *self._join(line, member_id, {}),
        ]
        self._ask_identity(line, member_id, None, standing)
        self._say("new", line, member_id, details)

    def compare(self, line: StaffLine, known: PresentStaff) -> None:
        """Plan what changes of somebody of the roster, and say it."""
        standing = self._standing(line, known)
        takes_address = standing.is_free or not standing.keeps_mail
        if line.mail and takes_address:
            self._change_mail(line, known, standing)
        details = [
            *self._change(line, known),
            *account_details(line, standing, is_new=False),
            *self._join(line, known.id, self._groups_of(known)),
        ]
        self._ask_identity(line, known.id, known, standing)
        if details:
            self._say("changed", line, known.id, details)
        else:
            self.comparison.changes.unchanged += 1

    def go_through_missing(self, there: set[UUID]) -> None:
        """Say who works at the school and is not in the file; each may be deleted by decision."""
        for person in self.roster.in_order():
            if person.id in there:
                continue
            key = f"missing/{person.id}"
            question = Question(
                key=key,
                kind="missing_staff",
                spot=NOWHERE,
                choices=(KEEP, DELETE),
                must=False,
                params={"name": person.display_name},
            )
            self.comparison.questions.append(question)
            kind = "missing"
            if self.needs.decisions.get(key) == DELETE:
                kind = "deleted"
                self._delete(person)
            change = describe(
                kind=kind,
                pupil=person,
                class_name=None,
                member_id=person.id,
            )
            getattr(self.comparison.changes, kind).append(change)

    def _delete(self, person: PresentStaff) -> None:
        deletion = MemberDeletion(person.id, person.tenure.heads)
        self.comparison.steps.member_deletions.append(deletion)
        step = drop_account(person, self.accounts.of_member(person.id))
        if step is not None:
            self.comparison.accounts.append(step)

    def _standing(self, line: StaffLine, known: PresentStaff | None) -> LoginBefore:
        """Return how somebody stands: with an account its address counts, else the first one."""
        account = self.accounts.of_member(known.id) if known else None
        is_free = False
        index = self.needs.index_of(line.mail) if line.mail else b""
        if account is None and line.mail:
            account = self.accounts.find_free(index)
            is_free = account is not None
        mails = self.roster.mails_of(known.id) if known else ()
        if account is not None:
            return LoginBefore(account, is_free, account.mail, account.index == index)
        first = self.needs.open_mail(mails[0]) if mails else ""
        is_there = any(mail.index == index for mail in mails)
        return LoginBefore(None, False, first, is_there)

    def _ask_identity(
        self,
        line: StaffLine,
        member_id: UUID,
        known: PresentStaff | None,
        standing: LoginBefore,
    ) -> None:
        step = plan_account(line, member_id, known, standing)
        if step is None:
            return
        is_new_account = standing.account is None and step.role is not None
        if is_new_account and step.mail is None:
            self.comparison.errors.append(Remark(line.spot(ROLE), "account_mail_needed"))
            return
        self.comparison.accounts.append(step)

    def _say(self, kind: str, line: StaffLine, member_id: UUID, details: list[Detail]) -> None:
        change = describe(
            kind=kind,
            pupil=line,
            class_name=None,
            member_id=member_id,
            details=tuple(details),
        )
        getattr(self.comparison.changes, kind).append(change)

    def _change(self, line: StaffLine, known: PresentStaff) -> list[Detail]:
        """Plan the columns that change; an empty cell leaves what the roster has."""
        values = dict(self._differing(line, known))
        details = [detail(name, known.values[name], value) for name, value in values.items()]
        comes_back = not known.is_compared
        after = known.tenure
        if comes_back:
            was = "deleted" if known.is_deleted else known.tenure.status
            after = Tenure(MemberStatus.ACTIVE.value, self.needs.today)
            details.append(detail("status", was, after.status))
        if details:
            counted = 0 if known.is_deleted else known.tenure.heads
            change = MemberChange(
                id=known.id,
                values=values,
                search_key=search_key_of({**known.values, **values}),
                is_restored=known.is_deleted,
                heads=after.heads - counted,
                **(after.columns() if comes_back else {}),
            )
            self.comparison.steps.member_changes.append(change)
        return details

    def _differing(self, line: StaffLine, known: PresentStaff) -> Iterator[tuple[str, Value]]:
        for column in KEPT_COLUMNS:
            wanted = line.values.get(column.field)
            before = known.values[column.field]
            if wanted is None or wanted == before:
                continue
            # Excel takes the zeros in front of a number away.
            is_shortened = str(wanted).lstrip("0") == str(before or "").lstrip("0")
            if column is STAFF_NUMBER and is_shortened:
                params: dict[str, str | int] = {"value": str(before)}
                note = Remark(line.spot(column), "zeros_kept", params)
                self.comparison.notes.append(note)
                continue
            yield column.field, wanted

    def _change_mail(self, line: StaffLine, known: PresentStaff, standing: LoginBefore) -> None:
        """Register the new address in place of the one that is given up."""
        mails = self.roster.mails_of(known.id)
        new = self.needs.index_of(line.mail)
        old = self.needs.index_of(standing.mail) if standing.mail else b""
        ended = self.roster.ended.get((known.id, new))
        is_there = any(mail.index == new for mail in mails)
        if ended is not None:
            self.comparison.steps.point_revivals.append(PointRevival(ended))
        elif not is_there:
            self._register(known.id, line.mail)
        for mail in mails:
            if mail.index == old and old != new:
                self.comparison.steps.point_ends.append(PointEnd(mail.id))

    def _register(self, member_id: UUID, address: str) -> None:
        point = NewContactPoint(
            id=self.needs.new_id(),
            guardian_id=None,
            kind="mail",
            address=address,
            state=ContactState.ACTIVE.value,
            member_id=member_id,
        )
        self.comparison.steps.contact_points.append(point)

    def _groups_of(self, known: PresentStaff) -> dict[UUID, str]:
        found = {}
        for group_id in known.joined:
            node = self.roster.tree.nodes.get(group_id)
            if node is not None and node.kind == GroupKind.STAFF:
                found[node.id] = node.name
        return found

    def _join(
        self, line: StaffLine, member_id: UUID, there: Mapping[UUID, str]
    ) -> Iterator[Detail]:
        """Plan the groups; a cell that is filled in names all of them."""
        if not line.groups:
            return
        wanted = {self.group_ids[fold_for_search(name)]: name for name in line.groups}
        if wanted.keys() == there.keys():
            return
        steps = self.comparison.steps
        for group_id in wanted:
            if group_id not in there:
                joining = NewMembership(group_id, member_id, MembershipKind.JOINED.value)
                steps.memberships.append(joining)
        for group_id in there:
            if group_id not in wanted:
                steps.membership_ends.append(MembershipEnd(group_id, member_id))
        before = "、".join(there.values())
        yield detail("groups", before or None, "、".join(wanted.values()))
