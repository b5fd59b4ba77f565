"""Servers that tests of every house share; each starts only when the first test asks for it."""

from collections.abc import Callable, Iterator

import pytest

from common.db import Database
from common.testing import services
from common.testing.contracts import Contract, Contracts
from common.testing.tokens import make_keys
from suite.houses import STORED, Doors


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[services.PostgresServer]:
    """Yield the test run's PostgreSQL server."""
    with services.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def rabbit_server() -> Iterator[services.RabbitServer]:
    """Yield the test run's RabbitMQ server; a test that kills or restarts it leaves it running."""
    with services.rabbit() as server:
        yield server


@pytest.fixture
def make_database(postgres_server: services.PostgresServer) -> Iterator[Callable[[str], str]]:
    """Yield `make_database(name) -> url`: an empty database each call, dropped after the test."""
    made: list[str] = []

    def make(name: str) -> str:
        services.drop_database(postgres_server.url, name)
        url = services.create_database(postgres_server.url, name)
        made.append(name)
        return url

    yield make
    for name in made:
        services.drop_database(postgres_server.url, name)


@pytest.fixture(scope="session")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Contracts:
    """Give what every house's own OpenAPI document declares that it answers."""
    folder = tmp_path_factory.mktemp("contracts")
    variables = {
        "DATABASE_URL": f"sqlite:///{folder}/none.db",
        "BUS_URL": "memory://",
        "KEYS_DIR": str(make_keys(folder / "keys")),
        "KEYRING_DIR": str(folder / "keyring"),
        "FCM_SERVICE_ACCOUNT_FILE": str(folder / "none.json"),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(f"RENRAKU_{name}", value)
        return Contracts({house.name: contract_of(house) for house in STORED})


def contract_of(house: Doors) -> Contract:
    settings = house.settings()
    database = Database.connect(settings.own_database_url)
    try:
        client = house.create_app(settings, database=database).test_client()
        return Contract(house.name, client.get("/openapi.json").get_json())
    finally:
        database.dispose()
