"""What everybody sends: about 4 kB of mail on the wire.

It goes to families of a few domains that no carrier's pace limits.
"""

from __future__ import annotations

MAIL_BYTES = 4096
SUBJECT = "持久走記録会のお知らせ"
# Ours goes out twice (plain, HTML) in base64, with links and headers around it.
BODY = "体操服と水筒をご用意ください。" * 3
DOMAINS = 5
LINE_TOKEN = "bench-line-token"


def address(number: int) -> str:
    """Return the address of one family."""
    return f"family{number}@mail{number % DOMAINS}.test"
