"""The days after a contract's end, over year ends, leap days and midnight in Japan (RET-1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retention_house import start_of

from retention.domain.calendar import Calendar, day_of, last_backup_leaves
from retention.domain.words import Alarm

days = st.dates(date(2024, 1, 1), date(2060, 12, 31))
graces = st.integers(0, 38)
EARLIEST, LATEST = (datetime(year, 1, 1) for year in (2024, 2060))  # noqa: DTZ001  # hypothesis adds the zone itself


@pytest.mark.parametrize(
    ("ended_on", "read_only_until", "erases_on", "erased_by", "gone_by"),
    [
        # as screens.md tells a school: 令和9年3月31日 … 4月30日 … 5月1日 … 6月9日
        (
            date(2027, 3, 31),
            date(2027, 4, 30),
            date(2027, 5, 1),
            date(2027, 5, 9),
            date(2027, 6, 9),
        ),
        (
            date(2026, 12, 31),
            date(2027, 1, 30),
            date(2027, 1, 31),
            date(2027, 2, 8),
            date(2027, 3, 11),
        ),
        (
            date(2027, 12, 20),
            date(2028, 1, 19),
            date(2028, 1, 20),
            date(2028, 1, 28),
            date(2028, 2, 28),
        ),
        (
            date(2028, 1, 31),
            date(2028, 3, 1),
            date(2028, 3, 2),
            date(2028, 3, 10),
            date(2028, 4, 10),
        ),  # a leap year
        (
            date(2027, 1, 31),
            date(2027, 3, 2),
            date(2027, 3, 3),
            date(2027, 3, 11),
            date(2027, 4, 11),
        ),
        (
            date(2028, 2, 29),
            date(2028, 3, 30),
            date(2028, 3, 31),
            date(2028, 4, 8),
            date(2028, 5, 9),
        ),
    ],
)
def test_the_usual_thirty_days_are_these_dates(
    ended_on, read_only_until, erases_on, erased_by, gone_by
) -> None:
    calendar = Calendar(ended_on, 30)
    assert (calendar.read_only_until, calendar.erases_on, calendar.erased_by, calendar.gone_by) == (
        read_only_until,
        erases_on,
        erased_by,
        gone_by,
    )


@given(days, st.integers(1, 38))
def test_the_rows_go_on_the_day_after_the_last_granted_one(ended_on: date, grace_days: int) -> None:
    calendar = Calendar(ended_on, grace_days)
    assert calendar.day(ended_on) == 0
    assert calendar.day(calendar.erases_on) == grace_days + 1
    assert calendar.read_only_until is not None
    assert calendar.day(calendar.read_only_until) == grace_days


@given(days)
def test_without_grace_the_rows_go_at_once(ended_on: date) -> None:
    assert (Calendar(ended_on, 0).erases_on, Calendar(ended_on, 0).read_only_until) == (
        ended_on,
        None,
    )


@given(days, graces)
def test_whatever_grace_is_granted_the_last_backup_leaves_in_time(
    ended_on: date, grace_days: int
) -> None:
    calendar = Calendar(ended_on, grace_days)
    assert calendar.erases_on <= calendar.erased_by
    assert calendar.day(last_backup_leaves(calendar.erased_by)) == 69
    assert last_backup_leaves(calendar.erased_by) < calendar.gone_by


@given(days)
def test_a_day_begins_at_midnight_in_japan(day: date) -> None:
    start = start_of(day)
    assert start.tzinfo is UTC
    assert (day_of(start), day_of(start - timedelta(microseconds=1))) == (
        day,
        day - timedelta(days=1),
    )
    assert start_of(day + timedelta(days=1)) - start == timedelta(hours=24)


@given(st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC)))
def test_every_moment_lies_in_its_own_day(moment: datetime) -> None:
    assert start_of(day_of(moment)) <= moment < start_of(day_of(moment) + timedelta(days=1))


def test_the_alarms_of_the_usual_thirty_days_sound_on_days_33_37_and_39() -> None:
    calendar = Calendar(date(2027, 3, 31), 30)
    heard = {day: calendar.alarm(calendar.ended_on + timedelta(days=day)) for day in range(28, 45)}
    assert [day for day, alarm in heard.items() if alarm is Alarm.NONE] == list(range(28, 33))
    assert [day for day, alarm in heard.items() if alarm is Alarm.FIRST] == [33, 34, 35, 36]
    assert [day for day, alarm in heard.items() if alarm is Alarm.SECOND] == [37, 38]
    assert {heard[day] for day in range(39, 45)} == {Alarm.HARD}


@given(days, graces, st.integers(-10, 80))
def test_an_alarm_only_climbs_and_never_sounds_before_the_day(
    ended_on: date, grace_days: int, day: int
) -> None:
    calendar, today = Calendar(ended_on, grace_days), ended_on + timedelta(days=day)
    assert calendar.alarm(today) <= calendar.alarm(today + timedelta(days=1))
    if today < calendar.erases_on:
        assert calendar.alarm(today) is Alarm.NONE
    if day >= 39:
        assert calendar.alarm(today) is Alarm.HARD


@given(days, graces, st.integers(-10, 80))
def test_the_day_of_alarms_is_the_day_itself_with_the_usual_grace(
    ended_on: date, grace_days: int, day: int
) -> None:
    today = ended_on + timedelta(days=day)
    assert Calendar(ended_on, 30).alarm_day(today) == day
    if today < Calendar(ended_on, grace_days).erases_on:
        assert Calendar(ended_on, grace_days).alarm_day(today) <= 30


def test_an_erasure_without_grace_is_late_after_two_days() -> None:
    calendar = Calendar(date(2027, 3, 31), 0)
    assert [calendar.alarm(date(2027, 4, day)) for day in (1, 2, 6, 8)] == [
        Alarm.NONE,
        Alarm.FIRST,
        Alarm.SECOND,
        Alarm.HARD,
    ]


@given(days, graces, st.sampled_from([Alarm.FIRST, Alarm.SECOND, Alarm.HARD]))
def test_the_day_named_for_an_alarm_is_the_first_on_which_it_sounds(
    ended_on: date, grace_days: int, alarm: Alarm
) -> None:
    calendar = Calendar(ended_on, grace_days)
    named = calendar.alarm_on(alarm)
    assert calendar.alarm(named) >= alarm
    assert calendar.alarm(named - timedelta(days=1)) < alarm
    assert named <= calendar.erased_by


@pytest.mark.parametrize("days_late", [40, 100, 400])
def test_an_end_long_past_promises_no_day_on_which_todays_backups_still_live(
    days_late: int,
) -> None:
    heard_on = date(2026, 11, 28)
    late = Calendar(heard_on - timedelta(days=days_late), 30, heard_on)
    assert late.erased_by >= heard_on
    assert late.backups_leave_on >= last_backup_leaves(heard_on)
    assert late.gone_by > late.backups_leave_on


def test_an_end_that_is_heard_of_in_time_keeps_its_days() -> None:
    ended_on = date(2027, 3, 31)
    for heard_on in (date(2027, 1, 1), ended_on, ended_on + timedelta(days=31)):
        assert (
            Calendar(ended_on, 30, heard_on).gone_by
            == Calendar(ended_on, 30).gone_by
            == ended_on + timedelta(days=70)
        )


@given(days, st.integers(-3, 60))
def test_thirty_eight_days_of_grace_are_the_longest(ended_on: date, grace_days: int) -> None:
    assert Calendar(ended_on, grace_days).is_short_enough is (0 <= grace_days <= 38)
