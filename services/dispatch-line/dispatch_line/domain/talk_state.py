"""A registration in the talk: what is asked in which order, and what is read as an answer (ADR 51).

school → login_id → passcode → more, where the sheet of a sibling may follow; a wrong number leads
back to login_id. 15 minutes after the last word it is over.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from common.typed_codes import tidy

VALID_FOR = timedelta(minutes=15)
SCHOOL_CODE = re.compile(r"[0-9]{9}")
# An ID has 6 to 12 letters and digits, a passcode 10.
CODE = re.compile(r"[0-9A-Z]{6,12}")
_LONGEST_TYPED = 40


class Command(StrEnum):
    """Words that ask for something wherever they are typed."""

    REGISTER = "登録"
    MY_PAGE = "マイページ"
    STOP = "やめる"


class TalkStep(StrEnum):
    """What is waited for."""

    SCHOOL = "school"
    LOGIN_ID = "login_id"
    PASSCODE = "passcode"
    # A sibling's ID, if anything: whoever is done may write what they like.
    MORE = "more"


@dataclass(frozen=True, slots=True)
class TalkState:
    """How far somebody is. `school_id`, `login_id`: once they are known.

    `terms_version`, `agreed_at`: to which words on the use of addresses they agreed, and when.
    """

    step: TalkStep
    terms_version: str
    agreed_at: datetime
    school_id: UUID | None = None
    login_id: str | None = field(default=None, repr=False)


def kept_of(text: str) -> str | None:
    """Return what is kept of a typed text until it is dealt with; None of all other words.

    One of the commands, or what may be a number of a sheet, tidied.
    """
    if len(text) > _LONGEST_TYPED:
        return None
    # Also with the brackets in which the paper and the help print it.
    plain = unicodedata.normalize("NFKC", text).strip(" 「」\n")
    if plain in list(Command):
        return plain
    code = tidy(plain)
    return code if CODE.fullmatch(code) else None
