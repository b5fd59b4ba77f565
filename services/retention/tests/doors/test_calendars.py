"""The days that would follow, before a contract is ended (RET-1)."""

from __future__ import annotations

import pytest
from retention_house import House

USUAL = {
    "ended_on": "2027-03-31",
    "grace_days": 30,
    "read_only_until": "2027-04-30",
    "erases_on": "2027-05-01",
    "first_alarm_on": "2027-05-03",
    "second_alarm_on": "2027-05-07",
    "hard_alarm_on": "2027-05-09",
    "erased_by": "2027-05-09",
    "backups_leave_on": "2027-06-08",
    "gone_by": "2027-06-09",
}


def test_the_days_of_an_end_are_told_before_it_is_one(house: House) -> None:
    assert house.get("/calendars?ended_on=2027-03-31&grace_days=30").json == USUAL


def test_without_grace_nothing_lies_between_the_end_and_the_erasure(house: House) -> None:
    shown = house.get("/calendars?ended_on=2027-03-31&grace_days=0").json
    assert (shown["read_only_until"], shown["erases_on"], shown["hard_alarm_on"]) == (
        None,
        "2027-03-31",
        "2027-04-08",
    )


@pytest.mark.parametrize("grace_days", [39, -1])
def test_grace_that_would_leave_the_backups_too_late_is_refused(
    house: House, grace_days: int
) -> None:
    answer = house.get(f"/calendars?ended_on=2027-03-31&grace_days={grace_days}")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "end_invalid")
    assert answer.json["error"]["fields"] == {"grace_days": "out_of_range"}


@pytest.mark.parametrize(
    "query", ["", "?ended_on=2027-02-30&grace_days=30", "?ended_on=9999-12-31&grace_days=30"]
)
def test_what_is_no_day_is_refused(house: House, query: str) -> None:
    assert house.get(f"/calendars{query}").status_code == 422


@pytest.mark.parametrize("name", ["gateway", "messaging"])
def test_no_house_asks_in_its_own_name(house: House, name: str) -> None:
    assert house.get("/calendars?ended_on=2027-03-31&grace_days=30", name=name).status_code == 403
