"""What replacing keys asks of identity: its keyring, and a line in the log without a school."""

from __future__ import annotations

from typing import Any

from common.db import Database
from common.keys import Keys
from identity.events import put_keys_rotated
from identity.store.keyring import Keyring


def wrap_keyring_anew(settings: Any) -> int:
    """Wrap each school's key by the newest key-encryption key; return how many there are."""
    own_keys = Keys(settings.keys_dir, "identity")
    return Keyring(settings.keyring_dir, own_keys.wrapping_keys).wrap_anew()


def record_rotation(settings: Any, what: str) -> None:
    """Tell the operators' log that keys were replaced; identity's worker writes it down."""
    database = Database.connect(settings.own_database_url)
    try:
        with database.for_system() as session:
            put_keys_rotated(session, what)
    finally:
        database.dispose()
