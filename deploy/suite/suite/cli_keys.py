"""`renraku keys`: the keys folder, made and replaced (trust.md)."""

from __future__ import annotations

from pathlib import Path

import click

from common import houses

SERVICES = click.Choice(houses.SIGNERS)


@click.group()
def keys() -> None:
    """The keys folder."""


@keys.command("init")
def init() -> None:
    """Make the keys that are missing; never replaces one."""
    from common import keys as key_files
    from suite.houses import HOUSES

    made = key_files.initialise(HOUSES["identity"].settings().keys_dir, houses.SIGNERS)
    click.echo(f"made: {', '.join(made)}" if made else "nothing was missing")


@keys.command("web-push")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def web_push(file: Path) -> None:
    """Make the key by which browsers register for notifications; never replaces one.

    FILE is then named by RENRAKU_WEB_PUSH_KEY_FILE. Every phone that registers is bound to this
    key, so keep a copy: with another one all of them have to register again.
    """
    from suite.web_push_key import make_web_push_key

    is_made = make_web_push_key(file)
    click.echo(f"made: {file}" if is_made else f"there is one already, which stays: {file}")


@keys.group()
def rotate() -> None:
    """Replace keys while everything runs; nobody is signed out."""


@rotate.command("tokens")
@click.argument("services", nargs=-1, type=SERVICES)
@click.option(
    "--stolen",
    is_flag=True,
    help="Believe nothing that the old key signed: some requests of the next minute fail.",
)
def tokens(services: tuple[str, ...], stolen: bool) -> None:
    """Replace the pairs by which services sign, all or the named ones.

    What the old pairs signed is believed for ten minutes, with --stolen for one.
    """
    from common.keys import rotate_pair
    from suite.houses import HOUSES
    from suite.rotations import record_rotation

    settings = HOUSES["identity"].settings()
    for service in services or houses.SIGNERS:
        rotate_pair(settings.keys_dir, service, is_stolen=stolen)
        record_rotation(settings, f"tokens of {service}")
        click.echo(f"replaced: the pair of {service}")


@rotate.command("keyring")
def keyring() -> None:
    """Replace the key that wraps the schools' keys, and wrap each of them anew.

    Interrupted, it is run again and goes on.
    """
    from common.keys import KEYRING, begin_keyring_rotation, end_keyring_rotation
    from suite.houses import HOUSES
    from suite.rotations import record_rotation, wrap_keyring_anew

    settings = HOUSES["identity"].settings()
    begin_keyring_rotation(settings.keys_dir)
    count = wrap_keyring_anew(settings)
    end_keyring_rotation(settings.keys_dir)
    record_rotation(settings, KEYRING)
    click.echo(f"wrapped anew: the keys of {count} schools; back the keys folder up now")
