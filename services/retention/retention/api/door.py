"""What every view needs: the database."""

from __future__ import annotations

from flask import current_app

from common.db import Database


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found
