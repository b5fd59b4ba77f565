"""Start and stop the programs behind a test run.

Nothing of them outlives it: processes, ports, folders.
"""

import contextlib
import fcntl
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from common import clock

# A port found free may be taken by a neighbour before our server binds it; then we choose again.
PORT_TRIES = 5
# RabbitMQ is up in 3 to 8 s on two idle cores; a busy continuous-integration machine gets ten times
# that.
START_SECONDS = 80.0
STOP_SECONDS = 30.0
FOLDER_PREFIX = "renraku-services-"


class NotStarted(RuntimeError):
    """A backing service could not be found or started.

    The message says what to do or shows the end of its log.
    """


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a new folder, locked while this process lives; first sweep those whose process died."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        with contextlib.suppress(OSError), _locked(left, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(left, ignore_errors=True)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX)).resolve()
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(FileNotFoundError):
                stack.enter_context(_locked(folder, fcntl.LOCK_EX))
            if not folder.exists():  # a neighbour swept it in the instant before we locked it
                continue
            folder.chmod(0o711)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom PostgreSQL should run as when we are root; None when we are somebody already."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def become(user: pwd.struct_passwd | None, at_parents_death: signal.Signals) -> list[str]:
    """Return the command prefix that changes user and ties the child's life to ours.

    Empty where there is no setpriv.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    command = [setpriv, f"--pdeathsig={at_parents_death.name.removeprefix('SIG')}"]
    if user is not None:
        command += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*command, "--"]


def launch(
    launcher: ThreadPoolExecutor, command: list[str], folder: Path, environ: dict[str, str]
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own (ctrl-C is for the tests); it writes to server.log.

    Linux sends the parent-death signal when the *thread* that forked ends, so a thread that lives
    as long as the server does the forking: tests may call `restart` from a short-lived one.
    """
    with (folder / "server.log").open("ab") as log:
        return launcher.submit(
            subprocess.Popen,
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ).result()


def comes_up(process: subprocess.Popen[bytes], answers: Callable[[], bool]) -> bool:
    """Wait until the server answers; return False when it ended instead.

    Raise NotStarted after START_SECONDS. Whatever is raised while waiting, also by ctrl-C, the
    process is killed first.
    """
    deadline = clock.monotonic() + START_SECONDS
    try:
        while clock.monotonic() < deadline:
            if answers():
                return True
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                return False
        raise NotStarted(f"{process.args!r} ran but did not answer within {START_SECONDS:.0f} s.")
    except BaseException:
        stop(process, signal.SIGKILL)
        raise


def stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Send the signal and wait; kill the whole session when the process does not end in time."""
    process.send_signal(how)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def tail(folder: Path) -> str:
    log = folder / "server.log"
    return log.read_text(errors="replace")[-2000:] if log.exists() else "it wrote no log."


def version_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))
