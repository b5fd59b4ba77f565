"""`renraku operator`: who may sign in to the operator's pages (ID-10).

Only who has a shell on the server adds and removes them.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from common import clock
from common.answers.identity import CreatedOperatorOut, OperatorListOut, OperatorOut
from common.errors import Unavailable

if TYPE_CHECKING:
    # Loaded by who calls: serving an API must not begin to count before it is told where.
    from suite.operator_client import OperatorClients

RUN_DIR = Path(".run")


@click.group()
def operator() -> None:
    """The people who run this installation."""


@operator.command("add")
@click.argument("mail")
@click.option("--name", required=True, help="As it is shown on the operator's pages.")
def add(mail: str, name: str) -> None:
    """Let somebody sign in to the operator's pages; the password and the second factor are shown
    once.
    """
    from suite import up as standalone_run

    new = {
        "id": str(uuid4()),
        "mail": mail,
        "display_name": name,
    }
    with standalone_run.operator_clients(RUN_DIR.resolve()) as clients:
        made = _made(clients, new)
    click.echo(
        f"{name} を運営者に加えました（操作ログでの番号 {made['id']}）。"
        "次の2つは、いま渡してください。二度は表示しません。"
    )
    click.echo(f"パスワード：{made['password']}")
    click.echo(f"認証アプリに登録するアドレス：{made['otpauth']}")


@operator.command("list")
def list_operators() -> None:
    """List the operators."""
    from suite import up as standalone_run

    with standalone_run.operator_clients(RUN_DIR.resolve()) as clients:
        for found in _operators(clients):
            since = clock.to_jst(datetime.fromisoformat(found["created_at"]))
            click.echo(f"{found['id']}  {since:%Y-%m-%d}  {found['mail']}  {found['display_name']}")


@operator.command("remove")
@click.argument("mail")
def remove(mail: str) -> None:
    """Take an operator's access away; open sessions end at once."""
    from identity.domain.logins import normalise_mail
    from suite import up as standalone_run

    with standalone_run.operator_clients(RUN_DIR.resolve()) as clients:
        wanted = normalise_mail(mail)
        found = next((one for one in _operators(clients) if one["mail"] == wanted), None)
        if found is None:
            raise click.ClickException(
                f"There is no operator {mail}. `renraku operator list` shows them."
            )
        clients.identity.call(
            "DELETE",
            "/operators/{operator_id}",
            path={"operator_id": found["id"]},
        )
    click.echo(
        f"{found['display_name']} を運営者から外しました。開いていた画面も使えなくなりました。"
    )


def _made(clients: OperatorClients, new: dict[str, Any]) -> CreatedOperatorOut:
    """Add an operator; when the answer was lost ask again.

    Otherwise nobody would ever be shown the password that was set.
    """
    try:
        return _add(clients, new)
    except Unavailable:
        return _add(clients, new)


def _add(clients: OperatorClients, new: dict[str, Any]) -> CreatedOperatorOut:
    made: CreatedOperatorOut = clients.identity.call("POST", "/operators", json=new)
    return made


def _operators(clients: OperatorClients) -> list[OperatorOut]:
    operators: OperatorListOut = clients.identity.call("GET", "/operators")
    return operators["items"]
