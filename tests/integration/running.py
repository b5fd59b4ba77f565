"""A suite as processes, on databases of its own, for as long as somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hands import Suite

from common.houses import STORED
from common.testing import services
from suite.loading import load_demo
from suite.local import Supervisor
from suite.migrate import prepare
from suite.operator_client import OperatorClients


@contextmanager
def running_suite(
    postgres_server: services.PostgresServer,
    bus_url: str,
    run_dir: Path,
    extra: Mapping[str, str],
    *,
    is_small: bool = False,
) -> Iterator[Suite]:
    """Yield a suite with the demo school loaded; its databases are gone afterwards.

    `extra`: settings of its roles beside the usual ones.
    """
    prefix = f"renraku_{uuid4().hex[:6]}_"
    base = sa.make_url(postgres_server.url).set(database=prefix + "SERVICE")
    of_service = base.render_as_string(hide_password=False)
    database_url = of_service.replace("SERVICE", "{service}")
    supervisor = Supervisor(
        run_dir, database_url, bus_url, extra=dict(extra), pace=0.0, is_small=is_small
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in supervisor.variables.items():
            patch.setenv(name, value)
        prepare(create_databases=True)
        engines = {}
        for house in STORED:
            url = database_url.replace("{service}", house)
            engines[house] = sa.create_engine(url)
        try:
            supervisor.start_all()
            operator = OperatorClients.from_environment()
            suite = Suite(supervisor, engines, load_demo(operator))
            operator.close()
            yield suite
            for client in suite.clients.values():
                client.close()
        finally:
            supervisor.stop_all()
            for engine in engines.values():
                engine.dispose()
    for house in STORED:
        services.drop_database(postgres_server.url, prefix + house)
