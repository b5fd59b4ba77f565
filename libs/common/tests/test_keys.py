"""A pair of keys that is replaced leaves behind what checks its signatures (RET-6)."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from common import clock, keys
from common.keys import KeyMissing, Keys, KeyUnfit, TokenRefused

SERVICES = ("identity", "messaging")


def replaced(folder: Path, after: Path) -> Keys:
    """Take identity's private key away and make a new pair; return what a new process sees."""
    (folder / "private" / "identity.pem").unlink()
    assert keys.initialise(folder, SERVICES) == ["identity"]
    folder.rename(after)
    return Keys(after, "identity")


def test_what_an_earlier_key_signed_is_checked_by_its_name(tmp_path: Path) -> None:
    keys.initialise(tmp_path / "first", SERVICES)
    before = Keys(tmp_path / "first", "identity")
    key_id, signature = before.key_id(), before.sign(b"a word")
    after = replaced(tmp_path / "first", tmp_path / "second")
    assert after.key_id() != key_id
    assert after.verify_by("identity", key_id, b"a word", signature)
    assert not after.verify_by("identity", key_id, b"another word", signature)
    assert not after.verify_by("identity", after.key_id(), b"a word", signature)
    assert after.verify_by("identity", after.key_id(), b"a word", after.sign(b"a word"))


def test_a_key_is_believed_for_its_own_house_alone(tmp_path: Path) -> None:
    keys.initialise(tmp_path, SERVICES)
    identity, messaging = Keys(tmp_path, "identity"), Keys(tmp_path, "messaging")
    signature = messaging.sign(b"a word")
    assert identity.verify_by("messaging", messaging.key_id(), b"a word", signature)
    with pytest.raises(KeyMissing, match="of identity"):
        identity.verify_by("identity", messaging.key_id(), b"a word", signature)


def test_nothing_is_put_aside_while_the_private_half_is_there(tmp_path: Path) -> None:
    keys.initialise(tmp_path, SERVICES)
    before = Keys(tmp_path, "identity").key_id()
    assert keys.initialise(tmp_path, SERVICES) == []
    assert Keys(tmp_path, "identity").key_id() == before
    assert not (tmp_path / "public" / "retired").exists()


def taken_key(folder: Path) -> Any:
    """Return identity's private key as somebody who read the file has it."""
    content = (folder / "private" / "identity.pem").read_bytes()
    return load_pem_private_key(content, password=None)


def test_a_pair_is_replaced_while_its_tokens_are_out(tmp_path: Path) -> None:
    keys.initialise(tmp_path, SERVICES)
    school = uuid4()
    before = Keys(tmp_path, "identity").sign_service_token("messaging", school)
    keys.rotate_pair(tmp_path, "identity")
    keys.check_own(tmp_path, "identity")
    messaging = Keys(tmp_path, "messaging")
    assert messaging.read_token(before)["iss"] == "identity"
    after = Keys(tmp_path, "identity").sign_user_token({"kind": "staff"}, timedelta(minutes=5))
    assert after.split(".")[0] != before.split(".")[0]
    assert messaging.read_token(after)["kind"] == "staff"


def test_what_a_replaced_key_signs_is_believed_for_ten_minutes(tmp_path: Path) -> None:
    keys.initialise(tmp_path, SERVICES)
    thief = taken_key(tmp_path)
    old = Keys(tmp_path, "identity").key_id()
    keys.rotate_pair(tmp_path, "identity")
    later = clock.now() + timedelta(seconds=keys.RETIRED_FOR_SECONDS + 5)
    claims = {"iss": "identity", "aud": "messaging", "iat": later, "exp": later + timedelta(60)}
    forged = jwt.encode(claims, thief, algorithm="EdDSA", headers={"kid": f"identity.{old}"})
    assert Keys(tmp_path, "messaging").read_token(forged)["iss"] == "identity"
    again = {**claims, "jti": "another"}
    forged = jwt.encode(again, thief, algorithm="EdDSA", headers={"kid": f"identity.{old}"})
    with time_machine.travel(later, tick=False), pytest.raises(TokenRefused):
        Keys(tmp_path, "messaging").read_token(forged)


def test_a_stolen_key_is_not_believed_any_more(tmp_path: Path) -> None:
    keys.initialise(tmp_path, SERVICES)
    token = Keys(tmp_path, "identity").sign_user_token({"kind": "staff"}, timedelta(minutes=5))
    keys.rotate_pair(tmp_path, "identity", is_stolen=True)
    with pytest.raises(TokenRefused):
        Keys(tmp_path, "messaging").read_token(token)
    fresh = Keys(tmp_path, "identity").sign_user_token({"kind": "staff"}, timedelta(minutes=5))
    assert Keys(tmp_path, "messaging").read_token(fresh)["kind"] == "staff"


