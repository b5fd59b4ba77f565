"""A machine's clock is compared with the database's.

One that is off neither claims nor sweeps, and comes back by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from common import clock
from common.db import clock_check
from common.db.clock_check import ClockCheck, ClockOff
from common.db.database import DatabaseAway


class There:
    """A database's clock, so far behind ours."""

    def __init__(self) -> None:
        self.behind = 0.0
        self.is_away = False
        self.asked = 0

    def ask(self) -> datetime:
        self.asked += 1
        if self.is_away:
            raise DatabaseAway(Exception("away"))
        return clock.of_machine() - timedelta(seconds=self.behind)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[There]:
    monkeypatch.setattr(clock_check, "ASK_AGAIN_SECONDS", 0.0)
    yield There()
    clock.trust_machine()


def check_of(there: There) -> ClockCheck:
    check = ClockCheck(there.ask)
    check.begin("owls", 5)
    return check


@pytest.mark.parametrize("behind", [200.0, -200.0])
def test_a_clock_that_is_off_demands_in_vain_until_it_is_right_again(
    there: There, behind: float
) -> None:
    there.behind = behind
    check = check_of(there)
    with pytest.raises(ClockOff):
        check.demand()
    there.behind = 0.0
    check.demand()


@pytest.mark.parametrize("behind", [200.0, -200.0])
def test_while_a_clock_is_off_the_time_is_the_databases(there: There, behind: float) -> None:
    """A next try written 200 s ahead would keep a delivery waiting for as long.

    A deadline judged so would expire it unsent.
    """
    there.behind = behind
    check = check_of(there)
    assert not check.is_right()
    assert abs(clock.now() - there.ask()) < timedelta(seconds=1)
    there.behind = 0.0
    assert check.is_right()
    assert abs(clock.now() - clock.of_machine()) < timedelta(seconds=1)


def test_a_clock_that_is_right_is_compared_once_a_minute(there: There) -> None:
    check = check_of(there)
    for _ in range(100):
        check.demand()
    assert there.asked == 1


def test_a_slow_answer_is_not_taken_for_a_wrong_clock(there: There) -> None:
    def late() -> datetime:
        threading.Event().wait(0.3)
        return there.ask()

    check = ClockCheck(late)
    check.begin("owls", 0.1)
    assert check.is_right()


def test_while_the_database_is_away_a_clock_is_what_it_was(there: There) -> None:
    check = check_of(there)
    assert check.is_right()
    there.is_away = True
    assert check.is_right()


def test_without_a_limit_nobody_asks(there: There) -> None:
    there.behind = 200.0
    assert ClockCheck(there.ask).is_right()
    assert there.asked == 0
