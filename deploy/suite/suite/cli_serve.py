"""`renraku serve`: roles of several houses in one process; the smallest server has three.

Three commands and not one: an API, which the world reaches, never shares a process with a
dispatcher, which reaches the world.
"""

from __future__ import annotations

import click

from common import houses, logs

SERVICES = click.Choice(houses.NAMES)
STORED = click.Choice(houses.STORED)


@click.group()
def serve() -> None:
    """Run a role of several houses in one process: of those that are named, else of all."""


@serve.command("api")
@click.argument("services", nargs=-1, type=SERVICES, metavar="[HOUSE]...")
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def api(services: tuple[str, ...], port: int, host: str) -> None:
    """Serve HTTP doors: the gateway at /, each other house under its name, as /identity."""
    from suite.apis import Place, serve_together

    logs.configure()
    serve_together(_once_each(services) or houses.NAMES, Place(host, port))


@serve.command("workers")
@click.argument("services", nargs=-1, type=STORED, metavar="[HOUSE]...")
def workers(services: tuple[str, ...]) -> None:
    """Run queue doors."""
    from suite.houses import HOUSES
    from suite.roles import run_workers

    logs.configure()
    run_workers([HOUSES[name] for name in _once_each(services) or houses.STORED])


@serve.command("jobs")
@click.argument("services", nargs=-1, type=STORED, metavar="[HOUSE]...")
def jobs(services: tuple[str, ...]) -> None:
    """Run clocks (jobs and outbox relays)."""
    from suite.houses import HOUSES
    from suite.roles import run_jobs

    logs.configure()
    run_jobs([HOUSES[name] for name in _once_each(services) or houses.STORED])


def _once_each(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
