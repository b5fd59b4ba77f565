"""UUIDs by the hundred, read and made more quickly than by `uuid`.

Every row of every delivery holds several: by `uuid.UUID` and `uuid.uuid4` they took a noticeable
part of a dispatcher's time (docs/measured.md).
"""

from __future__ import annotations

import os
from uuid import UUID, SafeUUID

_VERSION_4 = 0x4000 << 64 | 0x8000 << 48
_UNKNOWN = SafeUUID.unknown
_set = object.__setattr__
# All bits but version and variant (RFC 9562, 5.4).
_RANDOM = ~(0xF000 << 64 | 0xC000 << 48) & (1 << 128) - 1


def read_id(text: str) -> UUID:
    """Return the UUID that a database or an event of ours wrote.

    `text`: 32 hexadecimal digits, with hyphens or without. Raises ValueError for anything else.
    """
    digits = text.replace("-", "")
    if len(digits) != 32:
        raise ValueError("not a UUID")
    return _of_number(int(digits, 16))


def new_ids(count: int) -> list[UUID]:
    """Return so many random UUIDs (version 4)."""
    raw = os.urandom(16 * count)
    numbers = (int.from_bytes(raw[start : start + 16]) for start in range(0, 16 * count, 16))
    return [_of_number(number & _RANDOM | _VERSION_4) for number in numbers]


def _of_number(number: int) -> UUID:
    """Return a UUID as `uuid.UUID` itself restores a pickled one.

    Its constructor first finds out in which of eight ways it was called.
    """
    made = UUID.__new__(UUID)
    _set(made, "int", number)
    _set(made, "is_safe", _UNKNOWN)
    return made
