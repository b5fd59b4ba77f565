"""Guessing is counted by place and slowed, and nobody can lock anybody else out (ID-1, ADR 32)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select, update

from common.db import Database
from identity.actions.purge import purge_sign_ins
from identity.app import create_app
from identity.config import Settings
from identity.store.models import LoginTries, School, SignInAttempt

NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
WRONG = "wrong wrong wrong"
_cities = itertools.count(1)


@pytest.fixture
def city() -> str:
    """Return the one address of a city's schools, from which nobody has tried yet."""
    return f"203.0.{next(_cities)}.9"


@pytest.fixture
def known(door, school) -> str:
    """Return the cookie of the administrator's own device."""
    with time_machine.travel(NOON, tick=False):
        return str(door.sign_in(school.administrator_mail).json["device"])


def statuses(answers: Any) -> list[int]:
    return [answer.status_code for answer in answers]


def guess(door: Any, mail: str, times: int, **source: str | None) -> list[int]:
    """Try wrong passwords for a login; return the statuses."""
    return statuses(door.sign_in(mail, WRONG, **source) for _ in range(times))


def spray(door: Any, times: int, address: str) -> list[int]:
    """Try one password for many logins from one address; return the statuses."""
    return statuses(
        door.sign_in(f"{uuid4()}@town.test", WRONG, address=address) for _ in range(times)
    )


def refusal(answer: Any) -> tuple[int, str, dict[str, Any]]:
    error = answer.json["error"]
    return answer.status_code, error["code"], error["fields"]


@pytest.mark.parametrize("exists", [True, False])
def test_ten_wrong_tries_from_one_place_lock_a_login_there_for_half_a_minute(
    door, school, city: str, exists: bool
) -> None:
    mail = school.administrator_mail if exists else f"{uuid4()}@town.test"
    with time_machine.travel(NOON, tick=False):
        assert guess(door, mail, 10, address=city) == [401] * 10
        locked = door.sign_in(mail, address=city)
    assert refusal(locked) == (429, "locked", {"retry_after": 30, "where": "network"})
    assert locked.headers["Retry-After"] == "30"
    with time_machine.travel(NOON + timedelta(seconds=29), tick=False):
        assert door.sign_in(mail, address=city).status_code == 429
    with time_machine.travel(NOON + timedelta(seconds=30), tick=False):
        assert door.sign_in(mail, address=city).status_code == (201 if exists else 401)


def test_each_wrong_try_after_that_doubles_the_lock_to_ten_minutes_at_most(door, city: str) -> None:
    mail = f"{uuid4()}@town.test"
    moment, waits = NOON, []
    with time_machine.travel(moment, tick=False):
        guess(door, mail, 9, address=city)
    for _ in range(7):
        with time_machine.travel(moment, tick=False):
            assert door.sign_in(mail, WRONG, address=city).status_code == 401
            _, _, fields = refusal(door.sign_in(mail, WRONG, address=city))
        waits.append(fields["retry_after"])
        moment += timedelta(seconds=waits[-1])
    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_a_right_password_forgets_the_wrong_ones(door, school, city: str) -> None:
    for _ in range(2):
        assert guess(door, school.administrator_mail, 9, address=city) == [401] * 9
        assert door.sign_in(school.administrator_mail, address=city).status_code == 201


def test_tries_at_the_same_time_are_all_counted(door, school, city: str) -> None:
    def try_once(_: int) -> int:
        answer = door.sign_in(school.administrator_mail, WRONG, address=city)
        return int(answer.status_code)

    with ThreadPoolExecutor(15) as pool:
        assert Counter(pool.map(try_once, range(15))) == {401: 10, 429: 5}


def test_whoever_guesses_at_a_login_elsewhere_locks_its_owner_out_nowhere(
    door, school, city: str, known: str
) -> None:
    mail = school.administrator_mail
    with time_machine.travel(NOON, tick=False):
        assert guess(door, mail, 12, address=city)[-1] == 429
        assert door.sign_in(mail, address=city, device=known).status_code == 201
        assert door.sign_in(mail).status_code == 201, "from another network, a new device too"


