"""`renraku contract` and `renraku certificate`: the end of a contract, the proof of erasure."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from common.answers.identity import SchoolPageOut
from suite import environment
from suite.houses import HOUSES

RUN_DIR = Path(".run")


@click.group()
def contract() -> None:
    """The contracts of schools."""


@contract.command("list")
def list_contracts() -> None:
    """List the schools with their codes and states."""
    from suite import up as standalone_run

    with standalone_run.operator_clients(RUN_DIR.resolve()) as clients:
        schools: SchoolPageOut = clients.identity.call("GET", "/schools")
        for school in schools["items"]:
            click.echo(f"{school['code']}  {school['state']:<8}  {school['name']}")


@contract.command("end")
@click.argument("code")
@click.option(
    "--on",
    "ended_on",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="The contract's last day, in Japan.",
)
@click.option(
    "--grace-days",
    default=30,
    show_default=True,
    help="Days of read-only before the erasure begins (0 to 38).",
)
@click.option(
    "--name", help="The school's name, typed in full; needed when the erasure begins at once."
)
def end(code: str, ended_on: datetime, grace_days: int, name: str | None) -> None:
    """End the contract of the school with this code."""
    from suite import up as standalone_run

    with standalone_run.operator_clients(RUN_DIR.resolve()) as clients:
        schools: SchoolPageOut = clients.identity.call("GET", "/schools")
        school = next((one for one in schools["items"] if one["code"] == code), None)
        if school is None:
            raise click.ClickException(
                f"There is no school with the code {code}. `renraku contract list` shows them."
            )
        body = {
            "ended_on": ended_on.date().isoformat(),
            "grace_days": grace_days,
            "name_typed": name,
        }
        clients.identity.call(
            "POST", "/schools/{school_id}/end", path={"school_id": school["id"]}, json=body
        )
    click.echo(
        f"The contract of {school['name']} ends on {ended_on:%Y-%m-%d}; "
        f"erasure begins after {grace_days} days."
    )


@click.group()
def certificate() -> None:
    """Certificates of erasure."""


@certificate.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Default: this installation's.",
)
def verify(file: Path, public_key: Path | None) -> None:
    """Check a certificate (JSON) against the signature of the installation that issued it."""
    from common.keys import list_public
    from retention.domain.certificate import verify as is_genuine

    if public_key is None:
        variables = environment.standalone(RUN_DIR.resolve(), 8000, 0)
        environment.apply(variables)
        settings = HOUSES["retention"].settings()
        known = list(list_public(settings.keys_dir, "retention"))
    else:
        known = [public_key]
    certificate = file.read_bytes()
    if not any(is_genuine(certificate, key.read_bytes()) for key in known):
        click.echo(
            "NOT genuine: the certificate was changed, another installation issued it, "
            "or its key was stolen since.",
            err=True,
        )
        sys.exit(1)
    click.echo("genuine: signed by this installation, unchanged since")
