"""Write docs/events.md from the schemas, their docstrings and samples.

`python -m common.schemas.document > docs/events.md`
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields, validate

from common.schemas.events import EVENTS

SAMPLES = Path(__file__).parent / "samples"
TYPES: dict[type[fields.Field], str] = {
    fields.UUID: "uuid",
    fields.String: "text",
    fields.Integer: "integer",
    fields.AwareDateTime: "time",
    fields.Date: "date",
    fields.Dict: "object",
}
HEAD = """# Events

Generated from `libs/common/common/schemas/` by `make docs`; \
a test fails when it is not fresh. Do not edit by hand.

Houses tell one another what happened by events on one topic exchange, `events`. \
An event is JSON: the envelope below around a
payload. The routing key is the event's type; \
where an event has a lane, the key ends in it (`delivery.requested.urgent`).

Rules: an event may come **twice**, late, or out of order \
(the inbox makes the effect happen once, states only climb). Schemas are
**add-only**: a new field gets a default, none is renamed or removed, unknown fields are ignored. \
Events carry **ids, never names or
addresses**; whoever needs a name asks the house that owns it. \
What destroys, sends or lets in is **signed** by the house that
publishes it, in the message's header `renraku-signature` \
([ADR 22](adr/0022-irreversible-acts-ask-their-owner.md)).

```json
{
  "id": "018f0000-0000-7000-8000-0000000000aa",
  "type": "message.stopped",
  "version": 1,
  "school_id": "018f0000-0000-7000-8000-00000000000a",
  "occurred_at": "2026-11-24T06:05:00+00:00",
  "payload": {"message_id": "018f0000-0000-7000-8000-000000000001"}
}
```

`school_id` is null for what belongs to no school (a failed sign-in of nobody we know). \
Times are UTC.
"""


def document() -> str:
    """Return the whole document, a section an event in the order of EVENTS."""
    contents = [f"- [`{name}`](#{name.replace('.', '')})" for name in EVENTS]
    sections = [_section(name, schema) for name, schema in EVENTS.items()]
    return "\n".join([HEAD, *contents, "", *sections])


def _section(name: str, schema: Schema) -> str:
    words = inspect.cleandoc(type(schema).__doc__ or "")
    table = _table(schema)
    sample = (SAMPLES / f"{name}.json").read_text(encoding="utf-8").strip()
    return f"## {name}\n\n{words}\n\n{table}\n\n```json\n{sample}\n```\n"


def _table(schema: Schema) -> str:
    lines = [
        "| field | type | required |",
        "|---|---|---|",
    ]
    rows = list(_rows(schema))
    if not rows:
        return "The payload is empty: the school stands in the envelope."
    for path, kind, is_required in rows:
        required = "yes" if is_required else "no"
        lines.append(f"| `{path}` | {kind} | {required} |")
    return "\n".join(lines)


def _rows(schema: Schema, above: str = "") -> Iterator[tuple[str, str, bool]]:
    for name, field in schema.fields.items():
        yield above + name, _kind(field), field.required
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from _rows(inner.schema, f"{above}{name}[].")


def _kind(field: Any) -> str:
    if isinstance(field, fields.List):
        return f"list of {_kind(field.inner)}s"
    if isinstance(field, fields.Nested):
        return "object"
    kind = TYPES[type(field)]
    if isinstance(field, fields.Dict):
        kind = _kind_of_pairs(field)
    for check in field.validators:
        if isinstance(check, validate.OneOf):
            kind = " \\| ".join(f"`{word}`" for word in check.choices)
    return f"{kind} or null" if field.allow_none else kind


def _kind_of_pairs(field: fields.Dict) -> str:
    values = _kind(field.value_field) if field.value_field else "anything"
    return f"object: {_kind(field.key_field)} → {values}"


if __name__ == "__main__":
    sys.stdout.write(document())
