"""A private Postfix, Debian's own, as an operator's relay (DLV-4).

It takes every mail, learns later that nobody has some of the addresses, and sends its report to
whoever stands as the sender. Nothing leaves this machine: all other mail is thrown away.
"""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hands import wait_until

PROGRAMS = Path("/usr/lib/postfix/sbin")
COMMANDS = Path("/usr/sbin")
# Name, type, private, unprivileged, chroot, wake-up, most processes, program (master(5)).
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup  unix n - n 60  1 pickup
cleanup unix n - n -   0 cleanup
qmgr    unix n - n 300 1 qmgr
rewrite unix - - n -   - trivial-rewrite
bounce  unix - - n -   0 bounce
defer   unix - - n -   0 bounce
trace   unix - - n -   0 bounce
smtp    unix - - n -   - smtp
error   unix - - n -   - error
retry   unix - - n -   - error
discard unix - - n -   - discard
anvil   unix - - n -   1 anvil
scache  unix - - n -   1 scache
proxymap unix - - n -  - proxymap
postlog unix-dgram n - n - 1 postlogd
"""
SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {commands}
daemon_directory = {programs}
maillog_file_prefixes = {folder}
maillog_file = {folder}/postfix.log
myhostname = relay.town.test
mydestination =
alias_maps =
alias_database =
local_transport = error:5.1.1 no mailbox here
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
smtp_dns_support_level = disabled
default_transport = discard
transport_maps = texthash:{folder}/transport
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """A relay that runs; `log`: what it says of every mail."""

    port: int
    log: Path


def is_missing() -> str:
    """Return why no Postfix can be started here; empty where one can."""
    if os.geteuid() != 0:
        return "Postfix's master process needs root."
    if not (PROGRAMS / "master").exists():
        return "Postfix is not installed: `make test` installs it on Debian as root."
    return ""


@contextmanager
def postfix(folder: Path, port: int, routes: dict[str, str]) -> Iterator[Postfix]:
    """Yield a Postfix on a port; `routes`: domain → what becomes of its mail (transport(5))."""
    _write(folder, port, routes)
    master = subprocess.Popen([COMMANDS / "postfix", "-c", folder, "start-fg"])
    running = Postfix(port, folder / "postfix.log")
    try:
        wait_until(lambda: _answers(port), what="Postfix to answer")
        yield running
    finally:
        # Its own command knows all of its processes.
        subprocess.run([COMMANDS / "postfix", "-c", folder, "stop"], check=False)
        master.send_signal(signal.SIGTERM)
        master.wait(30)


def _write(folder: Path, port: int, routes: dict[str, str]) -> None:
    # Its processes are of another user, who must be able to walk there.
    folder.chmod(0o755)
    for name in ("queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    settings = SETTINGS.format(folder=folder, commands=COMMANDS, programs=PROGRAMS)
    (folder / "main.cf").write_text(settings)
    (folder / "master.cf").write_text(SERVICES.format(port=port))
    transport = [f"{domain} {what}\n" for domain, what in routes.items()]
    (folder / "transport").write_text("".join(transport))


def _answers(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as connection:
            return connection.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False
