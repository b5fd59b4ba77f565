"""What schemas of events are made of.

The hundreds of records of a batch are read and written without a schema's round for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields


class Event(Schema):
    """The payload of one event; fields that this release does not know are ignored."""

    class Meta:
        unknown = EXCLUDE


class Records(fields.List):
    """A list of `schema`, read by `read` and written by `write` where they are given.

    A schema goes through every field of every record by itself: for the hundreds of an event that
    took most of its time. What `read` does not take, the schema reads, or says what is wrong with
    it: `read` may be stricter, never more lenient. `write` gives what JSON knows (orjson: UUIDs and
    moments too) of a record, by the names of the schema.
    """

    def __init__(
        self,
        schema: type[Schema],
        *,
        read: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
        write: Callable[[Any], Mapping[str, Any]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(fields.Nested(schema), **options)
        self._read = read
        self._write = write

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> list[Any]:
        try:
            if self._read is not None and isinstance(value, list):
                return [self._read(record) for record in value]
        except (AttributeError, KeyError, TypeError, ValueError):
            pass
        return super()._deserialize(value, attr, data, **options)

    def _serialize(
        self, value: Any, attr: str | None, obj: Any, **options: Any
    ) -> list[Any] | None:
        if self._write is None or value is None:
            return super()._serialize(value, attr, obj, **options)
        return [self._write(record) for record in value]
