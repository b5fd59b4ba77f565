"""What is known of a contact point's health.

{"code": a word or None for well, "since": when it became so} (DLV-4).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from common.words import Channel

# Words after which nothing arrives any more; any other (a full mailbox, an old LINE without
# buttons) only wants a look.
DEAD = frozenset({"blocked", "token_dead", "user_unknown", "no_push", "address_bad"})
# A mail came back: worth a look, and over with the next proof or a day without another one. What
# comes back on a second day makes the address dead.
DOUBTS = frozenset({"returned", "mailbox_full"})
# A later proof says that these are over.
BY_RETURNS = DOUBTS | {"user_unknown"}
BLOCKED_BY_USER = "blocked_by_user"

Health = Mapping[str, Any]


def moment_of(health: Health) -> datetime:
    """Return since when.

    A roster brings a day without a time, or nothing, and anything later goes before it.
    """
    try:
        moment = datetime.fromisoformat(str(health.get("since") or ""))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def reason_of(kind: Channel, code: str | None) -> str | None:
    """Return why nothing arrives at a point, in the word that a delivery there would give.

    `blocked` is a company's refusal for mail, and the family's own doing for LINE: two sentences
    for people.
    """
    return BLOCKED_BY_USER if kind == Channel.LINE and code == "blocked" else code


def after_proof(kind: Channel, health: Health | None, proved_at: datetime) -> Health | None:
    """Return the health of a point whose family pressed what only this point had brought.

    A mail address that was taken for dead, or doubted, is well again. Not so LINE and apps: who
    blocks the school, or changes the phone, still has the old messages and may press them, and LINE
    itself tells when a block ends.
    """
    known = health or {}
    code = known.get("code")
    is_cleared = code is None or code in DEAD or code in DOUBTS
    may_clear = kind == Channel.MAIL and is_cleared
    if not may_clear or proved_at <= moment_of(known):
        return health
    return {"code": None, "since": proved_at.isoformat()}


def after_told(
    health: Health | None, told: str, since: datetime, proved_at: datetime | None
) -> Health | None:
    """Return the health of a point of which a provider told; the same where it tells nothing new.

    `told`: a code, or "ok"; `proved_at`: the last proof. A death is told when its day is over, so
    it stands before the doubts of later mails; and no doubt covers a death.
    """
    known = health or {}
    code = known.get("code")
    heard_at = moment_of(known)
    if told in DOUBTS and code in DEAD:
        return health
    if told in DEAD and code in DOUBTS:
        heard_at = datetime.min.replace(tzinfo=UTC)
    is_late = bool(health) and heard_at >= since
    is_disproved = told in BY_RETURNS and proved_at is not None and proved_at >= since
    if is_late or is_disproved:
        return health
    return {"code": None if told == "ok" else told, "since": since.isoformat()}
