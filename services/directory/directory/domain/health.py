"""What is known of a contact point's health: {"code": a word or None for well, "since": when it became so}."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def moment_of(health: Mapping[str, Any]) -> datetime:
    """Return since when; a roster brings a day without a time, or nothing, and anything later goes before it."""
    try:
        moment = datetime.fromisoformat(str(health.get("since") or ""))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
