"""A school's data key goes to the houses that need it, and is wrapped where it lies (RET-5)."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from uuid import uuid4

import httpx
import pytest

from common import clock
from common.crypto import Undecipherable
from common.errors import Refused
from common.keys import Keys
from common.web.client import ServiceClient, transports
from common.web.school_keys import SchoolKeys
from identity.store.keyring import KeyDestroyed, Keyring


def one_key() -> Callable[[], Sequence[bytes]]:
    """Return what gives a single key-encryption key."""
    kek = os.urandom(32)
    return lambda: (kek,)


def test_only_the_named_services_get_a_key(door, school, settings) -> None:
    path = f"/keys/{school.id}"
    for service in ("directory", "dispatch-mail", "dispatch-line", "dispatch-push"):
        answer = door.as_service(service, "GET", path, school_id=school.id)
        assert (
            answer.status_code,
            len(base64.b64decode(answer.json["material"])),
            answer.json["version"],
        ) == (200, 32, 1)
    for service in ("messaging", "gateway", "operator", "identity", "retention"):
        assert door.as_service(service, "GET", path, school_id=school.id).status_code == 403
    assert door.as_staff(school.id, "GET", path).status_code == 403
    assert door.app.test_client().get(path).status_code == 401


def test_a_token_for_one_school_gets_no_other_schools_key(door, make_school) -> None:
    here, there = make_school(), make_school()
    assert (
        door.as_service("directory", "GET", f"/keys/{there.id}", school_id=here.id).status_code
        == 404
    )
    unknown = uuid4()
    answer = door.as_service("directory", "GET", f"/keys/{unknown}", school_id=unknown)
    assert answer.status_code == 404


def test_a_token_without_a_school_gets_and_destroys_no_key(door, school) -> None:
    path = f"/keys/{school.id}"
    for refused in (
        door.as_service("directory", "GET", path),
        door.as_service("retention", "POST", f"{path}/destroy"),
        door.as_service("retention", "POST", f"/schools/{school.id}/erasing"),
    ):
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "no_school")
    assert door.as_service("directory", "GET", path, school_id=school.id).status_code == 200


def test_another_house_holds_the_key_until_it_is_dropped(
    door, app, school, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(transports, "identity", httpx.WSGITransport(app))
    client = ServiceClient("identity", "http://identity", Keys(settings.keys_dir, "directory"))
    held, keyring = SchoolKeys(client), app.extensions["house"].keyring
    assert held.get(school.id) == keyring.get(school.id)
    keyring.destroy(school.id, clock.now())
    assert held.get(school.id).school_id == school.id
    held.drop(school.id)
    with pytest.raises(Refused) as refused:
        held.get(school.id)
    assert refused.value.code == "key_destroyed"
    client.close()


def test_a_key_lies_wrapped_in_a_file_of_its_owner_only(tmp_path) -> None:
    keyring, school_id = Keyring(tmp_path / "keyring", one_key()), uuid4()
    key = keyring.create(school_id, clock.now())
    (file,) = keyring.folder.glob("*.json")
    assert (file.name, file.stat().st_mode & 0o777) == (f"{school_id}.json", 0o600)
    content = file.read_bytes()
    for form in (base64.b64encode(key.material), key.material.hex().encode(), key.material):
        assert form not in content


def test_a_key_is_made_once(tmp_path) -> None:
    keyring, school_id = Keyring(tmp_path, one_key()), uuid4()
    assert keyring.create(school_id, clock.now()) == keyring.create(school_id, clock.now())


def test_a_key_opens_with_its_own_wrapping_key_and_school_only(tmp_path) -> None:
    keyring, here, there = Keyring(tmp_path, one_key()), uuid4(), uuid4()
    keyring.create(here, clock.now())
    with pytest.raises(Undecipherable):
        Keyring(tmp_path, one_key()).get(here)
    (tmp_path / f"{there}.json").write_bytes((tmp_path / f"{here}.json").read_bytes())
    with pytest.raises(Undecipherable):
        keyring.get(there)


def test_a_destroyed_key_leaves_its_fingerprint_and_nothing_else(tmp_path) -> None:
    keyring, school_id = Keyring(tmp_path, one_key()), uuid4()
    keyring.create(school_id, clock.now())
    fingerprint = keyring.entry(school_id)["fingerprint"]
    assert (
        keyring.destroy(school_id, clock.now())
        == keyring.destroy(school_id, clock.now())
        == fingerprint
    )
    assert keyring.entry(school_id)["wrapped"] is None
    for ask in (keyring.get, lambda one: keyring.create(one, clock.now())):
        with pytest.raises(KeyDestroyed):
            ask(school_id)


def test_the_wrapping_key_is_replaced_while_others_read_and_a_destroyed_key_stays_so(
    tmp_path,
) -> None:
    old, new = os.urandom(32), os.urandom(32)
    keyring, live, gone = Keyring(tmp_path, lambda: (old,)), uuid4(), uuid4()
    key = keyring.create(live, clock.now())
    keyring.create(gone, clock.now())
    keyring.destroy(gone, clock.now())
    meanwhile = Keyring(tmp_path, lambda: (new, old))
    assert meanwhile.get(live) == key
    assert meanwhile.wrap_anew() == 1
    assert meanwhile.wrap_anew() == 1
    assert Keyring(tmp_path, lambda: (new,)).get(live) == key
    with pytest.raises(Undecipherable):
        keyring.get(live)
    with pytest.raises(KeyDestroyed):
        meanwhile.get(gone)


def test_a_key_that_is_made_during_a_rotation_is_wrapped_anew_too(tmp_path) -> None:
    old, new, newborn = os.urandom(32), os.urandom(32), uuid4()
    wraps, go_on = threading.Event(), threading.Event()

    def slow() -> Sequence[bytes]:
        """Give the old key, as to a process that has read it and writes a moment later."""
        wraps.set()
        assert go_on.wait(10)
        return (old,)

    with ThreadPoolExecutor(2) as pool:
        made = pool.submit(Keyring(tmp_path, slow).create, newborn, clock.now())
        assert wraps.wait(10)
        wrapped = pool.submit(Keyring(tmp_path, lambda: (new, old)).wrap_anew)
        with pytest.raises(NotYet):
            wrapped.result(0.3)
        go_on.set()
        assert wrapped.result(10) == 1
        assert Keyring(tmp_path, lambda: (new,)).get(newborn) == made.result(10)
