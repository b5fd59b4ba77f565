"""Install Debian packages for `make`, without letting them start system services.

Runs on the system's python3, before a virtual environment exists: standard library only.
"""

import contextlib
import fcntl
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_SAVED = POLICY.with_name("policy-rc.d.before-renraku")
# invoke-rc.d asks this file before it starts a service; 101 means "forbidden".
POLICY_TEXT = "#!/bin/sh\n# renraku: packages that make installs start no service\nexit 101\n"
LOCK = Path("/var/lock/renraku-apt.lock")
CLUSTER_CONFIG = Path("/etc/postgresql-common/createcluster.conf")
# Without an answer postfix asks for a mail type on the terminal; "No configuration" also keeps it
# from serving mail.
ANSWERS = {"postfix": "postfix postfix/main_mailer_type select No configuration\n"}


def is_debian() -> bool:
    """Return whether this is Debian, Ubuntu or a relative of theirs with apt-get."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return False
    family = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    return bool(family & {"debian", "ubuntu"}) and shutil.which("apt-get") is not None


def may_install() -> bool:
    """Return whether this process can install packages itself: root on Debian or Ubuntu."""
    return os.geteuid() == 0 and is_debian()


def install(packages: list[str]) -> None:
    """Install `packages` with apt-get; raise CalledProcessError when apt-get fails."""
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    with _one_at_a_time(), _services_held_back():
        if "postgresql" in packages:
            _make_no_cluster()
        _run([*apt, "update"], environ)
        for package in packages:
            if package in ANSWERS and shutil.which("debconf-set-selections"):
                _run(["debconf-set-selections"], environ, text=ANSWERS[package])
        _run([*apt, "install", "--no-install-recommends", *packages], environ)


def _run(command: list[str], environ: dict[str, str], text: str = "") -> None:
    """Run `command` quietly; show what it said only when it fails."""
    done = subprocess.run(
        command,
        env=environ,
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-4000:])
        raise subprocess.CalledProcessError(done.returncode, command)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keep a second `make` from swapping the policy file while the first one still needs it."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _services_held_back() -> Iterator[None]:
    """Forbid service starts while inside; put the machine's own policy back afterwards.

    Also on ctrl-C and SIGTERM. A run that was killed outright left its policy (and the saved one)
    behind: the next run recognises and repairs that.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    previous = signal.signal(signal.SIGTERM, leave)
    try:
        is_the_machines_own = POLICY.exists() and POLICY.read_text() != POLICY_TEXT
        if is_the_machines_own:
            POLICY.replace(POLICY_SAVED)
        POLICY.write_text(POLICY_TEXT)
        POLICY.chmod(0o755)
        yield
    finally:
        POLICY.unlink(missing_ok=True)
        if POLICY_SAVED.exists():
            POLICY_SAVED.replace(POLICY)
        signal.signal(signal.SIGTERM, previous)


def _make_no_cluster() -> None:
    """Tell Debian's postgresql package to create no "main" cluster.

    Nothing is told where the machine has its own opinion.
    """
    if not CLUSTER_CONFIG.exists():
        CLUSTER_CONFIG.parent.mkdir(parents=True, exist_ok=True)
        CLUSTER_CONFIG.write_text("create_main_cluster = false\n")
