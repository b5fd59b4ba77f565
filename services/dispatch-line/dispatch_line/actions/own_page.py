"""A family comes to its own page from the talk (MY-1)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.delivery.channel import GONE
from common.errors import Busy, NotFound, Refused
from dispatch_line.actions.heard import Dealt, Heard, demand_word, word_of
from dispatch_line.clients import Clients
from dispatch_line.domain import words

NOBODYS = "contact_point_not_found"
OF_STAFF = "no_family_page"
SLOWED = "links_slowed"
SAID = GONE | {NOBODYS, OF_STAFF, SLOWED}
# Not in LINE's own browser: the session would be forgotten with the page.
OUTSIDE = "openExternalBrowser=1"


@dataclass(frozen=True)
class OwnPage:
    """What is needed to lead somebody to their page. `base_url`: where it is."""

    clients: Clients
    base_url: str

    def answer(self, heard: Heard, schools: list[UUID], to: str = "") -> Dealt | None:
        """Answer with a link for each school at which a LINE user is registered; None for nobody.

        Who is of the staff alone is told where their own page is. `to`: the page to which it leads
        on, if not the first one.
        """
        links: list[str] = []
        declined: set[str] = set()
        query = f"?to={to}&{OUTSIDE}" if to else f"?{OUTSIDE}"
        for school_id in schools:
            try:
                token = self.clients.sign_in(school_id, heard.event.user_id)
            except (NotFound, Refused, Busy) as error:
                demand_word(error, SAID)
                declined.add(word_of(error))
                continue
            links.append(f"{self.base_url}/m/links/{token}{query}")
        if links:
            return Dealt(words.my_page(links))
        if SLOWED in declined:
            return Dealt(words.LINKS_SLOWED)
        if OF_STAFF in declined:
            page = f"{self.base_url}/own/contact-points?{OUTSIDE}"
            return Dealt(words.staffs_page(page))
        return None
