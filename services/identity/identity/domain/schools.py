"""What a school's own particulars must look like."""

from __future__ import annotations

import re
import secrets
import unicodedata

from common.errors import Invalid

CODE = re.compile(r"[1-9][0-9]{8}")
MAIL_LOCAL = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
LONGEST_SHORT_NAME = 8
_JOINED = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x200D}


def problem_of_code(code: str) -> str:
    """Return what is wrong with a school code; nothing where it can be used. So with the others."""
    return "" if CODE.fullmatch(code) else "nine_digits"


def problem_of_short_name(short_name: str) -> str:
    length = count_characters(short_name)
    if length < 1:
        return "empty"
    return "" if length <= LONGEST_SHORT_NAME else "too_long"


def problem_of_mail_local(mail_local: str) -> str:
    return "" if MAIL_LOCAL.fullmatch(mail_local) else "not_a_local_part"


def check_school(*, code: str, short_name: str, mail_local: str) -> None:
    """Raise Invalid naming every particular that can't be used."""
    problems = {
        "code": problem_of_code(code),
        "short_name": problem_of_short_name(short_name),
        "mail_local": problem_of_mail_local(mail_local),
    }
    fields = {name: problem for name, problem in problems.items() if problem}
    if fields:
        raise Invalid(
            "school_invalid",
            "These particulars can't be used.",
            fields=fields,
        )


def make_code() -> str:
    """Return a school code of nine digits; it is a name, not a secret."""
    return str(secrets.randbelow(900_000_000) + 100_000_000)


def count_characters(text: str) -> int:
    """Return how many characters a reader sees: a kanji with its variation selector (辻󠄀) is one."""
    return sum(
        not unicodedata.combining(c) and ord(c) not in _JOINED
        for c in unicodedata.normalize("NFC", text.strip())
    )
