"""A school's data key is asked once, held five minutes at most, and dropped on demand (RET-5)."""

import base64
import threading
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from common.crypto import SealedPlace
from common.db import Database
from common.errors import NotFound, Refused
from common.keys import Keys
from common.testing.contracts import Contracts
from common.testing.tokens import make_keys
from common.web import school_keys
from common.web.client import ServiceClient, TransactionOpen, transports
from common.web.school_keys import SchoolKeys

SCHOOL = uuid4()
MATERIAL = bytes(range(32))


class Identity:
    """What identity answers, over a real HTTP client.

    `during` runs while an answer is on its way.
    """

    def __init__(self, contracts: Contracts) -> None:
        self.contracts = contracts
        self.asked: list[str] = []
        self.status, self.code = 200, ""
        self.during = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        self.during()
        if self.status != 200:
            error = {"code": self.code, "message": "", "fields": {}}
            return httpx.Response(self.status, json={"error": error})
        body = {
            "school_id": request.url.path.rsplit("/", 1)[1],
            "material": base64.b64encode(MATERIAL).decode(),
            "version": 1,
        }
        return self.contracts.passed_response("identity", request, httpx.Response(200, json=body))


@pytest.fixture
def identity(contracts: Contracts, monkeypatch: pytest.MonkeyPatch) -> Identity:
    answers = Identity(contracts)
    monkeypatch.setitem(transports, "identity", httpx.MockTransport(answers))
    return answers


@pytest.fixture
def client(identity: Identity, tmp_path: Path):
    client = ServiceClient("identity", "http://identity", Keys(make_keys(tmp_path), "messaging"))
    yield client
    client.close()


def test_a_key_is_asked_once_and_opens_what_it_sealed(
    identity: Identity, client: ServiceClient
) -> None:
    keys = SchoolKeys(client)
    place = SealedPlace("contact_points", "address", uuid4())
    sealed = keys.get(SCHOOL).encrypt("hana@town.test", place)
    assert keys.get(SCHOOL).decrypt(sealed, place) == "hana@town.test"
    assert identity.asked == [f"/keys/{SCHOOL}"]


@pytest.mark.parametrize(("ttl", "held_until"), [(300, 299), (3600, 299), (10, 9)])
def test_no_key_is_held_longer_than_five_minutes(
    identity: Identity,
    client: ServiceClient,
    monkeypatch: pytest.MonkeyPatch,
    ttl: float,
    held_until: float,
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr(school_keys.clock, "monotonic", lambda: seconds[0])
    keys = SchoolKeys(client, ttl=ttl)
    keys.get(SCHOOL)
    seconds[0] = 1000.0 + held_until
    keys.get(SCHOOL)
    assert len(identity.asked) == 1
    seconds[0] = 1000.0 + held_until + 1
    keys.get(SCHOOL)
    assert len(identity.asked) == 2


def test_a_dropped_key_is_asked_again_and_others_stay(
    identity: Identity, client: ServiceClient
) -> None:
    keys, other = SchoolKeys(client), uuid4()
    keys.get(SCHOOL)
    keys.get(other)
    keys.drop(SCHOOL)
    keys.get(other)
    keys.get(SCHOOL)
    assert identity.asked == [f"/keys/{SCHOOL}", f"/keys/{other}", f"/keys/{SCHOOL}"]


def test_a_key_dropped_while_on_its_way_is_not_kept(
    identity: Identity, client: ServiceClient
) -> None:
    keys = SchoolKeys(client)
    identity.during = lambda: keys.drop(SCHOOL)
    keys.get(SCHOOL)
    keys.get(SCHOOL)
    assert len(identity.asked) == 2


def test_a_destroyed_key_stays_refused(identity: Identity, client: ServiceClient) -> None:
    identity.status, identity.code = 409, "key_destroyed"
    with pytest.raises(Refused) as refused:
        SchoolKeys(client).get(SCHOOL)
    assert refused.value.code == "key_destroyed"
    identity.status, identity.code = 404, "not_found"
    with pytest.raises(NotFound):
        SchoolKeys(client).get(SCHOOL)


def test_inside_a_transaction_only_a_held_key_is_given(
    identity: Identity, client: ServiceClient, tmp_path: Path
) -> None:
    keys, database = SchoolKeys(client), Database.connect(f"sqlite:///{tmp_path}/x.db")
    keys.get(SCHOOL)
    with database.for_system():
        assert keys.get(SCHOOL).material == MATERIAL
        with pytest.raises(TransactionOpen):
            keys.get(UUID(int=1))
    database.dispose()


def test_many_threads_get_the_same_key(identity: Identity, client: ServiceClient) -> None:
    keys, got = SchoolKeys(client), []
    threads = [threading.Thread(target=lambda: got.append(keys.get(SCHOOL))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [key.material for key in got] == [MATERIAL] * 8
