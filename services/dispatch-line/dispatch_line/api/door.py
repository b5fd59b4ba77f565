"""What every view needs: the database, this house's own key, and the accounts."""

from __future__ import annotations

from flask import current_app

from common.db import Database
from dispatch_line.actions.accounts import AccountBook
from dispatch_line.domain.sealing import OwnKey


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def own_key() -> OwnKey:
    found: OwnKey = current_app.extensions["own_key"]
    return found


def accounts() -> AccountBook:
    found: AccountBook = current_app.extensions["accounts"]
    return found
