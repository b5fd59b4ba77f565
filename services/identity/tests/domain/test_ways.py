"""By which way a school lets its people in; its administrators are never locked out (ID-14)."""

from __future__ import annotations

import pytest

from common.guessing import read_address
from identity.domain.ways import (
    DemandsCity,
    DemandsPassword,
    EntryRule,
    OutsideNetworks,
    Way,
)
from identity.domain.words import Role, SignInBy

SCHOOL_LINE = ("198.51.100.0/24", "2001:db8:12::/48")


def way(*, is_federated: bool, address: str = "198.51.100.7") -> Way:
    return Way(is_federated, read_address(address), "Windows・Edge")


@pytest.mark.parametrize(
    ("sign_in_by", "is_federated", "refusal"),
    [
        (SignInBy.ANY, False, None),
        (SignInBy.ANY, True, None),
        (SignInBy.PASSWORD, False, None),
        (SignInBy.PASSWORD, True, DemandsPassword),
        (SignInBy.CITY, False, DemandsCity),
        (SignInBy.CITY, True, None),
    ],
)
def test_a_school_takes_the_way_that_it_wants(sign_in_by, is_federated, refusal) -> None:
    rule = EntryRule(sign_in_by)
    found = rule.refusal(Role.SENDER, way(is_federated=is_federated))
    assert (type(found) if found else None) is refusal
    assert rule.admits(Role.SENDER, is_federated=is_federated) == (refusal is None)


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8:12::7", "::ffff:198.51.100.7"])
def test_a_password_is_taken_from_the_schools_own_networks(address: str) -> None:
    rule = EntryRule(SignInBy.ANY, SCHOOL_LINE, networks_only=True)
    assert rule.refusal(Role.SENDER, way(is_federated=False, address=address)) is None


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8:13::7", "unknown"])
def test_from_elsewhere_only_the_citys_account_is_taken(address: str) -> None:
    rule = EntryRule(SignInBy.ANY, SCHOOL_LINE, networks_only=True)
    found = rule.refusal(Role.SENDER, way(is_federated=False, address=address))
    assert isinstance(found, OutsideNetworks)
    assert rule.refusal(Role.SENDER, way(is_federated=True, address=address)) is None
    freely = EntryRule(SignInBy.ANY, SCHOOL_LINE)
    assert freely.refusal(Role.SENDER, way(is_federated=False, address=address)) is None


@pytest.mark.parametrize("sign_in_by", SignInBy)
@pytest.mark.parametrize("is_federated", [False, True])
def test_no_demand_locks_an_administrator_out(sign_in_by, is_federated) -> None:
    rule = EntryRule(sign_in_by, (), networks_only=True)
    elsewhere = way(is_federated=is_federated, address="203.0.113.7")
    assert rule.refusal(Role.ADMINISTRATOR, elsewhere) is None
    assert rule.admits(Role.ADMINISTRATOR, is_federated=is_federated)
