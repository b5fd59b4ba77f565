"""The ID and the passcode of a registration sheet (DIR-7).

The ID names a child and is kept; the passcode is derived each time it is printed or checked, so
nothing that would open a registration lies in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from common.crypto import SchoolKey, derive
from common.typed_codes import tidy
from directory.domain.errors import InvalidField

# Without 0 O, 1 I L: on paper, and to a tired reader, they are one.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
ID_LENGTH = 8
PASSCODE_LENGTH = 10
DEFAULT_DAYS = 90
# What a school may choose: a new paper now and then, and never one that is good for years.
VALID_DAYS = (30, 60, 90, 180)
# What somebody types as an ID: short enough for a phone, long enough to differ.
TYPED_LENGTHS = range(6, 13)


def new_login_id() -> str:
    """Return an ID that nobody can guess from another one."""
    return "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))


def passcode_of(key: SchoolKey, member_id: UUID, version: int) -> str:
    """Return the passcode of a child's sheet: the same for the same version, whenever it is asked.

    49 bits; HMAC-SHA256 under a key of this purpose alone.
    """
    purpose = derive(key.material, "registration")
    subject = f"{member_id}|{version}".encode()
    number = int.from_bytes(hmac.digest(purpose, subject, hashlib.sha256))
    letters = []
    for _ in range(PASSCODE_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def is_to_be_renewed(valid_until: datetime, now: datetime, days: int) -> bool:
    """Return whether a sheet is about to end: nobody is handed that. `days`: its length."""
    left_at_least = timedelta(days=days) / 3
    return valid_until - now < left_at_least


def is_passcode(typed: str, expected: str) -> bool:
    """Return whether what was typed is the passcode, in constant time."""
    return hmac.compare_digest(tidy(typed).encode(), expected.encode())


def check_login_id(typed: str) -> str:
    """Return an ID that somebody chose as it is kept; raise Invalid where it can't be read well."""
    login_id = tidy(typed)
    is_readable = all(letter in ALPHABET for letter in login_id)
    if len(login_id) not in TYPED_LENGTHS or not is_readable:
        raise InvalidField(
            "login_id", "login_id_unfit", "An ID has 6 to 12 letters and digits of the alphabet."
        )
    return login_id


def in_parts(code: str) -> str:
    """Return a code as it is printed, to be read and typed in halves."""
    middle = len(code) // 2
    return f"{code[:middle]} {code[middle:]}"
