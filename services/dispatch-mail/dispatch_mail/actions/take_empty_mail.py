"""A family that registers wrote an empty mail instead of typing its address (DIR-8).

Subject and text are not read and not kept. Whom it came from, directory is told, which has the
confirmation sent: to the envelope's sender alone (RFC 3834, 4).
"""

from __future__ import annotations

from dispatch_mail.actions.take_return import Arrival
from dispatch_mail.clients import Clients
from dispatch_mail.domain.incoming import is_written_by, read_headers, unquoted
from dispatch_mail.domain.replies import is_by_a_program
from dispatch_mail.provider.listener import IncomingMail


def take_empty_mail(clients: Clients, mail: IncomingMail, own_domain: str) -> Arrival:
    """Let directory answer a mail that somebody wrote; outside any transaction, raise Unavailable.

    Whose program names another address as the writer's gets nothing: the family would look for our
    answer there.
    """
    headers = read_headers(mail.raw)
    if is_by_a_program(mail.sender, headers, own_domain):
        return Arrival.OTHER
    if not is_written_by(mail.sender, headers):
        return Arrival.STRANGER
    local_part = mail.recipient.rpartition("@")[0]
    is_answered = clients.take_empty_mail(local_part, unquoted(mail.sender))
    return Arrival.REGISTERING if is_answered else Arrival.DECLINED
