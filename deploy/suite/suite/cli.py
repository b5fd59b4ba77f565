"""The `renraku` command.

One entry for a newcomer's laptop, a developer's machine and a city's servers.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import click

from common import houses, logs
from common.errors import ServiceError
from suite import environment
from suite.cli_audit import audit
from suite.cli_contract import certificate, contract
from suite.cli_keys import keys
from suite.cli_operator import operator
from suite.cli_serve import serve

RUN_DIR = Path(".run")
STORED = click.Choice(houses.STORED)
SERVICE = click.Choice(houses.NAMES)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def renraku() -> None:
    """Renraku (連絡): a school contact network."""


@renraku.command()
@click.option("--port", default=8000, show_default=True, help="Where the browser finds it.")
@click.option("--fresh", is_flag=True, help="Throw away the data of the last run and start over.")
@click.option("--reload", is_flag=True, help="Start again when the code changes (for developers).")
@click.option(
    "--no-history",
    is_flag=True,
    help="Load the demo school as on its first day: ready sooner (for developers).",
)
def up(port: int, fresh: bool, reload: bool, no_history: bool) -> None:
    """Serve everything in one process, with a demo school and the simulated town."""
    from suite import up as standalone_run

    run_dir = RUN_DIR.resolve()
    is_first_start = os.environ.get("WERKZEUG_RUN_MAIN") != "true"
    if is_first_start:
        if environment.is_taken(port):
            raise click.ClickException(
                f"Port {port} is taken by another program. "
                f"Choose another one: make run PORT={port + 1}"
            )
        if fresh:
            for folder in ("data", "keys", "keyring"):
                shutil.rmtree(run_dir / folder, ignore_errors=True)
    _log_to(run_dir / "renraku.log")
    demo = standalone_run.Demo(has_history=not no_history)

    def serve() -> None:
        standalone_run.serve(run_dir, port, demo, click.echo)

    if reload:
        # Private: `run_simple` alone has it in public.
        from werkzeug._reloader import run_with_reloader

        run_with_reloader(serve)
    else:
        serve()


@renraku.command()
@click.option(
    "--database-url",
    envvar="RENRAKU_DATABASE_URL",
    required=True,
    help="…/renraku_{service}: one database per service.",
)
@click.option("--bus-url", envvar="RENRAKU_BUS_URL", required=True, help="amqp://…")
@click.option("--port", default=8000, show_default=True)
@click.option("--no-demo", is_flag=True, help="Start without the demo school.")
@click.option("--small", is_flag=True, help="Three processes, in which the houses' roles share.")
def local(database_url: str, bus_url: str, port: int, no_demo: bool, small: bool) -> None:
    """Run every role as a process of its own, against PostgreSQL and RabbitMQ on this machine.

    Mails go to the simulated town, or to the relay that RENRAKU_RELAY_HOST and its like name.
    """
    from suite.loading import lines_of_accounts
    from suite.local import Supervisor
    from suite.up import is_for_demo

    if environment.is_taken(port):
        raise click.ClickException(
            f"Port {port} is taken by another program. Choose another one with --port."
        )
    given = environment.relay_given_by_hand()
    supervisor = Supervisor(
        (RUN_DIR / "local").resolve(),
        database_url,
        bus_url,
        ports={"gateway": port},
        extra=given,
        is_small=small,
    )
    os.environ.update(supervisor.variables)
    _prepare(create_databases=True)
    has_demo = not no_demo and is_for_demo()
    supervisor.extra["RENRAKU_DEMO_ACCOUNTS"] = json.dumps(lines_of_accounts() if has_demo else [])
    if has_demo:
        supervisor.extra.update(environment.city_of_town(supervisor.town_port))
    supervisor.write_note()
    stopped: list[int] = []
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda number, _frame: stopped.append(number))
    try:
        supervisor.start_apis()
        if not no_demo:
            _load_demo_once(with_operator=True)
        supervisor.start_all()
        click.echo(
            f"Renraku: {supervisor.base_url}   town: http://localhost:{supervisor.town_port}/town/"
        )
        supervisor.watch(lambda: bool(stopped), click.echo)
    finally:
        supervisor.stop_all()


@renraku.command()
@click.argument("service", type=SERVICE)
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def api(service: str, port: int, host: str) -> None:
    """Serve one house's HTTP door."""
    from suite.apis import Place, serve_one

    logs.configure()
    serve_one(service, Place(host, port))


@renraku.command()
@click.argument("service", type=STORED)
def worker(service: str) -> None:
    """Run one house's queue door."""
    from suite.houses import HOUSES
    from suite.roles import run_workers

    logs.configure()
    run_workers([HOUSES[service]])


@renraku.command()
@click.argument("service", type=click.Choice(["dispatch-mail"]))
def inbound(service: str) -> None:
    """Run one house's mail door: SMTP and LMTP for what the relay brings back."""
    from suite.houses import HOUSES
    from suite.roles import run_inbound

    logs.configure()
    run_inbound(HOUSES[service])


@renraku.command()
@click.argument("service", type=click.Choice([*STORED.choices, "all"]))
def jobs(service: str) -> None:
    """Run one house's clock (jobs and outbox relay), or all clocks in one process."""
    from suite.houses import HOUSES
    from suite.roles import run_jobs

    logs.configure()
    run_jobs([HOUSES[name] for name in houses.STORED] if service == "all" else [HOUSES[service]])


@renraku.command()
@click.option(
    "--create-databases", is_flag=True, help="Make missing databases too (needs the right to)."
)
def migrate(create_databases: bool) -> None:
    """Make keys, bring every database to its newest revision, declare the queues."""
    _prepare(create_databases=create_databases)


@renraku.command()
def demo() -> None:
    """Load the demo school into the running suite."""
    _load_demo_once()


