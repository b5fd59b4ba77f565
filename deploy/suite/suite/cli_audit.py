"""`renraku audit`: whether the operation log is still what was sealed (RET-6).

It reads identity's database and the public keys; no role needs to run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from common import clock
from suite import environment
from suite.houses import HOUSES

if TYPE_CHECKING:
    # Loaded by the command alone: they bring the database with them.
    from identity.actions.audit import Report
    from identity.domain.log_chain import Checkpoint, Line
    from identity.domain.log_walk import Finding

RUN_DIR = Path(".run")
WITHOUT_SCHOOL = "The log without a school"
FAULTS = {
    "changed": "CHANGED: {what} is not what was sealed.",
    "moved": "PUT IN OR MOVED: {what} was not sealed at this place.",
    "removed": "REMOVED: {what} cannot be found.",
    "rewritten": "REWRITTEN: {what} and all up to {last} fit one another, but not what was signed.",
    "unsigned": "REMOVED: the checkpoints over {what} cannot be found.",
}
# Said after every look: what a chain can't show by itself.
LIMITS = """\
Entries are sealed every {seconds} s. What is younger can be changed or cut without a trace.
Whoever takes the newest checkpoints away, together with the entries under them, takes the log
back to an older one: compare the newest checkpoint with an earlier answer of this command, or
with the server's own log (operation_log.checkpoint)."""


@click.group()
def audit() -> None:
    """The operation log, and whether anybody has touched it."""


@audit.command("verify")
@click.option("--school", "code", help="The code of one school; without it, every log.")
def verify(code: str | None) -> None:
    """Check the operation log against its chain of hashes and the signatures over it.

    Ends with 1 when something was changed, taken out, put in or moved, and names the first of it.
    """
    from common.db import Database
    from common.keys import Keys
    from identity.actions.audit import verify_logs
    from identity.actions.log_chain import SEAL_SECONDS

    standalone = environment.standalone(RUN_DIR.resolve(), 8000, 0)
    environment.apply(standalone)
    settings = HOUSES["identity"].settings()
    database = Database.connect(settings.own_database_url)
    keys = Keys(settings.keys_dir, settings.service)
    reports = []
    for report in verify_logs(database, keys, code):
        reports.append(report)
        for line in _words_of(report):
            click.echo(line)
    database.dispose()
    if not reports:
        raise click.ClickException(
            f"There is no school with the code {code}. `renraku contract list` shows them."
        )
    click.echo(LIMITS.format(seconds=SEAL_SECONDS))
    broken = [report for report in reports if not report.is_good]
    if broken:
        logs = _counted(len(broken), "log is", "logs are")
        click.echo(
            f"{logs} NOT what was sealed.",
            err=True,
        )
        sys.exit(1)


def _words_of(report: Report) -> Iterator[str]:
    """Yield what is said of one log, a line each."""
    whose = f"{report.code} {report.name}" if report.code else WITHOUT_SCHOOL
    if report.is_closed:
        yield f"{whose}: erased, or being erased; its log goes with it."
        return
    yield f"{whose}: {_sum_of(report)}"
    if report.finding is not None:
        yield f"  {_fault_of(report)}"
    for checkpoint in report.forged:
        yield f"  FORGED: {_checkpoint(checkpoint)} is not signed by identity."
    for key_id in sorted(report.unknown_keys):
        yield f"  The public key {key_id} does not lie in the keys folder (public/retired)."
    if not report.is_good:
        yield _what_holds(report)
    if report.newest is not None:
        yield _of_newest(report.newest)
    if report.waiting:
        wait = _counted(report.waiting, "newer entry waits", "newer entries wait")
        yield f"  {wait} for a seal, which takes some seconds."


def _sum_of(report: Report) -> str:
    verdict = "OK." if report.is_good else "NOT OK."
    if not report.lines:
        return f"no sealed entry. {verdict}"
    assert report.first_at is not None
    assert report.last_at is not None
    first = _moment(report.first_at)
    last = _moment(report.last_at)
    span = f"from {first} to {last}"
    entries = _counted(report.lines, "entry", "entries")
    checkpoints = _counted(report.checkpoints, "checkpoint", "checkpoints")
    return f"{entries} {span}, {checkpoints}. {verdict}"


def _of_newest(checkpoint: Checkpoint) -> str:
    signed_at = _moment(checkpoint.signed_at)
    return f"  Newest checkpoint: {signed_at} at {checkpoint.position:,}, {checkpoint.hash.hex()}"


def _fault_of(report: Report) -> str:
    finding = report.finding
    assert finding is not None
    words = FAULTS[finding.fault]
    return words.format(what=_what(finding), first=finding.first, last=finding.last)


def _what(finding: Finding) -> str:
    """Return which entries are meant, with the time and the act of the one that says so."""
    first, last, line = f"{finding.first:,}", f"{finding.last:,}", finding.line
    if line is not None and line["position"] == finding.first:
        return f"entry {first} ({_act(line)})"
    what = f"entry {first}" if first == last else f"entries {first} to {last}"
    if line is None:
        return what
    return f"{what}, before {line['position']:,} ({_act(line)}),"


def _act(line: Line) -> str:
    return f"{_moment(line['at'])}, {line['action']}"


def _what_holds(report: Report) -> str:
    if report.held is None:
        return "  No checkpoint holds."
    return f"  {_checkpoint(report.held)} still holds: what stands up to there is unchanged."


def _checkpoint(checkpoint: Checkpoint) -> str:
    return f"the checkpoint of {_moment(checkpoint.signed_at)} at {checkpoint.position:,}"


def _counted(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _moment(moment: datetime) -> str:
    return f"{clock.to_jst(moment):%Y-%m-%d %H:%M:%S}"
