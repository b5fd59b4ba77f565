"""Whether a transaction is open here: HTTP to other houses is refused inside one.

Apart from `common.db`, so that who has no database, as the gateway, can ask without SQLAlchemy.
"""

from __future__ import annotations

from contextvars import ContextVar, Token

_open: ContextVar[int] = ContextVar("open_transactions", default=0)


def is_open() -> bool:
    """Return whether this context is inside a transaction."""
    return _open.get() > 0


def enter() -> Token[int]:
    """Note that one begins; give what is returned to `leave` when it ends."""
    return _open.set(_open.get() + 1)


def leave(entered: Token[int]) -> None:
    _open.reset(entered)
