"""Make .venv and install a lock file into it: `python3 deploy/tools/environment.py requirements.lock`.

Stamps in .venv hold a digest of what was installed, so a second run takes no time, a changed lock installs again, and
what was interrupted half-way is done again. Standard library only: this runs before there is an environment.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import binaries

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def make_venv() -> bool:
    """Make .venv unless a whole, working one is there; return whether it exists now."""
    whole = VENV / "whole.stamp"
    if whole.exists() and _run([str(PYTHON), "-c", ""]) == 0:
        return True
    if binaries.ensure(binaries.NEEDS["venv"]):
        return False
    if VENV.exists():
        shutil.rmtree(VENV)
    if _run([sys.executable, "-m", "venv", str(VENV)]):
        return False
    whole.touch()
    return True


def install(lock: Path) -> int:
    """Install `lock` and the project itself into .venv unless that was done already; return the exit code."""
    stamp = VENV / f"{lock.stem}.stamp"
    wanted = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    print(f"Installing {lock.name} into .venv; the first time this takes a minute or two.", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    for what in (["--require-hashes", "-r", str(lock)], ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]):
        if code := _run([*pip, *what]):
            return code
    stamp.write_text(wanted)
    return 0


def _run(command: list[str]) -> int:
    try:
        return subprocess.run(command, check=False).returncode
    except FileNotFoundError:  # the Python that .venv was made with has gone
        return 127


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: environment.py LOCKFILE")
    sys.exit(install(ROOT / sys.argv[1]) if make_venv() else 1)
