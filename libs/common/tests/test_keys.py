"""A pair of keys that is replaced leaves behind what checks its signatures (RET-6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from common import keys
from common.keys import KeyMissing, Keys

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


def test_a_key_that_was_replaced_signs_no_tokens_any_more(tmp_path: Path) -> None:
    keys.initialise(tmp_path / "first", SERVICES)
    token = Keys(tmp_path / "first", "identity").sign_service_token("messaging", None)
    replaced(tmp_path / "first", tmp_path / "second")
    with pytest.raises(keys.TokenRefused):
        Keys(tmp_path / "second", "messaging").read_token(token)
