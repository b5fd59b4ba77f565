"""Sign-ins leave half the threads to open sessions, or identity does not start (ID-1, ADR 32)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.config import SettingsRefused
from common.hashing import HashingPlaces
from identity import config
from identity.config import Settings


def load(**more: Any) -> Settings:
    said = {
        "database_url": "x",
        "bus_url": "x",
        "keys_dir": Path("k"),
        "keyring_dir": Path("r"),
        "base_url": "http://x",
    }
    return Settings.load(**said, **more)


@pytest.mark.parametrize(
    ("cores", "threads", "processes", "places"),
    [
        (1, 8, 0, HashingPlaces(1, 2)),
        (2, 8, 0, HashingPlaces(1, 2)),
        (4, 8, 0, HashingPlaces(2, 1)),
        (16, 8, 0, HashingPlaces(3, 0)),
        (16, 32, 1, HashingPlaces(8, 7)),
        (16, 32, 4, HashingPlaces(2, 13)),
        (2, 16, 0, HashingPlaces(1, 6)),
        (2, 4, 0, HashingPlaces(1, 0)),
    ],
)
def test_half_the_cores_check_passwords_as_far_as_half_the_threads_go(
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    threads: int,
    processes: int,
    places: HashingPlaces,
) -> None:
    monkeypatch.setattr(config.os, "sched_getaffinity", lambda _: set(range(cores)))
    settings = load(web_threads=threads, web_processes=processes)
    assert settings.staff_places == places
    assert places.together + config.OPERATORS_SLOTS <= threads // 2


@pytest.mark.parametrize(
    "said",
    [
        {"hashing_slots": 2, "hashing_waiting": 8},
        {"hashing_slots": 4},
        {"hashing_slots": 1, "hashing_waiting": 3},
        {"web_threads": 3},
    ],
)
def test_sign_ins_that_could_hold_every_thread_are_refused_in_words(said: dict[str, int]) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load(**said)
    for name in ("RENRAKU_HASHING_SLOTS", "RENRAKU_HASHING_WAITING", "RENRAKU_WEB_THREADS"):
        assert name in str(refused.value)


def test_a_network_that_is_none_is_refused_when_the_house_starts() -> None:
    assert len(load(networks_never_slowed=["198.51.100.0/24"]).networks_never_slowed) == 1
    with pytest.raises(SettingsRefused, match="RENRAKU_NETWORKS_NEVER_SLOWED"):
        load(networks_never_slowed=["198.51.100.7/24"])


CITY = {
    "city_issuer": "https://login.microsoftonline.com/7f3c/v2.0",
    "city_client_id": "renraku",
    "city_client_secret": "hidden",
    "city_name": "みなも市のアカウント",
    "city_mail_domains": ["City.example"],
}


def test_no_provider_is_offered_unless_one_is_named() -> None:
    assert load().city is None
    named = load(**CITY).city
    assert named is not None
    assert named.mail_domains == {"city.example"}
    assert "hidden" not in repr(named)
    assert "hidden" not in repr(load(**CITY))


@pytest.mark.parametrize("name", CITY)
def test_a_provider_that_is_named_by_half_is_refused_with_what_is_missing(name: str) -> None:
    with pytest.raises(SettingsRefused, match=f"RENRAKU_{name.upper()}"):
        load(**{**CITY, name: type(CITY[name])()})


@pytest.mark.parametrize(
    ("issuer", "is_taken"),
    [
        ("https://accounts.google.com", True),
        ("http://localhost:8000/town/city", True),
        ("http://127.0.0.1:8000/town/city", True),
        ("http://[::1]:8000/town/city", True),
        ("http://accounts.google.com", False),
        ("http://10.0.0.7/", False),
        ("http://localhost.example/", False),
        ("https://", False),
        ("ftp://localhost/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_a_provider_is_asked_by_https_or_on_this_machine(issuer: str, is_taken: bool) -> None:
    said = {**CITY, "city_issuer": issuer}
    if is_taken:
        assert load(**said).city is not None
        return
    with pytest.raises(SettingsRefused, match="https://"):
        load(**said)


def test_a_provider_elsewhere_cannot_have_this_machine_asked() -> None:
    elsewhere = load(**CITY).city
    here = load(**{**CITY, "city_issuer": "http://localhost:8000/town/city"}).city
    assert elsewhere is not None
    assert here is not None
    assert not elsewhere.may_be_asked("http://127.0.0.1:15672/api")
    assert here.may_be_asked("http://localhost:8000/town/city/keys")
    assert not here.may_be_asked("http://10.0.0.7/keys")


def test_who_comes_back_leaves_threads_to_who_is_signed_in() -> None:
    for threads in (4, 8, 32):
        settings = load(web_threads=threads)
        passwords = settings.staff_places.together + config.OPERATORS_SLOTS
        assert passwords + settings.city_places < threads
