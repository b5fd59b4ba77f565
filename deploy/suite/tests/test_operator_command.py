"""`renraku operator add` when its first answer is lost on the way (ID-10)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import httpx
import pyotp
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from common import clock
from common.db import Database
from common.keys import Keys
from common.web import client
from common.web.client import ServiceClient
from identity.app import create_app
from suite.cli_operator import operator
from suite.houses import HOUSES

MAIL = "nakata@town.test"


@dataclass
class LosingTransport(httpx.BaseTransport):
    """The way to identity, on which the answers to the first POSTs are lost.

    `fails`: how, one after the other.
    """

    app: Flask
    fails: list[type[httpx.TransportError]] = field(default_factory=list)
    lost: list[bytes] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = httpx.WSGITransport(self.app).handle_request(request)
        if request.method == "POST" and self.fails:
            self.lost.append(response.read())
            raise self.fails.pop(0)("The answer is lost.", request=request)
        return response


@pytest.fixture
def way(identity: Database, monkeypatch: pytest.MonkeyPatch) -> LosingTransport:
    """Give the way to a new identity, which the command is told of by its environment."""
    monkeypatch.setenv("RENRAKU_SERVICE_URL", "http://{service}")
    made = LosingTransport(create_app(HOUSES["identity"].settings(), database=identity))
    monkeypatch.setitem(client.transports, "identity", made)
    return made


def add() -> Result:
    return CliRunner().invoke(operator, ["add", MAIL, "--name", "中田 亮"])


def signs_in(shown: str) -> bool:
    """Return whether the password and the second factor that were shown let somebody sign in."""
    password = re.search(r"パスワード：(\S+)", shown)
    address = re.search(r"otpauth://totp/\S+", shown)
    assert password is not None
    assert address is not None
    code = pyotp.parse_uri(address[0]).at(clock.now())
    settings = HOUSES["identity"].settings()
    gateway = ServiceClient("identity", "http://identity", Keys(settings.keys_dir, "gateway"))
    words = {"mail": MAIL, "password": password[1], "code": code, "remote_address": "192.0.2.1"}
    return bool(gateway.call("POST", "/operator-sessions", json=words)["session_id"])


@pytest.mark.parametrize("fails", [[], [httpx.ReadTimeout], [httpx.ReadError]])
def test_what_is_shown_lets_the_operator_sign_in_though_the_first_answer_was_lost(
    way: LosingTransport, fails: list[type[httpx.TransportError]]
) -> None:
    way.fails = list(fails)
    added = add()
    assert (added.exit_code, len(way.lost)) == (0, len(fails)), added.output
    assert signs_in(added.output)
    listed = CliRunner().invoke(operator, ["list"]).output
    assert listed.count(MAIL) == 1


def test_whose_answers_are_lost_twice_may_add_the_operator_again_after_removing(
    way: LosingTransport,
) -> None:
    way.fails = [httpx.ReadTimeout, httpx.ReadTimeout]
    assert add().exit_code != 0
    assert CliRunner().invoke(operator, ["remove", MAIL]).exit_code == 0
    added = add()
    assert added.exit_code == 0
    assert signs_in(added.output)
