"""What a role does not need it does not load: each is started a dozen times on a small machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

NOT_NEEDED = {
    "gateway.app": ("sqlalchemy", "psycopg2", "xlsxwriter", "typst"),
    "directory.app": ("alembic", "xlsxwriter", "pyexpat"),
    "identity.app": ("alembic", "linebot", "typst"),
    "retention.worker": ("typst", "flask", "alembic"),
    "dispatch_line.app": ("linebot", "aiohttp"),
    "dispatch_line.worker": ("linebot", "flask"),
    "dispatch_line.jobs": ("linebot", "flask"),
    "suite.standalone": ("alembic", "linebot"),
    "suite.up": ("alembic", "suite.history", "suite.ending"),
    "suite.roles": ("alembic", "flask", "gunicorn"),
    "suite.cli": ("sqlalchemy", "flask", "httpx"),
    # Whoever counts together says where before counting begins.
    "suite.apis": ("sqlalchemy", "flask", "prometheus_client"),
}


@pytest.mark.parametrize("module", NOT_NEEDED)
def test_a_door_loads_nothing_that_it_rarely_needs(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.split())
    assert [name for name in NOT_NEEDED[module] if name in loaded] == []
