"""What a person sees who waits: one line a step, with the seconds that it took."""

from __future__ import annotations

from collections.abc import Callable

from common import clock


class Steps:
    """Says each step when it is done; `say` prints a line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._begun = clock.monotonic()

    def done(self, words: str) -> None:
        """Say that a step is done, and begin the next."""
        now = clock.monotonic()
        self._say(f"{now - self._begun:5.1f}秒  {words}")
        self._begun = now