def test_after_thirty_wrong_tries_a_known_device_passes_and_a_new_one_waits_seconds(
    door, school, city: str, known: str
) -> None:
    """A city's schools have one address, and one of its computers guesses."""
    mail = school.administrator_mail
    with time_machine.travel(NOON, tick=False):
        assert spray(door, 30, city) == [401] * 30
        assert door.sign_in(mail, address=city, device=known).status_code == 201
        told = refusal(door.sign_in(mail, address=city))
        assert told == (429, "slowed", {"retry_after": 5})
        nobody = door.sign_in(f"{uuid4()}@town.test", address=city)
        assert refusal(nobody) == told, "who is slowed learns of no account"
        assert door.sign_in(mail).status_code == 201, "other networks are not slowed"
    with time_machine.travel(NOON + timedelta(seconds=4), tick=False):
        assert refusal(door.sign_in(mail, address=city)) == (429, "slowed", {"retry_after": 1})
    with time_machine.travel(NOON + timedelta(seconds=5), tick=False):
        assert set(spray(door, 30, city)) == {429}, "whoever goes on guessing waits as well"
        assert door.sign_in(mail, address=city).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(30, 5), (59, 9), (60, 10), (179, 29), (180, 30), (1000, 30)]
)
def test_the_wait_in_a_network_grows_with_its_wrong_tries_and_ends_at_half_a_minute(
    door, database: Database, city: str, wrong: int, seconds: int
) -> None:
    sources = door.app.extensions["house"].staff.sources
    network = sources.read(b"", city, None, now=NOON).network_index
    with database.for_system() as session:
        for _ in range(wrong):
            session.add(SignInAttempt(id=uuid4(), address_index=network, at=NOON))
    mail = f"{uuid4()}@town.test"
    with time_machine.travel(NOON + timedelta(minutes=9), tick=False):
        told = door.sign_in(mail, WRONG, address=city)
    assert refusal(told) == (429, "slowed", {"retry_after": seconds})
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        assert spray(door, 1, city) == [401], "it is calm again"


def test_one_that_was_let_pass_and_was_wrong_waits_again(door, city: str) -> None:
    mail = f"{uuid4()}@town.test"
    with time_machine.travel(NOON, tick=False):
        spray(door, 30, city)
        assert door.sign_in(mail, WRONG, address=city).status_code == 429
    with time_machine.travel(NOON + timedelta(seconds=5), tick=False):
        assert guess(door, mail, 2, address=city) == [401, 429]


def test_a_home_line_with_ipv6_is_one_network_whatever_address_it_takes(door, school) -> None:
    home = f"2001:db8:{next(_cities):x}:7"
    mail = school.administrator_mail
    with time_machine.travel(NOON, tick=False):
        tried = [
            door.sign_in(f"{uuid4()}@town.test", WRONG, address=f"{home}::{number:x}")
            for number in range(1, 41)
        ]
        assert statuses(tried) == [401] * 30 + [429] * 10
        assert door.sign_in(mail, address=f"{home}:ffff::9").status_code == 429
        assert door.sign_in(mail, address=f"{home}1::1").status_code == 201
    other = f"2001:db8:{next(_cities):x}:8"
    with time_machine.travel(NOON, tick=False):
        at_one_login = [
            door.sign_in(mail, WRONG, address=f"{other}::{number:x}") for number in range(1, 13)
        ]
    assert statuses(at_one_login) == [401] * 10 + [429] * 2


def test_an_ipv4_address_is_the_same_however_it_is_written(door, city: str) -> None:
    mail = f"{uuid4()}@town.test"
    with time_machine.travel(NOON, tick=False):
        assert guess(door, mail, 5, address=city) == [401] * 5
        assert guess(door, mail, 6, address=f"::ffff:{city}") == [401] * 5 + [429]


def test_a_staff_room_that_signs_in_from_one_address_is_not_slowed(door, school, city: str) -> None:
    mail = school.administrator_mail
    assert set(statuses(door.sign_in(mail, address=city) for _ in range(35))) == {201}


def test_a_device_has_a_count_of_its_own(door, school, city: str, known: str) -> None:
    mail = school.administrator_mail
    with time_machine.travel(NOON, tick=False):
        assert guess(door, mail, 10, address=city, device=known) == [401] * 10
        locked = door.sign_in(mail, address=city, device=known)
        assert refusal(locked) == (429, "locked", {"retry_after": 30, "where": "device"})
        assert door.sign_in(mail, address=city).status_code == 201, "its network has not tried"
        assert spray(door, 29, city) == [401] * 29
    with time_machine.travel(NOON + timedelta(seconds=30), tick=False):
        assert door.sign_in(mail, address=city, device=known).status_code == 201


