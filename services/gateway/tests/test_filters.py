"""What templates put behind a `|`: each filter stands in the table and is used (MY-5)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import time_machine
from flask import Flask

import gateway
from gateway.pages import filters

TEMPLATES = Path(gateway.__file__).parent / "templates"
NOW = "2026-11-24T03:00:00+00:00"
TODAY = "2026-11-23T22:05:31+00:00"
LAST_YEAR = "2025-03-23T22:05:31+00:00"


def own_filters() -> set[str]:
    """Return the filters that a plain application has only after ours were installed."""
    plain = Flask("plain")
    before = set(plain.jinja_env.filters)
    filters.install(plain)
    return set(plain.jinja_env.filters) - before


def test_every_filter_stands_in_the_table_with_what_it_shows() -> None:
    table = set(re.findall(r"^\| `(\w+)`", str(filters.__doc__), re.MULTILINE))
    assert table == own_filters()


def test_every_filter_is_used_by_a_template() -> None:
    texts = "\n".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r"\|\s*(\w+)", texts))
    assert own_filters() - used == set()


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("short_date", TODAY, "11月24日（火）"),
        ("short_date", "2026-11-24", "11月24日（火）"),
        ("short_date", LAST_YEAR, "令和7年3月24日（月）"),
        ("full_date", "2026-11-24", "令和8年11月24日（火）"),
        ("time_of_day", TODAY, "7:05"),
        ("time_to_second", TODAY, "7:05:31"),
        ("short_moment", TODAY, "7:05"),
        ("short_moment", LAST_YEAR, "令和7年3月24日（月）7:05"),
        ("date_and_time", TODAY, "11月24日（火） 7:05"),
        ("machine_time", TODAY, "2026-11-24T07:05:31+09:00"),
    ],
)
def test_a_filter_shows_what_its_name_says(app: Flask, name: str, value: str, shown: str) -> None:
    with app.test_request_context("/"), time_machine.travel(NOW, tick=False):
        assert app.jinja_env.filters[name](value) == shown
