"""Who said it: few events bear the signature of the house that owns them, which destroy, send, or
let somebody in.

The relay signs when it publishes, so that rows written before are signed, too. The worker checks
before it handles.
"""

from __future__ import annotations

import base64

from common.bus.parked import UNSIGNED, Inadmissible
from common.bus.transport import Incoming
from common.errors import Unavailable
from common.keys import KeyMissing, Keys

OWNERS = {
    "contract.ended": "identity",
    "key.destroyed": "identity",
    "school.erasing": "retention",
    "message.released": "messaging",
    "delivery.requested": "messaging",
    "notice.requested": "identity",
    "accounts.requested": "directory",
    "family_mail.requested": "directory",
    "family_notification.requested": "directory",
    "week.counted": "directory",
}
# The same keys sign tokens and certificates: neither may pass for an event.
_PURPOSE = b"renraku event\n"


def sign(keys: Keys, event_type: str, body: str) -> str | None:
    """Return what goes beside an event's body: `<house>:<Ed25519 in base64>`.

    None for an event that bears no signature.
    """
    if event_type not in OWNERS:
        return None
    signature = keys.sign(_PURPOSE + body.encode())
    return f"{keys.service}:{base64.b64encode(signature).decode()}"


def check(keys: Keys, event_type: str, message: Incoming) -> None:
    """Raise Inadmissible unless an event is signed as it must be: by its owner, or by who hears it.

    A house signs what it asks of itself: the next batch of an erasure, what the operator replays.
    Raises Unavailable where the signer's public key is not there, which is no fault of the event.
    """
    owner = OWNERS.get(event_type)
    if owner is None:
        return
    signer, _, signature = (message.signature or "").partition(":")
    if signer not in (owner, keys.service):
        raise Inadmissible(UNSIGNED, f"{event_type} is not signed by {owner}")
    try:
        claimed = base64.b64decode(signature)
        is_signed = keys.verify(signer, _PURPOSE + message.body, claimed)
    except ValueError:
        # It is no base64.
        is_signed = False
    except KeyMissing as missing:
        raise Unavailable("key_missing", str(missing)) from None
    if not is_signed:
        raise Inadmissible(UNSIGNED, f"this signature of {event_type} is not {signer}'s")
