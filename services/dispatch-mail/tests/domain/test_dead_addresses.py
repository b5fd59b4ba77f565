"""When refusals mean a dead address: two days in Japan, none of a burst, no mail accepted in
between (DLV-4).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch_mail.domain.dead_addresses import bounds, end_of_judged, is_burst, is_dead


def at(day: int, hour: int = 8) -> datetime:
    """Return an hour of a day of November in Japan."""
    return datetime(2026, 11, day, hour, tzinfo=UTC) - timedelta(hours=9)


@pytest.mark.parametrize(
    ("refused", "accepted", "burst"),
    [
        (19, 0, False),
        (20, 0, True),
        (20, 19, True),
        (20, 20, False),
        (500, 499, True),
        (500, 500, False),
    ],
)
def test_a_burst_is_more_than_half_of_a_days_mails_and_at_least_twenty(
    refused: int, accepted: int, burst: bool
) -> None:
    assert is_burst(refused, accepted) is burst


@pytest.mark.parametrize(
    ("refused_at", "earlier", "accepted_at", "dead"),
    [
        (at(24), [], None, False),
        (at(24), [at(24, 7)], None, False),
        (at(24), [at(23)], None, True),
        (
            at(24, 0),
            [at(23, 23)],
            None,
            True,
        ),  # a minute apart or an hour: the days in Japan differ
        (at(24, 9), [at(24, 0)], None, False),  # two days by UTC, one in Japan
        (at(24), [at(23)], at(23, 9), False),
        (at(24), [at(22), at(23, 10)], at(23, 9), True),
        (at(24), [at(23)], at(22), True),
        (at(24), [at(23)], at(25), False),  # all three judged together, late
    ],
)
def test_an_address_is_dead_at_a_second_refusal_another_day_with_nothing_accepted_since_the_first(
    refused_at: datetime, earlier: list[datetime], accepted_at: datetime | None, dead: bool
) -> None:
    assert is_dead(refused_at, earlier, accepted_at) is dead


def test_a_day_is_judged_an_hour_after_it_is_over_in_japan() -> None:
    first, end = bounds(date(2026, 11, 24))
    assert (first, end) == (at(24, 0), at(25, 0))
    assert end_of_judged(at(25, 0) + timedelta(minutes=59)) == first
    assert end_of_judged(at(25, 1)) == end
