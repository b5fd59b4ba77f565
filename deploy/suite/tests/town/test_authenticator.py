"""The town's authenticator shows the code by which the demo's operator signs in (ID-10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
import time_machine
from flask.testing import FlaskClient

from suite.demo import operator
from suite.town.control import RelayControl
from suite.town.mailboxes import Mailboxes
from suite.town.pages import create_town_app

MOMENT = datetime(2026, 11, 2, 3, 0, 12, tzinfo=UTC)


@pytest.fixture
def mailboxes(tmp_path: Path) -> Iterator[Mailboxes]:
    with closing(Mailboxes(tmp_path / "town.db")) as boxes:
        yield boxes


@pytest.fixture
def page(mailboxes: Mailboxes) -> FlaskClient:
    return create_town_app(
        mailboxes, RelayControl(), authenticator=operator.authenticator_address()
    ).test_client()


def digits(html: str) -> str:
    found = re.search(r'class="digits">(\d{3}) (\d{3})<', html)
    assert found is not None
    return found[1] + found[2]


def test_the_code_of_this_half_minute_is_shown_with_the_seconds_left(page: FlaskClient) -> None:
    with time_machine.travel(MOMENT, tick=False):
        html = page.get("/town/authenticator").text
        code = page.get("/town/authenticator-code").text
    assert digits(html) == digits(code) == pyotp.TOTP(operator.SECRET).at(MOMENT)
    assert "あと 18秒" in html
    assert operator.MAIL in html


def test_without_javascript_the_page_comes_anew_with_the_next_code(page: FlaskClient) -> None:
    with time_machine.travel(MOMENT, tick=False):
        html = page.get("/town/authenticator").text
    assert '<noscript><meta http-equiv="refresh" content="18"></noscript>' in html
    assert 'href="/town/authenticator"' in html


def test_every_page_of_the_town_leads_there_and_a_town_without_an_operator_has_no_such_page(
    page: FlaskClient, mailboxes: Mailboxes
) -> None:
    assert 'href="/town/authenticator"' in page.get("/town/").text
    without = create_town_app(mailboxes, RelayControl()).test_client()
    assert without.get("/town/authenticator").status_code == 404
    assert "運営者の電話" not in without.get("/town/").text