def test_a_stolen_key_is_none_in_a_copy_of_the_folder_either(tmp_path: Path) -> None:
    folder, copy = tmp_path / "keys", tmp_path / "copy"
    keys.initialise(folder, SERVICES)
    key_id, signature = Keys(folder, "identity").key_id(), Keys(folder, "identity").sign(b"a word")
    keys.rotate_pair(folder, "identity", is_stolen=True)
    keys.rotate_pair(folder, "identity", is_stolen=True)
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)
    for place in (folder, copy):
        messaging = Keys(place, "messaging")
        assert not messaging.verify("identity", b"a word", signature)
        # Whoever audits the log is told by which key each checkpoint was signed.
        assert messaging.verify_by("identity", key_id, b"a word", signature)


def test_there_is_a_public_key_at_every_moment_of_a_rotation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.initialise(tmp_path, SERVICES)
    public = tmp_path / "public" / "identity.pem"
    signature = Keys(tmp_path, "identity").sign(b"a word")
    syncs = []
    sync = os.fsync

    def look(descriptor: int) -> None:
        """Look as another process does between any two steps on the disk."""
        syncs.append(public.exists())
        assert Keys(tmp_path, "messaging").verify("identity", b"a word", signature)
        sync(descriptor)

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", look)
        keys.rotate_pair(tmp_path, "identity")
    assert len(syncs) > 3
    assert all(syncs)


@pytest.mark.parametrize("kid", ["identity.0123456789abcdef", "identity.../x", "../identity", "."])
def test_a_token_names_a_key_that_is_there_or_none(tmp_path: Path, kid: str) -> None:
    keys.initialise(tmp_path, SERVICES)
    key = taken_key(tmp_path)
    claims = {
        "iss": "identity",
        "aud": "messaging",
        "iat": clock.now(),
        "exp": clock.now() + timedelta(seconds=60),
    }
    token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid})
    with pytest.raises(TokenRefused):
        Keys(tmp_path, "messaging").read_token(token)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_secret_that_is_not_whole_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes
) -> None:
    keys.initialise(tmp_path, SERVICES)
    (tmp_path / "secrets" / "messaging").write_bytes(content)
    assert keys.initialise(tmp_path, SERVICES) == []
    for ask in (
        lambda: keys.check_own(tmp_path, "messaging"),
        lambda: Keys(tmp_path, "messaging").secret("links"),
    ):
        with pytest.raises(KeyUnfit, match="backup"):
            ask()


def test_a_pair_that_does_not_fit_is_refused_and_completed_from_its_private_half(
    tmp_path: Path,
) -> None:
    keys.initialise(tmp_path, SERVICES)
    public = tmp_path / "public"
    (public / "identity.pem").write_bytes((public / "messaging.pem").read_bytes())
    with pytest.raises(KeyUnfit, match="keys init"):
        keys.check_own(tmp_path, "identity")
    assert keys.initialise(tmp_path, SERVICES) == ["public half of identity"]
    keys.check_own(tmp_path, "identity")
    (public / "identity.pem").unlink()
    assert keys.initialise(tmp_path, SERVICES) == ["public half of identity"]


def test_a_full_disk_leaves_no_half_of_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.initialise(tmp_path, SERVICES)
    before = (tmp_path / "secrets" / "keyring").read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            keys.begin_keyring_rotation(tmp_path)
    assert (tmp_path / "secrets" / "keyring").read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "secrets").iterdir()) == [
        "identity",
        "keyring",
        "messaging",
    ]


def test_the_key_that_wraps_is_replaced_once_however_often_it_begins(tmp_path: Path) -> None:
    keys.initialise(tmp_path, SERVICES)
    identity = Keys(tmp_path, "identity")
    (first,) = identity.wrapping_keys()
    keys.begin_keyring_rotation(tmp_path)
    keys.begin_keyring_rotation(tmp_path)
    second, old = identity.wrapping_keys()
    assert old == first
    keys.end_keyring_rotation(tmp_path)
    assert identity.wrapping_keys() == (second,)


def test_what_was_signed_before_a_key_was_replaced_is_believed_unless_it_was_stolen(
    tmp_path: Path,
) -> None:
    keys.initialise(tmp_path, SERVICES)
    identity, messaging = Keys(tmp_path, "identity"), Keys(tmp_path, "messaging")
    waiting = identity.sign(b"an event that waits in a queue")
    keys.rotate_pair(tmp_path, "identity")
    assert messaging.verify("identity", b"an event that waits in a queue", waiting)
    assert not messaging.verify("identity", b"another event", waiting)
    keys.rotate_pair(tmp_path, "identity", is_stolen=True)
    assert not messaging.verify("identity", b"an event that waits in a queue", waiting)
    now = identity.sign(b"an event of now")
    assert messaging.verify("identity", b"an event of now", now)
