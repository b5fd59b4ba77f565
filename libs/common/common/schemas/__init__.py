"""What travels on the bus: the envelope, and one marshmallow schema with one sample per event.

Add-only: a new field gets a default, a field is never renamed or removed; unknown fields are
ignored. docs/events.md is generated from here. Events carry ids, never names or addresses.
"""

from common.schemas.envelope import Envelope as Envelope
from common.schemas.envelope import EventRefused as EventRefused
from common.schemas.events import EVENTS as EVENTS
