"""Fields of forms: what is wrong with one is a word, for which the gateway has a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

EMPTY, TOO_LONG, OUT_OF_RANGE = "empty", "too_long", "out_of_range"
MAIL = validate.Regexp(r"\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*\Z", error="not_an_address")
# Checked before any hashing: a megabyte is no password.
LONGEST_PASSWORD = 256
Check = Callable[[str], Any]


def Line(  # noqa: N802  # reads as a field type
    most: int, *checks: Check, least: int = 0, **options: Any
) -> fields.String:
    """Return a field for one line of `least` to `most` characters that passes some checks.

    An empty one passes them all, where it may be empty.
    """

    def check(text: str) -> None:
        if len(text.strip()) < least:
            raise ma.ValidationError(EMPTY)
        if len(text) > most:
            raise ma.ValidationError(TOO_LONG)
        if not text.isprintable():
            raise ma.ValidationError("not_text")
        for each in checks if text.strip() else ():
            each(text)

    return fields.String(validate=check, error_messages=_told("not_text"), **options)


def Day(**options: Any) -> fields.Date:  # noqa: N802  # as above
    """Return a field for a day."""
    return fields.Date(error_messages=_told("not_a_day"), **options)


def Number(least: int, most: int, **options: Any) -> fields.Integer:  # noqa: N802  # as above
    """Return a field for a whole number within limits."""
    limits = validate.Range(least, most, error=OUT_OF_RANGE)
    return fields.Integer(validate=limits, error_messages=_told("not_a_number"), **options)


def _told(problem: str) -> dict[str, Any]:
    return {"required": EMPTY, "null": EMPTY, "invalid": problem}


def passes(problem_of: Callable[[str], str]) -> Check:
    """Return the check by a rule that names what is wrong, or nothing."""

    def check(text: str) -> None:
        problem = problem_of(text)
        if problem:
            raise ma.ValidationError(problem)

    return check


def is_spelled_by(spell: Callable[[str], str], problem: str) -> Check:
    """Return the check that a text can be spelled as it is kept."""

    def check(text: str) -> None:
        try:
            spell(text)
        except ValueError:
            raise ma.ValidationError(problem) from None

    return check
