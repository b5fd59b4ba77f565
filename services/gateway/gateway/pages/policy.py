"""What a page may load and ask, as its Content-Security-Policy says it (trust.md).

Everything is our own. One page is let further, and only where the operator has set up Firebase: the
one on which a phone registers there.
"""

from __future__ import annotations

from flask import g

STRICT = (
    "default-src 'self'",
    # Bootstrap's check marks and arrows are data: pictures in its style sheet.
    "img-src 'self' data:",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'none'",
)
# Where Firebase's scripts ask for an installation and for its token.
FIREBASE_HOSTS = (
    "https://firebaseinstallations.googleapis.com",
    "https://fcmregistrations.googleapis.com",
)


def allow_firebase(scripts: str) -> None:
    """Let the page that is being made load Firebase's scripts from this folder, and these ask."""
    g.firebase_scripts = scripts


def of_page() -> str:
    """Return the policy of the page that is being answered."""
    lines = list(STRICT)
    if "firebase_scripts" in g:
        hosts = " ".join(FIREBASE_HOSTS)
        lines.append(f"script-src 'self' {g.firebase_scripts}")
        lines.append(f"connect-src 'self' {hosts}")
    return "; ".join(lines)
