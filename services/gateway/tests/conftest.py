"""A gateway before in-memory houses, and a browser that can read and press its forms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, compile_catalogues
from fake_accounts import make_row
from fake_houses import PASSWORD, FakeHouses
from fake_operator import OPERATOR_WORDS
from flask import Flask
from flask.testing import FlaskClient
from town_school import CLASS_42, make_teacher

from common.cache import Bounded
from common.testing.contracts import Contracts
from common.testing.tokens import make_keys
from gateway.app import create_app
from gateway.config import Settings
from gateway.pages import family, sign_ins


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    compile_catalogues()


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def houses(contracts: Contracts) -> Iterator[FakeHouses]:
    """Give the other houses; a test fails if one answers otherwise than its owner declares."""
    houses = FakeHouses(contracts)
    yield houses
    assert houses.faults == []


@pytest.fixture
def staffed(houses: FakeHouses) -> FakeHouses:
    """Return the houses with an administrator, a limited one, and a homeroom teacher."""
    houses.people = [
        make_row("野口 大輔", post="4年2組 担任", group_ids=[CLASS_42]),
        make_row("中野 正", "limited_administrator", password_state="chosen"),
        make_row("山下 明子", "administrator", password_state="chosen"),
    ]
    return houses


@pytest.fixture(scope="session")
def lasting_app(contracts: Contracts, keys_dir: Path) -> Flask:
    """The application of all tests: made anew it would put each of its templates together again."""
    settings = Settings(keys_dir=keys_dir, base_url="http://localhost:8000")
    return create_app(settings, clients=FakeHouses(contracts).clients())


@pytest.fixture
def app(houses: FakeHouses, lasting_app: Flask) -> Iterator[Flask]:
    """Give the application before the houses of this test, with nothing that it remembers."""
    settings: Settings = lasting_app.extensions["settings"]
    config = dict(lasting_app.config)
    lasting_app.extensions["clients"] = houses.clients()
    lasting_app.extensions["family_schools"] = Bounded(most=500, seconds=family.SCHOOL_SECONDS)
    sign_ins.install(lasting_app, settings)
    yield lasting_app
    lasting_app.extensions["settings"] = settings
    lasting_app.config.update(config)


@pytest.fixture
def secure_app(houses: FakeHouses, keys_dir: Path) -> Flask:
    return create_app(
        Settings(keys_dir=keys_dir, base_url="https://renraku.example"), clients=houses.clients()
    )


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


@pytest.fixture
def stranger(client: FlaskClient) -> Browser:
    """Return a browser in which nobody is signed in."""
    return Browser(client)


@pytest.fixture
def deputy(stranger: Browser) -> Browser:
    """Return the browser of 教頭, an administrator who is signed in."""
    stranger.open("/sign-in").press(mail="yamashita@school.town.test", password=PASSWORD)
    return stranger


@pytest.fixture
def operator(stranger: Browser) -> Browser:
    """Return the browser of an operator who is signed in."""
    stranger.open("/operator/sign-in").press(**OPERATOR_WORDS)
    return stranger


@pytest.fixture
def both(deputy: Browser) -> Browser:
    """Return a browser in which 教頭 and an operator are signed in.

    Their cookies know nothing of each other.
    """
    deputy.open("/operator/sign-in").press(**OPERATOR_WORDS)
    return deputy


@pytest.fixture
def teacher(houses: FakeHouses, stranger: Browser) -> Browser:
    """Return the browser of the class teacher of 4年2組."""
    houses.account = make_teacher()
    stranger.open("/sign-in").press(mail="noguchi@school.town.test", password=PASSWORD)
    return stranger