def test_a_device_is_new_once_for_each_login_and_known_for_four_hundred_days(
    door, make_school: Callable[[], Any]
) -> None:
    """Two who share the computer of a staff room are both known on it."""
    one, other = (make_school().administrator_mail for _ in range(2))
    with time_machine.travel(NOON, tick=False):
        first = door.sign_in(one).json
        second = door.sign_in(other, device=first["device"]).json
        third = door.sign_in(one, device=second["device"]).json
    assert [answer["new_device"] for answer in (first, second, third)] == [True, True, False]
    with time_machine.travel(NOON + timedelta(days=400, seconds=-1), tick=False):
        late = [door.sign_in(mail, device=third["device"]).json for mail in (one, other)]
    assert [answer["new_device"] for answer in late] == [False, False]
    with time_machine.travel(NOON + timedelta(days=400), tick=False):
        assert door.sign_in(other, device=third["device"]).json["new_device"]


def test_a_device_keeps_the_last_eight_logins(door, make_school: Callable[[], Any]) -> None:
    mails = [make_school().administrator_mail for _ in range(9)]
    device = None
    for mail in mails:
        device = door.sign_in(mail, device=device).json["device"]
    newest = [door.sign_in(mail, device=device).json["new_device"] for mail in mails]
    assert newest == [True] + [False] * 8


@pytest.mark.parametrize("case", ["forged", "foreign", "expired", "operators", "nonsense", "cut"])
def test_a_device_that_identity_does_not_know_is_a_strangers(
    door, make_school: Callable[[], Any], operator, city: str, case: str
) -> None:
    mail, foreign = (make_school().administrator_mail for _ in range(2))
    with time_machine.travel(NOON - timedelta(days=400), tick=False):
        expired = door.sign_in(mail).json["device"]
    with time_machine.travel(NOON, tick=False):
        own = door.sign_in(mail).json["device"]
        devices = {
            "forged": ("B" if own[0] == "A" else "A") + own[1:],
            "foreign": door.sign_in(foreign).json["device"],
            "expired": expired,
            "operators": operator.sign_in(operator.code()).json["device"],
            "nonsense": "あ.…=.%00",
            "cut": own[:-1],
        }
        device = devices[case]
        assert guess(door, mail, 10, address=city, device=device) == [401] * 10
        _, code, fields = refusal(door.sign_in(mail, address=city, device=device))
        assert (code, fields["where"]) == ("locked", "network")
        assert door.sign_in(mail, device=device).json["new_device"]
        assert door.sign_in(mail, address=city, device=own).status_code == 201


def test_networks_that_the_installation_names_are_never_slowed(
    settings: Settings, database: Database, door, school, city: str
) -> None:
    lists = {"networks_never_slowed": (ip_network(f"{city}/24", strict=False),)}
    app = create_app(settings.model_copy(update=lists), database=database)
    listing = replace(door, app=app)
    with time_machine.travel(NOON, tick=False):
        assert spray(listing, 40, city) == [401] * 40
        assert listing.sign_in(school.administrator_mail, address=city).status_code == 201
        mail = f"{uuid4()}@town.test"
        assert guess(listing, mail, 11, address=city)[-1] == 429, "a login counts there as well"


def test_a_schools_own_networks_do_not_slow_its_own_accounts(
    door, make_school: Callable[[], Any], database: Database, city: str
) -> None:
    own, other = make_school(), make_school()
    networks = ["2001:db8::/48", f"{city}/32"]
    with database.for_system() as session:
        session.execute(update(School).where(School.id == own.id).values(networks=networks))
    with time_machine.travel(NOON, tick=False):
        assert spray(door, 30, city) == [401] * 30
        assert door.sign_in(own.administrator_mail, address=city).status_code == 201
        assert door.sign_in(other.administrator_mail, address=city).status_code == 429


def test_what_is_kept_against_guessing_goes_and_locks_stay(door, database, city: str) -> None:
    guessed, waiting = f"{uuid4()}@town.test", f"{uuid4()}@town.test"
    with time_machine.travel(NOON, tick=False):
        spray(door, 30, city)
        guess(door, waiting, 1, address=city)
    with time_machine.travel(NOON + timedelta(minutes=9), tick=False):
        guess(door, guessed, 1)
    counts = []
    for minutes in (0, 10, 24 * 60, 24 * 60 + 10):
        with database.for_system() as session:
            purge_sign_ins(session, now=NOON + timedelta(minutes=minutes))
            counts.append(session.scalar(select(func.count()).select_from(LoginTries)))
    before, empty_gone, day_gone, all_gone = counts
    assert empty_gone < before
    assert day_gone < empty_gone
    assert all_gone < day_gone
