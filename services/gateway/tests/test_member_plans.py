"""A status that is planned for a day to come, on the pages of one person (DIR-12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses

from gateway.clients.calls import CHANGE_MEMBER, DROP_PLAN

PLANNED = "12月24日（木）に転出の予定"


@pytest.fixture(autouse=True)
def _first_of_december(time_machine: Any) -> None:
    time_machine.move_to(datetime.fromisoformat("2026-12-01T09:00:00+09:00"))


def plan(houses: FakeHouses, since: str) -> str:
    child = houses.members[0]["id"]
    houses.change_behind(child, planned_status="transferred", planned_since=since)
    return f"/members/{child}"


def test_a_day_to_come_goes_to_the_roster_as_typed(houses: FakeHouses, deputy: Browser) -> None:
    child = houses.members[0]["id"]
    typed = {"status": "transferred", "status_since": "2026-12-24"}
    deputy.open(f"/members/{child}/edit").press(form=f"/members/{child}", **typed)
    [sent] = [request["json"] for asked, request in houses.asked if asked == CHANGE_MEMBER]
    assert sent == {**typed, "version": "1"}


def test_the_plan_stands_on_the_page_and_is_dropped_there(
    houses: FakeHouses, deputy: Browser
) -> None:
    page = plan(houses, "2026-12-24")
    deputy.open(page)
    assert PLANNED in deputy.words
    deputy.press(form=f"{page}/drop-plan")
    assert "予定を取りやめました。" in deputy.words
    assert PLANNED not in deputy.words
    assert [asked for asked, _ in houses.asked if asked == DROP_PLAN] == [DROP_PLAN]


def test_a_plan_that_was_refused_on_its_day_says_what_to_do(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open(plan(houses, "2026-12-01"))
    assert "12月1日（火）に転出の予定でしたが、まだ変わっていません。" in deputy.words
    assert "契約の人数に達していないかを確かめてください。" in deputy.words


def test_who_may_not_change_the_roster_sees_the_plan_and_no_button(
    houses: FakeHouses, teacher: Browser
) -> None:
    teacher.open(plan(houses, "2026-12-24"))
    assert PLANNED in teacher.words
    assert "予定を取りやめる" not in teacher.words
