"""A walk along one log, line by line, that tells where it stops being what was sealed (RET-6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from identity.domain.log_chain import BEGINNING, Checkpoint, Line, hash_after


class Fault(StrEnum):
    """What is wrong with a log."""

    CHANGED = "changed"  # a line differs from what was sealed
    MOVED = "moved"  # a line was put in, or comes from another place
    REMOVED = "removed"  # lines are gone
    REWRITTEN = "rewritten"  # the lines fit one another, but not the signature over them
    UNSIGNED = "unsigned"  # sealed lines stand behind the newest checkpoint


@dataclass(frozen=True, slots=True)
class Finding:
    """The first place at which a log is broken.

    `first`, `last`: the positions concerned. `line`: the line that says so, where there is one.
    """

    fault: Fault
    first: int
    last: int
    line: Line | None = None


@dataclass
class Walk:
    """A walk along a log from its beginning.

    `checkpoints`: all of the log, in order. `is_genuine`: whether a checkpoint's signature is ours.
    Give each line to `step`, in order of positions, while nothing is found; then `end`.
    """

    checkpoints: Sequence[Checkpoint]
    is_genuine: Callable[[Checkpoint], bool]
    finding: Finding | None = None
    held: Checkpoint | None = None  # the newest one that still holds
    forged: list[Checkpoint] = field(default_factory=list)
    lines: int = 0
    _position: int = 0
    _hash: bytes = BEGINNING
    _next: int = 0  # the first checkpoint that is not passed yet
    _first_since_held: Line | None = None
    _suspect: Line | None = None  # does not fit; the line after it tells why

    def step(self, line: Line) -> None:
        """Take the next line."""
        if self._suspect is not None:
            self._judge_suspect(line)
            return
        expected = hash_after(self._hash, line)
        is_next = line["position"] == self._position + 1
        if line["hash"] is None:
            self._find(Fault.MOVED, line)
        elif line["hash"] == expected:
            self._pass(line, expected)
        elif is_next:
            self._suspect = line
        else:
            self.finding = Finding(
                Fault.REMOVED,
                self._position + 1,
                line["position"] - 1,
                line,
            )

    def end(self) -> None:
        """Say what is missing at the end."""
        if self.finding is not None:
            return
        if self._suspect is not None:
            self._find(Fault.CHANGED, self._suspect)
            return
        if self._next < len(self.checkpoints):
            newest = self.checkpoints[-1]
            self.finding = Finding(
                Fault.REMOVED,
                self._position + 1,
                newest.position,
            )

    def _pass(self, line: Line, its_hash: bytes) -> None:
        """Go on behind a line that fits, and compare it with a checkpoint that stands there."""
        self.lines += 1
        if self._first_since_held is None:
            self._first_since_held = line
        self._position, self._hash = line["position"], its_hash
        while self._next < len(self.checkpoints) and self.finding is None:
            checkpoint = self.checkpoints[self._next]
            if checkpoint.position > self._position:
                return
            self._next += 1
            self._compare(checkpoint)

    def _compare(self, checkpoint: Checkpoint) -> None:
        if not self.is_genuine(checkpoint):
            self.forged.append(checkpoint)
            return
        fits = checkpoint.position == self._position and checkpoint.hash == self._hash
        if fits:
            self.held = checkpoint
            self._first_since_held = None
            return
        first = self._first_since_held
        assert first is not None, "a line was passed just now"
        self.finding = Finding(
            Fault.REWRITTEN,
            first["position"],
            checkpoint.position,
            first,
        )

    def _judge_suspect(self, following: Line) -> None:
        """Say what is wrong with a line that did not fit.

        It stands at its place where the next line fits its hash, or the one that it should have.
        """
        suspect = self._suspect
        assert suspect is not None
        possible = (suspect["hash"], hash_after(self._hash, suspect))
        fitting = [hash_after(its_hash, following) for its_hash in possible]
        is_at_its_place = following["hash"] in fitting
        self._find(Fault.CHANGED if is_at_its_place else Fault.MOVED, suspect)

    def _find(self, fault: Fault, line: Line) -> None:
        self.finding = Finding(fault, line["position"], line["position"], line)
