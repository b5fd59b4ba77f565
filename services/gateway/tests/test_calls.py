"""What the gateway asks fits what each owner's API offers."""

from __future__ import annotations

import pytest

from common.testing.contracts import Contracts
from gateway.clients.calls import CALLS, Call


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_owner_offers_what_we_ask(contracts: Contracts, call: Call) -> None:
    assert (call.method, call.template) in contracts.houses[call.service].operations
