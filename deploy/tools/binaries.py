"""Make sure of what pip cannot install: `python3 deploy/tools/binaries.py servers browser`.

As root on Debian or Ubuntu it says in one line what it installs and why, and installs it. Anywhere
else it names the packages in one sentence and exits with 1. Standard library only: `venv` runs
before a virtual environment exists.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import packages

# The same floors and names as in common.testing, which needs a virtual environment to be read.
POSTGRES_AT_LEAST = (15,)
RABBIT_AT_LEAST = (3, 10)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
)


@dataclass(frozen=True)
class Need:
    """A program, why it is needed, how to see that it is there, and Debian's name for it."""

    what: str
    why: str
    is_met: Callable[[], bool]
    package: str


def _version(folder: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", folder))


def has_venv() -> bool:
    """Return whether this Python can make a virtual environment with pip in it.

    Debian splits ensurepip off.
    """
    command = [sys.executable, "-c", "import ensurepip, venv"]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0


def has_postgres() -> bool:
    """Return whether a new enough PostgreSQL server can be started, or the tests were given one."""
    if os.environ.get("RENRAKU_TEST_POSTGRES_URL"):
        return True
    servers = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if any(_version(str(found.parts[4])) >= POSTGRES_AT_LEAST for found in servers):
        return True
    initdb = shutil.which("initdb")
    if initdb is None:
        return False
    said = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=False).stdout
    return _version(said) >= POSTGRES_AT_LEAST


def has_rabbit() -> bool:
    """Return whether a new enough RabbitMQ server can be started, or the tests were given one."""
    if os.environ.get("RENRAKU_TEST_AMQP_URL"):
        return True
    servers = Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server")
    return any(_version(found.parts[5]) >= RABBIT_AT_LEAST for found in servers)


def has_chromium() -> bool:
    """Return whether a Chromium that Playwright can drive is on the PATH."""
    return any(shutil.which(name) for name in CHROMIUM_NAMES)


def has_libatomic() -> bool:
    """Return whether the C library that Playwright's driver is linked against is here.

    A bare Debian has it not.
    """
    if sys.platform != "linux":
        return True
    folders = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
    return any(
        next(Path(folder).glob(pattern), None)
        for folder in folders
        for pattern in ("libatomic.so.1", "*/libatomic.so.1")
    )


def has_japanese_font() -> bool:
    """Return whether Noto's Japanese glyphs are installed.

    Without them every screenshot is a row of boxes.
    """
    names = re.compile(r"noto(sans|serif).*(cjk|jp)", re.IGNORECASE)
    return any(
        names.search(font.name)
        for folder in FONT_FOLDERS
        for font in Path(folder).rglob("*.[ot]t[cf]")
    )


def has_smtp_tools() -> bool:
    """Return whether postfix's own load generator and sink are here."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    return all(shutil.which(name, path=path) for name in ("smtp-source", "smtp-sink"))


def has_postfix() -> bool:
    """Return whether Postfix's master process is here, where Debian puts it."""
    return Path("/usr/lib/postfix/sbin/master").exists()


def has_promtool() -> bool:
    """Return whether Prometheus's own checker of rules is here."""
    return shutil.which("promtool") is not None


def has_socat() -> bool:
    """Return whether socat is here, through which a test makes a connection mute."""
    return shutil.which("socat") is not None


def has_faketime() -> bool:
    """Return whether libfaketime is here, by which a test moves the clock of one process."""
    return shutil.which("faketime") is not None


NEEDS = {
    "venv": [Need("Python's venv module", "the virtual environment", has_venv, "python3-venv")],
    "servers": [
        Need("PostgreSQL 15 or newer", "a throw-away test database", has_postgres, "postgresql"),
        Need("RabbitMQ 3.10 or newer", "a throw-away test broker", has_rabbit, "rabbitmq-server"),
    ],
    "browser": [
        Need("Chromium", "browser tests", has_chromium, "chromium"),
        Need("libatomic", "Playwright's driver", has_libatomic, "libatomic1"),
        Need(
            "a Noto Japanese font",
            "readable pages in browser tests",
            has_japanese_font,
            "fonts-noto-cjk",
        ),
    ],
    "promtool": [Need("promtool", "checking alert rules", has_promtool, "prometheus")],
    "faults": [
        Need("socat", "tests of a database host that vanishes", has_socat, "socat"),
        Need("libfaketime", "tests of a clock that is moved", has_faketime, "faketime"),
    ],
    "relay": [
        Need("Postfix", "a test of mails that a real relay sends back", has_postfix, "postfix"),
    ],
    "mail": [Need("smtp-source and smtp-sink", "measuring mail", has_smtp_tools, "postfix")],
}


def ensure(needs: list[Need]) -> int:
    """Install what is missing, or say what to install; return the exit code."""
    missing = [need for need in needs if not need.is_met()]
    if not missing:
        return 0
    names = [need.package for need in missing]
    wished = " ".join(names)
    if not packages.may_install():
        wanted = ", ".join(f"{need.what} ({need.why})" for need in missing)
        print(
            f"Missing: {wanted}. On Debian or Ubuntu: sudo apt-get install {wished}",
            file=sys.stderr,
        )
        return 1
    reasons = ", ".join(f"{need.package} ({need.why})" for need in missing)
    print(
        f"Installing with apt-get, starting no service: {reasons}",
        flush=True,
    )
    try:
        packages.install(names)
    except subprocess.CalledProcessError as failed:
        print(
            f"apt-get failed ({failed.returncode}); please install yourself: {wished}",
            file=sys.stderr,
        )
        return 1
    still = [need.what for need in missing if not need.is_met()]
    if still:
        print(
            f"This system's packages do not offer: {', '.join(still)}; please install another way.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    if not sys.argv[1:] or not set(sys.argv[1:]) <= set(NEEDS):
        sys.exit(f"usage: binaries.py {' | '.join(NEEDS)} ...")
    sys.exit(ensure([need for name in sys.argv[1:] for need in NEEDS[name]]))
