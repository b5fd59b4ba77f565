"""What several schemas say of a field."""

from __future__ import annotations

from marshmallow import validate

MAIL = validate.Regexp(r"\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*\Z", error="not_an_address")
# Checked before any hashing: a megabyte is no password.
LONGEST_PASSWORD = 256
