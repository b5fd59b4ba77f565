"""`renraku up`: from an empty folder to a served product with a demo school."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.db import Database
from dispatch_mail.config import Settings as MailSettings
from dispatch_mail.worker import relay_of
from identity.store.schools import find_any_school, list_schools
from suite import environment
from suite.demo import operator
from suite.demo.model import id_of
from suite.houses import HOUSES
from suite.line_account import open_in_town
from suite.loading import has_operator, is_loaded, lines_of_accounts, load_demo, load_operator
from suite.migrate import prepare
from suite.operator_client import OperatorClients
from suite.progress import Steps
from suite.standalone import Standalone
from suite.town.service_account import write_service_account
from suite.townspeople import tell_town
from suite.web_push_key import FILE_NAME, make_web_push_key


@dataclass(frozen=True, slots=True)
class Demo:
    """What an empty installation is loaded with.

    `has_history`: the school has a month behind it, and the city a former school.
    """

    has_history: bool = True


def serve(run_dir: Path, port: int, demo: Demo, say: Callable[[str], None]) -> None:
    """Prepare, load the demo into an empty installation, start every role, serve.

    Print what matters, and serve until told to leave.
    """
    relay_port = environment.free_port()
    inbound_port = environment.free_port()
    environment.apply(environment.standalone(run_dir, port, relay_port, inbound_port))
    mail = MailSettings.load()
    relay_of(mail)  # refused here, and not by a thread when everything is loaded
    steps = Steps(say)
    prepare()
    steps.done("鍵とデータベースを用意しました")
    has_demo = is_for_demo()
    accounts = lines_of_accounts() if has_demo else []
    environment.apply({"RENRAKU_DEMO_ACCOUNTS": json.dumps(accounts)})
    if has_demo:
        environment.apply(environment.city_of_town(port))
    make_web_push_key(run_dir / "data" / FILE_NAME)
    standalone = Standalone(run_dir, relay_port, mail.inbound_port)
    clients = OperatorClients.from_environment()
    steps.done("プログラムを読み込みました")
    unfinished = run_dir / "data" / "demo-unfinished"
    if not is_loaded(clients):
        unfinished.touch()
        load_all(clients, demo, steps)
        unfinished.unlink()
    write_service_account(run_dir / "data", f"http://127.0.0.1:{port}/town/fcm")
    roles = standalone.start_roles()
    dispatch_line_url = f"http://127.0.0.1:{port}/dispatch-line"
    open_in_town(roles.town.line.talks, clients.dispatch_line.keys, dispatch_line_url)
    tell_town(roles.town.names)
    steps.done("すべての係を始めました")
    try:
        _say_where(port, accounts, clients, say)
        if unfinished.exists():
            say(
                "注意     前回の用意が途中で終わったため、デモの中身が足りません。"
                "はじめからにするには、止めて make run FRESH=1"
            )
        standalone.serve(port, roles.town)
    finally:
        roles.finish()
        standalone.close()
    if roles.failure is not None:
        say(
            f"Workers or clocks ended by themselves: see {run_dir / 'renraku.log'}. "
            "Start again; nothing is lost."
        )
        sys.exit(1)


def _say_where(
    port: int, accounts: list[str], clients: OperatorClients, say: Callable[[str], None]
) -> None:
    """Say where everything is found, and who can sign in."""
    say(f"Renraku  http://localhost:{port}/")
    for line in accounts:
        say(f"デモ     {line}")
    say(f"まち     http://localhost:{port}/town/ （模擬のメール・LINE・電話。ここに届きます）")
    if has_operator(clients):
        say(
            f"運営     http://localhost:{port}/operator "
            f"{operator.MAIL}　パスワード {operator.PASSWORD}"
        )
        say(
            f"         6桁の数字 http://localhost:{port}/town/authenticator "
            "（運営者の電話の代わり）"
        )


def is_for_demo() -> bool:
    """Return whether the demo's people sign in here.

    They do where it is loaded, or will be because there is no school yet.
    """
    database = Database.connect(HOUSES["identity"].settings().own_database_url)
    try:
        with database.for_system(read_only=True) as session:
            has_demo = find_any_school(session, id_of("school")) is not None
            return has_demo or not list_schools(session, after=None, limit=1)
    finally:
        database.dispose()


def load_all(clients: OperatorClients, demo: Demo, steps: Steps) -> None:
    """Load what a newcomer is shown: the school with its month, the former school, the operator."""
    # Houses' inner rooms by the dozen, for the first start alone.
    from suite.ending import load_former_school
    from suite.history import load_history

    school_id = load_demo(clients)
    load_operator(clients)
    steps.done("架空の小学校（児童300人、教職員25人）を登録しました")
    if demo.has_history:
        count = load_history(clients, school_id)
        load_former_school(clients)
        steps.done(f"この1か月の連絡{count}件と確認、契約の終わった学校を入れました")


@contextmanager
def operator_clients(run_dir: Path) -> Iterator[OperatorClients]:
    """Give the operator's clients.

    They are of the services that RENRAKU_SERVICE_URLS names, else of the installation in `run_dir`.
    """
    if os.environ.get("RENRAKU_SERVICE_URLS") or os.environ.get("RENRAKU_SERVICE_URL"):
        clients = OperatorClients.from_environment()
        yield clients
        clients.close()
        return
    environment.apply(environment.standalone(run_dir, 8000, 0))
    prepare()
    standalone = Standalone(run_dir, 0)
    try:
        yield OperatorClients.from_environment()
    finally:
        standalone.close()
