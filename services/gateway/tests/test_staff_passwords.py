"""Temporary passwords: never of oneself, refused by name, put on slips (ID-4, ID-5)."""

from __future__ import annotations

from typing import Any

import pytest
from browser import Browser
from fake_accounts import OWN_ID
from fake_houses import FakeHouses

from gateway.domain import log
from gateway.pages.staff import passwords


def test_nobody_issues_a_temporary_password_to_themselves(
    staffed: FakeHouses, deputy: Browser
) -> None:
    staffed.people[2]["id"] = OWN_ID
    own_page = deputy.open(f"/accounts/{OWN_ID}")
    assert "自分のパスワードを変える" in own_page.words
    assert "/passwords/issue" not in own_page.html
    everybody = [one["id"] for one in staffed.people]
    token = dict(deputy.open("/passwords").form("").fields)["csrf_token"]
    deputy.post("/passwords/issue", {"csrf_token": token, "account": everybody})
    assert deputy.status == 403
    said = "山下 明子 さん：自分のパスワードは、「自分の情報」で変えてください。"
    assert f"{said}まだ、だれにも発行していません。" in deputy.words
    fields = deputy.form("").fields
    assert sorted(value for name, value in fields if name == "account") == sorted(everybody)
    assert [one["password_state"] for one in staffed.people] == ["valid", "chosen", "chosen"]


def test_a_slip_says_the_address_of_the_settings_and_the_length_that_the_school_demands(
    staffed: FakeHouses, deputy: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[dict[str, str]] = []

    def remember(slips: Any, header: dict[str, str], at: Any) -> bytes:
        printed.append(header)
        return print_slips(slips, header, at)

    print_slips = passwords.print_slips
    monkeypatch.setattr(passwords, "print_slips", remember)
    staffed.set_up["password_length"] = 16
    token = dict(deputy.open("/passwords").form("").fields)["csrf_token"]
    chosen = {"csrf_token": token, "account": [staffed.people[0]["id"]]}
    slips = deputy.client.post("/passwords/slips.pdf", data=chosen)
    assert slips.data.startswith(b"%PDF")
    (header,) = printed
    assert header["address"] == "http://localhost:8000/sign-in"
    assert header["shortest"] == "16"


def test_a_look_at_passwords_is_not_called_an_export_alone() -> None:
    assert "見ました" in log.action_words("passwords.exported")
