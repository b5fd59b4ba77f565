"""What comparing a file of staff with the roster needs, and what it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from directory.domain.roster.comparison import Comparison
from directory.domain.roster.remarks import Decisions
from directory.domain.roster.staff.accounts import AccountStep
from directory.domain.roster.staff.present import StaffMail


@dataclass(frozen=True)
class StaffNeeds:
    """What comparing needs from outside: blind indexes, new ids, the day, the fiscal year of new
    groups, addresses in the clear, and what was decided.
    """

    index_of: Callable[[str], bytes]
    new_id: Callable[[], UUID]
    today: date
    fiscal_year: int
    open_mail: Callable[[StaffMail], str]
    decisions: Decisions


@dataclass
class StaffComparison(Comparison):
    """What comparing found; `accounts`: what identity is asked for."""

    accounts: list[AccountStep] = field(default_factory=list)
