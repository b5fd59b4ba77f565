"""Make .venv and install a lock file: `python3 deploy/tools/environment.py requirements.lock`.

Stamps in .venv hold a digest of what was installed, so a second run takes no time, a changed lock
installs again, and what was interrupted half-way is done again. Standard library only: this runs
before there is an environment.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import binaries

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PACKAGES_A_LINE = 10  # of what pip looks up, so that who waits sees it move


def make_venv() -> bool:
    """Make .venv unless a whole, working one is there; return whether it exists now."""
    whole = VENV / "whole.stamp"
    if whole.exists() and _run([str(PYTHON), "-c", ""]) == 0:
        return True
    if binaries.ensure(binaries.NEEDS["venv"]):
        return False
    if VENV.exists():
        shutil.rmtree(VENV)
    begun = time.monotonic()
    if _run([sys.executable, "-m", "venv", str(VENV)]):
        return False
    whole.touch()
    _say(begun, ".venv is made")
    return True


def install(lock: Path) -> int:
    """Install `lock` and the project itself into .venv unless that was done already.

    Return the exit code.
    """
    stamp = VENV / f"{lock.stem}.stamp"
    wanted = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    packages = count_packages(lock.read_text())
    print(
        f"Installing the {packages} packages of {lock.name} into .venv; "
        "the first time this takes a minute or two.",
        flush=True,
    )
    begun = time.monotonic()
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    locked = [*pip, "--progress-bar", "off", "--require-hashes", "-r", str(lock)]
    if code := _install_packages(locked, packages):
        return code
    _say(begun, "the packages are installed")
    begun = time.monotonic()
    if code := _run([*pip, "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT)]):
        return code
    _say(begun, "Renraku itself is installed")
    stamp.write_text(wanted)
    return 0


def count_packages(lock: str) -> int:
    """Return how many packages a lock file pins.

    Each begins a line, what belongs to it is indented.
    """
    return len(re.findall(r"^[A-Za-z0-9][^\n]*==", lock, re.MULTILINE))


def tell_progress(line: str, seen: int, packages: int) -> int:
    """Print how far pip is when a line of its says something new.

    Return how many packages it has looked up.
    """
    if line.startswith("Installing collected packages"):
        print("       unpacking them", flush=True)
    if not line.startswith(("Collecting ", "Requirement already satisfied")):
        return seen
    if (seen + 1) % PACKAGES_A_LINE == 0:
        print(f"       {seen + 1} of {packages}", flush=True)
    return seen + 1


def _install_packages(command: list[str], packages: int) -> int:
    """Run pip, tell how far it is, and on failure all that it said."""
    said: list[str] = []
    seen = 0
    try:
        pip = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
    except FileNotFoundError:  # the Python that .venv was made with has gone
        return 127
    assert pip.stdout is not None
    for line in pip.stdout:
        said.append(line)
        seen = tell_progress(line, seen, packages)
    code = pip.wait()
    if code:
        sys.stderr.writelines(said)
    return code


def _say(begun: float, words: str) -> None:
    print(f"{time.monotonic() - begun:5.1f} s  {words}", flush=True)


def _run(command: list[str]) -> int:
    try:
        return subprocess.run(command, check=False).returncode
    except FileNotFoundError:  # the Python that .venv was made with has gone
        return 127


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: environment.py LOCKFILE")
    sys.exit(install(ROOT / sys.argv[1]) if make_venv() else 1)
