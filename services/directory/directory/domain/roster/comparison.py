"""What comparing a file with the roster needs, and what it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from directory.domain.protection import Sight
from directory.domain.roster.changes import ChangeList
from directory.domain.roster.present import PresentMail, PresentPhone
from directory.domain.roster.remarks import Decisions, Question, Remark
from directory.domain.roster.steps import Steps


@dataclass(frozen=True)
class Needs:
    """What comparing needs from outside.

    Blind indexes, new ids, the day, the fiscal year of new classes, what is sealed, who looks, and
    what was decided.
    """

    index_of: Callable[[str], bytes]
    new_id: Callable[[], UUID]
    today: date
    fiscal_year: int
    open_number: Callable[[PresentPhone], str]
    open_mail: Callable[[PresentMail], str]
    sight: Sight
    decisions: Decisions = field(default_factory=dict)


@dataclass
class Comparison:
    """What comparing found.

    `errors` empty: `steps` may be written and lead exactly to what `changes` says, once what must
    be decided is.
    """

    steps: Steps = field(default_factory=Steps)
    changes: ChangeList = field(default_factory=ChangeList)
    errors: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
