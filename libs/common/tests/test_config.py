"""Settings that have no default, because a wrong one would be worse than none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.config import PublicSettings, SettingsRefused

GIVEN: dict[str, Any] = {
    "database_url": "sqlite://",
    "bus_url": "memory://",
    "keys_dir": Path("keys"),
}


@pytest.fixture(autouse=True)
def _no_address_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENRAKU_BASE_URL", raising=False)


def test_a_house_whose_links_people_open_does_not_start_without_its_address() -> None:
    with pytest.raises(SettingsRefused, match="RENRAKU_BASE_URL"):
        PublicSettings.load(**GIVEN)


@pytest.mark.parametrize("address", ["", "renraku.example", "ftp://renraku.example", "https://"])
def test_what_is_no_address_of_a_site_is_refused(address: str) -> None:
    with pytest.raises(SettingsRefused, match="RENRAKU_BASE_URL"):
        PublicSettings.load(**GIVEN, base_url=address)


@pytest.mark.parametrize(
    ("address", "is_secure"), [("https://renraku.example", True), ("http://localhost:8000", False)]
)
def test_an_address_says_whether_cookies_are_bound_to_https(address: str, is_secure: bool) -> None:
    assert PublicSettings.load(**GIVEN, base_url=address).is_secure is is_secure
