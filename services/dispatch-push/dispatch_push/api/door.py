"""What every view needs: the other houses."""

from __future__ import annotations

from flask import current_app

from dispatch_push.clients import Clients


def clients() -> Clients:
    found: Clients = current_app.extensions["clients"]
    return found