@renraku.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="The school's name; default: the file's name.")
@click.option("--administrator", help="The administrator's name; asked for where nobody is named.")
@click.option("--admin-mail", help="The administrator's mail address, for signing in.")
def import_(
    file: Path, name: str | None, administrator: str | None, admin_mail: str | None
) -> None:
    """Make a school of your own out of a roster workbook (.xlsx): all or nothing."""
    from suite import up as standalone_run
    from suite.demo import operator as demo_operator
    from suite.importing import ImportRefused, SchoolWish, import_school
    from suite.loading import has_operator

    name = name or file.stem
    local_part = f"school-{os.urandom(3).hex()}"
    administrator = administrator or _ask_for_administrator()
    admin_mail = admin_mail or f"admin@{local_part}.town.test"
    wish = SchoolWish(
        name,
        name[:8],
        local_part,
        administrator,
        admin_mail,
    )
    logs.configure(level=logging.WARNING)
    with standalone_run.operator_clients(RUN_DIR.resolve()) as clients:
        try:
            made = import_school(clients, file, wish)
        except ImportRefused as refusal:
            for sentence in refusal.sentences:
                click.echo(sentence, err=True)
            sys.exit(1)
        everybody_knows = has_operator(clients)
    click.echo(f"{made.name} を登録しました（学校コード {made.code}）。")
    click.echo(
        f"児童 {made.counts['pupils']}人、"
        f"保護者 {made.counts['guardians']}人、"
        f"受信先 {made.counts['contact_points']}件"
    )
    click.echo(f"管理者：{made.administrator} さん")
    click.echo(
        f"管理者のログイン：{made.administrator_mail}　パスワード：{made.password}"
        "（いま書き留めてください。二度は表示しません）"
    )
    if everybody_knows:
        click.echo(
            "練習用の運営者のパスワードは、だれでも知っています。本番で使う前に、外してください。"
        )
        click.echo(f"renraku operator remove {demo_operator.MAIL}")


@renraku.group()
def bus() -> None:
    """Events that were set aside because they could not be handled."""


@bus.command("parked")
@click.argument("service", type=STORED)
def parked(service: str) -> None:
    """List a house's parked events with their reasons."""
    from common.bus import list_parked

    with _session(service) as session:
        events = list_parked(session, 200)
    for event in events:
        parked_at = f"{event.parked_at:%Y-%m-%d %H:%M:%S}Z"
        kind = event.type or "?"
        click.echo(f"{event.id}  {parked_at}  {event.queue}  {kind}  {event.reason}")
        click.echo(f"    {event.detail}")
    click.echo(f"{len(events)} parked")


@bus.command("replay")
@click.argument("service", type=STORED)
@click.argument("event_id", type=click.UUID)
def replay(service: str, event_id: Any) -> None:
    """Handle a parked event again."""
    from common.bus import replay as replay_parked

    with _session(service) as session:
        replay_parked(session, event_id)
    click.echo("back in the outbox")


@bus.command("drop")
@click.argument("service", type=STORED)
@click.argument("event_id", type=click.UUID)
def drop(service: str, event_id: Any) -> None:
    """Throw a parked event away, for good."""
    from common.bus import drop as drop_parked

    with _session(service) as session:
        drop_parked(session, event_id)
    click.echo("dropped")


renraku.add_command(audit)
renraku.add_command(keys)
renraku.add_command(serve)
renraku.add_command(contract)
renraku.add_command(certificate)
renraku.add_command(operator)


def _ask_for_administrator() -> str:
    """Ask at a terminal; elsewhere nobody would answer."""
    if not sys.stdin.isatty():
        raise click.UsageError('Name the administrator: --administrator "山田 花子"')
    return str(click.prompt("管理者の氏名（例：山田 花子）")).strip()


def _session(service: str) -> Any:
    from common.db import Database
    from suite.houses import HOUSES

    environment.apply(environment.standalone(RUN_DIR.resolve(), 8000, 0))
    settings = HOUSES[service].settings()
    return Database.connect(settings.own_database_url).for_system()


def _prepare(*, create_databases: bool) -> None:
    from suite.migrate import prepare

    for line in prepare(create_databases=create_databases):
        click.echo(line)


def _load_demo_once(*, with_operator: bool = False) -> None:
    """Load the demo into an empty installation.

    `with_operator`: with a known password, for a machine that nobody else reaches; there the
    history is made too, which needs every house's database at hand.
    """
    from suite.loading import is_loaded, load_demo
    from suite.operator_client import OperatorClients
    from suite.progress import Steps
    from suite.up import Demo, load_all

    clients = OperatorClients.from_environment()
    if is_loaded(clients):
        click.echo("There is a school already: nothing was loaded.")
        return
    if with_operator:
        load_all(clients, Demo(), Steps(click.echo))
    else:
        load_demo(clients)
    click.echo("The demo school is loaded.")


def _log_to(path: Path) -> None:
    """Send this process's log lines to a file, so that the terminal shows the lines that matter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logs.configure(stream=path.open("a", buffering=1, encoding="utf-8"))


def _told_in_words() -> tuple[type[Exception], ...]:
    """Return what is wrong with an installation.

    Looked up when something is: a server's first process would hold 20 MB for two names.
    """
    from common.config import SettingsRefused
    from common.keys import KeyMissing, KeyUnfit

    return SettingsRefused, KeyMissing, KeyUnfit


def main() -> None:
    """Run the command; say in one sentence, without a traceback, what is expected to go wrong."""
    try:
        renraku(standalone_mode=True)
    except _told_in_words() as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except ServiceError as error:
        click.echo(f"{error.code}: {error.message} {error.fields or ''}", err=True)
        sys.exit(1)
