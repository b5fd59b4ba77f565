"""What the directory is told besides what every house is told."""

from __future__ import annotations

from typing import ClassVar

import common.config
from common.hashing import HashingPlaces
from common.web_push import PUSH_SERVICES


class Settings(common.config.Settings):
    """`key_seconds`: how long a school's data key is kept in memory, five minutes at most.

    `push_services`: the hosts to which an app may lead that registers; `push_town_url`: the
    simulated town's, in a demo. Both as dispatch-push is told them. `bcrypt_cost`: how much work it
    is to check the own password of a guardian, as identity is told it.
    """

    service: ClassVar[str] = "directory"

    key_seconds: float = 300.0
    bcrypt_cost: int = 12
    push_services: tuple[str, ...] = PUSH_SERVICES
    push_town_url: str = ""

    @property
    def password_places(self) -> HashingPlaces:
        """Return how many families may have a password checked, or wait for it, at once.

        A quarter of the threads, so that who is in already is answered meanwhile.
        """
        return HashingPlaces(1, max(0, self.web_threads // 4 - 1))
