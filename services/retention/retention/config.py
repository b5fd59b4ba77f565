"""What retention is told."""

from __future__ import annotations

from typing import ClassVar

import common.config
from common.houses import ERASING


class Settings(common.config.Settings):
    """`erasing_houses`: which houses must answer before a school counts as erased: those with a
    database that run here.

    `operator_name`: who certifies an erasure, as it stands on the certificate.
    """

    service: ClassVar[str] = "retention"

    erasing_houses: tuple[str, ...] = ERASING
    operator_name: str = ""
