"""Which words on the use of addresses are shown to families and agreed to (DIR-16)."""

from __future__ import annotations

# Of the words in the gateway's templates/guardian/registration/parts/terms.html: who changes them
# gives them a new version, and families agree anew.
TERMS_VERSION = "2026-12"
