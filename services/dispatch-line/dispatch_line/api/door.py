"""What every view needs: the database, this house's own key, the accounts, and the other houses."""

from __future__ import annotations

from flask import current_app

from common.db import Database
from dispatch_line.actions.accounts import AccountBook
from dispatch_line.clients import Clients
from dispatch_line.config import Settings
from dispatch_line.domain.sealing import OwnKey


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def own_key() -> OwnKey:
    found: OwnKey = current_app.extensions["own_key"]
    return found


def accounts() -> AccountBook:
    found: AccountBook = current_app.extensions["accounts"]
    return found


def clients() -> Clients:
    found: Clients = current_app.extensions["clients"]
    return found
