"""The demo city's LINE account: dispatch-line and the town know it by the same secrets."""

from __future__ import annotations

from uuid import UUID

from common.keys import Keys
from suite.demo.model import id_of
from suite.demo.roster import demo_roster
from suite.operator_client import OperatorClients
from suite.town.talks import Channel, Talks

NAME = "minamo"
SHOWN_NAME = "みなも市学校連絡"
MONTHLY_LIMIT = 30_000


def account_id() -> UUID:
    """Return the account's id, the same in every installation."""
    return id_of("line-account/minamo")


def secrets_of(operator: Keys) -> tuple[str, str]:
    """Return the channel secret and the access token of this installation's simulated account."""
    return operator.secret("town.line.secret").hex(), operator.secret("town.line.token").hex()


def register(clients: OperatorClients, school_id: UUID) -> None:
    """Let a school speak through the city's account."""
    secret, token = secrets_of(clients.dispatch_line.keys)
    body = {"name": SHOWN_NAME, "channel_secret": secret, "access_token": token}
    clients.dispatch_line.call(
        "PUT", "/accounts/{account_id}", path={"account_id": account_id()}, json=body
    )
    linked = {"account_id": str(account_id())}
    clients.dispatch_line.call(
        "PUT",
        "/account-schools/{school_id}",
        path={"school_id": school_id},
        school_id=school_id,
        json=linked,
    )


def open_in_town(talks: Talks, operator: Keys, dispatch_line_url: str) -> None:
    """Give the town the account, with the webhook that its talks are told to.

    Those block it who do in the demo.
    """
    secret, token = secrets_of(operator)
    webhook_url = f"{dispatch_line_url}/webhooks/{account_id()}"
    talks.put_channel(Channel(NAME, token, secret, webhook_url, MONTHLY_LIMIT))
    for guardian in demo_roster().guardians:
        for point in guardian.contact_points:
            if point.kind == "line" and point.health == "blocked":
                talks.set_blocked(NAME, point.address, True)
