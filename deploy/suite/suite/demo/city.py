"""How Renraku is known at the town's identity provider, which stands in for the city's.

Anybody may be anybody there, so it is named only where the demo's people sign in.
"""

from __future__ import annotations

NAME = "みなも市のアカウント"
CLIENT_ID = "renraku-in-the-town"
CLIENT_SECRET = "as public as everything in the town"  # noqa: S105  # the demo's people are fictional
MAIL_DOMAIN = "school.town.test"
# The gateway's page to which browsers are sent back.
RETURN_PATH = "/sign-in/city/return"
