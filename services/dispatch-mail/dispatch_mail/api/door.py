"""What every view needs: the database, the other houses, and who sends."""

from __future__ import annotations

from flask import current_app

from common.db import Database
from dispatch_mail.clients import Clients
from dispatch_mail.domain.compose import Sender


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def clients() -> Clients:
    found: Clients = current_app.extensions["clients"]
    return found


def sender() -> Sender:
    found: Sender = current_app.extensions["sender"]
    return found
