"""Servers that tests of every house share; each starts only when the first test asks for it."""

from collections.abc import Callable, Iterator

import answers
import pytest

from common.testing import services
from common.testing.contracts import Contract, Contracts
from suite.houses import STORED


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
    with pytest.MonkeyPatch.context() as patch:
        for name, value in answers.variables(tmp_path_factory.mktemp("contracts")).items():
            patch.setenv(name, value)
        documents = {house.name: answers.document_of(house) for house in STORED}
    return Contracts({name: Contract(name, document) for name, document in documents.items()})
