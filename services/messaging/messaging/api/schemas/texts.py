"""Fields for texts, which must fit where they will stand."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from common.words import Channel, Lane
from messaging.domain.states import MessageKind
from messaging.domain.texts import is_one_line, is_storable

CHANNELS = validate.OneOf([channel.value for channel in Channel])
LANES = validate.OneOf([lane.value for lane in Lane])
KINDS = validate.OneOf([kind.value for kind in MessageKind])


def storable(text: str) -> None:
    if not is_storable(text):
        raise ma.ValidationError("not_storable")


def one_line(text: str) -> None:
    if not is_one_line(text):
        raise ma.ValidationError("line_break")


def Text(limit: int, **options: Any) -> fields.String:  # noqa: N802  # reads as a field type
    """Return a field for a text of up to `limit` characters."""
    return fields.String(validate=[validate.Length(max=limit), storable], **options)


def Line(limit: int, *, least: int = 0, **options: Any) -> fields.String:  # noqa: N802
    """Return a field for a text of one line."""
    length = validate.Length(least, limit)
    return fields.String(validate=[length, storable, one_line], **options)
