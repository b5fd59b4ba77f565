"""The town as a process of its own: the relay in the event loop, the page in a thread.

Run as ``python -m suite.town.main --smtp-port N --http-port N --data PATH --pace S``; port 0 takes
a free one. The first line on standard output is JSON and names both ports.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import ssl
import threading
from pathlib import Path

import structlog
import uvloop
from waitress import create_server

from suite.demo import operator
from suite.townspeople import city_of

from . import Town, TownSettings
from .control import DEMO_PACE, RelaySettings
from .pages import create_town_app
from .service_account import write_service_account

THREADS = 16  # a LINE request that is answered too late holds one for twelve seconds


def main(arguments: list[str] | None = None) -> None:
    """Run the town until SIGTERM or SIGINT."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    )
    uvloop.run(_run(_parse(arguments)))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m suite.town.main",
        description="The outside world, simulated.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True, help="the SQLite file of the mailboxes")
    parser.add_argument("--pace", type=float, default=DEMO_PACE, help="seconds a mail")
    parser.add_argument(
        "--product",
        default="",
        help="the address of the product's own pages, to lead back there",
    )
    parser.add_argument(
        "--inbound-port",
        type=int,
        default=0,
        help="where the product listens for mails that come back; 0: nothing comes back",
    )
    parser.add_argument(
        "--certificate",
        type=Path,
        help="PEM file with certificate and key: offers STARTTLS",
    )
    return parser.parse_args(arguments)


async def _run(options: argparse.Namespace) -> None:
    tls = None
    if options.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options.certificate)
    relay = RelaySettings(options.host, options.smtp_port)
    settings = TownSettings(options.data, options.pace, relay, tls, options.inbound_port)
    town = Town(settings)
    smtp_port = await town.start()
    product = options.product.rstrip("/")
    city = city_of(town.names, product)
    authenticator = operator.authenticator_address()
    app = create_town_app(
        town.mailboxes,
        town.control,
        fcm=town.fcm,
        line=town.line,
        names=town.names,
        postman=town.postman,
        city=city,
        authenticator=authenticator,
        product=options.product,
    )
    page = create_server(
        app,
        host=options.host,
        port=options.http_port,
        threads=THREADS,
        ident="town",
    )
    http_port = int(page.effective_port)
    write_service_account(options.data.parent, f"http://{options.host}:{http_port}/town/fcm")
    # A daemon, so that a slow reader can't hold up the end.
    threading.Thread(target=page.run, name="town-page", daemon=True).start()
    log = structlog.get_logger(__name__)
    log.info("town.started", smtp_port=smtp_port, http_port=http_port)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    await done.wait()
    await town.stop()


if __name__ == "__main__":
    main()
