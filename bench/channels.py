"""The three channels as the benchmark sees them.

Which house carries them, how their people are called, and what is promised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.letters import address


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel.

    `kind`: directory's word for its contact points. `address_of`: a family's, by its number. The
    goals are in words.
    """

    name: str
    kind: str
    address_of: Callable[[int], str]
    pipeline_goal: str
    memory_goal: str

    @property
    def house(self) -> str:
        return f"dispatch-{self.name}"


def _line_user(number: int) -> str:
    return f"Ub{number:031x}"  # begins as no moody person of the town does


def _phone_token(number: int) -> str:
    return f"bench-phone-of-family-{number:0120d}"  # 142 letters, as Firebase's tokens are


MAIL = Channel("mail", "mail", address, "ratio ≥ 3, then 5", "≤ 150 MB")
LINE = Channel("line", "line", _line_user, "ratio ≥ 10", "≤ 200 MB")
PUSH = Channel("push", "push", _phone_token, "ratio ≥ 4", "≤ 150 MB")
CHANNELS = (MAIL, LINE, PUSH)
