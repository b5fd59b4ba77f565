"""Telephone numbers as Japanese offices write them (DIR-13).

What is accepted, and when two of them are one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_PHONES = 3  # 緊急連絡先1–3, in the order of calling
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー－ｰ", "-"))
# Digits: 03-1234-5678 has 10; 090-1234-5678, and whatever else begins with 050 to 090, has 11;
# abroad at most 15 (E.164).
_KNOWN = re.compile(r"0[5-9]0[0-9]{8}|0(?![5-9]0)[0-9]{9}|\+[1-9][0-9]{6,14}")
_SHAPE = re.compile(r"\+?[0-9]+(?:-[0-9]+)*")
_WITHOUT_ZERO = re.compile(r"[5-9]0[0-9]{8}|(?![5-9]0)[1-9][0-9]{8}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it is kept, and whose it is (続柄; empty where nobody said)."""

    number: str
    label: str = ""

    @property
    def digits(self) -> str:
        """Return what makes two spellings one number."""
        return digits_of(self.number)


def read_phone(text: str) -> str | None:
    """Return a number as it is kept: half-width, with the hyphens that were typed, or None.

    ０９０（１２３４）５６７８ → 090-1234-5678 · +81 90 1234 5678 → 090-1234-5678. Excel takes the
    zero from the front of a number that was not typed as text; every number in Japan begins with
    one, so it is given back.
    """
    half_width = unicodedata.normalize("NFKC", text.translate(_DASHES))
    plain = half_width.translate(_DASHES).strip()
    number = re.sub(r"[\s().-]+", "-", plain).strip("-")
    if number.startswith("+81"):
        number = "0" + re.sub(r"^\+81-?0?-?", "", number)
    if _WITHOUT_ZERO.fullmatch(number):
        number = "0" + number
    has_shape = _SHAPE.fullmatch(number)
    has_known_length = _KNOWN.fullmatch(digits_of(number))
    return number if has_shape and has_known_length else None


def digits_of(number: str) -> str:
    """Return a number's digits, with the plus of one abroad."""
    return re.sub(r"[^0-9+]", "", number)


def put_into_places(there: list[Phone], given: dict[int, Phone]) -> list[Phone]:
    """Return a child's numbers after a file named some by their place (0, 1, 2).

    Places it leaves empty stay as they are. A new number takes the place of the old one. A number
    that was there and moves pushes the one it meets to a free place: nobody's number is lost
    because another is called first. A number that a file names twice stands at the first of its
    places. A place without 続柄 keeps the one that the number had.
    """
    labels = {phone.digits: phone.label for phone in there}
    named: dict[str, int] = {}
    for place in sorted(given):
        named.setdefault(given[place].digits, place)
    result: dict[int, Phone] = {}
    for digits, place in named.items():
        label = given[place].label or labels.get(digits, "")
        result[place] = Phone(given[place].number, label)
    pushed = []
    for place, phone in enumerate(there):
        if phone.digits in named:
            continue
        if place not in result:
            result[place] = phone
        elif result[place].digits in labels:
            pushed.append(phone)
    free = [place for place in range(MAX_PHONES) if place not in result]
    result.update(zip(free, pushed, strict=False))
    return [result[place] for place in sorted(result)]
