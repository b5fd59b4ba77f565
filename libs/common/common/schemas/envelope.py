"""The envelope of every event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from marshmallow import ValidationError

from common import clock
from common.schemas.events import EVENTS


class EventRefused(Exception):
    """An event that can't be read: no JSON, of an unknown type, or against its schema."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event.

    `payload` is the loaded form (UUIDs, datetimes); `dump` and `load` go to and from JSON text.
    """

    type: str
    school_id: UUID | None
    payload: dict[str, Any]
    id: UUID
    occurred_at: datetime
    version: int = 1

    @classmethod
    def of(cls, event_type: str, school_id: UUID | None, payload: dict[str, Any]) -> Envelope:
        """Make a new event, now."""
        return cls(event_type, school_id, payload, uuid4(), clock.now())

    def dump(self) -> str:
        """Return the event as JSON text.

        Raises EventRefused if the payload does not fit its schema (a bug of ours).
        """
        return self._text(_schema(self.type).dump(self.payload))

    def dump_plain(self) -> str:
        """Return the same text without asking the schema, which is slow for hundreds of points."""
        return self._text(self.payload)

    def _text(self, payload: Any) -> str:
        body = {
            "id": self.id,
            "type": self.type,
            "version": self.version,
            "school_id": self.school_id,
            "occurred_at": self.occurred_at,
            "payload": payload,
        }
        return orjson.dumps(body).decode()

    @classmethod
    def load(cls, text: str | bytes) -> Envelope:
        """Read an event.

        Raises EventRefused with the reason that will stand beside it when it is parked.
        """
        try:
            body = orjson.loads(text)
            event_type = body["type"]
            identity = UUID(body["id"])
            occurred_at = datetime.fromisoformat(body["occurred_at"])
            school_id = UUID(body["school_id"]) if body.get("school_id") else None
            payload = body["payload"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EventRefused("bad_envelope", repr(error)) from None
        schema = _schema(event_type)
        try:
            loaded = schema.load(payload)
        except ValidationError as error:
            faults = orjson.dumps(error.normalized_messages(), option=orjson.OPT_NON_STR_KEYS)
            raise EventRefused("bad_payload", faults.decode()) from None
        version = int(body.get("version", 1))
        return cls(
            type=event_type,
            school_id=school_id,
            payload=loaded,
            id=identity,
            occurred_at=occurred_at,
            version=version,
        )


def _schema(event_type: str) -> Any:
    try:
        return EVENTS[event_type]
    except (KeyError, TypeError):
        raise EventRefused("unknown_type", str(event_type)) from None
