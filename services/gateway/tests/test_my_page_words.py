"""What is said of how a family is reached (MY-2)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_my_page import make_point
from flask import Flask
from test_my_page import mother

from gateway.domain.my_page import own_point, reach_of_family

__all__ = ["mother"]


@pytest.mark.parametrize(
    ("points", "word"),
    [
        ([], "none"),
        ([make_point("a", "a", proved_at=None)], "unproved"),
        ([make_point("a", "a")], "reached"),
        ([make_point("a", "a"), make_point("b", "b", proved_at=None)], "reached"),
        ([make_point("a", "a", health={"code": "user_unknown", "since": None})], "dead"),
        (
            [make_point("a", "a"), make_point("b", "b", health={"code": "blocked", "since": None})],
            "doubtful",
        ),
    ],
)
def test_the_line_above_the_list_says_what_is_known(points: list, word: str) -> None:  # type: ignore[type-arg]
    assert reach_of_family([own_point(point) for point in points]).word == word


def test_help_is_there_for_everybody(mother: Browser, app: Flask) -> None:
    for client in (mother.client, app.test_client()):
        for language in ("ja", "en"):
            answer = client.get(f"/m/help?lang={language}")
            assert answer.status_code == 200
