"""What people copy from paper, and how it is compared."""

from __future__ import annotations

from common.passwords import spelt


def fold_copied(text: str) -> bytes:
    """Return what was copied from paper as it is compared: however it was spelt and grouped."""
    plain = spelt(text).lower()
    return "".join(plain.replace("-", "").split()).encode()
