"""The shapes of installation, and for each the server on which Flask's hello stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bench.installations import all_roles_apart, standalone, three_processes
from bench.rival_pages import Server, gunicorn, waitress
from bench.school import School
from bench.services import Services


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to run the product.

    `servers`: whether it stands on PostgreSQL and RabbitMQ.
    """

    name: str
    running: Callable[[Services, int], AbstractContextManager[School]]
    hello: Server
    servers: bool


# A guardian's page passes through the gateway and messaging, a gunicorn of eight threads each: with
# fewer processes hello would have fewer cores.
APART = Shape("all roles apart", all_roles_apart, gunicorn(processes=2, threads=8), servers=True)
# Its one gunicorn has half as many processes as there are cores.
SMALL = Shape("three processes", three_processes, gunicorn(processes=1, threads=8), servers=True)
STANDALONE = Shape("standalone", standalone, waitress(threads=16), servers=False)
SHAPES = (APART, SMALL, STANDALONE)
