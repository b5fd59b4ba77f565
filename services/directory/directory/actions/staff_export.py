"""The staff as the workbook that an import takes: read again, it changes nothing (DIR-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from common.answers.identity import RosterAccount
from common.crypto import SchoolKey
from common.operations import STAFF_EXPORTED
from directory.actions.staff_drafts import know_accounts, open_address
from directory.domain.roster.staff.columns import (
    COLUMNS,
    HEADINGS,
    KEPT_COLUMNS,
    MAIL,
    NO_LOGIN,
    ROLE,
    ROLE_WORDS,
    STAFF_GROUPS,
)
from directory.domain.roster.staff.present import KnownAccounts, PresentStaff, StaffRoster
from directory.domain.scope import Actor
from directory.domain.words import GroupKind
from directory.events import record_operation
from directory.store.present_staff import load_staff

Row = tuple[str, ...]
Cells = dict[str, str]


@dataclass(frozen=True)
class Exporting:
    """Who takes the staff out: `sees_accounts`: who signs in as what, and by which address."""

    actor: Actor
    key: SchoolKey
    accounts: Sequence[RosterAccount]
    sees_accounts: bool


def export_staff(session: Session, exporting: Exporting) -> list[Row]:
    """Return the rows of an export, header first; the operation log notes that it left the house.

    To who may not see accounts, address and role of those who sign in are empty cells: read again,
    these leave what is.
    """
    actor = exporting.actor
    roster = load_staff(session, actor.school_id)
    accounts = know_accounts(exporting.accounts, exporting.key)
    people = roster.in_order()
    rows: list[Row] = [HEADINGS]
    for person in people:
        cells = {
            **_cells_of(person, roster),
            **_account_cells(person, roster, accounts, exporting),
        }
        row = tuple(cells.get(column.field, "") for column in COLUMNS)
        rows.append(row)
    record_operation(
        session,
        actor,
        STAFF_EXPORTED,
        ("roster", None),
        staff=len(people),
    )
    return rows


def _cells_of(person: PresentStaff, roster: StaffRoster) -> Cells:
    cells: Cells = {}
    for column in KEPT_COLUMNS:
        value = person.values[column.field]
        cells[column.field] = "" if value is None else str(value)
    names = []
    for group_id in person.joined:
        node = roster.tree.nodes.get(group_id)
        if node is not None and node.kind == GroupKind.STAFF:
            names.append(node.name)
    cells[STAFF_GROUPS.field] = "、".join(names)
    return cells


def _account_cells(
    person: PresentStaff, roster: StaffRoster, accounts: KnownAccounts, exporting: Exporting
) -> Cells:
    account = accounts.of_member(person.id)
    if account is None:
        mails = roster.mails_of(person.id)
        mail = open_address(exporting.key, mails[0]) if mails else ""
        return {MAIL.field: mail, ROLE.field: ROLE_WORDS[NO_LOGIN]}
    if not exporting.sees_accounts:
        return {}
    return {MAIL.field: account.mail, ROLE.field: ROLE_WORDS[account.role]}
