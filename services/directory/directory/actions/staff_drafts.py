"""What a file of staff would change, before anything of it is kept (DIR-2, ID-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.answers.identity import RosterAccount
from common.crypto import SchoolKey, SealedPlace
from common.words import Channel
from directory.actions.families import index_of
from directory.actions.roster_steps import count_over
from directory.domain.roster.remarks import Decisions, Remark
from directory.domain.roster.staff.accounts import NOWHERE, refusal_of
from directory.domain.roster.staff.compare import DELETE, KEEP, compare_staff
from directory.domain.roster.staff.comparison import StaffComparison, StaffNeeds
from directory.domain.roster.staff.present import KnownAccount, KnownAccounts, StaffMail
from directory.domain.roster.staff.reading import StaffReading, read_staff
from directory.domain.scope import Actor
from directory.domain.tree import Tree
from directory.domain.workbooks import Sheet
from directory.store.present_staff import load_staff

# Member → why identity would refuse it.
Refusals = Mapping[UUID, str]


@dataclass(frozen=True)
class Looking:
    """Who has a file compared or looks at what it would change; the key that opens it, and when.

    `limit`: how many people the contract has; None: any number.
    """

    actor: Actor
    key: SchoolKey
    now: datetime
    limit: int | None = None


@dataclass(frozen=True)
class StaffFile:
    """A file that was read, outside any transaction: its bytes, its sheets, what was decided."""

    content: bytes
    sheets: tuple[Sheet, ...]
    decisions: Decisions


@dataclass(frozen=True)
class Draft:
    """What a file would change, before identity has said what it thinks of the accounts."""

    file: StaffFile
    version: str
    reading: StaffReading
    found: StaffComparison
    over_limit: int

    def wanted(self) -> list[dict[str, Any]]:
        """Return the accounts that identity is asked about."""
        return [step.wanted() for step in self.found.accounts]


def draft_import(
    session: Session, file: StaffFile, looking: Looking, accounts: Sequence[RosterAccount]
) -> Draft:
    """Compare a file with the staff of the roster; nothing is kept."""
    roster = load_staff(session, looking.actor.school_id)
    reading = read_staff(file.sheets, file.decisions)
    found = StaffComparison()
    if not reading.errors:
        known = know_accounts(accounts, looking.key)
        needs = _needs(looking, file.decisions, roster.tree)
        found = compare_staff(reading.lines, roster, known, needs)
    over_limit = count_over(
        session,
        looking.actor.school_id,
        found.steps,
        looking.limit,
    )
    return Draft(
        file,
        roster.version,
        reading,
        found,
        over_limit,
    )


def _needs(looking: Looking, decisions: Decisions, tree: Tree) -> StaffNeeds:
    def index_of_mail(address: str) -> bytes:
        return index_of(looking.key, Channel.MAIL, address)

    today = clock.to_jst(looking.now).date()
    return StaffNeeds(
        index_of=index_of_mail,
        new_id=uuid4,
        today=today,
        fiscal_year=tree.fiscal_year(clock.fiscal_year(today)),
        open_mail=lambda mail: open_address(looking.key, mail),
        decisions=decisions,
    )


def know_accounts(accounts: Sequence[RosterAccount], key: SchoolKey) -> KnownAccounts:
    """Return accounts as identity tells them, so that they are found by an address."""
    known = []
    for account in accounts:
        member_id = account["member_id"]
        one = KnownAccount(
            member_id=UUID(member_id) if member_id else None,
            display_name=account["display_name"],
            role=account["role"],
            mail=account["mail"],
            index=index_of(key, Channel.MAIL, account["mail"]),
        )
        known.append(one)
    return KnownAccounts(known)


def open_address(key: SchoolKey, mail: StaffMail) -> str:
    """Return an address of the roster in the clear."""
    return key.decrypt(mail.address, SealedPlace("contact_points", "address", mail.id))


def keep_refused(draft: Draft, refusals: Refusals) -> StaffFile | None:
    """Return the file with those kept whose account identity would not delete; None: there are
    none. The office had ticked them, and finds no cell to correct.
    """
    kept = {}
    for step in draft.found.accounts:
        key = f"missing/{step.member_id}"
        is_ticked = draft.file.decisions.get(key) == DELETE
        if is_ticked and step.member_id in refusals:
            kept[key] = KEEP
    if not kept:
        return None
    return StaffFile(draft.file.content, draft.file.sheets, {**draft.file.decisions, **kept})


@dataclass(frozen=True)
class Checked:
    """A draft, and what identity says of it; `kept`: why some stay who were ticked."""

    draft: Draft
    refusals: Refusals
    kept: tuple[Remark, ...] = ()


def kept_remarks(draft: Draft, refusals: Refusals) -> tuple[Remark, ...]:
    """Say of whom the deletion was refused."""
    remarks = []
    for step in draft.found.accounts:
        is_missing = step.spot == NOWHERE
        if is_missing and step.member_id in refusals:
            remarks.append(refusal_of(step, refusals[step.member_id]))
    return tuple(remarks)
