"""Servers that tests of every house share; each starts only when the first test asks for it."""

from collections.abc import Callable, Iterator

import answers
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings

from common.testing import services
from common.testing.contracts import Contract, Contracts
from suite.houses import STORED

# How long a draw takes says how busy the machine is, and nothing of what is drawn.
settings.register_profile(
    "shared_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared_machine")


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
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Flask]]:
    """Yield the API of every house with a store by name, for what it declares of itself."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in answers.variables(tmp_path_factory.mktemp("apps")).items():
            patch.setenv(name, value)
        made = [answers.open_app(house) for house in STORED]
    yield {house.name: app for house, (app, _) in zip(STORED, made, strict=True)}
    for _, database in made:
        database.dispose()


@pytest.fixture(scope="session")
def contracts(apps: dict[str, Flask]) -> Contracts:
    """Give what every house's own OpenAPI document declares that it answers."""
    documents = {
        name: app.test_client().get("/openapi.json").get_json() for name, app in apps.items()
    }
    return Contracts({name: Contract(name, document) for name, document in documents.items()})
