"""Passwords: what is good enough, and how they are kept (bcrypt)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import unicodedata

import bcrypt

from common.errors import Invalid

SHORTEST = 12
# Different ones: "aaaaaaaaaaaa" and "121212121212" are on every list.
FEWEST_LETTERS = 5
# Without 0 and o, 1, l and i: people copy a password from paper and would confuse them.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
_COMMON_PARTS = (
    "password",
    "passw0rd",
    "qwerty",
    "asdfgh",
    "zxcvbn",
    "123456",
    "abcdef",
    "letmein",
    "welcome",
    "iloveyou",
    "administrator",
    "renraku",
    "gakkou",
    "sensei",
    "nippon",
)
FEWEST_BESIDE_COMMON = 8


def check_password(text: str, *, mail: str, shortest: int = SHORTEST) -> None:
    """Raise Invalid `password_weak` for a password that is easy to guess.

    That is a short one, a common one, or one made of the mail address. `shortest`: the fewest
    characters that its owner's school allows.
    """
    folded = spelt(text).lower()
    rest = folded
    for part in _COMMON_PARTS:
        rest = rest.replace(part, "")
    is_common = rest != folded and len(rest) < FEWEST_BESIDE_COMMON
    local = mail.partition("@")[0].strip().lower()
    holds_mail = len(local) >= 3 and local in folded
    if len(folded) < shortest:
        problem = "too_short"
    elif is_common or len(set(folded)) < FEWEST_LETTERS:
        problem = "common"
    elif holds_mail and len(folded) - len(local) < FEWEST_BESIDE_COMMON:
        problem = "personal"
    else:
        return
    raise Invalid(
        "password_weak",
        "The password is too easy to guess.",
        fields={"password": problem, "shortest": shortest},
    )


def make_password() -> str:
    """Return a password that can be read from paper: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))


def hash_password(text: str, cost: int) -> str:
    """Return the bcrypt hash to keep."""
    return bcrypt.hashpw(_shortened(text), bcrypt.gensalt(cost)).decode()


def password_matches(text: str, password_hash: str) -> bool:
    return bcrypt.checkpw(_shortened(text), password_hash.encode())


def cost_of(password_hash: str) -> int:
    """Return the cost that a hash was made with (`$2b$12$…` → 12)."""
    return int(password_hash.split("$")[2])


def spelt(text: str) -> str:
    """Return a password as it is checked and kept, however it was typed."""
    # A phone's Japanese keyboard types full-width letters: they would be another password.
    return unicodedata.normalize("NFKC", text)


def _shortened(text: str) -> bytes:
    """Return 44 bytes for a password of any length.

    bcrypt reads 72 bytes at most and stops at a NUL; base64 has none.
    """
    return base64.b64encode(hashlib.sha256(spelt(text).encode()).digest())
