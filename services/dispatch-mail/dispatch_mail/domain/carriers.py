"""Who takes the mails of a domain: several domains of one provider are one door with one pace
(DLV-7).

A provider counts connections and mails over all its domains: what `icloud.com` may still take,
`me.com` may not take besides. Sources: the providers' own pages on their addresses; vodafone.ne.jp
is what SoftBank's oldest customers still have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

# By the domain that stands for the provider: limits are set for it, and what is under way is
# counted by it.
ALIASES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "ezweb.ne.jp": ("au.com", "biz.ezweb.ne.jp", "biz.au.com", "uqmobile.jp"),
        "softbank.ne.jp": (
            "i.softbank.jp",
            "disney.ne.jp",
            *(f"{region}.vodafone.ne.jp" for region in "dhtckrnsq"),
        ),
        "ymobile.ne.jp": (
            "ymobile1.ne.jp",
            "yahoo.ne.jp",
            "emnet.ne.jp",
            "wcm.ne.jp",
            "willcom.com",
        ),
        "yahoo.co.jp": ("ymail.ne.jp", "ybb.ne.jp"),
        "gmail.com": ("googlemail.com",),
        "icloud.com": ("me.com", "mac.com"),
        "outlook.com": (
            "outlook.jp",
            "hotmail.com",
            "hotmail.co.jp",
            "live.jp",
            "live.com",
            "msn.com",
        ),
        # the same houses in the simulated town
        "ezweb.town.test": ("au.town.test",),
        "softbank.town.test": ("i-softbank.town.test",),
        "icloud.town.test": ("me.town.test", "mac.town.test"),
        "outlook.town.test": ("hotmail.town.test", "live.town.test"),
    }
)
_CARRIERS = {alias: carrier for carrier, aliases in ALIASES.items() for alias in aliases}


def carrier_of(domain: str) -> str:
    """Return the domain that stands for the provider of this one.

    A domain of nobody we know stands for itself.
    """
    return _CARRIERS.get(domain, domain)


def domains_of(carrier: str) -> tuple[str, ...]:
    """Return all domains for which this one stands, itself first."""
    return (carrier, *ALIASES.get(carrier, ()))
